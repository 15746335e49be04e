"""Dangers of a kitchen: how a message that touches one sounds, and what is said first.

Each rule recognises a kind of message and names the knowledge entries that hold the facts; the figures come from those
entries and their public sources, not from here and not from the model. Harmless look-alikes ("grease the pan", "leave
out the nuts", "fire-roasted tomatoes") must pass: the tests hold many of them.
"""

from bot.danger_rule import Rule, rule
from bot.food_dangers import FOOD

EMERGENCY = "call your local emergency number (112 in Europe, 911 in the US)"
NO_MEDICINE = f"I cannot give medical advice. If it is serious, {EMERGENCY}; otherwise ask a doctor or pharmacist."
_BODY = (
    r"(?:finger|fingers|hand|hands|thumb|arm|wrist|leg|foot|face|eye|eyes|skin|palm|knuckle|tongue|mouth|"
    r"lip|myself|my ?self|himself|herself|son|daughter|kid|child|toddler|baby)"
)
_BABY = (
    r"(?:baby|babies|infants?|newborns?|(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven)[- "
    r"]months?[- ]old)"
)
_CHILI = r"(?:chil[il]\w*|jalape\w*|habanero\w*|serranos?|hot peppers?|scotch bonnets?|capsaicin|bird's eyes?)"
_SKIN = r"(?:fingers?|hands?|thumbs?|skin|eyes?|face|nose|lips?|nails?)"
_STINGS = r"(?:burn\w*|sting\w*|hurt\w*|on fire|tingl\w*|itch\w*|in|on|off|from)"

