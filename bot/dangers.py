"""Dangers of a kitchen: how a message that touches one sounds, and what is said first.

Each rule recognises a kind of message and names the knowledge entries that hold the facts; the figures come from those
entries and their public sources, not from here and not from the model. Harmless look-alikes ("grease the pan", "leave
out the nuts", "fire-roasted tomatoes") must pass: the tests hold many of them.
"""

import re
from dataclasses import dataclass

EMERGENCY = "call your local emergency number (112 in Europe, 911 in the US)"
NO_MEDICINE = f"I cannot give medical advice. If it is serious, {EMERGENCY}; otherwise ask a doctor or pharmacist."


@dataclass(frozen=True, slots=True)
class Rule:
    """One danger.

    Attributes:
        name: For the log.
        pattern: Searched in regular text.
        says: What is said first, whether or not an entry is found.
        entries: Knowledge ids that answer it, the first one present is quoted.
        unless: A look-alike: where this matches too, the rule is silent.
    """

    name: str
    pattern: re.Pattern[str]
    says: str
    entries: tuple[str, ...] = ()
    unless: re.Pattern[str] | None = None


def _rule(name: str, pattern: str, says: str, *entries: str, unless: str = "") -> Rule:
    return Rule(name, re.compile(pattern), says, entries, re.compile(unless) if unless else None)


_POULTRY = r"(?:chicken|turkey|poultry|duck|chiken|hen|thighs?|drumsticks?|wings?|breasts?)"
_MEAT = (
    rf"(?:{_POULTRY}|meat|beef|pork|lamb|fish|salmon|tuna|shrimps?|prawns?|seafood|ham|sausages?|burgers?|"
    rf"mince|steaks?|stew|soup|stock|broth|chili|curry|casserole|lasagn[ae]|rice|pasta|pizza|leftovers?|"
    rf"eggs?|milk|cream|food|dinner|sushi|gravy|beans)"
)
_ASKS_SAFE = r"\b(?:can|could|may|is|are|was|will|would|should|safe|ok|okay|fine|eat|serve|sick|dangerous|bad)\b"
_BODY = (
    r"(?:finger|fingers|hand|hands|thumb|arm|wrist|leg|foot|face|eye|eyes|skin|palm|knuckle|tongue|mouth|"
    r"lip|myself|my ?self|himself|herself|son|daughter|kid|child|toddler|baby)"
)
_BABY = (
    r"(?:baby|babies|infants?|newborns?|(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven)[- "
    r"]months?[- ]old)"
)

