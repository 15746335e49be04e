from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.quantity import (
    convert,
    find_amounts,
    find_durations,
    format_duration,
    numbers_in,
    parse_duration,
    parse_ingredient,
    scale_line,
    scale_recipe,
    scale_step,
    temperatures_in,
    to_metric,
    to_us,
)
from retrieval.recipe import Recipe, RecipeError


@pytest.mark.parametrize(
    ("line", "quantity", "upper", "unit", "item"),
    [
        ("2 cups flour", Fraction(2), None, "cup", "flour"),
        ("1 1/2 cups (190 g) all-purpose flour, sifted", Fraction(3, 2), None, "cup", "all-purpose flour"),
        ("1-1/2 tsp. salt", Fraction(3, 2), None, "teaspoon", "salt"),
        ("1½ tbsp butter", Fraction(3, 2), None, "tablespoon", "butter"),
        ("½ cup sugar", Fraction(1, 2), None, "cup", "sugar"),
        ("2 to 3 cloves garlic, minced", Fraction(2), Fraction(3), "clove", "garlic"),
        ("2–3 carrots", Fraction(2), Fraction(3), "", "carrots"),
        ("a pinch of salt", Fraction(1), None, "pinch", "salt"),
        ("one egg", Fraction(1), None, "", "egg"),
        ("1 (14 ounce) can diced tomatoes", Fraction(1), None, "can", "tomatoes"),
        ("2 14-ounce cans chickpeas", Fraction(2), None, "can", "chickpeas"),
        ("salt, to taste", None, None, "", "salt"),
        ("juice of 1 lemon", Fraction(1), None, "", "lemon"),
        ("1/4 cup plus 1 teaspoon (65 ml) lukewarm water", Fraction(13, 48), None, "cup", "lukewarm water"),
        ("4 large eggs", Fraction(4), None, "", "eggs"),
        ("1 large (9 oz / 250 g) onion, finely chopped", Fraction(1), None, "", "onion"),
        ("2 cups (480 ml) milk", Fraction(2), None, "cup", "milk"),
        ("flour - 2 cups", Fraction(2), None, "cup", "flour"),
        ("250g plain flour", Fraction(250), None, "gram", "plain flour"),
        ("2 T. butter", Fraction(2), None, "tablespoon", "butter"),
        ("2-inch piece fresh ginger", Fraction(1), None, "piece", "fresh ginger"),
        ("half a lemon", Fraction(1, 2), None, "", "lemon"),
        ("1,5 l water", Fraction(3, 2), None, "liter", "water"),
        ("about 2 cups stock", Fraction(2), None, "cup", "stock"),
    ],
)
def test_parse(line, quantity, upper, unit, item):
    got = parse_ingredient(line)
    assert (got.quantity, got.quantity_max, got.unit, got.item) == (quantity, upper, unit, item)
    assert got.text == line


def test_parse_notes():
    assert parse_ingredient("1 cup finely chopped onion").preparation == "finely chopped"
    assert parse_ingredient("2 onions, peeled and diced").preparation == "peeled and diced"
    assert parse_ingredient("Powdered sugar, for dusting (optional)").optional
    assert parse_ingredient("salt, to taste", group="For the sauce").group == "For the sauce"


@given(st.text(max_size=80))
def test_nothing_breaks_the_parser(text):
    parse_ingredient(text)
    numbers_in(text)
    to_metric(text)
    to_us(text)
    scale_line(text, Fraction(3, 2))


@pytest.mark.parametrize(
    ("line", "factor", "expected"),
    [
        ("1/2 cup (120 ml) oil", 2, "1 cup (240 ml) oil"),
        ("1 cup sugar", Fraction(1, 2), "1/2 cup sugar"),
        ("1 (14 ounce) can diced tomatoes, drained", 2, "2 (14 ounce) cans diced tomatoes, drained"),
        ("1 can (15 oz / 425 g) chickpeas", 2, "2 cans (15 oz / 425 g) chickpeas"),
        ("2 balls (8 oz / 225 g each) pizza dough", 2, "4 balls (8 oz / 225 g each) pizza dough"),
        ("1 large (9 oz / 250 g) onion, chopped", 2, "2 large (18 oz / 500 g) onions, chopped"),
        ("4 large eggs", Fraction(1, 4), "1 large egg"),
        ("1 lb beef, cut into 1/2-inch cubes", 3, "3 lb beef, cut into 1/2-inch cubes"),
        ("2 to 3 cloves garlic", 2, "4 to 6 cloves garlic"),
        ("a pinch of salt", 2, "2 pinches of salt"),
        ("juice of 1 lemon", 2, "juice of 2 lemons"),
        ("1 tablespoon low-fat (2%) milk", 2, "2 tablespoons low-fat (2%) milk"),
        ("salt, to taste", 3, "salt, to taste"),
        ("1 cup plus 1 tablespoon flour", 2, "2 cups plus 2 tablespoons flour"),
        ("1 lemon, half sliced, half left for squeezing", 2, "2 lemons, half sliced, half left for squeezing"),
        ("600 g flour", 2, "1.2 kg flour"),
        ("1/4 cup milk", Fraction(1, 2), "2 tablespoons milk"),
        ("2 (6-ounce) fillets salmon", Fraction(1, 2), "1 (6-ounce) fillet salmon"),
    ],
)
def test_scale_line(line, factor, expected):
    assert scale_line(line, factor) == expected


