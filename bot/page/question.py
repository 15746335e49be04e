"""What a cook's question is after, read with patterns: the kind of thing that would answer it, and what it is about.

"How long do I fry the pears?" wants a time, about frying and pears. :mod:`bot.page.finding` looks for the sentence of the
recipe that holds such a thing and is about that; a sentence that does not is no answer, however alike it sounds. What
no pattern knows has no kind and goes the student's way.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from dataclasses import dataclass

from bot.page.stems import root, stems
from bot.words import bare, regular
from model.facts import foods, words
from retrieval.units import singular

TOOL = (
    r"(?:pans?|pots?|bowls?|dish|dishes|skillets?|saucepans?|woks?|lids?|tins?|trays?|racks?|sheets?|blenders?|mixers?|"
    r"processors?|whisks?|spoons?|spatulas?|knife|knives|foil|thermometers?|griddles?|casseroles?|ramekins?|tongs|"
    r"sieves?|colanders?|graters?|peelers?|rolling pins?|tools?|equipment|utensils?|gear|steamers?|skewers?)"
)
_BE = r"(?:is|are|was|were|'s|'re)"
_I = r"(?:i|we|you|they|one)"
_MODAL = r"(?:do|does|did|should|will|would|can|could|must|shall|may|might)"
_READY = (
    r"(?:done|ready|cooked|baked|set|finished|soft|tender|brown|golden|crisp|crispy|thick|smooth|firm|stiff|hot|warm|"
    r"cool|dry|light|dark|enough|right|good)"
)
# Kinds in the order in which they are tried; a question may be of two ("how thick should the batter be?").
_LACKS = (
    r"\b(?:don't|do not|haven't|didn't|doesn't) (?:have|got|buy|like|want)\b|\b(?:ran|run|am|are|i'm|we're|all) out of\b|\b(?:i|we)(?:'ve)? only (?:have|had|got)\b|"
    r"\b(?:can't|couldn't|cannot) (?:find|get)\b|\bsubstitut\w*|\b(?:instead|in place) of\b|\breplace\w*|\balternatives?\b"
)
_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("lack",), _LACKS),
    (("if",), r"^what (?:if|happens if|(?:do|should|can) (?:i|we) do if)\b"),
    (("why",), r"\bwhy\b|\bhow come\b|\bwhat(?:'s| is| are| was) (?:the )?(?:point|reason|purpose)\b|"
     rf"\bwhat(?:'s| {_BE}) .{{2,40}}(?<!used) good for$|\bwhat {_MODAL} .{{2,40}} do for\b"),
    (("store",), r"\bkeep (?:it|this|them|that|the \w+)\b.{0,12}\b(?:until|till|for|to|over)\b|\bhow long .{0,30}\b(?:keeps?|last|stay (?:fresh|good)|good for|stored?)\b|\bstor(?:e|ed|ing|age)\b|"
     r"\bfreez\w*|\bfrozen$|\brefrigerat\w*|\bin the fridge\b|\b(?:ahead|in advance)\b|\b(?:day|night) before\b|"
     r"\breheat\w*|\bleftovers\b"),
    (("side",), r"\b(?:which|what) side\b|\bside (?:up|down)\b"),
    (("portion",), r"^(?:and |so )?(?:all|both|half|each|every|the whole)\b(?! (?:done|set|right|good|ready))|\b(?:all )?at once$|\bat a time$|\b(?:one by one|in one go|in batches|all together)\b"),
    (("same",), rf"\bsame {TOOL}"),
    (("contents",), r"^what(?:'s| is| goes| all goes)? (?:all )?in(?:to|side)? (?:the|this|that|my) (?!fridge|freezer|oven|meantime|end|recipe)"),
    (("where",), rf"^where {_MODAL} {_I} (?:put|leave|place|keep|set|let)(?: (?:it|them|this|that|these|those))?\b(?! (?:the|my|away)\b)"),
    (("often",), r"\bhow (?:often|frequently|many times)\b|\bkeep (?:stirring|turning|whisking|basting)$"),
    (("time",), r"\bhow (?:long(?:er)?|much longer)\b(?! should (?:the|each|every) .{2,30} be$)|\bhow (?:many|much)(?: more| longer)? "
     r"(?:minutes?|hours?|seconds?|days?|time)\b|\bwhat(?:'s| is) the (?:\w+ )?time\b|\bfor what (?:length|time)\b"),
    (("heat",), r"\b(?:what|which) (?:\w+ ){0,2}(?:heat|temp(?:erature)?|degrees?|setting|flame)\b|"
     r"\bwhat(?:'s| is) the (?:\w+ )?(?:temp(?:erature)?|heat)\b|\boven (?:be )?(?:set|at)\b|\bset the oven\b|\bhow (?:hot|cold|warm|low|high)\b|"
     r"^(?:(?:on|over|at) )?(?:a )?(?:very )?(?:high|medium|low)(?: heat| flame)?$|^(?:oven )?temp(?:erature)?$|"
    r"\b(?:high|medium|low)(?: heat)?,? or (?:high|medium|low)\b"),
    (("size", "until"), r"\bhow (?:thick|thin|fine|coarse|chunky|runny|deep)(?:ly)?\b"),
    (("size",), r"\b(?:what|which)(?:'s| is the)? (?:\w+ )?(?:size|thickness|width|length)\b|"
     r"\bhow (?:big|large|small|wide|tall|full|far apart|far|long)(?:ly)?\b"),
    (("until", "time"), r"^when (?:can|may|will|should|do) (?:i|we|it|they) (?:be able to |be |start (?:to )?)?(?:serv|eat|(?:take|remov|stop|turn|flip)\w*(?: (?:it|them|this|that))?(?: (?:out|off|over))?$)"),
    (("until",), rf"\bhow {_MODAL} {_I} (?:know|tell|see|check|test|be sure|recogni[sz]e)\b|\blooks? like\b|"
     rf"\bhow (?:soft|tender|brown|golden|dark|crisp|crispy|firm|stiff|smooth|dry|done|cooked|light|fluffy|set)\b|"
     rf"^(?:is|are) .{{1,30}} (?:done|cooked|ready|cooked through)(?: yet| now)?$|\bwhen (?:{_BE}|will|{_MODAL}) .{{1,40}}\b{_READY}$|\b(?:until|till) when\b|"
     r"\b(?:what|which) (?:colou?r|consistency|texture|stage)\b|\bwhat(?:'s| is| am i| are we) .{0,20}looking for\b|"
     r"\bhow should .{1,40} (?:look|feel|be)$"),
    (("amount",), r"\bhow much\b|\bwhat (?:amount|quantity)\b"),
    (("count",), r"\bhow many\b"),
    (("drink",), r"\b(?:what|which|any)\b(?! (?:kind|type|sort|brand)s? of)(?!.* (?:do|should|can) (?:i|we) (?:use|need|take|buy)).*\b(?:to drink|drinks?|wines?|beers?)\b(?! vinegar)"),
    (("with",), r"\b(?:goes?|go|going|serve[ds]?|eat|eaten|pairs?|pair|drink|have)\b.{0,30}\bwith\b|"
     r"\b(?:what|which|any) (?:sides?|side dish(?:es)?)\b"),
    (("done with",), rf"^what {_MODAL} {_I} (?:garnish|top|season|fill|stuff|brush|coat|dust|sprinkle|mix|cover|wrap|line|grease|rub|baste|dress|glaze) .{{0,30}}\b(?:with|in|on)$|"
     r"^what(?:'s| goes| is) on top(?: of (?:it|them|this))?$"),
    (("tool",), rf"\b(?:what|which)(?: (?:kind|type|sort|size) of)? (?:\w+ )?{TOOL}\b|"
     rf"\b(?:do|does|should|will|must) {_I}? ?(?:\w+ ){{0,2}}(?:need|want|use|have)(?: to have| to use)? "
     rf"(?:an?|any|some|the|my|special)? ?(?:\w+[ -])?{TOOL}\b|"
     rf"\b(?:what|which) {_MODAL} {_I} .{{0,40}}\b(?:with|in|on)$|\bis there (?:a|any) (?:special )?{TOOL}"),
    (("fate",), rf"\bwhat {_MODAL} .{{0,30}}\b(?:do|happens?) (?:with|to|about)\b|\bwhat happens (?:to|with)\b|"
     rf"\bwhere {_MODAL} .{{1,40}}\b(?:go|goes|put)\b|\bwhat(?:'s| {_BE}) .{{2,40}} used for\b|\bwhat(?:'s| {_BE}) (?!(?:it|this|that|dinner|lunch|breakfast|supper|dessert)\b).{{2,40}} for$"),
    (("sort",), rf"^(?:what|which) (?!about|else|now|next|then|if|happens)[a-z]+(?: [a-z]+)? {_MODAL} {_I} (?:use|need|take|get|buy|pick|choose)$|"
     r"^(?:what|which) (?!about|else|now|next|then|if|happens)[a-z]+(?: (?:is|are|was|were) (?:it|this|that|these|those|they|meant))?$|\b(?:what|which) (?:kind|type|sort|brand|cut|colou?r)s? of\b"),
    (("skip", "why"), r"\b(?:can|could|may|should) .{0,20}\b(?:skip|leave out|omit|do without|leave off)\b|"
     r"\b(?:is|are) .{1,40}\b(?:really |absolutely )?(?:necessary|optional|required|essential)\b|"
     r"\bwhat if i (?:skip|don't|do not|leave out)\b"),
    (("listed", "confirm"), r"^(?:do|does|did|is|are|will) (?:the|this|that|it|there)\b.*\b(?:includ|contain|call)\w*\b"),
    (("choice",), r"^(?:can|could|may|do|does|should|is|are|will|must|which)\b.*\b\w+ or (?!not\b)\w+|^(?:\w+ ){1,3}or \w+(?: \w+)?$"),
    (("mean",), r"^what (?:does|do|did) .{1,40} mean\b|^what(?:'s| is| are) (?:an? )?(?!(?:the|it|this|that|in|up|left|my|your|you)\b)"
     r"[a-z-]+(?: [a-z-]+)?$|^(?:define|explain|what is meant by) "),
    (("how",), rf"^how (?:{_MODAL} {_I}|to)\b"),
    (("may",), rf"^(?!ok|okay|that|this|it|they|sounds|looks|all|i'm|i am|we|everything)[a-z' -]{{3,40}} (?:ok|okay|fine)$|^(?!(?:can|could) you (?:please )?(?:repeat|say|tell|show|give|explain|help|list|share|break|read)\b)(?:can|could|may|might|would it|is it (?:ok|okay|fine|possible|alright|all right|safe|bad))\b|"
     rf"\b(?:can|could|may) {_I}\b|\b(?:is|are|would) .{{1,40}} (?:ok|okay|fine|alright|all right|work|do)$"),
    (("confirm",), r"^(?:do|does|did|should|is|are|was|were|will|would|must|am|has|have|shall)\b|"
     r"\b(?:should|must|do|does|did) (?:i|we|they|it|this|that)\b|\bis (?:that|this|it) (?:ok|okay|right|normal|enough|fine|safe|bad)\b"),
)  # fmt: skip
_PATTERNS = tuple((kinds, re.compile(pattern)) for kinds, pattern in _KINDS)
# Asks for the next thing to do, however it sounds otherwise.
_MOVES = re.compile(
    r"\bnext\b|\bnow what\b|\bwhat now\b|\bwhat else\b|\banything else\b|\bgo from here\b|\bget started\b|"
    r"\bwhat\b.{1,30}\b(?:do|doing|start|happens?|add)(?: with)? (?:now|then|first|after|once|when|while|before)\b|\bwhat\b.*\bfirst$|"
    r"\bwhat (?:do|should|can|must) (?:i|we) (?:do|add)$|\bwhat\b.*\b(?:after|once|when|now that)\b|^(?:after|once|now that|when) "
    r"(?:that|this|it|they|i|i'm|i've|we|the|those|these|my|everything|all)\b|\bingredients?\b|\bsteps?\b|\bmissing\b|"
    r"\bdo with (?:it|them|this|that|these|those)(?: now)?$|\bin the meantime\b|\bmeanwhile\b|"
    r"\b(?:can|could|shall|should|may) (?:i|we) (?:now |already |please )?(?:start|begin|go on|move on|proceed|continue)(?: now| with (?:it|the recipe|cooking)| cooking)*$|"
    r"\bhow (?:should|do|can|shall) (?:i|we) (?:start|begin|proceed|continue|go on)(?: now| cooking| from here| with (?:it|the recipe)| to (?:prepare|make|cook)(?: (?:the|this))?(?: (?:food|dish|meal|recipe|it|this))?)*$|"
    r"\bwhat(?:'s| is) coming(?: up)?\b|\bdo with (?:this|these|the) (?:mixture|mix|ingredients)\b|\bwhat (?:do|should) (?:i|we) need to do$|"
    r"\b(?:should|shall|can) (?:i|we) (?:start|begin) with the (?:preparation|cooking)s?\b|\b(?:something|anything) else\b|"
    r"\banything (?:i|we) (?:can|could|should)\b|\bany thing else\b|\bfirst (?:instruction|step|thing)\b|"
    r"(?:^|[.!?,] )(?:so |ok |okay |and |well )*(?:then|now)$"
)
_ASKS = (
    r"(?:how|what(?:'s)?|which|when|where|why|who|can|could|may|do|does|did|is|are|was|will|would|should|must|am|"
    r"shall|has|have)\b"
)
_AT = r"(?:(?:at|for|in|to|on|with|by|until|till) )?"
_SPLIT = re.compile(
    rf"(?<=[?!.;])\s+|[,;]\s*(?=(?:and |but |so |then )?{_ASKS})|\s+(?:and|but)\s+(?=(?:also )?{_AT}{_ASKS})"
)
_AT_HAND = re.compile(r"\b(?:now|here|this (?:step|time|bit|part)|at this (?:point|stage)|right now|in this)\b")
# Words of asking, not of what is asked about.
_THESE = re.compile(r"\b(?:it|its|them|they|these|those|this|theyve|theyre|that)\b")
_SAID = frozenset(
    root(w)
    for w in """long size big large small thick thin wide deep tall far apart often frequently
    times minutes hours seconds days time temperature temp degrees setting flame special particular kind type sort brand
    necessary optional required essential skip omit leave leaving left remaining extra exactly total altogether
    supposed okay alright possible safe bad worry matter purpose point reason whole entire thickness width length
    colour color consistency texture look looks looking know tell see check sure recognize ready done enough set
    serve served serving goes pair drink side sides happens piece pieces part stuff mixture everything once instead
    today tonight really only still yet keep keeps need want use used put add added goes going start started begin
    thick thinly thickly right properly correctly correct perfect perfectly actually amount quantity please clarify
    explain specific instructions recommend suggest advise remember wonder wondering miss missed forget forgot forgotten both quick question bother special""".split()
)
_STATES = frozenset(root(w) for w in "thick thin".split())  # what may have gone wrong
_TOOLS = frozenset(
    """pan pot bowl dish skillet saucepan wok lid tin tray rack sheet blender mixer processor spoon spatula knife foil
    thermometer griddle casserole oven stove hob counter plate board microwave fryer tool equipment utensil gear""".split()
)
_STUCK = re.compile(r"\b(?:what now|now what|help|what (?:do|should|can) (?:i|we) do)\b")
_POINTS = re.compile(
    r"(?:(?:and|but|so) )?(?:is|was|would|will|does|did|should) (?:that|this)(?: be| still| really| too)?(?: a)? ?"
    r"(?:ok|okay|fine|bad|alright|all right|normal|good|right|wrong|work|do|matter|problem|enough|safe|happen)?$"
)
_PORTION = re.compile(r"\bthe (?:rest|remainder|last|other half) of\b|\bleft for\b")
# What the kind itself is called by.
_OF_KIND = {
    "heat": frozenset(
        root(w) for w in "heat hot warm cold low high medium cool middle center centre inside core".split()
    ),
    "store": frozenset(
        root(w) for w in "store stored storing storage last fresh good leftovers leftover day night".split()
    ),
    "drink": frozenset(root(w) for w in "drink wine beer".split()),
    "skip": frozenset(root(w) for w in "skip omit without".split()),
    "listed": frozenset(root(w) for w in "include included contain contains call called recipe dish".split()),
    "if": frozenset(root(w) for w in "bit little rather quite pretty still looks look seems seem".split()),
    "mean": frozenset(root(w) for w in "mean meaning define explain".split()),
    "until": frozenset(root(w) for w in "done ready look stage".split()),
}
STRICT = frozenset(
    ("may", "confirm", "listed", "skip", "sort", "fate", "if", "how", "lack")
)  # every word of the question counts


_TROUBLE = re.compile(
    r"\btoo (?:thin|much|little|thick|salty|sweet|sour|spicy|hot|dry|wet|sticky|runny|watery|bland|soft|hard|dark|"
    r"greasy|oily|dense|tough|crumbly|bitter)\b|\b(?:burnt|curdled|lumpy|collapsed|sank|soggy|went wrong|ruined)\b|"
    r"\b(?:looks?|seems?|tastes?|feels?|came out|turned out|gets?|got|it's|they're|it is|they are) (?:(?:a bit|a little|still|so|really|very|"
    r"rather|quite|pretty|all) )*(?:thin|watery|runny|dry|tough|bland|salty|lumpy|raw|greasy|bitter|rubbery|mushy|pale|flabby|flat|stringy)(?= and| but| at| in| on|[,.;!?]|$)|"
    r"\w (?:is|are|was|were|went|came out|turned|got|has gone|have gone) (?:(?:a bit|a little|still|so|really|very|rather|quite|pretty|all|way|too) )*"
    r"(?:thin|watery|runny|tough|bland|salty|lumpy|raw|greasy|bitter|rubbery|mushy|pale|flabby|stringy|gluey|gummy|grainy|soggy|burnt|curdled|scrambled|cracked|flat|soft and|soft$|hard$)"
    r"(?= and| but| at| in| on| under|[,.;!?]|$)|"
    r"\bstill (?:(?:a bit|a little|so|really|very) )*(?:crunchy|hard|raw|wet|lumpy|pale|frozen|pink|tough|cold|too \w+)\b|"
    r"\b(?:has|have|got|there are|are there|full of) (?:\w+ )?(?:lumps|holes|cracks|bits)\b|\b(?:the|my|they|it) (?:\w+ )?(?:cracked|scrambled|curdled|exploded|overflowed|boiled over|stuck)\b|"
    r"\bsmells? (?:like |of )?burn\w*|\b(?:gone|went|going|turned|turning) (?:black|grey|gray|green|bad|off)\b|\bso much (?:water|liquid|oil|fat)\b|"
    r"\b(?:hasn'?t|has not|haven'?t|didn'?t|did not|won'?t|doesn'?t|isn'?t) (?:risen|rise|set|doubled?|thicken\w*|dissolv\w*|com(?:e|ing) together|brown\w*|melt\w*)\b|"
    r"\bkeeps? (?:tearing|breaking|sticking|falling|curling|cracking|spitting)\b|\b(?:spitting|splattering|weeping|shrank|shrunk|grainy|fraying)\b|\b(?:is|are|it's) burning\b|"
    r"\bstick(?:s|ing)? to (?:the|my)\b|\b(?:over|under)(?:mixed|cooked|baked|folded|beat|whipped|proofed)\b|\bfoam\w* over\b|"
    r"\b(?:is|are|has|have|it|sauce|mayo\w*|hollandaise|custard|cream) (?:split|broken?|stuck|separated|burned)\b|"
    r"\b(?:fall(?:s|ing)?|fell|com(?:es|ing)) (?:off|apart|undone)\b|\bleak(?:s|ing)\b|"
    r"\b(?:still|not|isn't|aren't|won't|doesn't|didn't) (?:[\w']+[,.;!]* ){1,6}?(?:what now|now what|help|what (?:do|should|can) (?:i|we) do)\b|"
    r"\b(?:won't|did(?:n't| not)|is(?:n't| not)) (?:ris|set|thicken)"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read.

    Attributes:
        said: The cook's words.
        text: The question itself, made regular.
        kinds: What would answer it ("time", "size", …); empty where no pattern knows.
        about: Stems of the words that say what it is about.
        tools: Tools it names, singular: where a thing is done does not tell which thing is meant.
        foods: Foods among the words, singular.
        at_hand: Whether it says that the step at hand is meant ("now", "here").
        asks: Whether it asks something else than what to do next.
    """

    said: str
    text: str
    kinds: tuple[str, ...] = ()
    about: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    foods: frozenset[str] = frozenset()
    at_hand: bool = False
    asks: bool = False


