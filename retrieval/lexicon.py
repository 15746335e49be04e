"""The words that name foods, by which the guard knows an ingredient when it reads one.

Made of the bundled cookbook (ingredient items and what the knowledge is about) and the tables of densities and
allergens; kept in ``retrieval/data/food-words.txt``. To make it again after the cookbook has grown::

    python -m retrieval.lexicon
"""

import argparse
import re
from functools import cache
from importlib import resources
from pathlib import Path

import yaml

from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.foods import food_words, names
from retrieval.units import DENSITIES, canonical_unit, singular

_PATH = ("data", "food-words.txt")
_ABOUT = ("ingredient", "substitution", "storage", "doneness", "conversion", "drink")
# Words of the sources that are no food, or are said of everything.
_NOT = frozenset(
    "brunch iced noir blanc coq vin agua fresca alcohol-free aperitif boeuf "
    "puree sprinkle palm high-heat spot all all-butter arctic based blanching blue boiled bonnet breading bundt "
    "burn cane caramelized caster center-cut char clarified coarsely convection cooker country creamy crumbled "
    "curing cylinder deep-frying deli dessertspoon digestive distilled dog doubling dripping dry-roasted durum "
    "elbow evaporated extract eyed farmer fashioned five flattened fleshed floury fluid frie from frond fruity "
    "fry fryer garam gas gel gold great gum gyoza halving hard-boiled hydration idli kneading knuckle live "
    "liverwort low-moisture lunchbox mark mashed meatless medium-firm medium-ground medium-hot microwave mock "
    "moderate moisture navy nutritional old old-fashioned parboiled pasteurized percentage pickled pink poached "
    "powdered proofing pulled reduction refined rising rock rose royal scaling scrambled seedless self-rising "
    "sharp shortcrust skim skirt slender slivered snow sparkling sponge springform square steel steel-cut stewing "
    "stir stir-fry stone-ground stout strata superfine swedish thin-skinned tuscan vital watt waxy well-drained "
    "well-fermented whipped yellow-fleshed northern jumbo jack wrapper stew cut bell hock condensed desiccated "
    "hungarian kashmiri brazil pot-roast dry-aged center pie-shaped skillet whisk blender mixer grill wok "
    "saucepan peeler colander tongs sieve processor steamer cleaver griddle baked-through stove-top casserole "
    "sauté brown-butter spatula strainer ladle ramekin rolling-pin cookware foam mousse silver-foil savory savoy "
    "sandwich toothpick skewer accompaniment acid active age aged air aluminum amount angel back bag bake baked "
    "baking ball bamboo bar base basic batch batter bed beginner bench big bit bite bitter blade blanched blend "
    "block board body boil bone boneless boston bottle bottom bought bowl box braise break broken brush bulk "
    "bunch butcher cage can canned canning care carton chamber chart chef chill chilled chunk classic clean clear "
    "cling cloth clove cluster coal coarse coating cold color colour combination container cooked cookie cooking "
    "cool core corner count counter cover crack crisp crisper crisps crumb crunchy crushed crust crystal cube cup "
    "curd cured curly danger dash day deep degree desired dessert dietary dip dish divided double dough drained "
    "dressing dried drink drip dry dust each easy edge end equal essence extra fan fat feather fermented festive "
    "filet filling fillet film finish fire firm flake flat flatbread flavor flavoring foil fold food form freezer "
    "freezing fresh fried frozen fruit frying full garden garnish general gluten golden good grade grain gram "
    "granulated grate greasing green grey ground guest hair half hand hard head heart heat heavy height herb high "
    "hob home hot hour ice imperial inch infant ingredient inner instant jar juice juicy kind kitchen knob label "
    "large layer leaf lean leftover leg level lid light like line liquid liter liquor little loaf log long loose "
    "low lukewarm lunch machine made make marinade mash mass mat meal meat medium melted metric middle mild "
    "milliliter mini minute mix mixed mixture mold month mortar natural neck needle neutral nonstick note number "
    "one opened optional order ounce outer oven overnight package packet packed paddle pan paper parchment part "
    "party paste pastry peel peeled piece pint plain plastic plate plus pocket point poaching portion pot pound "
    "powder premium preserve preserved pressed pressure prime process processed proof protein pudding puff pure "
    "quality quantity quart quarter quick raising rare ratio raw ready recipe red refrigerator regular rendered "
    "rest rib rich rind ring ripe roast roasted roasting roll rolled rolling room root rope round rub running "
    "salad salted sauce scale scoop season seasoning seed seeded self serving set shallow shape sheet shelf shell "
    "short shoulder shredded side silver simple single skin skinned slab sliced slow small smoke smoked smooth "
    "snack soaked soft solid soup sour spare speed spice spoon spray spread spring sprig stalk standard starter "
    "steam stem stick stiff stone storage store stove strip strong stuffing style substitute summer sweet swiss "
    "syrup table tail tall tart taste tea teaspoon temperature tender texture thawed thermometer thick thickener "
    "thigh thin third time tin tip toast toasted tool top topping torn tray trimmed two type unopened unsalted "
    "use variety vegetable vessel virgin volume warm wash water week weight well wheat white whole wide wing "
    "winter wire wood woody wrap yellow yield young zest kettle appliance measuring spoonful handful world dinner "
    "breakfast boiling safe safety cooling cooler altitude scoring pith pulp stock-in stand flower blossom "
    "tablespoon gallon package-size breast drumstick loin belly cheek chop cutlet rump shank ear eye tongue joint "
    "string button cap crown bulb pod ball-shaped basmati jasmine arborio dutch english french italian greek "
    "korean japanese thai chinese mexican spanish turkish indian vietnamese american asian moroccan persian "
    "russian german african ethiopian sichuan kosher halal vegan vegetarian dairy dairy-free egg-free gluten-free "
    "low-fat full-fat plant plant-based free bone-in skin-on name brand candied crisped date-type king queen star "
    "sun holy bird thread glass rainbow pearl finger lady long-grain short-grain medium-grain bittern press "
    "pepper-type bread-type cover-crop unit dozen cow hen forest field ocean mountain river sea seal stocky "
    "unbleached uncooked unsweetened sweetened semi semi-skimmed skimmed shelled split stuffed sushi tempered "
    "tied toasting treat twist untreated".split()
)
# Foods that a reply may invent and that the cookbook may not have.
_MORE = (
    "abalone acai alfalfa apricot arrowroot artichoke asafoetida asparagus avocado bacon bagel balsamic banana "
    "barley basil bass bean beef beet beetroot biscotti blackberry blueberry boysenberry bran brandy bratwurst "
    "brie broccoli broccolini brownie buckwheat burrito buttercream butterscotch cabbage camembert cantaloupe "
    "caper caramel caraway cardamom carrot cashew catfish cauliflower caviar celeriac celery cereal chamomile "
    "champagne chard cheddar cheesecake cherry chestnut chia chicken chickpea chicory chili chive chocolate "
    "chorizo cider cilantro cinnamon clam clementine coconut cod coffee collard coriander corn cornbread couscous "
    "crab cranberry crayfish cream cucumber cumin currant curry custard date dill duck edamame egg eggnog "
    "eggplant elderberry endive escarole espresso falafel farro fennel fenugreek feta fig flaxseed frankfurter "
    "fudge garlic gelatin ghee gherkin gin ginger gingerbread goose gooseberry gorgonzola gouda granola grape "
    "grapefruit grits guacamole guava haddock halibut halloumi ham hamburger hazelnut herring hominy honey "
    "honeydew horseradish hotdog hummus icing jalapeno jam jelly jerky jicama juniper kale kefir ketchup kidney "
    "kielbasa kimchi kiwi kohlrabi kombu kumquat lamb lard lasagna leek lemon lemongrass lentil lettuce lime "
    "liver lobster lychee macadamia mackerel mango margarine marjoram marmalade marshmallow mascarpone mayonnaise "
    "melon meringue milk millet mint miso molasses mozzarella muesli muffin mushroom mussel mustard nectarine "
    "noodle nougat nut nutella nutmeg oat oatmeal octopus oil okra olive onion orange oregano oyster pancake "
    "pancetta papaya paprika parmesan parsley parsnip pasta peach peanut pear pea pecan pepper pepperoni "
    "persimmon pesto pheasant pickle pine pineapple pistachio pizza plantain plum polenta pomegranate popcorn "
    "poppy pork potato praline prawn pretzel prosciutto prune pumpkin quail quinoa rabbit radicchio radish raisin "
    "raspberry relish rhubarb rice ricotta risotto rosemary rum rutabaga rye saffron sage salami salmon salsa "
    "salt sardine sauerkraut sausage scallion scallop seaweed semolina sesame shallot sherbet shortening shrimp "
    "snapper sorbet sorghum sorrel soy spaghetti spelt spinach squash squid steak strawberry sugar sumac "
    "tahini tamarind tangerine tapioca tarragon tempeh tequila thyme tilapia tofu tomato tortilla trout truffle "
    "tuna turkey turmeric turnip vanilla veal venison vinegar vodka waffle walnut wasabi watercress watermelon "
    "whiskey whisky wine worcestershire yam yeast yogurt yoghurt zucchini courgette aubergine rocket swede mince "
    "prawns cornflour gravy broth stock butter buttermilk flour cheese crème"
).split()


