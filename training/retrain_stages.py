"""The stages of a retraining, one function each (see ``training.retrain``).

Each leaves its files in the job's folder and returns what the report and the stages after it need to know. A stage that
was broken off is begun again, or goes on where its own files say that it was; with the same log and seed it comes to
the same end.
"""

import json
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.answer import Answerer
from bot.background import spare_cores
from bot.errors import JobError
from bot.job_report import Reporter
from bot.log import load_salt
from bot.pantry import Kitchen
from bot.reading import PageReader
from bot.settings import Settings
from bot.store import Store
from model.afresh import Afresh
from model.engines import EngineOptions, open_student
from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.reader.taught import Taught
from model.registry import Registry
from model.vocabulary import Turn
from retrieval.passage import Passage
from training import frozen, gate, lessons, remix, retrain_report
from training.augment_source import pairs
from training.collect import Cookery, collect, still_there
from training.frozen import Case, Measured

PARITY = 0.75  # least share of prompts after which the exported file ranks the same token first
PROBED_STEPS = 3  # of training, to see how fast this machine is


@dataclass(slots=True)
class Work:
    """A retraining under way.

    Attributes:
        settings: All settings, those of the job's options put in.
        store: The database.
        report: Where progress is told.
        folder: The job's folder.
        options: What was asked for: ``force``, ``reason``.
        facts: What the stages that are over returned, by name.
    """

    settings: Settings
    store: Store
    report: Reporter
    folder: Path
    options: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def private(self) -> Path:
        """What holds cooks' words: it goes when the job is done, or when one of them asks to be forgotten."""
        return self.folder / "private"


def collect_lessons(work: Work) -> dict[str, Any]:
    """Read the log."""
    settings = work.settings
    found = collect(
        work.store, settings.retrain, Cookery(settings.paths.data), load_salt(settings.paths.data),
        settings.chat.history_turns,
    )  # fmt: skip
    shutil.rmtree(work.private, ignore_errors=True)
    lessons.save(work.private, found.lessons, found.recipes.values())
    lessons.save(work.private / "rejected", found.rejected, found.recipes.values())
    to_learn = [lesson for lesson in found.lessons if not lesson.frozen]
    return {
        "student": Registry(settings.paths.data).get().name,
        "conversations": found.conversations,
        "lessons": dict(Counter(f"{lesson.kind} ({lesson.why})" for lesson in to_learn)),
        "to_learn": len(to_learn),
        "frozen": len(found.lessons) - len(to_learn),
        "rejected": len(found.rejected),
        "left_out": dict(sorted(found.left_out.items())),
    }


