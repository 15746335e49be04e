"""The command line: help with examples, one clear sentence for every mistake."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import COMMANDS, build_parser, explain, main
from bot.platforms.commands import COMMANDS as SLASH
from bot.platforms.commands import spoken
from bot.platforms.pipe import run_pipe
from tests.conftest import Bench

ROOT = Path(__file__).parents[2]


def _every_command() -> list[list[str]]:
    found = [[]] + [[name] for name in COMMANDS]
    found += [["recipes", a] for a in ("import", "check", "list", "show", "search")]
    found += [["students", a] for a in ("list", "show", "use")] + [["log", a] for a in ("export", "forget")]
    found += [["scores", "review"]]
    found += [["database", a] for a in ("status", "upgrade", "backup", "restore", "move")]
    return found


@pytest.mark.parametrize("command", _every_command(), ids=lambda c: " ".join(c) or "souschef")
def test_help_ends_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    out = capsys.readouterr().out
    assert "example:\n  souschef" in out
    assert "souschef " in out.strip().splitlines()[-1]


def test_commands_that_print_data_have_json() -> None:
    parser = build_parser()
    text = " ".join(str(action.choices) for action in parser._actions)
    for name in ("ask", "doctor"):
        assert name in text
        assert "--json" in build_parser(name)._subparsers._group_actions[0].choices[name].format_help()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["replay", "nowhere.json", "--out", "x.jsonl"], "Cannot read nowhere.json"),
        (["replay", "bad.json", "--out", "x.jsonl"], "not valid JSON"),
        (["replay", "latin.json", "--out", "x.jsonl"], "not UTF-8"),
        (["replay", "list.json", "--out", "x.jsonl"], "official Wizard of Tasks form"),
        (["replay", "empty.json", "--recipes", "bad.jsonl", "--out", "x.jsonl"], "bad.jsonl, line 2"),
        (["replay", "empty.json", "--out", "x.jsonl", "--limit", "0"], "--limit must be 1 or more"),
        (["log", "forget", "somebody"], "platform and id"),
        (["students", "use", "nobody"], "no student version"),
        (["--config", "nowhere.toml", "log", "export"], "Cannot read the settings file"),
    ],
)
def test_mistakes_get_one_sentence_and_status_2(
    arguments: list[str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    (tmp_path / "empty.json").write_text("{}", encoding="utf-8")
    (tmp_path / "latin.json").write_bytes('{"é": 1}'.encode("latin-1"))
    (tmp_path / "bad.jsonl").write_text('{"title": "x", "ingredients": [], "steps": []}\n{\n', encoding="utf-8")
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert part in captured.err
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    assert not (tmp_path / "x.jsonl").exists()


def test_unknown_errors_are_one_sentence_too() -> None:
    for error in (KeyError("x"), RuntimeError("a" * 5000), OSError(28, "No space left on device", "/x"), MemoryError()):
        sentence = explain(error)
        assert "\n" not in sentence
        assert len(sentence) < 400


def test_debug_shows_the_traceback() -> None:
    from bot.errors import InputError

    with pytest.raises(InputError):
        main(["--debug", "replay", "nowhere.json", "--out", "x.jsonl"])


def test_log_export_and_forget(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.say("hello")
    assert main(["log", "export", "--out", "out.json"]) == 0
    assert len(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))) == 1
    assert main(["log", "forget", "terminal:cook", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"user": "terminal:cook", "turns": 1}
    assert main(["log", "export"]) == 0
    assert json.loads(capsys.readouterr().out) == {}


def test_pipe(bench: Bench) -> None:
    out = io.StringIO()
    lines = ["hello\n", "\n", "/cook shakshuka\n", "1\n", "/next\n", "/nonsense\n", "/quit\n", "never read\n"]
    assert run_pipe(bench.assistant, "pipe", lines, out) == 0
    text = out.getvalue()
    assert "Hello! What would you like to cook?" in text
    assert "Heat the olive oil in a wide pan over medium heat.\n(Step 1 of 5)" in text
    assert "no such command" in text
    assert "\x1b" not in text
    assert bench.assistant.session("terminal:pipe").step == 1


def test_pipe_says_once_that_the_student_is_missing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.student.fail = True
    run_pipe(bench.assistant, "pipe", ["test shakshuka", "next", "next"], io.StringIO())
    assert capsys.readouterr().err == "souschef: The student's model file is missing.\n"


def test_slash_commands_are_understood() -> None:
    from bot.actions import ACTIONS
    from bot.actions.recogniser import recognise

    values = {
        "step": "3",
        "scale": "6",
        "units": "metric",
        "timer": "10 min",
        "sub": "butter",
        "diet": "vegan",
        "allergy": "nuts",
        "cook": "soup",
    }
    for name, command in SLASH.items():
        if command.says.startswith("/"):
            continue
        for text in (f"/{name} {values.get(name, '')}".strip(), f"/{name}"):
            meant = spoken(text)
            assert meant is not None
            wish = recognise(meant)
            assert wish is not None, (text, meant)
            assert wish.name in ACTIONS, text
    assert spoken("/nonsense") is None


def test_every_wish_has_an_action() -> None:
    from bot.actions import ACTIONS
    from bot.actions.commands import COMMANDS as WHOLE

    assert set(WHOLE) <= set(ACTIONS)


def test_chatting_imports_no_torch_and_no_langchain_up_front() -> None:
    code = (
        "import sys, bot.cli, bot.commands.chat, bot.assistant, bot.pantry, bot.platforms.terminal, bot.triad\n"
        "import bot.watch\n"
        "bad = [m for m in ('torch', 'transformers', 'chromadb', 'langchain_core', "
        "'training', 'openai', 'trulens', 'prometheus_client') if m in sys.modules]\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