PEOPLE: tuple[Rule, ...] = (
    rule(
        "self-harm",
        r"\b(?:kill myself|suicide|suicidal|end my life|hurt myself on purpose|want to die)\b",
        f"I am only a cooking assistant, but you matter: please {EMERGENCY} or a crisis line, or "
        f"talk to somebody close to you now.",
    ),
    rule(
        "fire",
        r"\b(?:on fire|caught? fire|catch(?:es|ing)? fire|(?:grease|oil|kitchen|oven|pan|stove|fat|microwave) "
        r"fires?\b|(?:in|into|up in|bursts? into) flames|"
        r"(?:oil|pan|grease|pot|oven|fat|towel) (?:is |has |just )*(?:burning|ignited|flaming|ablaze|in "
        r"flames))|water on (?:a |an |the )?(?:burning|hot|flaming)? ?(?:oil|grease)",
        f"Never throw water on burning oil. Turn off the heat if you can reach it safely, cover "
        f"the pan with a lid or a baking sheet, and leave it covered. "
        f"If it does not go out at once, leave the room, close the door and {EMERGENCY}.",
        "safe-grease-fire",
        unless=r"\bflamb[eé]|fire[- ]roasted|taste like fire|"
        r"\b(?:mouth|tongue|lips?|throat|taste ?buds|stomach|belly|fingers?|skin|eyes?)\b.*\bon fire\b|"
        r"\bon fire\b.*\b(?:mouth|tongue|taste ?buds)\b",
    ),
    rule(
        "smoking fat",
        r"\b(?:oil|fat|lard|ghee|butter|pan|pot|wok|skillet|grill|its?)(?:'s| is| has| just)*"
        r"(?: all| really| already| started| starting| still)* (?:to )?smok(?:e|es|ing)\b(?! (?:the|point|hot))|"
        r"\b(?:lots|clouds|full) of smoke\b",
        "Fat that smokes is close to catching fire: turn the heat off, pull the pan off the burner if you can do it "
        "safely, and let it cool before you go on. If it catches fire, put a lid on it; never water.",
        unless=r"\buntil\b|\bwhen (?:the|it)\b|\bshould\b|\bsmoker\b",
        expected=r"\b(?:until|till|starts? to|begins? to|just|will|may|might|lightly|faintly)\b[^.]*"
        r"\bsmok(?:e|es|ing)\b|\bsmoking[- ]hot\b|\bblack(?:en\w*)? in (?:patches|spots)\b|\bopen a window\b|"
        r"\bsmoke alarm\b|\bchar(?:red)? (?:the|on)\b",
    ),
    rule(
        "chili",
        rf"\b{_SKIN}\b.*\b{_STINGS}\b.*\b{_CHILI}|\b{_CHILI}.*\b(?:in|on|off|from|burn\w*|sting\w*)\b.*\b{_SKIN}\b|"
        rf"\b(?:touched|rubbed) my (?:eye|eyes|face|nose)\b.*\b{_CHILI}",
        "Oil or dish soap takes chili off the skin; water alone does not.",
        "safe-chili-hands",
        unless=r"\b(?:chili con|chili in (?:the|a) (?:pot|pan)|burned? (?:my|the) \w+ on|hot oil|steam)\b",
    ),
    rule(
        "reaction",
        r"\b(?:anaphyla\w+|allergic reaction|epi-?pen|throat (?:is |feels |'s )*(?:swelling|closing|tight|"
        r"itchy)|(?:can't|cannot|trouble|difficulty|hard to) breath\w*|"
        r"(?:lips?|tongue|face) (?:is|are|'s)? ?(?:swelling|swollen)|(?:having|got|has) hives|chok(?:ing|ed) "
        r"on|is choking)",
        f"This can be an emergency: {EMERGENCY} now, and use an adrenaline pen if there is one "
        f"for it. I cannot give medical advice.",
    ),
    rule(
        "chili",
        r"\b(?:mouth|tongue|taste ?buds)\b.*\b(?:on fire|burning|burns)\b|\bon fire\b.*\b(?:mouth|tongue)\b",
        "Something with fat in it helps, milk or yogurt if you may have them, or a piece of bread; water does not. If "
        f"lips, tongue or throat swell, that is no chili: {EMERGENCY}.",
        unless=r"\b(?:hot (?:oil|soup|tea|coffee|food|pizza)|steam|bleach)\b",
    ),
    rule(
        "injury",
        rf"\b(?:(?:cut|sliced|stabbed|burne?[dt]?|burning|scald(?:ed)?|grated|nicked|chopped off|injured|hurt|"
        rf"stung) (?:off )?(?:my|his|her|their|the tip of my)(?: own)? (?:\w+ )?{_BODY}|"
        rf"(?:my|his|her) (?:\w+ )?{_BODY} (?:is|are|'s|got|won't) (?:\w+ )?(?:bleeding|burned|burnt|burning|"
        rf"blister\w*|cut|stop bleeding)|bleeding (?:a lot|badly|won't stop)|"
        rf"(?:i|we) (?:just )?(?:got|have|had) (?:a |an )?(?:\w+ )?(?:burn|cut|scald|blister) on|i(?:'m| am) "
        rf"bleeding|(?:treat|do (?:for|about|with)|help with) (?:a |an |my |the )?(?:burn|cut|scald|wound)s?\b|"
        r"chil[il](?:es?|i)? in (?:my|his|her) eyes?|(?:hot )?oil (?:splashed|splattered|spilled|got) (?:on|"
        r"in|onto) (?:my|his|her))",
        f"Put the cooking aside and see to it first. {NO_MEDICINE}",
        unless=r"burn (?:the|on the bottom)|cut of",
    ),
    rule(
        "illness",
        r"\b(?:food poison\w*|(?:feel|feeling|got|getting|am|been) (?:really |very |so )?(?:sick|ill|nauseous|"
        r"dizzy)(?: after| from| because)|throwing up|vomit\w*|diarrh\w+|"
        r"i (?:just )?(?:ate|swallowed|drank|have eaten) (?:some |a |the )?(?:raw|undercooked|spoiled|mou?ldy|"
        r"expired|bleach|poison|wild|bad|rotten)|poisoned)",
        f"{NO_MEDICINE} Poison centres answer at any hour.",
    ),
    rule(
        "medicine",
        r"\b(?:dos(?:e|es|age|ing)|milligrams? of|mg of|how (?:much|many)|can i (?:take|give)|should i "
        r"(?:take|give)|mix) .*\b(?:ibuprofen|paracetamol|acetaminophen|tylenol|aspirin|"
        r"insulin|antibiotics?|medications?|medicines?|pills?|tablets|warfarin|metformin|melatonin|xanax|"
        r"drugs?|antihistamines?|benadryl)\b|"
        r"\b(?:diagnos\w+|cure (?:my|for)|treat my (?:diabetes|cancer|disease)|blood pressure medic\w+)\b",
        "I am a cooking assistant and cannot advise on medicines or illness: please ask a doctor or pharmacist.",
    ),
    rule(
        "pregnancy",
        r"\b(?:pregnan\w+|breast ?feeding|immunocompromised|chemo\w*)\b",
        "I cannot give medical advice: what is safe for you, your doctor or midwife knows. In "
        "general, raw or undercooked meat, fish and eggs, and unpasteurised milk and cheese, are "
        "to be avoided.",
    ),
    rule(
        "honey",
        rf"\bhoney\b.*\b{_BABY}\b|\b{_BABY}\b.*\bhoney\b|\bhoney\b.*\b(?:under (?:one|1|a year|12 months)|"
        rf"first birthday)\b",
        "No honey for a child under twelve months, cooked or raw: it can carry botulism spores.",
        "safe-honey-infants",
        unless=r"baby (?:carrots?|spinach|back|kale|potato(?:es)?|corn|bok|greens|leaves|arugula|peas|onions?)",
    ),
    rule(
        "infant",
        rf"\b(?:feed|give|for|safe for|serve|can)\b.*\b(?:my |our |the |an? )?(?:{_BABY})\b(?! (?:carrots?|"
        rf"spinach|back|kale|potato(?:es)?|corn|bok|greens|leaves|arugula|peas|onions?|shower|tomato(?:es)?|"
        rf"beets?))",
        "What a baby may eat is a question for your paediatrician, not for me: no honey before "
        "the first birthday, little salt, nothing small, hard or round that can be choked on.",
        "safe-honey-infants",
    ),
    rule(
        "child-tools",
        r"\b(?:kids?|child(?:ren)?|toddler|son|daughter|(?:\d|two|three|four|five|six|seven|eight)[- ]year[- "
        r"]old)\b.*\b(?:use|handle|hold|chop|cut|fry|deep[- ]fry|work)\b.*\b(?:knife|knives|stove|oven|fryer|"
        r"hot oil|mandoline?|blender|onions?|vegetables)\b",
        "Only with a grown-up right beside them, and not with hot oil: give children a small "
        "blunt knife and something soft to cut, and keep pan handles turned inwards.",
    ),
    rule(
        "assure",
        r"\b(?:guarantee|promise|assure|100 ?%|completely|totally|absolutely|definitely|are you (?:sure|"
        r"certain))\b.*\b(?:nuts?|peanuts?|gluten|dairy|milk|eggs?|soy|sesame|shellfish|fish|allerg\w+|"
        r"coeliac|celiac|safe)\b(?!.*\?.*\bcook)",
        "No, I cannot promise that: I only read the recipe's list. Traces, brands and your own "
        "kitchen I cannot see, so check every label, and with a serious allergy ask your doctor.",
        unless=r"\b(?:cooked|done|boiling|melted|cool(?:ed)?|dissolved|set)\b",
    ),
)
RULES: tuple[Rule, ...] = (*PEOPLE, *FOOD)  # people in danger before food in danger


def find_rule(said: str, page: str = "") -> Rule | None:
    """The first rule that a regular text falls under.

    Args:
        said: The text.
        page: The recipe at hand, lower case, in one line.
    """
    for danger in RULES:
        if danger.page is not None and not danger.page.search(page):
            continue
        if danger.pattern.search(said) and not (danger.unless is not None and danger.unless.search(said)):
            return danger
    return None