def went_wrong(text: str) -> bool:
    """Whether a cook tells of something that went wrong."""
    return bool(_TROUBLE.search(text.lower()))


def tools(text: str) -> frozenset[str]:
    """The tools and places of cooking that a text names, singular."""
    return frozenset(singular(word) for word in words(text)) & _TOOLS


def parts(text: str) -> tuple[str, ...]:
    """The questions in a message, in order; what only leads up to them is left out. At least one part."""
    said = regular(text)
    found: list[str] = []
    for part in (piece.strip() for piece in _SPLIT.split(said) if piece and piece.strip(" ?!.,;")):
        # "It sank, is that bad?": what "that" is was said before.
        if found and _POINTS.fullmatch(bare(part)):
            found[-1] = f"{found[-1].rstrip('?!.,; ')}, {part}"
        else:
            found.append(part)
    if not found or asks_for_next(said):
        return (said,)
    asking = [part for part in found if _asks(part) and _kinds(bare(part))]
    return tuple(asking) or (said,)


def read(text: str) -> Question:
    """Read what a message asks: its last question, if it has several."""
    found = parts(text)
    asked = found[-1]
    short = bare(asked)
    # Of several sentences with no question of a known kind among them, none is taken for one.
    said = regular(text)
    wrong, lacks = went_wrong(text), re.search(_LACKS, said) is not None
    # "I have no thermometer, what now?" does not want the next step.
    elsewhere = not asks_for_next(said) or ((wrong or lacks) and _STUCK.search(said) is not None)
    asks = elsewhere and (len(found) > 1 or _asks(asked))
    kinds = _kinds(short) if asks else ()
    if elsewhere and (wrong or lacks) and not kinds:
        kinds, short = ("if" if wrong else "lack",), bare(said)
    plain = _PORTION.sub(" ", re.sub(r"'(?:s|re|ve|ll|d|m)\b", "", short).replace("-", " "))
    beside = " ".join(word for word in plain.split() if singular(word) not in _TOOLS)
    own = frozenset().union(*(_OF_KIND.get(kind, frozenset()) for kind in kinds))
    empty = _SAID - _STATES if {"if", "confirm"}.intersection(kinds) else _SAID
    about, named = stems(beside) - empty - own, tools(plain)
    return Question(
        text,
        short,
        kinds,
        about,
        named,
        foods(short),
        bool(_AT_HAND.search(asked)),
        bool(kinds)
        or ("?" in asked and asks)
        or (asks and bool(about or named) and bool(_ASKING.search(asked) or _ASKING.match(short))),
    )


