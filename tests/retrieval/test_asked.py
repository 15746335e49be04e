"""The asked files as they ship."""

import pytest

from retrieval.asked import load, note_questions, parse
from retrieval.cookbook import load_knowledge
from training.reader_data import kept_back


@pytest.mark.parametrize("line", ["x | how long | next | -", "1 | how long | next", "1 | how long | next | yes"])
def test_a_line_that_is_not_in_the_form_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"file, line 2"):
        list(parse(f"# cookbook:shakshuka\n{line}\n", "file"))


def test_a_line_says_what_answers() -> None:
    (line,) = parse("# cookbook:shakshuka\n3 | lid on? | s3.1, k:tech-x | y\n", "file")
    assert (line.url, line.step, line.utterance) == ("cookbook:shakshuka", 3, "lid on?")
    assert (line.labels, line.verdict, line.place) == (("s3.1", "k:tech-x"), "y", "file, line 2")


def test_what_is_held_back_teaches_the_search_nothing() -> None:
    held, rest = list(load(held_back=True)), list(load(held_back=False))
    assert len(held) > 1000
    kept = kept_back()
    assert {line.url for line in held if line.url.startswith("cookbook:")} <= kept
    assert not {line.url for line in rest} & ({line.url for line in held} | kept)
    known = {entry.id for entry in load_knowledge()}
    questions = note_questions()
    assert len(questions) > 4000
    assert {id_ for _, id_ in questions} <= known
