"""Augmentation as its user runs it: over HTTP, with faults, killed on the way, and into a training mixture."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.registry import bundled_folder
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS
from retrieval.recipe import KnowledgeEntry, RecipeError
from tests.training.teacher import KEY, Teacher, named
from training.augment import main
from training.augment_check import REASONS
from training.augment_source import from_cookbook, from_dialogues
from training.augmented import augmented_examples
from training.corpora import wizard_of_tasks
from training.packing import sequences

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Teacher]:
    """A running teacher, and settings that name it."""
    with named(Teacher(), monkeypatch, CONCURRENCY="8") as running:
        yield running


def augment(out: Path, *more: str) -> int:
    return main(["--cookbook", "--limit", "24", "--out", str(out), "--backoff-s", "0.05", *more])


def report(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out.with_name(f"{out.stem}.report.json").read_text(encoding="utf-8"))
    return found


def counts(out: Path) -> dict[str, Any]:
    """What of a report does not depend on how the run went."""
    return {
        key: report(out)[key]
        for key in ("turns_done", "improved", "follow_ups", "by_tag", "external", "rejected", "repaired")
    }


def test_faults_change_nothing(
    teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    teacher.malformed = True
    assert augment(tmp_path / "plain.json") == 0
    teacher.asked.clear()
    teacher.faults = True
    monkeypatch.setenv("SOUSCHEF_TEACHER__TIMEOUT_S", "4")
    assert augment(tmp_path / "faults.json") == 0
    assert len(teacher.met) >= 2
    assert counts(tmp_path / "plain.json") == counts(tmp_path / "faults.json")
    found = report(tmp_path / "faults.json")
    assert sum(found["failed_requests"].values()) == sum(teacher.met.values())
    assert found["repaired"] > 0
    assert set(found["rejected"]) <= set(REASONS)
    said = capfd.readouterr()
    files = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if path.is_file())
    assert KEY not in files + said.out + said.err


def test_what_comes_out_is_wizard_of_tasks_with_provenance(teacher: Teacher, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    assert augment(out) == 0
    data = json.loads(out.read_text(encoding="utf-8"))
    examples = wizard_of_tasks(out)
    assert len(examples) == len(data) == 24
    tags: Counter[str] = Counter()
    for row, example in zip(data.values(), examples, strict=True):
        made = row["provenance"]
        assert made["model"] == "test-teacher-1"
        assert made["prompt_version"]
        assert made["temperature"] == 0.7
        assert made["time"].startswith("20")
        assert f"{made['conversation_id']}-{made['turn_counter']}-augmented" == example.dialogue.id
        for turn, raw in zip(example.dialogue.turns, row["turns"], strict=True):
            assert turn.intent in (USER_INTENTS if turn.role == "cook" else WIZARD_INTENTS)
            if raw["origin"] == "follow_up" and turn.role == "wizard":
                tags[raw["commonsense"]["kind"]] += 1
                assert len(turn.text.split()) < 100
    assert tags["physical"]
    assert tags["temporal"]
    assert sum(tags.values()) == report(out)["follow_ups"]
    rejected = (tmp_path / "a.rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert Counter(json.loads(line)["reason"] for line in rejected) == Counter(report(out)["rejected"])
    assert not any(
        "977" in turn.text or "durian" in turn.text for e in augmented_examples(out) for turn in e.dialogue.turns
    )


def test_a_dry_run_asks_nothing_and_says_what_it_would_cost(
    teacher: Teacher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert augment(tmp_path / "a.json", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "24 turns: 24 requests (0 are answered already)." in said
    assert "Cost: about" in said
    assert not teacher.asked
    assert augment(tmp_path / "a.json") == 0
    assert augment(tmp_path / "a.json", "--dry-run") == 0
    assert "24 turns: 0 requests (24 are answered already)." in capsys.readouterr().out


def test_the_cap_ends_a_run_and_a_higher_one_goes_on(
    teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.json"
    monkeypatch.setenv("SOUSCHEF_TEACHER__SPENDING_CAP", "0.03")
    assert augment(out) == 1
    assert "raise teacher.spending_cap" in capsys.readouterr().err
    first = report(out)
    assert 0 < first["turns_done"] < 24
    assert first["cost"] <= 0.03
    assert augment(out) == 1  # nothing more for the same money
    assert report(out)["requests"] == 0
    monkeypatch.setenv("SOUSCHEF_TEACHER__SPENDING_CAP", "10")
    assert augment(out) == 0
    assert report(out)["turns_done"] == 24
    assert max(teacher.asked.values()) == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("API_KEY", "sk-wrong", "teacher.api_key"),
        ("MODEL", "other", "teacher.model"),
        ("BASE_URL", "http://127.0.0.1:9/v1", "teacher.base_url"),
        ("BASE_URL", "", "teacher.base_url"),
        ("PRICE_IN", "-1", "teacher.price_in"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    name: str, value: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv(f"SOUSCHEF_TEACHER__{name}", value)
    assert augment(tmp_path / "a.json") == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert "sk-wrong" not in error


def test_an_endpoint_without_logprobs_and_files_that_are_not_there(
    teacher: Teacher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher.logprobs = False
    assert augment(tmp_path / "a.json", "--top-logprobs", "5") == 2
    assert "gives no top_logprobs" in capsys.readouterr().err
    assert main(["--dialogues", "nothing.json", "--out", str(tmp_path / "b.json")]) == 2
    assert "Cannot read nothing.json" in capsys.readouterr().err
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    assert main(["--dialogues", str(tmp_path / "list.json"), "--out", str(tmp_path / "b.json")]) == 2
    assert "not in the Wizard of Tasks form" in capsys.readouterr().err


def test_distributions_go_into_the_journal(teacher: Teacher, tmp_path: Path) -> None:
    assert main(["--cookbook", "--limit", "1", "--out", str(tmp_path / "a.json"), "--top-logprobs", "2"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "a.journal.jsonl").read_text(encoding="utf-8").splitlines()]
    answer = next(line["answer"] for line in lines if line["event"] == "answered")
    assert "".join(entry["token"] for entry in answer["logprobs"]) == answer["text"]
    assert all(len(entry["top"]) == 2 for entry in answer["logprobs"])


def answered(journal: Path) -> set[str]:
    rows = [json.loads(line) for line in journal.read_bytes().split(b"\n")[:-1]] if journal.is_file() else []
    return {row["key"] for row in rows if row["event"] == "answered"}


def sent(journal: Path) -> Counter[str]:
    rows = [json.loads(line) for line in journal.read_bytes().split(b"\n")[:-1]]
    return Counter(row["key"] for row in rows if row["event"] == "asked")


def killed_twice(arguments: list[str], journal: Path, at: tuple[int, int]) -> list[tuple[set[str], Counter[str]]]:
    """Run in a process that is killed twice with SIGKILL, then to the end; what stood in the journal at each kill."""
    command = [sys.executable, "-m", "training.augment", *arguments]
    stood = []
    for count in at:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 100
        while len(answered(journal)) < count and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        stood.append((answered(journal), sent(journal)))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return stood


def hold_together(teacher: Teacher, tmp_path: Path, source: list[str], at: tuple[int, int]) -> None:
    """A run killed twice gives what an unbroken one gives, and asks nothing again that had been answered."""
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    assert main([*source, "--out", str(whole), "--backoff-s", "0.05"]) == 0
    teacher.asked.clear()
    teacher.answered.clear()
    journal = tmp_path / "broken.journal.jsonl"
    stood = killed_twice([*source, "--out", str(broken), "--backoff-s", "0.05"], journal, at)
    assert counts(whole) == counts(broken)
    texts = [
        {id_: [turn["text"] for turn in row["turns"]] for id_, row in json.loads(path.read_text("utf-8")).items()}
        for path in (whole, broken)
    ]
    assert texts[0] == texts[1]
    last = sent(journal)
    for known, before in stood:
        assert known
        assert {key: last[key] for key in known} == {key: before[key] for key in known}  # never sent again
    assert stood[0][0] < stood[1][0] < answered(journal)
    # Only what was under way when the process was killed came twice, at most one per worker and kill.
    assert sum(count - 1 for count in teacher.answered.values()) <= 2 * 8
    total, again = sum(teacher.asked.values()), sum(count - 1 for count in teacher.answered.values())
    print(f"{total} requests, {len(teacher.asked)} different, {again} answered twice; {report(broken)}")


def test_killed_twice_it_comes_to_the_same(teacher: Teacher, tmp_path: Path) -> None:
    teacher.malformed, teacher.pace_s = True, 0.15
    hold_together(teacher, tmp_path, ["--cookbook", "--limit", "40"], (8, 20))


@pytest.mark.drill
def test_two_hundred_real_turns_killed_twice(
    teacher: Teacher, tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher.malformed = teacher.faults = True
    teacher.pace_s = 0.1
    monkeypatch.setenv("SOUSCHEF_TEACHER__TIMEOUT_S", "5")
    files = ["--dialogues", str(real_data / "wizard_of_tasks_cooking.json")]
    files += ["--recipes", str(real_data / "wizard_of_tasks_recipes.jsonl"), "--limit", "200"]
    hold_together(teacher, tmp_path, files, (60, 130))


def test_sources_are_questions_with_answers_of_one_split(wot: tuple[Path, Path], tmp_path: Path) -> None:
    found = list(from_dialogues(*wot))
    assert [(s.conversation_id, s.counter, s.cook.text) for s in found] == [("test-1", 2, "What do I need?")]
    assert found[0].recipe.title == "Crêpes for Two"
    assert list(from_dialogues(wot[0], wot[1], "test")) == []
    cookbook = list(from_cookbook())
    assert len({s.id for s in cookbook}) == len(cookbook) > 500
    assert any(s.passages for s in cookbook)
    assert all(s.cook.intent.startswith("ask_question") for s in cookbook)


def written_file(tmp_path: Path, external: bool, answer: str) -> Path:
    turn = {
        "turn_counter": 1,
        "shared_data": [],
        "role": "student",
        "origin": "context",
        "text": "Start",
        "intent": "misc",
    }
    reply = turn | {"role": "teacher", "intent": "chitchat", "text": "Fine.", "external": False}
    made = {"origin": "follow_up"}
    row = {
        "document_url": "u", "recipe": {"title": "Soup", "ingredients": ["1 onion"], "steps": ["Chop the onion."]},
        "turns": [turn, reply, turn | made | {"text": "Can I use a leek?", "intent": "ask_question_ingredients_tools"},
                  reply | made | {"text": answer, "external": external, "intent": "answer_question_external_fact"}],
    }  # fmt: skip
    path = tmp_path / "made.json"
    path.write_text(json.dumps({"x": row}), encoding="utf-8")
    return path


def test_general_knowledge_is_learned_only_with_an_entry_that_bears_it_out(tmp_path: Path) -> None:
    entry = KnowledgeEntry("sub-leek", "substitution", "Leek for onion", "A leek replaces an onion; slice it thinly.")
    path = written_file(tmp_path, True, "A leek replaces an onion; slice it thinly.")
    (example,) = augmented_examples(path, [entry])
    assert example.passages == {3: (entry.text,)}
    assert example.given == 2
    assert list(augmented_examples(path)) == []
    path = written_file(tmp_path, True, "Asparagus replaces an onion, 3 of them.")
    assert list(augmented_examples(path, [entry])) == []
    path.write_text("{}]", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"not a file of training\.augment"):
        list(augmented_examples(path))


def test_context_is_read_but_not_learned(tmp_path: Path) -> None:
    (example,) = augmented_examples(written_file(tmp_path, False, "Chop the onion."))
    builder = PromptBuilder(load_tokenizer(bundled_folder()))
    ((ids, marks),) = sequences(builder, example, 980)
    tokenizer = builder.tokenizer
    first = ids.index(tokenizer.special("<cook>"))
    second = ids.index(tokenizer.special("<cook>"), first + 1)
    assert not any(marks[first:second])
    assert max(marks[second:]) == 48
