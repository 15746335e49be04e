"""A student that forgets first gives the same answer, whatever it was asked before."""

import zlib

import numpy as np

from model.afresh import Afresh, forget
from model.engines.local import LocalStudent
from model.registry import bundled_folder
from model.student import Constraints, Situation, Student

CONSTRAINTS = Constraints(max_tokens=6)
QUESTIONS = ("How long do I boil the rice?", "How long do I boil the eggs?", "May I use butter?")


class Model:
    """An engine that keeps what it read, and whose logits tell where it began to read anew: what the real one's do now
    and then, always.
    """

    def __init__(self, size: int) -> None:
        self.size, self.kept, self.cuts = size, list[int](), list[int]()

    def start(self, ids: list[int]) -> np.ndarray:
        shared = 0
        while shared < min(len(ids) - 1, len(self.kept)) and ids[shared] == self.kept[shared]:
            shared += 1
        self.kept, self.cuts = list(ids), [*(cut for cut in self.cuts if cut < shared), shared]
        return np.random.default_rng(zlib.crc32(str((self.kept, self.cuts)).encode())).normal(size=self.size)

    def push(self, token: int) -> np.ndarray:
        return self.start([*self.kept, token])


def opened() -> LocalStudent:
    student = LocalStudent(bundled_folder(), Model(0))
    student.model = Model(student.builder.tokenizer.size)
    return student


def said(student: Student, order: tuple[str, ...]) -> dict[str, tuple[object, dict[str, float]]]:
    out = {}
    for question in order:
        generation = student.reply(Situation(question), CONSTRAINTS)
        out[question] = (generation.act, generation.intent_scores)
    return out


def test_what_came_before_changes_nothing() -> None:
    student = Afresh(opened())
    assert student.name == opened().name
    found = said(student, QUESTIONS)
    assert said(student, QUESTIONS) == found
    assert said(student, QUESTIONS[::-1]) == found
    assert said(Afresh(opened()), QUESTIONS[1:]) == {question: found[question] for question in QUESTIONS[1:]}


def test_without_it_something_may_change() -> None:
    assert said(opened(), QUESTIONS) != said(opened(), QUESTIONS[::-1])


def test_one_that_is_made_to_forget_begins_anew() -> None:
    student = opened()
    first = said(student, QUESTIONS[:1])
    said(student, QUESTIONS[1:])
    forget(student)
    again = opened()
    forget(again)
    assert said(student, QUESTIONS[:1]) == said(again, QUESTIONS[:1]) != first
