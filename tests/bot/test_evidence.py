"""What is said instead of the student's words."""

import pytest

from bot.evidence import LONGEST, beside_the_point, best, excerpt, in_order, missing, pages
from retrieval.passage import Passage, PassageKind
from tests.conftest import SHAKSHUKA

STEP = "Heat the oven to 350°F. Bake the bread in a loaf pan until golden, about 40 minutes. Let it cool."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how long does it bake?", "Bake the bread in a loaf pan until golden, about 40 minutes."),
        ("what temperature?", "Heat the oven to 350°F."),
        ("how will I know it's done?", "Bake the bread in a loaf pan until golden, about 40 minutes."),
        ("tell me more about it", STEP),
        ("how much salt?", "Heat the oven to 350°F."),
    ],
)
def test_the_sentence_that_offers_what_is_asked(question: str, answer: str) -> None:
    assert excerpt(question, STEP) == answer


def test_a_long_passage_is_cut_at_the_end_of_a_sentence() -> None:
    text = " ".join("Stir the pot now and then and taste it." for _ in range(20))
    cut = excerpt("and then?", text)
    assert cut.endswith(".")
    assert text.startswith(cut)
    assert len(cut.split()) <= LONGEST


def test_one_long_sentence_is_kept_whole() -> None:
    text = "Stir " + "and stir " * 80 + "again."
    assert excerpt("and then?", text) == text


def passage(kind: PassageKind, score: float, text: str = "Text.") -> Passage:
    return Passage(f"{kind}-{score}", kind, text, score)


def test_only_a_passage_that_retrieval_is_sure_of() -> None:
    assert best("how long?", SHAKSHUKA, ()) is None
    assert best("how long?", SHAKSHUKA, (passage("note", 0.2),)) is None
    sure = passage("note", 0.9)
    assert best("how long?", SHAKSHUKA, (sure, passage("note", 0.1))) == sure


@pytest.mark.parametrize("question", ["can I use frozen text?", "why is it in the text?", "does text freeze?"])
def test_notes_explain_where_steps_only_tell(question: str) -> None:
    note = passage("note", 0.32)
    assert best(question, SHAKSHUKA, (passage("ingredient", 0.35), note)) == note
    step = passage("step", 0.8) if "use" in question else None  # steps say neither why nor how it keeps
    assert best(question, SHAKSHUKA, (passage("step", 0.8), passage("note", 0.1))) == step


def test_what_went_wrong_is_not_mended_by_the_step() -> None:
    mend = passage("knowledge", 0.03)
    assert best("my sauce is too thin, what do I do", SHAKSHUKA, (passage("step", 0.68), mend)) == mend
    assert best("how thin do I roll it", SHAKSHUKA, (passage("step", 0.68), mend)) == passage("step", 0.68)


def test_without_a_recipe_less_is_enough() -> None:
    entry = passage("knowledge", 0.2)
    assert best("when is caramel dark enough?", None, (entry,)) == entry
    assert best("when is caramel dark enough?", SHAKSHUKA, (entry,)) is None


def test_an_answer_may_quote_the_entry_that_is_meant_and_no_other() -> None:
    meant, other = passage("knowledge", 0.6, "Simmer it down."), passage("knowledge", 0.3, "Add some salt.")
    assert pages("why is it thin?", None, (meant, other)) == ["Simmer it down."]
    assert pages("why is it thin?", SHAKSHUKA, (passage("knowledge", 0.1), other)) == []
    assert "Add some salt." in pages("thank you, that was kind", SHAKSHUKA, (meant, other))
    assert SHAKSHUKA.steps[2] in pages("what's next?", SHAKSHUKA, (meant, other))


def test_a_step_that_does_not_speak_of_it_is_no_answer_to_may_i() -> None:
    step = passage("step", 0.9, "Crumble the feta over the top.")
    assert best("can I use less feta?", SHAKSHUKA, (step,)) == step
    assert best("can I use less dill?", SHAKSHUKA, (step,)) is None


def test_a_time_of_something_else_is_no_answer() -> None:
    soften, simmer = passage("step", 0.8, SHAKSHUKA.steps[1]), passage("step", 0.3, SHAKSHUKA.steps[2])
    assert best("how long?", SHAKSHUKA, (soften, simmer)) == soften
    assert best("how long do I braise it?", SHAKSHUKA, (soften, simmer)) == soften  # nothing is braised: it means this
    assert best("how long should it simmer in total?", SHAKSHUKA, (soften, simmer)) == simmer
    assert best("how long in the pan?", SHAKSHUKA, (soften, simmer)) == soften  # where it is done does not tell which
    less = passage("step", 0.1, SHAKSHUKA.steps[2])
    assert best("how long should it simmer in total?", SHAKSHUKA, (soften, less)) is None


def test_a_sentence_without_the_time_does_not_say_how_long() -> None:
    step = passage("step", 0.9, "Whisk the soy sauce and ginger. Marinate it for at least 1 hour.")
    assert beside_the_point("how long should it marinate?", step, "Whisk the soy sauce and ginger.")
    assert not beside_the_point("how long should it marinate?", step, "Marinate it for at least 1 hour.")
    assert not beside_the_point("what do I whisk?", step, "Whisk the soy sauce and ginger.")
    assert not beside_the_point("how hot?", step, "Whisk the soy sauce and ginger.")  # nor does the page say it
    assert not beside_the_point("how long?", None, "Whisk it.")


def test_a_step_that_does_not_speak_of_keeping_does_not_say_how_it_keeps() -> None:
    serve, chill = passage("step", 0.9, "Serve it warm."), passage("step", 0.9, "Refrigerate it for up to 2 days.")
    assert best("can I store it for tomorrow?", SHAKSHUKA, (serve,)) is None
    assert best("can I make it in advance?", SHAKSHUKA, (chill,)) == chill
    assert best("should I keep stirring?", SHAKSHUKA, (passage("step", 0.9, "Stir."),)) is not None


def test_what_a_telling_of_a_step_leaves_out() -> None:
    step = "Warm the oil in a skillet. Let the onion become soft in it, about 5 minutes."
    assert missing((step,), "Warm the oil in the skillet.") == ["Let the onion become soft in it, about 5 minutes."]
    assert missing((step,), "Warm oil in your skillet and let the onion become soft, 5 minutes.") == []


def test_a_telling_goes_on_where_it_is() -> None:
    step = ("Crush the tomatoes and add the salt. Simmer until thick. Stir in the cream.",)
    assert in_order(step, "", "Crush the tomatoes and add the salt.")
    assert in_order(step, "", "Crush the tomatoes, add the salt and simmer until thick.")
    assert not in_order(step, "", "Simmer until thick.")
    assert not in_order(step, step[0], "Crush the tomatoes.")
    assert in_order(step, step[0], "Let me know.")