_AMOUNTS = st.fractions(min_value=Fraction(1, 4), max_value=20).filter(lambda f: f.denominator in (1, 2, 3, 4, 8))


@given(
    _AMOUNTS, st.sampled_from(["cup", "tablespoon", "teaspoon", "g", "ml", "oz", "lb", "clove", ""]), st.integers(2, 6)
)
def test_scaling_there_and_back(amount, unit, factor):
    whole, rest = divmod(amount, 1)
    text = " ".join(x for x in (str(whole) if whole else "", str(rest) if rest else "", unit, "butter") if x)
    before, after = find_amounts(text)[0], find_amounts(scale_line(scale_line(text, factor), Fraction(1, factor)))[0]
    assert float(after.base[0]) == pytest.approx(float(before.base[0]), rel=0.07, abs=0.5 if unit in ("g", "ml") else 0)


def test_scale_step_leaves_counts_and_times():
    step = "Add 1 cup (240 ml) of stock and cook 2 eggs at 350°F for 10 minutes in a 9-inch pan."
    assert (
        scale_step(step, 2) == "Add 2 cups (480 ml) of stock and cook 2 eggs at 350°F for 10 minutes in a 9-inch pan."
    )


@pytest.mark.parametrize(
    ("step", "factor", "expected"),
    [
        ("Stir in a tablespoon or 2 of water.", Fraction(1, 2), "Stir in 1/2 to 1 tablespoon of water."),
        ("Stir in a tablespoon or two of water.", 2, "Stir in 2 to 4 tablespoons of water."),
        ("Pour in a cup and a half of stock.", 2, "Pour in 3 cups of stock."),
        ("1 cup milk or 2 eggs", 2, "2 cups milk or 2 eggs"),
        ("Fry in two rounds, then in 3 batches.", Fraction(1, 4), "Fry in two rounds, then in 3 batches."),
        (
            "Cut it into 4 wedges, in three layers, in 2 halves.",
            2,
            "Cut it into 4 wedges, in three layers, in 2 halves.",
        ),
        ("Divide the dough into 8 balls.", 2, "Divide the dough into 16 balls."),
        ("Warm another tablespoon of oil.", 2, "Warm another 2 tablespoons of oil."),
        ("Wait another minute or two.", 2, "Wait another minute or two."),
    ],
)
def test_scale_step_multiplies_amounts_and_nothing_else(step, factor, expected):
    assert scale_step(step, factor) == expected


def test_scale_recipe():
    recipe = Recipe("x", "Cake", (parse_ingredient("2 cups flour"),), ("Bake.",), servings=4, recipe_yield="8 slices")
    bigger = scale_recipe(recipe, 6)
    assert bigger.ingredients[0].text == "3 cups flour"
    assert bigger.ingredients[0].quantity == 3
    assert (bigger.servings, bigger.recipe_yield, bigger.steps) == (6, "12 slices", recipe.steps)
    with pytest.raises(RecipeError, match="1 serving"):
        scale_recipe(recipe, 0)
    with pytest.raises(RecipeError, match="does not say"):
        scale_recipe(Recipe("x", "Cake", (), ()), 2)


def test_convert():
    assert convert(1, "cup", "g", "all-purpose flour") == 125
    assert convert(350, "F", "C") == Fraction(530, 3)
    assert convert(3, "tsp", "tablespoon") == 1
    assert float(convert(1, "stick", "g")) == pytest.approx(113.4)
    assert float(convert(2, "inches", "cm")) == pytest.approx(5.08)
    with pytest.raises(RecipeError, match="heavy"):
        convert(1, "cup", "g", "unobtainium")
    with pytest.raises(RecipeError, match="unit"):
        convert(1, "furlong", "g")
    with pytest.raises(RecipeError, match="cannot be turned"):
        convert(1, "cup", "inch")


@given(
    _AMOUNTS, st.sampled_from([("cup", "ml"), ("cup", "g"), ("lb", "kg"), ("oz", "cup"), ("F", "C"), ("inch", "cm")])
)
def test_convert_round_trips(amount, units):
    there = convert(amount, units[0], units[1], "brown sugar")
    assert convert(there, units[1], units[0], "brown sugar") == amount