def _asks(part: str) -> bool:
    """Whether a part of a message asks something, or says what is lacking, which asks what to do about it."""
    return "?" in part or bool(_ASKING.search(part) or _ASKING.match(bare(part)) or re.search(_LACKS, part))


def asks_for_next(said: str) -> bool:
    """Whether the last sentence of a message asks for the next thing to do."""
    return bool(_MOVES.search(re.split(r"(?<=[?!.;])\s+", said.strip())[-1].strip(" ?!.,;")))


def points(text: str) -> bool:
    """Whether a message asks about something without naming it ("how long?", "how often do I turn them?"), so that it
    must be at hand.
    """
    asked = read(text)
    if not asked.kinds or asked.foods or {"if", "mean"}.intersection(asked.kinds):
        return False
    return bool(_AT_HAND.search(asked.text) or _THESE.search(asked.text)) or not (asked.about or asked.tools)


_ASKING = re.compile(
    rf"^(?:please )?(?:tell|explain|describe)\b|\bhow (?:long|much|many|hot|often)\b|"
    r"\b(?:do|does|should|can|could|will|shall) (?:i|we|it|they) [a-z]|\bis (?:that|this|it) (?:ok|okay|right|normal|enough|fine|safe|bad)\b|"
    r"^(?:oven |what )?temp(?:erature)?s?$|^(?:un)?covered$|^lid (?:on|off)|^(?:all|both|half|each) (?:\w+ ?){1,4}$(?<!done)(?<!set)(?<!ready)(?<!right)(?<!good)|"
    r"^(?:\w+ ){1,2}or (?!not$)\w+(?: \w+)?$|^(?!ok|okay|that|this|it|they|sounds|looks|all|i'm|i am|we|everything)[a-z' -]{3,40} (?:ok|okay|fine)$|"
    rf"(?:^|[,.!?;] |\b(?:and|but|so|then|ok|okay|tell me|know|clarify) )(?:also )?{_AT}{_ASKS}"
)


def _kinds(short: str) -> tuple[str, ...]:
    if _MOVES.search(short):
        return ()
    for kinds, pattern in _PATTERNS:
        if pattern.search(short):
            return kinds
    if _POINTS.search(short):
        return ("confirm",)
    return ()
