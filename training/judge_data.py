"""The labelled sets of the judge: is an answer supported by what it was given?

Loaders of BEGIN (Dziri et al., TACL 2022), the audit of FaithDial (Dziri et al., NAACL 2022), QAGS (Wang et al., ACL
2020, evaluation only) and Q² (Honovich et al., EMNLP 2021), each into :class:`Case` objects, and of what Wizard of
Tasks and WoTe say about relevance. All take the folder of the public data sets.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.clean import clean_text
from training.corpora import open_text

GROUNDED = ("begin-wow", "begin-cmu", "begin-tc", "faithdial", "q2", "qags-cnndm", "qags-xsum")
# Trained on together, held back together: they annotate answers to the same three corpora.
GROUPS = {"begin-wow": "begin", "begin-cmu": "begin", "begin-tc": "begin", "faithdial": "faithdial", "q2": "q2"}


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled answer.

    Attributes:
        question: What was asked or said before, or "".
        contexts: What the answer may rest on.
        answer: The answer.
        label: 1 where all of it is supported (or, for relevance, where it is relevant), else 0.
        source: Name of the data set.
        kind: What was done to it, for made ones; the label's name otherwise.
        group: Cases of one group stay together when data is split.
        wrong: For made ones, the changed part of the answer as (start, end) character offsets.
    """

    question: str
    contexts: tuple[str, ...]
    answer: str
    label: int
    source: str
    kind: str = ""
    group: str = ""
    wrong: tuple[int, int] | None = None


def mend(text: str) -> str:
    """Text of the tokenised sets as people write it: "is n't" → "isn't", " ." → "."."""
    text = re.sub(r"\s+([.,!?;:%)\]])", r"\1", clean_text(text))
    text = re.sub(r"([(\[])\s+", r"\1", text)
    text = re.sub(r"(\w)\s+n\s?['’]t\b", r"\1n't", text)
    text = re.sub(r"(\w)\s*['’]\s?(s|re|ve|ll|d|m|t)\b", r"\1'\2", text)
    return re.sub(r"\s+", " ", text).strip()


def begin(data: Path) -> Iterator[Case]:
    """BEGIN dev: fully attributable against the rest."""
    for name in ("wow", "cmu", "tc"):
        with (data / "judge" / f"begin_dev_{name}.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                label = (row["begin_label"] or "").strip()
                if label and row["response"]:
                    knowledge = mend(row["knowledge"])
                    yield Case(
                        mend(row["message"] or ""),
                        (knowledge,),
                        mend(row["response"]),
                        int(label == "Fully attributable"),
                        f"begin-{name}",
                        label.lower(),
                        knowledge[:200],
                    )


def faithdial(data: Path) -> Iterator[Case]:
    """The audit: entailment (also where it is uncooperative) against the rest; rows without a label are left out."""
    for path in sorted((data / "judge" / "faithdial_audit").glob("*/*.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if len(row) < 4 or row[3].strip().lower() in ("", "begin", "begin_label"):
                    continue
                knowledge, history, answer, label = (cell.strip() for cell in row[:4])
                parts = set(re.split(r"[,.]\s*", label.lower().replace("entailmentt", "entailment")))
                if knowledge and answer:
                    supported = bool(parts & {"entailment", "uncooperative"}) and parts <= {
                        "entailment",
                        "uncooperative",
                    }
                    knowledge = mend(knowledge)
                    yield Case(
                        mend(history), (knowledge,), mend(answer), int(supported), "faithdial", label.lower(),
                        knowledge[:200],
                    )  # fmt: skip


def q_squared(data: Path) -> Iterator[Case]:
    """Q²: answers of two dialogue models, consistent with the knowledge or not.

    The 600 of the four main files have the kind "main" (their figures are the published ones); the others were
    annotated beside them. In ``cross_annotation.csv`` 1 means inconsistent.
    """
    folder = data / "judge" / "q_squared"
    main: set[tuple[str, str, str]] = set()
    for model in ("dodeca", "memnet"):
        for label in ("consistent", "inconsistent"):
            with (folder / f"{model}_{label}.csv").open(encoding="utf-8", newline="") as file:
                main |= {(model, row["knowledge"], row["response"]) for row in csv.DictReader(file)}
    with (folder / "cross_annotation.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for model in ("dodeca", "memnet"):
                label = row[f"{model}_label"].strip()
                if label in ("0", "1"):
                    kind = "main" if (model, row["knowledge"], row[f"{model}_response"]) in main else "beside"
                    knowledge = mend(row["knowledge"])
                    yield Case(
                        mend(row["message"]), (knowledge,), mend(row[f"{model}_response"]), 1 - int(label), "q2", kind,
                        knowledge[:200],
                    )  # fmt: skip


def qags(data: Path) -> Iterator[Case]:
    """QAGS: sentences of summaries, supported by most of the readers or not. Never trained on."""
    for name in ("cnndm", "xsum"):
        for line in open_text(data / "judge" / f"mturk_{name}.jsonl"):
            row = json.loads(line)
            article = mend(row["article"])
            for sentence in row["summary_sentences"]:
                said = [r["response"] == "yes" for r in sentence["responses"]]
                label = int(sum(said) * 2 > len(said))
                yield Case("", (article,), mend(sentence["sentence"]), label, f"qags-{name}", "", article[:200])


def grounded(data: Path) -> list[Case]:
    """All of them, in a fixed order."""
    return [case for load in (begin, faithdial, q_squared, qags) for case in load(data)]


def same_knowledge(cases: Iterable[Case]) -> Callable[[Case], bool]:
    """Tells whether a case rests on a passage that one of ``cases`` rests on: such a case may not be trained on."""
    keys = {_key(c) for c in cases}
    return lambda case: _key(case) in keys


def _key(case: Case) -> str:
    return re.sub(r"\W+", "", case.contexts[0].lower())[:80] if case.contexts else ""