@pytest.mark.parametrize(
    ("text", "metric", "us"),
    [
        ("3/4 cup (180 ml) water", "180 ml water", "3/4 cup water"),
        ("1 large (9 oz / 250 g) onion", "1 large (250 g) onion", "1 large (9 oz) onion"),
        ("3 cups (8 oz / 225 g) cabbage", "225 g cabbage", "3 cups (8 oz) cabbage"),
        ("2 balls (8 oz / 225 g each) dough", "2 balls (225 g each) dough", "2 balls (8 oz each) dough"),
        ("2 cups all-purpose flour", "250 g all-purpose flour", "2 cups all-purpose flour"),
        ("1 cup milk", "240 ml milk", "1 cup milk"),
        ("1 lb beef", "450 g beef", "1 lb beef"),
        ("Bake at 350 degrees F.", "Bake at 180°C.", "Bake at 350 degrees F."),
        ("Bake at 180°C.", "Bake at 180°C.", "Bake at 350°F."),
        ("Bake at 425°F (220°C).", "Bake at 220°C.", "Bake at 425°F."),
        ("Cook to 165°F.", "Cook to 74°C.", "Cook to 165°F."),
        ("a 9x13-inch pan", "a 23 x 33 cm pan", "a 9x13-inch pan"),
        ("an 11-inch tart pan", "a 28 cm tart pan", "an 11-inch tart pan"),
        ("a 7-inch pan", "an 18 cm pan", "a 7-inch pan"),
        (
            "Put 1/4 cup flour in a bowl with the water.",
            "Put 30 g flour in a bowl with the water.",
            "Put 1/4 cup flour in a bowl with the water.",
        ),
        ("Add another cup of milk.", "Add another 240 ml of milk.", "Add another cup of milk."),
        ("a cup or two of water", "240 to 480 ml of water", "a cup or two of water"),
        ("half an inch (1 cm) deep", "1 cm deep", "half an inch deep"),
        ("500 g beef", "500 g beef", "1 pound beef"),
        ("1 teaspoon salt", "1 teaspoon salt", "1 teaspoon salt"),
        ("1 cup plus 2 tablespoons sugar", "225 g sugar", "1 cup plus 2 tablespoons sugar"),
    ],
)
def test_sides(text, metric, us):
    assert to_metric(text) == metric
    assert to_us(text) == us


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 h 10 min", 4200), ("PT1H10M", 4200), ("P1DT2H", 93600), ("an hour and a half", 5400), ("half an hour", 1800),
     ("1:30", 5400), ("1h30", 5400), ("45 s", 45), ("90m", 5400), ("2 to 3 hours", 7200), ("overnight", None), ("", None)],  # noqa: E501
)  # fmt: skip
def test_parse_duration(text, seconds):
    assert parse_duration(text) == seconds


@given(st.integers(1, 200_000))
def test_durations_round_trip(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


def test_find_durations():
    text = "Bake 18 to 22 minutes, then rest an hour. Freeze up to 3 months."
    assert [(s, text[a:b]) for s, (a, b) in find_durations(text)] == [(1080, "18 to 22 minutes"), (3600, "an hour")]


def test_numbers_and_temperatures():
    found = numbers_in("Two eggs, 1 hour and 10 minutes at 350 degrees, half a cup; freeze at 0°F (-18°C).")
    assert [(a.unit, float(a.lo)) for a in found][:4] == [
        ("", 2),
        ("hour", pytest.approx(7 / 6)),
        ("degree", 350),
        ("cup", 0.5),
    ]
    assert [a.values for a in temperatures_in("77 to 82°C or -18°C")] == [(77, 82), (-18,)]
    assert [a.unit for a in numbers_in("00 flour and a little salt")] == []


@pytest.mark.parametrize(
    ("line", "factor", "expected"),
    [
        ("3 sprigs thyme", Fraction(3, 2), "about 5 sprigs thyme"),
        ("1 bay leaf", Fraction(3, 2), "about 2 bay leaves"),
        ("3 large eggs", Fraction(1, 2), "about 2 large eggs"),
        ("1 egg", Fraction(1, 2), "1/2 egg"),
        ("3 onions", Fraction(1, 2), "1 1/2 onions"),
    ],
)
def test_what_nobody_halves_is_rounded_up(line, factor, expected):
    assert scale_line(line, factor) == expected


def test_less_than_a_centimeter_is_told_in_millimeters():
    assert to_metric("slice 1/8 inch thick") == "slice 3 mm thick"
    assert to_metric("in 1/4-inch dice") == "in 6 mm dice"
    assert to_metric("a 2-inch piece") == "a 5 cm piece"