RULES: tuple[Rule, ...] = (
    # people in danger, before food in danger
    _rule(
        "self-harm",
        r"\b(?:kill myself|suicide|suicidal|end my life|hurt myself on purpose|want to die)\b",
        f"I am only a cooking assistant, but you matter: please {EMERGENCY} or a crisis line, or "
        f"talk to somebody close to you now.",
    ),
    _rule(
        "fire",
        r"\b(?:on fire|caught? fire|catch(?:es|ing)? fire|(?:grease|oil|kitchen|oven|pan|stove|fat|microwave) "
        r"fires?\b|(?:in|into|up in|bursts? into) flames|"
        r"(?:oil|pan|grease|pot|oven|fat|towel) (?:is |has |just )*(?:burning|ignited|flaming|ablaze|in "
        r"flames))|water on (?:a |an |the )?(?:burning|hot|flaming)? ?(?:oil|grease)",
        f"Never throw water on burning oil. Turn off the heat if you can reach it safely, cover "
        f"the pan with a lid or a baking sheet, and leave it covered. "
        f"If it does not go out at once, leave the room, close the door and {EMERGENCY}.",
        "safe-grease-fire",
        unless=r"\bflamb[eé]|fire[- ]roasted|taste like fire",
    ),
    _rule(
        "smoking fat",
        r"\b(?:oil|fat|lard|ghee|butter|pan|pot|wok|skillet|grill|its?)(?:'s| is| has| just)*"
        r"(?: all| really| already| started| starting| still)* (?:to )?smok(?:e|es|ing)\b(?! (?:the|point|hot))|"
        r"\b(?:lots|clouds|full) of smoke\b",
        "Fat that smokes is close to catching fire: turn the heat off, pull the pan off the burner if you can do it "
        "safely, and let it cool before you go on. If it catches fire, put a lid on it; never water.",
        unless=r"\buntil\b|\bwhen (?:the|it)\b|\bshould\b|\bsmoker\b",
    ),
    _rule(
        "reaction",
        r"\b(?:anaphyla\w+|allergic reaction|epi-?pen|throat (?:is |feels |'s )*(?:swelling|closing|tight|"
        r"itchy)|(?:can't|cannot|trouble|difficulty|hard to) breath\w*|"
        r"(?:lips?|tongue|face) (?:is|are|'s)? ?(?:swelling|swollen)|(?:having|got|has) hives|chok(?:ing|ed) "
        r"on|is choking)",
        f"This can be an emergency: {EMERGENCY} now, and use an adrenaline pen if there is one "
        f"for it. I cannot give medical advice.",
    ),
    _rule(
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
    _rule(
        "illness",
        r"\b(?:food poison\w*|(?:feel|feeling|got|getting|am|been) (?:really |very |so )?(?:sick|ill|nauseous|"
        r"dizzy)(?: after| from| because)|throwing up|vomit\w*|diarrh\w+|"
        r"i (?:just )?(?:ate|swallowed|drank|have eaten) (?:some |a |the )?(?:raw|undercooked|spoiled|mou?ldy|"
        r"expired|bleach|poison|wild|bad|rotten)|poisoned)",
        f"{NO_MEDICINE} Poison centres answer at any hour.",
    ),
    _rule(
        "medicine",
        r"\b(?:dos(?:e|es|age|ing)|milligrams? of|mg of|how (?:much|many)|can i (?:take|give)|should i "
        r"(?:take|give)|mix) .*\b(?:ibuprofen|paracetamol|acetaminophen|tylenol|aspirin|"
        r"insulin|antibiotics?|medications?|medicines?|pills?|tablets|warfarin|metformin|melatonin|xanax|"
        r"drugs?|antihistamines?|benadryl)\b|"
        r"\b(?:diagnos\w+|cure (?:my|for)|treat my (?:diabetes|cancer|disease)|blood pressure medic\w+)\b",
        "I am a cooking assistant and cannot advise on medicines or illness: please ask a doctor or pharmacist.",
    ),
    _rule(
        "pregnancy",
        r"\b(?:pregnan\w+|breast ?feeding|immunocompromised|chemo\w*)\b",
        "I cannot give medical advice: what is safe for you, your doctor or midwife knows. In "
        "general, raw or undercooked meat, fish and eggs, and unpasteurised milk and cheese, are "
        "to be avoided.",
    ),
    _rule(
        "honey",
        rf"\bhoney\b.*\b{_BABY}\b|\b{_BABY}\b.*\bhoney\b|\bhoney\b.*\b(?:under (?:one|1|a year|12 months)|"
        rf"first birthday)\b",
        "No honey for a child under twelve months, cooked or raw: it can carry botulism spores.",
        "safe-honey-infants",
        unless=r"baby (?:carrots?|spinach|back|kale|potato(?:es)?|corn|bok|greens|leaves|arugula|peas|onions?)",
    ),
    _rule(
        "infant",
        rf"\b(?:feed|give|for|safe for|serve|can)\b.*\b(?:my |our |the |an? )?(?:{_BABY})\b(?! (?:carrots?|"
        rf"spinach|back|kale|potato(?:es)?|corn|bok|greens|leaves|arugula|peas|onions?|shower|tomato(?:es)?|"
        rf"beets?))",
        "What a baby may eat is a question for your paediatrician, not for me: no honey before "
        "the first birthday, little salt, nothing small, hard or round that can be choked on.",
        "safe-honey-infants",
    ),
    _rule(
        "child-tools",
        r"\b(?:kids?|child(?:ren)?|toddler|son|daughter|(?:\d|two|three|four|five|six|seven|eight)[- ]year[- "
        r"]old)\b.*\b(?:use|handle|hold|chop|cut|fry|deep[- ]fry|work)\b.*\b(?:knife|knives|stove|oven|fryer|"
        r"hot oil|mandoline?|blender|onions?|vegetables)\b",
        "Only with a grown-up right beside them, and not with hot oil: give children a small "
        "blunt knife and something soft to cut, and keep pan handles turned inwards.",
    ),
    _rule(
        "assure",
        r"\b(?:guarantee|promise|assure|100 ?%|completely|totally|absolutely|definitely|are you (?:sure|"
        r"certain))\b.*\b(?:nuts?|peanuts?|gluten|dairy|milk|eggs?|soy|sesame|shellfish|fish|allerg\w+|"
        r"coeliac|celiac|safe)\b(?!.*\?.*\bcook)",
        "No, I cannot promise that: I only read the recipe's list. Traces, brands and your own "
        "kitchen I cannot see, so check every label, and with a serious allergy ask your doctor.",
        unless=r"\b(?:cooked|done|boiling|melted|cool(?:ed)?|dissolved|set)\b",
    ),
    # food
    _rule(
        "wash-chicken",
        rf"\b(?:wash|rinse|rinsing|washing|clean)(?:ed)?\b(?: \w+){{0,4}} (?:raw )?{_POULTRY}\b(?!\s*(?:stock|"
        rf"broth))",
        "No, do not wash it.",
        "safe-dont-wash-chicken",
        unless=r"\b(?:after|hands?|board|knife|knives|sink|counter|utensils?|plate)\b",
    ),
    _rule(
        "raw-poultry",
        rf"\b(?:raw|pink|undercooked|under-?done|medium[- ]rare|rare|bloody|not (?:fully |quite |completely |"
        rf"totally )?(?:cooked|done)|half[- ]cooked|tartare|sushi)\b.*\b{_POULTRY}\b.*|"
        rf"\b{_POULTRY}\b.*\b(?:raw|pink|undercooked|under-?done|medium[- ]rare|rare|bloody|bleeding|not "
        rf"(?:fully |quite |completely )?(?:cooked|done)|tartare|sashimi)\b",
        "Do not eat it like that: poultry must be cooked through. Put it back on the heat.",
        "safe-chicken-temperature",
        unless=r"\b(?:pink (?:salt|peppercorns?|sauce)|board|knife|hands|plate|marinade|marinate|cut|slice|dice|"
        r"season|freeze|store|fridge|buy|how do i|how (?:long|much)|before|raw cashews?|hen of the woods|coat|"
        r"touch(?:ed|ing)?|thaw\w*|defrost\w*|stuff|brown|wrap|add the raw|put the raw|raw .*(?:in|into) the "
        r"(?:pan|pot|oven|soup|slow))\b",
    ),
    _rule(
        "raw-ground-meat",
        r"\b(?:burgers?|ground (?:beef|meat|pork|lamb|turkey)|mince(?:d meat)?|meatballs?|"
        r"sausages?)\b.*\b(?:rare|medium|pink|raw|undercooked|bloody)\b|\b(?:rare|pink|raw|"
        r"undercooked)\b.*\b(?:burgers?|ground (?:beef|pork|turkey|meat)|minced? meat|meatballs?|sausages?)\b",
        "Careful: ground meat and sausages must be cooked through.",
        "safe-ground-meat-temperature",
        unless=r"\b(?:medium (?:heat|bowl|pan|size|high|low|onion)|medium-|mix|shape|freeze|store|thaw)\b",
    ),
    _rule(
        "raw-pork",
        r"\bpork\b.*\b(?:raw|pink|rare|undercooked)\b|\b(?:raw|pink|rare|undercooked)\b.*\bpork\b",
        "Careful with pork.",
        "safe-pork-temperature",
        unless=r"\b(?:board|knife|marinate|slice|store|freeze|pulled)\b",
    ),
    _rule(
        "raw-fish",
        r"\b(?:eat|serve|serving|make|safe|ok)\b.*\braw\b.*\b(?:fish|salmon|tuna)\b|\b(?:fish|salmon|"
        r"tuna)\b.*\b(?:eat|eaten|served?) raw\b|\bsashimi at home\b",
        "Raw fish needs care.",
        "safe-raw-fish-parasites",
    ),
    _rule(
        "raw-dough",
        r"\b(?:eat|taste|lick|try|eating|tasting)\b.*\b(?:raw|uncooked|unbaked)\b.*\b(?:flour|dough|batter|"
        r"cookies?|eggs?)\b|\b(?:eat|taste|lick)\b.*\b(?:cookie dough|cake batter|the batter|the dough|the "
        r"bowl)\b|\b(?:dough|batter)\b.*\bsafe\b.*\braw\b|\braw flour\b",
        "Better not: raw flour and raw egg can carry bacteria.",
        "safe-raw-flour",
    ),
    _rule(
        "raw-egg",
        r"\braw eggs?\b.*\b(?:safe|ok|okay|eat|dangerous|salmonella)\b|\b(?:safe|ok|okay|eat|drink|"
        r"dangerous)\b.*\b(?:raw|runny|undercooked) (?:eggs?|yolks?)\b|\bsalmonella\b",
        "Raw and runny eggs carry a risk, above all for small children, the old, the pregnant "
        "and the ill: use pasteurised eggs there.",
        "safe-egg-dishes-temperature",
    ),
    _rule(
        "canning",
        r"\b(?:home[- ]?can(?:ning|ned)?|canning|water[- ]bath|pressure[- ]can\w*|botulism|clostridium)\b|"
        r"\b(?:how (?:do|can|to)|can|could|should|want to|going to) (?:i |we |you )?(?:to )?can (?:my|the|"
        r"these|this|some|it|them|tomato\w*|beans|peaches|sauce|soup|meat|jam)\b|"
        r"\b(?:preserve|seal|store|keep|bottle|jar)\b.*\b(?:in (?:sealed |mason |glass |airtight "
        r")?jars?)\b.*\b(?:months?|years?|room temperature|shelf|pantry|without (?:a )?(?:fridge|"
        r"refrigerat\w+))\b|\b(?:bulging|swollen|dented|leaking|bloated)\b.*\b(?:cans?|jars?|tins?|lids?)\b|"
        r"\b(?:cans?|jars?|tins?|lids?)\b.*\b(?:bulging|swollen|bloated)\b",
        "Home canning is where botulism happens: follow a tested recipe from an official source "
        "to the letter (low-acid food needs a pressure canner), and never taste from a bulging, "
        "leaking or spurting can. I cannot give canning times.",
        "safe-home-canning",
        "safe-botulism",
        "safe-canning",
        unless=r"\bcanning salt\b",
    ),
    _rule(
        "garlic-oil",
        r"\b(?:store|keep|keeps|kept|leave|save|last|shelf|room temperature|pantry|counter|make|making|made|"
        r"preserve|safe|how long|infuse|infusing|jar|bottle|put)\b.*\b(?:garlic|herbs?|chil[il]\w*|"
        r"shallots?)\b.*\b(?:in|with|under|and)\b.*\boil\b.*|\bgarlic (?:confit|oil|infused oil|"
        r"-infused)\b.*\b(?:store|keep|last|long|shelf|room|fridge|safe|week|counter|pantry)\b|\b(?:store|"
        r"keep|leave|how long)\b.*\bgarlic (?:confit|oil)\b",
        "Fresh garlic in oil can grow botulism at room temperature: keep it in the fridge and "
        "only for a few days, or freeze it.",
        "safe-garlic-in-oil",
        unless=r"\b(?:cook|fry|saut[eé]\w*|heat|brown|pan|skillet|minutes?|roast\w*|sizzle|burn\w*|stir|toss|step|"
        r"salad|dressing|marinade)\b",
    ),
    _rule(
        "wild-mushrooms",
        r"\b(?:picked|found|forag\w+|gathered|collected|growing|grow)\b.*\bmushrooms?\b|"
        r"\bmushrooms?\b.*\b(?:i (?:picked|found|gathered|collected)|we (?:picked|found)|from (?:the|my) "
        r"(?:forest|woods|garden|yard|lawn|backyard)|in (?:the|my) (?:forest|woods|yard|garden|lawn|backyard)|"
        r"i foraged|growing)\b|\bwild mushrooms?\b.*\b(?:safe|edible|poison\w*|eat|identify)\b|\b(?:identify|"
        r"edible|poisonous|toxic)\b.*\b(?:mushrooms?|plants?|berries)\b",
        "Do not eat it: only an expert who holds the mushroom in the hand can say whether it is "
        "safe, and a mistake can kill. Cooking does not make it safe.",
        "safe-wild-mushrooms",
    ),
    _rule(
        "rice-left",
        r"\brice\b.*\b(?:left|sat|sitting|been|stood|out|counter|overnight)\b.*\b(?:out|overnight|counter|"
        r"hours?|night|room temperature|yesterday)\b|\b(?:left|forgot)\b.*\brice\b.*\b(?:out|overnight|"
        r"counter|night)\b",
        "Throw it away if it stood out for more than two hours: reheating does not make it safe.",
        "safe-rice-bacillus",
        "safe-two-hour-rule",
        unless=r"\bleave out the\b|\bsoak\w*\b|\bfridge\b|\brefrigerat\w+\b",
    ),
    _rule(
        "left-out",
        rf"\b(?:left|forgot|leave|sat|sitting|been|stood|standing|stays?)\b.*\b{_MEAT}\b.*\b(?:out|overnight|"
        rf"on the (?:counter|table|stove|side)|room temperature|unrefrigerated|in the car)\b|"
        rf"\b{_MEAT}\b.*\b(?:left|forgot|sat|sitting|been|stood|standing|stay|leave)\b.*\b(?:out\b(?! of the "
        rf"oven)|overnight|on the (?:counter|table|stove|side)|room temperature|unrefrigerated|in the car)\b",
        "If it stood out for more than two hours (one in real heat), throw it away: cooking it "
        "again does not make it safe.",
        "safe-two-hour-rule",
        "safe-danger-zone",
        unless=r"\b(?:leave|left|leaving) out (?:the|any|some)\b|\bin the (?:fridge|refrigerator|freezer)\b|"
        r"\brefrigerat|\bsoak|\bmarinat\w+ (?:\w+ )*in the fridge|\bhow long should|\bout of\b(?! the "
        r"(?:fridge|refrigerator))|\bbefore (?:cooking|baking|grilling|searing)\b|\brest\b",
    ),
    _rule(
        "thaw",
        r"\b(?:thaw|defrost)\w*\b.*\b(?:on the (?:counter|side|table)|room temperature|in the sink|overnight "
        r"on|in (?:the )?(?:hot|warm) water|in the sun)\b",
        "Not like that.",
        "safe-thawing-methods",
        unless=r"\b(?:bread|berries|dough|pastry|cake|peas|butter)\b",
    ),
    _rule(
        "spoiled",
        rf"\b(?:smells? (?:a (?:bit|little) |kind of |really |so )?(?:funny|bad|off|weird|sour|rotten|"
        rf"strange)|slimy|mou?ldy|mou?ld on|spoiled|gone "
        rf"(?:bad|off)|expired|past (?:its|the) (?:date|use[- ]by|expir\w+)|out of date|rotten)\b.*|"
        rf"\b(?:expired|spoiled|rotten|mou?ldy|slimy) {_MEAT}\b",
        "When in doubt, throw it out: if it smells, looks or feels wrong, or a use-by date is "
        "past, do not taste it, and cooking does not save it.",
        "safe-spoiled-food",
        unless=r"\bblue cheese\b|\bfish sauce\b|\bbrie\b",
    ),
    _rule(
        "boards",
        rf"\b(?:same|one)\b.*\b(?:board|knife|plate|tongs|bowl|spoon|utensils?)\b.*\b(?:raw|{_POULTRY}|meat|"
        rf"fish)\b|\b(?:raw|{_POULTRY}|meat)\b.*\b(?:same)\b.*\b(?:board|knife|plate|tongs|bowl|utensils?)\b|"
        rf"\b(?:reuse|use|serve)\b.*\b(?:leftover|raw|used)\b.*\bmarinade\b|\bmarinade\b.*\b(?:raw|that (?:the "
        rf")?(?:chicken|meat|fish) (?:was|sat))\b.*\b(?:sauce|dip|serve|eat|reuse)\b",
        "Keep raw meat and what is eaten as it is apart: wash board, knife and hands with hot "
        "soapy water in between, and boil a used marinade before serving it.",
        "safe-cross-contamination-board",
        "safe-plates-raw-cooked",
    ),
    _rule(
        "kidney-beans",
        r"\b(?:raw|dried|dry|soaked|uncooked)\b.*\bkidney beans?\b.*|\bkidney beans?\b.*\b(?:raw|slow cooker|"
        r"crock ?pot|boil|toxic|poison\w*)\b",
        "Red kidney beans must be boiled hard first; a slow cooker does not get hot enough.",
        "safe-kidney-beans-boil",
        unless=r"\bcanned\b|\bcans? of\b",
    ),
    _rule(
        "green-potatoes",
        r"\b(?:green|sprouted|sprouting)\b.*\bpotato(?:es)?\b|\bpotato(?:es)?\b.*\b(?:are|is|turned|gone|look|"
        r"looks|have|with) (?:\w+ )?(?:green|sprout\w*)\b",
        "Careful with green potatoes.",
        "safe-green-potatoes",
        unless=r"\bgreen (?:onions?|beans?|peppers?|peas|chil\w+|sauce|curry|goddess|salsa)\b",
    ),
    _rule(
        "unattended",
        r"\b(?:leave|leaving|left|go out|sleep|go to bed|unattended)\b.*\b(?:stove|oven|burner|hob|gas|fryer|"
        r"hot oil|pan on)\b.*\b(?:on|unattended|overnight|while|alone)\b|\b(?:stove|oven|hot oil|"
        r"frying)\b.*\b(?:unattended|overnight|while i(?:'m| am) (?:out|away|asleep|sleeping))\b",
        "Do not leave a stove, an oven or hot oil on while you are out or asleep: turn it off, and go on later.",
        unless=r"\bslow cooker\b|\b(?:bread|cake|cookies|it|them|chicken|meat) in the oven for\b|\bresidual\b|\boff\b",
    ),
    _rule(
        "chemicals",
        r"\b(?:bleach|ammonia|drain cleaner|oven cleaner)\b.*\b(?:mix|vinegar|with|food|wash|clean|together|"
        r"and)\b|\bmix\w*\b.*\b(?:bleach|ammonia)\b",
        "Never mix cleaning products, least of all bleach with vinegar or ammonia: the gas is "
        "poisonous. Keep them away from food.",
    ),
)


def find_rule(said: str) -> Rule | None:
    """The first rule that a regular text falls under."""
    for rule in RULES:
        if rule.pattern.search(said) and not (rule.unless is not None and rule.unless.search(said)):
            return rule
    return None