def ask_teacher(work: Work) -> dict[str, Any]:
    """Let the teacher, where one is set, answer what went wrong. Its journal keeps what it said over a kill."""
    teacher, rejected = work.settings.teacher, work.facts["collect"]["rejected"]
    if not (teacher.base_url and teacher.model and rejected):
        return {"taught": 0, "why": "no teacher is set" if rejected else "nothing was left to correct"}
    from training import augment

    bad, recipes = lessons.load(work.private / "rejected")
    bad = [lesson for lesson in bad if lesson.recipe and not lesson.frozen and _asks(lesson)]
    if not bad:
        return {"taught": 0, "why": "no question was left to correct"}
    rows = {
        f"turn-{lesson.turn_id}": {
            "document_url": lesson.recipe,
            "data_split": "train",
            "turns": [
                _official("student", lesson.utterance, lesson.user_intent, (), 1),
                _official("teacher", lesson.text, lesson.intent, lesson.shared, 2),
            ],
        }
        for lesson in bad
    }
    (work.private / "asked.json").write_text(json.dumps(rows), encoding="utf-8")
    lines = [
        {"url": r.url, "title": r.title, "description": "", "ingredients": [i.text for i in r.ingredients],
         "steps": list(r.steps)}
        for r in recipes.values()
    ]  # fmt: skip
    (work.private / "asked-recipes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = work.private / "taught.json"
    arguments = ["--dialogues", work.private / "asked.json", "--recipes", work.private / "asked-recipes.jsonl"]
    status = augment.main([*map(str, arguments), "--out", str(out)])
    if status == 2 or not out.is_file():
        raise JobError(f"The teacher could not be asked: see {work.folder / 'log.txt'}.")
    return {"taught": len(json.loads(out.read_text(encoding="utf-8"))), "why": f"{len(bad)} replies were shown to it"}


def _asks(lesson: lessons.Lesson) -> bool:
    """Whether a teacher can answer it: a step that was told badly is no question."""
    return any(pairs([Turn("cook", lesson.utterance, lesson.user_intent), lesson.turn()]))


def _official(role: str, text: str, intent: str, shared: tuple[str, ...], counter: int) -> dict[str, Any]:
    return {"role": role, "text": text, "intent": intent, "shared_data": list(shared), "turn_counter": counter}


def mix(work: Work) -> dict[str, Any]:
    """Lessons and what was known before, as one packed file."""
    settings = work.settings.retrain
    found, recipes = lessons.load(work.private)
    taught = []
    if work.facts["teacher"]["taught"]:
        from retrieval.cookbook import load_knowledge
        from training.augmented import augmented_examples

        taught = list(augmented_examples(work.private / "taught.json", load_knowledge()))
    builder = PromptBuilder(load_tokenizer(_student_folder(work)))
    base = list(remix.base_examples(Path(settings.data) if settings.data else None))
    to_learn = [lesson for lesson in found if not lesson.frozen]
    packed, counts = remix.build(builder, to_learn, recipes, taught, base, settings.share, settings.seed)
    packed.save(work.private / "packed.npz")
    return counts | {"data_hash": remix.digest(packed)}


def train(work: Work) -> dict[str, Any]:
    """Train on from what is served. How long is decided once and written down, so that a broken run ends the same."""
    import torch
    from transformers import LlamaForCausalLM

    from model.tokenizer import DialogueTokenizer
    from training import pretrain
    from training.from_gguf import restore
    from training.packing import Packed
    from training.presets import PRESETS

    settings, start, out = work.settings.retrain, work.private / "start", work.private / "trained"
    torch.set_num_threads(settings.threads or spare_cores())
    if not (start / "config.json").exists():
        restore(_student_folder(work), work.private / "restoring")
        shutil.rmtree(start, ignore_errors=True)
        (work.private / "restoring").rename(start)
    packed, preset = Packed.load(work.private / "packed.npz"), PRESETS[settings.preset]
    preset = replace(preset, batch_tokens=settings.batch_tokens or preset.batch_tokens)
    arguments = ["--init", str(start), "--packed", str(work.private / "packed.npz"), "--out", str(out), "--preset",
                 settings.preset, "--peak", str(settings.peak), "--decay", "0.6", "--seed", str(settings.seed),
                 "--log", "5", "--save-every-s", "30"]  # fmt: skip

    class Told(pretrain.Trainer):
        """Says how far it is after every step."""

        def _update(self, *batch: Any) -> tuple[float, float, int]:
            work.report.progress(self.step / max(1, self.args.steps))
            return super()._update(*batch)

    def trainer(steps: int) -> Told:
        args = pretrain.parser().parse_args([*arguments, "--steps", str(steps)])
        model = LlamaForCausalLM.from_pretrained(start, dtype=torch.float32)
        warmed = replace(preset, warmup=min(preset.warmup, max(1, steps // 10)))
        return Told(model, DialogueTokenizer.load(start / "tokenizer.json"), warmed, args)

    plan = work.private / "plan.json"
    if not plan.exists():
        per_epoch = sum(1 for _ in packed.batches(preset.batch_tokens, settings.seed))
        wanted = max(1, math.ceil(per_epoch * settings.epochs))
        probe, begun = trainer(1), time.monotonic()
        probed = min(PROBED_STEPS, per_epoch)
        for _, (ids, weights) in zip(range(probed), packed.batches(preset.batch_tokens, 0), strict=False):
            probe._update(ids, weights, 0.0)
        speed = probed / max(1e-6, time.monotonic() - begun)
        _write(plan, {"steps": min(wanted, max(1, int(settings.minutes * 60 * speed)))})
    told = trainer(json.loads(plan.read_text())["steps"])
    told.resume()
    told.run(packed, None)
    done = json.loads((out / pretrain.SETTINGS).read_text())
    return {"steps": done["steps"], "seconds": done["seconds"], "curve": done["curve"], "tokens": done["tokens"]}


def export(work: Work) -> dict[str, Any]:
    """The trained model as a version of the student, with what stands beside the model in the old one's folder."""
    from training.export import export as write_student

    old = _student_folder(work)
    name = f"retrained-{time.strftime('%Y%m%d', time.gmtime(work.report.job.created))}-{work.report.job.id}"
    part, folder = work.private / "student", Registry(work.settings.paths.data).folder / name
    shutil.rmtree(part, ignore_errors=True)
    notes = {
        "job": work.report.job.id,
        "from": work.facts["collect"]["student"],
        "data": work.facts["mix"]["data_hash"],
    }
    info = write_student(work.private / "trained", part, "q8_0", name, notes)
    if info["parity"]["same_first"] < PARITY:
        raise JobError(f"The exported student does not say what the trained one says ({info['parity']}).")
    for path in old.glob("*.npz"):
        shutil.copy(path, part / path.name)
    _lines_taught(work, Taught.load(old)).save(part)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(part, folder)
    return {"name": name, "parity": info["parity"], "megabytes": info["megabytes"]}


def _lines_taught(work: Work, taught: Taught) -> Taught:
    """What the old version was taught, and the lines that reviews of this run point to."""
    found, recipes = lessons.load(work.private)
    for lesson in found:
        if not lesson.frozen and (lesson.kind, lesson.why) == ("corrected", "review") and lesson.recipe in recipes:
            taught.add(lesson.utterance, recipes[lesson.recipe], lesson.shared)
    return taught


def evaluate(work: Work) -> dict[str, Any]:
    """Ask both students the frozen set. Every case is written down when it is answered; none depends on those before,
    so that the rest, asked after a kill, is answered as it would have been.
    """
    settings, cases = work.settings, frozen_set(work)
    done, path = results(work), work.private / "results.jsonl"
    # An index of its own: the bot's belongs to the bot, and what it holds changes.
    kitchen = Kitchen(settings, work.private / "index", tuple(lessons.load(work.private)[1].values()))
    old_folder, new_folder = (
        _folder(work, work.facts[stage][key]) for stage, key in (("collect", "student"), ("export", "name"))
    )
    threads = settings.student.threads or 1  # one waits for nobody: cooks come first
    students = [Afresh(open_student(EngineOptions(folder=f, threads=threads))) for f in (old_folder, new_folder)]

    taught = [Taught.load(folder) for folder in (old_folder, new_folder)]

    def answerer(number: int) -> Answerer:
        k, longest = settings.retrieval.k, settings.student.max_tokens
        reader = PageReader(kitchen.reader, kitchen.near, lambda: taught[number])
        return Answerer(lambda: students[number], kitchen.retrieve, kitchen.guard, k, longest, True, reader)

    def retrieve(case: Case) -> tuple[Passage, ...]:
        return answerer(0).passages(case.utterance, case.history, case.recipe, case.step or 0)

    try:
        with path.open("a", encoding="utf-8") as file:

            def noted(number: int, id_: str, pair: tuple[Measured, Measured]) -> None:
                file.write(json.dumps([id_, asdict(pair[0]), asdict(pair[1])]) + "\n")
                file.flush()
                work.report.progress((number + 1) / len(cases))

            frozen.compare(cases, answerer(0), answerer(1), retrieve, done, noted)
    finally:
        for student in students:
            student.close()
        kitchen.close()
    return {"cases": dict(Counter(case.part for case in cases)), "results_hash": frozen.digest(results(work))}


def judge(work: Work) -> dict[str, Any]:
    """The triad of what both students said, by the local judge."""
    from model.judge import JudgeError, load_judge

    try:
        local = load_judge()
    except JudgeError as error:
        return {"judge": "", "why": str(error)}
    done = results(work)
    cases = [case for case in frozen_set(work) if case.part != "orders"]
    found: dict[str, Any] = {"judge": local.name, "old": {}, "new": {}, "counts": {}}
    scored: list[list[Any]] = []
    for which in (0, 1):
        rows = []
        for case in cases:
            measured = done[case.id][which]
            said = " ".join((measured.reply["text"], *measured.reply["shared"]))
            rows.append((case.utterance, measured.contexts, said))
        scored.append(local.score_many(rows))
        work.report.progress((which + 1) / 2)
    for name in ("context_relevance", "groundedness", "answer_relevance"):
        both = [(getattr(a, name), getattr(b, name)) for a, b in zip(*scored, strict=True)]
        both = [(a, b) for a, b in both if a is not None and b is not None]
        if both:
            found["old"][name], found["new"][name] = (sum(values) / len(both) for values in zip(*both, strict=True))
            found["counts"][name] = len(both)
    return found


def at_the_gate(work: Work) -> dict[str, Any]:
    """Decide, and write the report."""
    cases, done = frozen_set(work), results(work)
    decision = gate.decide(cases, done, work.settings.retrain.seed)
    retrain_report.write(work.folder, work.facts, cases, done, decision)
    return decision.plain()


def promote(work: Work) -> dict[str, Any]:
    """Put the new student in use, if the gate or an admin says so."""
    registry, name = Registry(work.settings.paths.data), work.facts["export"]["name"]
    decision = work.facts["gate"]
    forced = bool(work.options.get("force")) and not decision["promote"]
    why = decision["reason"]
    if not (decision["promote"] or forced):
        return {"promoted": False, "sentence": f"{name} stays out of use. {why}"}
    if not still_there(work.store, lessons.load(work.private)[0]):
        sentence = "a cook whose words it learned from was forgotten meanwhile; start it again."
        return {"promoted": False, "sentence": f"{name} is not put in use: {sentence}"}
    if forced:
        reason = work.options.get("reason") or "no reason given"
        why = f"Forced by {work.report.job.by or 'the command line'}: {reason.rstrip('.')}. {why}"
    if registry.active_name() != name:
        registry.use(name, f"job {work.report.job.id}: {why}")
    before = work.facts["collect"]["student"]
    undo = "/rollback" if work.report.job.chat else "souschef students rollback"
    learned = f"It learned {work.facts['collect']['to_learn']} replies; the report is {work.folder / 'report.md'}."
    sentence = f"{name} is in use instead of {before}. {why} {learned} {undo} takes it back."
    return {"promoted": True, "forced": forced, "sentence": sentence}


STAGES: dict[str, tuple[float, Callable[[Work], dict[str, Any]]]] = {
    "collect": (1.0, collect_lessons),
    "teacher": (2.0, ask_teacher),
    "mix": (3.0, mix),
    "train": (60.0, train),
    "export": (2.0, export),
    "evaluate": (25.0, evaluate),
    "judge": (4.0, judge),
    "gate": (2.0, at_the_gate),
    "promote": (1.0, promote),
}

TITLES = {
    "collect": "reading the conversations",
    "teacher": "asking the teacher",
    "mix": "mixing them with what it knows",
    "train": "learning",
    "export": "writing the new student down",
    "evaluate": "comparing old and new",
    "judge": "judging both",
    "gate": "deciding",
    "promote": "putting it in use",
}


def frozen_set(work: Work) -> list[Case]:
    """All cases, in order."""
    found, recipes = lessons.load(work.private)
    cases = frozen.cookbook_cases(work.settings.retrain.judged_turns)
    return [*cases, *frozen.review_cases(found, recipes), *frozen.safety_cases()]


def results(work: Work) -> dict[str, tuple[Measured, Measured]]:
    """What was measured so far, by case. The last line of a killed process may be half a line."""
    path, out = work.private / "results.jsonl", {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            id_, old, new = json.loads(line)
        except ValueError:
            continue
        out[id_] = (Measured(**old), Measured(**new))
    return out


def _folder(work: Work, name: str) -> Path:
    return Registry(work.settings.paths.data).get(name).folder


def _student_folder(work: Work) -> Path:
    return _folder(work, work.facts["collect"]["student"])


def _write(path: Path, data: Any) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(data), encoding="utf-8")
    part.replace(path)