@cache
def food_lexicon() -> frozenset[str]:
    """Singular words that name foods."""
    where = resources.files("retrieval")
    for part in _PATH:
        where = where / part
    lines = where.read_text(encoding="utf-8").split("\n")
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def food_kinds() -> dict[str, frozenset[str]]:
    """Words that a more general one may stand for: "cheese" → parmesan, feta and others."""
    text = (resources.files("retrieval") / "data" / "food-kinds.yaml").read_text(encoding="utf-8")
    return {name: frozenset(kinds) for name, kinds in yaml.safe_load(text).items()}


def make() -> list[str]:
    """The words, out of cookbook and tables, in order."""
    found: set[str] = set()
    for recipe in load_recipes():
        for line in recipe.ingredients:
            found |= food_words(line.item)
    for entry in load_knowledge():
        if entry.kind in _ABOUT:
            for name in entry.about:
                found |= food_words(name)
    for name in (*DENSITIES, *names()):
        found |= food_words(name)
    found |= {singular(word) for word in _MORE}
    return sorted(
        w
        for w in found
        if re.fullmatch(r"[a-z][a-z'-]{2,}", w) and not w.endswith("'") and w not in _NOT and not canonical_unit(w)
    )


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.joinpath(*_PATH))
    out = parser.parse_args().out
    words = make()
    head = "# Words that name foods, singular. Made by: python -m retrieval.lexicon"
    out.write_text("\n".join([head, *words]) + "\n", encoding="utf-8")
    print(f"{len(words)} words → {out}")


if __name__ == "__main__":
    main()
