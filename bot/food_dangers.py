"""Dangers of food and of a kitchen left alone: what is raw, spoiled, left out, preserved or poisonous."""

from bot.danger_rule import MEAT, POULTRY, Rule, rule

_TOUCHED = r"(?:marinades?|(?:spice )?rub|brine|dredging flour|egg ?wash|breadcrumbs|seasoned flour|basting sauce)"
_MEAT_HAS_BEEN = (
    rf"(?:the |my )?{MEAT}(?: pieces)? (?:(?:has |have |had |just )*(?:was|were|been|sat|lay|soaked|came|touched))|"
    rf"(?:had|touched|from) (?:the |my |some )?(?:raw )?{MEAT}"
)
_GARLIC_OIL = (
    "Fresh garlic in oil can grow botulism at room temperature: keep it in the fridge and only for a few days, or "
    "freeze it."
)

FOOD: tuple[Rule, ...] = (
    rule(
        "marinade",
        rf"^(?=.*\b(?:us(?:e|ing)|reus\w+|serv\w+|pour\w*|eat|bast\w+|dip\w*|sav\w+|keep|drizzl\w+|boil\w*|"
        rf"brush\w*|sprinkl\w+|tast\w+|turn\w*|mak\w+|safe|ok|okay|leftovers?)\b)(?:.*\b{_TOUCHED}\b.*\b(?:raw\b|{_MEAT_HAS_BEEN})|"
        rf".*\braw\b.*\b(?:in|touched|was|with)\b.*\b{_TOUCHED}\b|"
        rf".*\b(?:sauce|glaze|liquid|bowl|bag) (?:that |which )?(?:the |my )?raw {MEAT}\b|"
        rf".*\b(?:re-?us(?:e|ed|ing)|use again|used|leftover|left over) "
        rf"(?:the |of the |up the )?(?:\w+ )?{_TOUCHED}\b|"
        rf".*\b{_TOUCHED}\b.*\b(?:again|as a (?:sauce|dip|dressing|glaze)|"
        r"into a (?:sauce|dip|gravy|glaze))\b)",
        "What raw meat or fish has touched is not eaten as it is, and a dry rub, flour or crumbs that it lay in go "
        "into the bin.",
        "safe-marinade-reuse",
        unless=r"\b(?:brine the|how (?:long|much|many)|board|knife|in the fridge)\b|\bset (?:some )?aside\b",
    ),
    rule(
        "marinate-out",
        r"\bmarina\w+\b.*\b(?:on the (?:counter|table|side)|room temperature|out of the fridge|unrefrigerated|"
        r"all day|\d+ days|(?:two|three|four|five) days|too long)\b",
        "Not outside the fridge, and not for too long.",
        "safe-marinate-fridge",
        unless=r"\bin the (?:fridge|refrigerator)\b|\bhow (?:long|many)\b|\bcome to room temperature\b",
    ),
    rule(
        "wash-chicken",
        rf"\b(?:wash|rinse|rinsing|washing|clean)(?:ed)?\b(?: \w+){{0,4}} (?:raw )?{POULTRY}\b(?!\s*(?:stock|"
        rf"broth))",
        "No, do not wash it.",
        "safe-dont-wash-chicken",
        unless=r"\b(?:after|hands?|board|knife|knives|sink|counter|utensils?|plate)\b",
    ),
    rule(
        "raw-poultry",
        rf"\b(?:raw|pink|undercooked|under-?done|medium[- ]rare|rare|bloody|not (?:fully |quite |completely |"
        rf"totally )?(?:cooked|done)|half[- ]cooked|tartare|sushi)\b.*\b{POULTRY}\b.*|"
        rf"\b{POULTRY}\b.*\b(?:raw|pink|undercooked|under-?done|medium[- ]rare|rare|bloody|bleeding|not "
        rf"(?:fully |quite |completely )?(?:cooked|done)|tartare|sashimi)\b",
        "Do not eat it like that: poultry must be cooked through. Put it back on the heat.",
        "safe-chicken-temperature",
        unless=r"\b(?:pink (?:salt|peppercorns?|sauce)|board|knife|hands|plate|marinade|marinate|cut|slice|dice|"
        r"season|freeze|store|fridge|buy|how do i|how (?:long|much)|before|raw cashews?|hen of the woods|coat|"
        r"touch(?:ed|ing)?|thaw\w*|defrost\w*|stuff|brown|wrap|add the raw|put the raw|raw .*(?:in|into) the "
        r"(?:pan|pot|oven|soup|slow))\b",
    ),
    rule(
        "raw-ground-meat",
        r"\b(?:burgers?|ground (?:beef|meat|pork|lamb|turkey)|mince(?:d meat)?|meatballs?|"
        r"sausages?)\b.*\b(?:rare|medium|pink|raw|undercooked|bloody)\b|\b(?:rare|pink|raw|"
        r"undercooked)\b.*\b(?:burgers?|ground (?:beef|pork|turkey|meat)|minced? meat|meatballs?|sausages?)\b",
        "Careful: ground meat and sausages must be cooked through.",
        "safe-ground-meat-temperature",
        unless=r"\b(?:medium (?:heat|bowl|pan|size|high|low|onion)|medium-|mix|shape|freeze|store|thaw)\b",
    ),
    rule(
        "raw-pork",
        r"\bpork\b.*\b(?:raw|pink|rare|undercooked)\b|\b(?:raw|pink|rare|undercooked)\b.*\bpork\b",
        "Careful with pork.",
        "safe-pork-temperature",
        unless=r"\b(?:board|knife|marinate|slice|store|freeze|pulled)\b",
    ),
    rule(
        "raw-fish",
        r"\b(?:eat|serve|serving|make|safe|ok)\b.*\braw\b.*\b(?:fish|salmon|tuna)\b|\b(?:fish|salmon|"
        r"tuna)\b.*\b(?:eat|eaten|served?) raw\b|\bsashimi at home\b",
        "Raw fish needs care.",
        "safe-raw-fish-parasites",
    ),
    rule(
        "raw-dough",
        r"\b(?:eat|taste|lick|try|eating|tasting)\b.*\b(?:raw|uncooked|unbaked)\b.*\b(?:flour|dough|batter|"
        r"cookies?|eggs?)\b|\b(?:eat|taste|lick)\b.*\b(?:cookie dough|cake batter|the batter|the dough|the "
        r"bowl)\b|\b(?:dough|batter)\b.*\bsafe\b.*\braw\b|\braw flour\b",
        "Better not: raw flour and raw egg can carry bacteria.",
        "safe-raw-flour",
    ),
    rule(
        "raw-egg",
        r"\braw eggs?\b.*\b(?:safe|ok|okay|eat|dangerous|salmonella)\b|\b(?:safe|ok|okay|eat|drink|"
        r"dangerous)\b.*\b(?:raw|runny|undercooked) (?:eggs?|yolks?)\b|\bsalmonella\b",
        "Raw and runny eggs carry a risk, above all for small children, the old, the pregnant "
        "and the ill: use pasteurised eggs there.",
        "safe-egg-dishes-temperature",
    ),
    rule(
        "canning",
        r"\b(?:home[- ]?can(?:ning|ned)?|canning|pressure[- ]can\w*|botulism|clostridium)\b|"
        r"\bwater[- ]bath\b.*\b(?:jars?|cans?|preserv\w+|seal\w*|shelf|pantry|jam|pickles?|salsa)\b|"
        r"\b(?:jars?|cans?|jam|pickles?)\b.*\bwater[- ]bath\b|"
        r"\b(?:how (?:do|can|to)|can|could|should|want to|going to) (?:i |we |you )?(?:to )?can (?:my|the|"
        r"these|this|some|it|them|tomato\w*|beans|peaches|sauce|soup|meat|jam)\b|"
        r"\b(?:preserve|seal|store|keep|bottle|jar)\b.*\b(?:in (?:sealed |mason |glass |airtight "
        r")?jars?)\b.*\b(?:months?|years?|room temperature|shelf|pantry|without (?:a )?(?:fridge|"
        r"refrigerat\w+))\b|\b(?:bulging|swollen|dented|leaking|bloated)\b.*\b(?:cans?|jars?|tins?|lids?)\b|"
        r"\b(?:cans?|jars?|tins?|lids?)\b.*\b(?:bulging|swollen|bloated)\b",
        "Home canning is where botulism happens: follow a tested recipe from an official source "
        "to the letter (low-acid food needs a pressure canner), and never taste from a bulging, "
        "leaking or spurting can. I cannot give canning times.",
        "safe-canning-tested-recipes",
        unless=r"\bcanning salt\b",
    ),
    rule(
        "garlic-oil",
        r"\b(?:store|keep|keeps|kept|leave|save|last|shelf|room temperature|pantry|counter|make|making|made|"
        r"preserve|safe|how long|infuse|infusing|jar|bottle|put)\b.*\b(?:garlic|herbs?|chil[il]\w*|"
        r"shallots?)\b.*\b(?:in|with|under|and)\b.*\boil\b.*|\bgarlic (?:confit|oil|infused oil|"
        r"-infused)\b.*\b(?:store|keep|last|long|shelf|room|fridge|safe|week|counter|pantry)\b|\b(?:store|"
        r"keep|leave|how long)\b.*\bgarlic (?:confit|oil)\b",
        _GARLIC_OIL,
        "safe-garlic-in-oil",
        unless=r"\b(?:cook|fry|saut[eé]\w*|heat|brown|pan|skillet|minutes?|roast\w*|sizzle|burn\w*|stir|toss|step|"
        r"salad|dressing|marinade)\b",
    ),
    rule(
        "garlic-oil",
        r"\b(?:keep|leave|store|save|left|put|sit)\b.*\boil\b.*\b(?:counter|room temperature|out|pantry|shelf|"
        r"cupboard|overnight|side|table|jar|bottle|fridge|days?|weeks?|tomorrow)\b",
        _GARLIC_OIL,
        "safe-garlic-in-oil",
        unless=r"\b(?:out of|oil out|heat|fry|leave out)\b",
        page=r"\b(?:garlic|confit|infused)\b.*\boil\b|\boil\b.*\b(?:garlic|confit)\b",
    ),
    rule(
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
    rule(
        "rice-left",
        r"\brice\b.*\b(?:left|sat|sitting|been|stood|out|counter|overnight)\b.*\b(?:out|overnight|counter|"
        r"hours?|night|room temperature|yesterday)\b|\b(?:left|forgot)\b.*\brice\b.*\b(?:out|overnight|"
        r"counter|night)\b",
        "Throw it away if it stood out for more than two hours: reheating does not make it safe.",
        "safe-rice-bacillus",
        "safe-two-hour-rule",
        unless=r"\bleave out the\b|\bsoak\w*\b|\bfridge\b|\brefrigerat\w+\b",
    ),
    rule(
        "left-out",
        rf"\b(?:left|forgot|leave|sat|sitting|been|stood|standing|stays?)\b.*\b{MEAT}\b.*\b(?:out|overnight|"
        rf"on the (?:counter|table|stove|side)|room temperature|unrefrigerated|in the car)\b|"
        rf"\b{MEAT}\b.*\b(?:left|forgot|sat|sitting|been|stood|standing|stay|leave)\b.*\b(?:out\b(?! of the "
        rf"oven)|overnight|on the (?:counter|table|stove|side)|room temperature|unrefrigerated|in the car)\b",
        "If it stood out for more than two hours (one in real heat), throw it away: cooking it "
        "again does not make it safe.",
        "safe-two-hour-rule",
        "safe-danger-zone",
        unless=r"\b(?:leave|left|leaving) out (?:the|any|some)\b|\bin the (?:fridge|refrigerator|freezer)\b|"
        r"\brefrigerat|\bsoak|\bmarinat\w+ (?:\w+ )*in the fridge|\bhow long should|\bout of\b(?! the "
        r"(?:fridge|refrigerator))|\bbefore (?:cooking|baking|grilling|searing)\b|\brest\b",
    ),
    rule(
        "thaw",
        r"\b(?:thaw|defrost)\w*\b.*\b(?:on the (?:counter|side|table)|room temperature|in the sink|overnight "
        r"on|in (?:the )?(?:hot|warm) water|in the sun)\b",
        "Not like that.",
        "safe-thawing-methods",
        unless=r"\b(?:bread|berries|dough|pastry|cake|peas|butter)\b",
    ),
    rule(
        "spoiled",
        rf"\b(?:smells? (?:a (?:bit|little) |kind of |really |so )?(?:funny|bad|off|weird|sour|rotten|"
        rf"strange)|slimy|mou?ldy|mou?ld on|spoiled|gone "
        rf"(?:bad|off)|expired|past (?:its|the) (?:date|use[- ]by|expir\w+)|out of date|rotten)\b.*|"
        rf"\b(?:expired|spoiled|rotten|mou?ldy|slimy) {MEAT}\b",
        "When in doubt, throw it out: if it smells, looks or feels wrong, or a use-by date is "
        "past, do not taste it, and cooking does not save it.",
        "safe-taste-test-spoiled",
        unless=r"\bblue cheese\b|\bfish sauce\b|\bbrie\b",
    ),
    rule(
        "boards",
        rf"\b(?:same|one)\b.*\b(?:board|knife|plate|tongs|bowl|spoon|utensils?)\b.*\b(?:raw|{POULTRY}|meat|"
        rf"fish)\b|\b(?:raw|{POULTRY}|meat)\b.*\b(?:same)\b.*\b(?:board|knife|plate|tongs|bowl|utensils?)\b",
        "Keep raw meat and what is eaten as it is apart: wash board, knife and hands with hot soapy water in between.",
        "safe-cross-contamination-board",
        "safe-plates-raw-cooked",
    ),
    rule(
        "kidney-beans",
        r"\b(?:raw|dried|dry|soaked|uncooked)\b.*\bkidney beans?\b.*|\bkidney beans?\b.*\b(?:raw|slow cooker|"
        r"crock ?pot|boil|toxic|poison\w*)\b",
        "Red kidney beans must be boiled hard first; a slow cooker does not get hot enough.",
        "safe-kidney-beans-boil",
        unless=r"\bcanned\b|\bcans? of\b",
    ),
    rule(
        "green-potatoes",
        r"\b(?:green|sprouted|sprouting)\b.*\bpotato(?:es)?\b|\bpotato(?:es)?\b.*\b(?:are|is|turned|gone|look|"
        r"looks|have|with) (?:\w+ )?(?:green|sprout\w*)\b",
        "Careful with green potatoes.",
        "safe-green-potatoes",
        unless=r"\bgreen (?:onions?|beans?|peppers?|peas|chil\w+|sauce|curry|goddess|salsa)\b",
    ),
    rule(
        "unattended",
        r"\b(?:leave|leaving|left|go out|sleep|go to bed|unattended)\b.*\b(?:stove|oven|burner|hob|gas|fryer|"
        r"hot oil|pan on)\b.*\b(?:on|unattended|overnight|while|alone)\b|\b(?:stove|oven|hot oil|"
        r"frying)\b.*\b(?:unattended|overnight|while i(?:'m| am) (?:out|away|asleep|sleeping))\b",
        "Do not leave a stove, an oven or hot oil on while you are out or asleep: turn it off, and go on later.",
        unless=r"\bslow cooker\b|\b(?:bread|cake|cookies|it|them|chicken|meat) in the oven for\b|\bresidual\b|\boff\b",
    ),
    rule(
        "chemicals",
        r"\b(?:bleach|ammonia|drain cleaner|oven cleaner)\b.*\b(?:mix|vinegar|with|food|wash|clean|together|"
        r"and)\b|\bmix\w*\b.*\b(?:bleach|ammonia)\b",
        "Never mix cleaning products, least of all bleach with vinegar or ammonia: the gas is "
        "poisonous. Keep them away from food.",
    ),
)
