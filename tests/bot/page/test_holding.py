"""What sentences hold."""

import pytest

from bot.page.holding import explained, holds

SENTENCES = [
    ("time", "Let it sit for 20 minutes.", "Let it sit."),
    ("time", "Leave it overnight.", "Leave it be."),
    ("with", "It pairs well with rice.", "Lay the slices in four pairs on the parchment."),
    ("heat", "Melt it over medium-low heat.", "Melt the butter."),
    ("heat", "Heat the oven to 375°F.", "Open the oven."),
    ("heat", "Lower the heat until it barely moves.", "Lower it in."),
    ("why", "Knead it twice only, as kneading makes it tough.", "Knead it as long as you like."),
    ("why", "Salt it, which firms the flesh.", "Salt it in a bowl, which may be wide."),
    ("size", "Cut it into 1-inch cubes.", "Boil it for 1 minute."),
    ("size", "Slice the leeks thinly.", "Wash the leeks."),
    ("often", "Stir it now and then.", "Stir it."),
    ("often", "Grill, turning every 2 minutes.", "Grill for 2 minutes."),
    ("until", "Fry until glossy.", "Fry it."),
    ("until", "The batter should be as thin as cream.", "Add the cream to the batter."),
    ("tool", "Use a grill pan.", "Use the cream."),
    ("why", "Soak them so that they do not burn.", "Soak them for 30 minutes."),
    ("why", "Steam it to take away the bitterness.", "Bring it to the boil."),
    ("why", "Cool it, or the batter will scramble.", "Add lemon or lime."),
    ("store", "Keeps 3 days in the fridge.", "Keep the marinade."),
    ("skip", "Add the chili, if you like.", "Add the chili."),
]


@pytest.mark.parametrize(("kind", "held", "bare"), SENTENCES)
def test_a_sentence_holds_a_kind_of_thing_or_not(kind: str, held: str, bare: str) -> None:
    assert holds(kind, held)
    assert not holds(kind, bare)


def test_a_reason_is_that_of_the_clause_before_it() -> None:
    sentence = "Sweat the leeks with salt for 12 minutes, stirring often so that they do not brown."
    assert explained(sentence) == ("stirring often",)
    assert explained("To avoid lumps, sift the flour.") == ("To avoid lumps, sift the flour.",)
    assert explained("Sift the flour.") == ()
