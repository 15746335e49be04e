import pytest

from retrieval.choosing import contains, is_title, parse_wish
from retrieval.index import Index
from tests.retrieval.conftest import RECIPES

PESTO, HUMMUS, STEW, CAKE = RECIPES


def titles(index: Index, text: str, **limits: object) -> list[str]:
    return [r.title for r, _ in index.search_recipes(text, 5, **limits)]  # type: ignore[arg-type]


def test_the_wish_of_the_brief(shared_index: Index) -> None:
    assert titles(shared_index, "something with chickpeas, under 30 minutes, no nuts") == ["Smooth Hummus"]
    assert set(titles(shared_index, "something with chickpeas")) == {"Smooth Hummus", "Chickpea and Almond Stew"}


def test_limits_as_arguments(shared_index: Index) -> None:
    assert titles(shared_index, "chickpeas", max_total_s=1800) == ["Smooth Hummus"]
    assert "Chickpea and Almond Stew" not in titles(shared_index, "chickpeas", without=["nuts"])
    assert titles(shared_index, "", diet=["vegan"]) == ["Smooth Hummus"]
    assert set(titles(shared_index, "anything", with_=["lemon"])) == {"Smooth Hummus", "Lemon Sponge Cake"}
    assert titles(shared_index, "cake", without=["eggs"]) == []


def test_a_title_comes_first_with_scores_in_order(shared_index: Index) -> None:
    found = shared_index.search_recipes("lemon sponge cake", 4)
    assert found[0][0] == CAKE
    scores = [s for _, s in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("dinner in half an hour", 1800),
        ("under 45 minutes", 2700),
        ("a 20-minute pasta", 1200),
        ("less than two hours please", 7200),
        ("something quick", 2700),
        ("soup for 4", None),
    ],
)
def test_times(text: str, seconds: int | None) -> None:
    assert parse_wish(text).max_total_s == seconds


def test_without_and_with() -> None:
    wish = parse_wish("a vegan soup with carrots and ginger, no nuts or dairy, sugar-free")
    assert wish.diet == ("vegan",)
    assert wish.with_ == ("carrots", "ginger")
    assert wish.without == ("nuts", "dairy", "sugar")


def test_groups_of_foods() -> None:
    assert contains(PESTO, "nuts")
    assert contains(STEW, "nuts")
    assert contains(STEW, "tree nuts")
    assert not contains(CAKE, "nuts")
    assert contains(CAKE, "egg")
    assert contains(CAKE, "gluten")
    assert not contains(HUMMUS, "dairy")


def test_what_is_a_title() -> None:
    title = "Spicy Coconut Braised Cod with Colorful Vegetables"
    assert is_title("Crêpes with Ham", "Crepes with ham (Galettes)")
    assert is_title(title.lower(), title)
    assert is_title("spicy coconut cod and colorful vegetable", title)
    assert not is_title("spicy coconut braised salmon with colorful vegetables", title)
    assert not is_title("cod", title)
    assert not is_title("", "")


def test_a_title_says_no_limits(shared_index: Index) -> None:
    assert titles(shared_index, "chickpea with almond stew")[0] == "Chickpea and Almond Stew"
    assert "Chickpea and Almond Stew" not in titles(shared_index, "chickpea and almond stew", without=["almonds"])
