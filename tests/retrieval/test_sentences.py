from retrieval.sentences import split


def test_degrees_end_a_sentence_and_brackets_hold_one_together() -> None:
    assert split("Heat to 350°F. Bake.") == ("Heat to 350°F.", "Bake.")
    assert split("Cool. (Can be made ahead. Cover and chill.) Serve.") == (
        "Cool.",
        "(Can be made ahead. Cover and chill.)",
        "Serve.",
    )
