"""What a sentence holds: a time, a heat, a size, a reason … the kinds of thing that questions ask for."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from functools import lru_cache

from bot.page.question import TOOL
from model.facts import foods

_N = r"(?:\d+(?:[ /.-]\d+)*|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half an?|a few|another|several)"
_HOLDS = {
    "time": rf"\b{_N}(?: (?:to|or|more|full|good))*(?: {_N})?[ -](?:full |more )?(?:minutes?|mins?|hours?|hrs?|seconds?|"
    r"secs?|days?|weeks?|months?)\b|\bovernight\b|\b(?:all|over) night\b",
    "heat": r"\d\s*(?:°|degrees|deg)|\b\d{3} ?[fc]\b|\b(?:low|medium|high|gentle|moderate|fierce)(?:[- ](?:to[- ])?(?:low|medium|high))*"
    r" (?:heat|flame|oven)|\bover (?:medium|low|high)\b|\bheat (?:to|up to|down to) (?:low|medium|high)|"
    r"\b(?:off|from|lower|raise|reduce|increase|turn (?:up|down|off)) the heat\b|\bthe heat (?:up|down|off)\b|\broom temperature\b|\b(?:very|smoking|piping) hot\b|\b(?:to|at|on) (?:a )?(?:low|medium|high)\b|"
    r"\b(?:lukewarm|ice[- ]cold|boiling|simmering)\b",
    "size": r"\b\d[\d/ .-]*(?:-| )?(?:inch(?:es)?|in\.|cm|mm|centimet\w+|quart|litre|liter)\b|\d\"|[ -](?:thick|wide|sized?)\b|"
    r"\bbite[- ]size|\b(?:thin|thick|fine|coarse|rough|small|large|big)(?:ly)? (?:slic|chop|dic|grat|minc|cut|cube|chunk|"
    r"piece|strip|dice|wedge|ring|round|stick|chunks|crumb)\w*|\b(?:chopped|sliced|diced|grated|minced|cut) (?:very )?"
    r"(?:thin|thick|fine|coarse|rough|small)(?:ly)?|\b(?:thin|thick|fine|coarse|rough)ly\b|\b(?:as )?(?:thin|thick|large|big|small) as\b|\bsize of\b|"
    r"\bballs? of about\b|\bfill(?:ing|ed)? .*\b(?:half|third|quarter|full|brim|top)\b|\b(?:half-moons|matchsticks|cubes|chunks|wedges|quarters|halves|rounds|strips)\b",
    "often": rf"\bevery (?:{_N} )?(?:\w+ )?(?:minutes?|seconds?|hour|turn|time)\b|\b(?:once|twice|now and (?:then|again)|"
    r"occasionally|often|constantly|continuously|frequently|regularly|from time to time|half-?way|all the time|"
    r"without stirring|undisturbed|non-?stop|a few times)\b|\b(?:\d+|two|three|four|five|six|ten|twelve) times\b",
    "until": r"\b(?:until|till)\b|\bshould (?:be|look|feel|have|hold|read|come)\b|\bcomes? out clean\b|\b(?:is|are) (?:done|"
    r"ready) when\b|\blooks? (?:like|for)\b|\bas (?:thin|thick|soft|stiff) as\b|\bto the (?:texture|consistency|point)\b|"
    r"\bat least \d+ ?°|\byou want\b",
    "count": r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half|quarter|dozen)\b",
    "amount": r"\b(?:\d[\d/ ]*|one|two|three|half|a|an) ?(?:cups?|tablespoons?|teaspoons?|tbsp|tsp|ounces?|oz|pounds?|lb|grams?|g|"
    r"ml|pinch(?:es)?|dash|handfuls?|cloves?|cans?|sprigs?|sticks?|litres?|quarts?|drizzle|splash|knob)\b|\bhalf\b|\b(?:the )?"
    r"(?:rest|remaining|last) \b",
    "tool": rf"\b{TOOL}\b|\boven\b|\bgrill\b|\bby hand\b|\bwith your (?:hands|fingers)\b",
    "with": r"\b(?:serve[ds]?|eat|eaten|good|lovely|great|goes?)\b.{0,60}\b(?:with|alongside|beside|over|on)\b|"
    r"\balongside\b|\bcompanions?\b|\bfor dipping\b|\ba (?:pot|bowl) of rice\b|\bpairs? (?:\w+ )?with\b|\baccompan|\bpartisans\b",
    "store": r"\bkeeps?\b.{0,40}\b(?:days?|weeks?|months?|hours?|fridge)\b|\bstay\w* good\b|\brefrigerat|\bfreez|\bfrozen\b|\bairtight|\bfridge|"
    r"\bchill(?:ed)?\b|\bahead\b|\bin advance\b|\bovernight\b|\breheat|\b(?:day|evening|night) before\b",
    "side": r"\bside[s]? (?:up|down|first)\b|-side[- ](?:up|down)\b",
    "portion": r"\bat (?:once|a time)\b|\bone by one\b|\b(?:in|by) (?:\w+ )?(?:batches|additions|parts|rounds)\b|\bgradually\b|\bhalf\b|\b(?:one|two|three)[- ](?:third|quarter)s?\b|"
    r"\b(?:the )?(?:rest|remaining|remainder|reserved?)\b|\bonly as many\b|\ball (?:of )?(?:the|but)\b|\b(?:each|both)\b|\blittle by little\b|\bin a (?:thin |slow )?stream\b",
    "same": rf"\b(?:same|separate|another|second|clean|fresh|other) {TOOL}\b|\bin a (?:\w+ )?{TOOL}\b",
    "where": r"\b(?:drain|place|set|put|transfer|leave|rest|keep|lay|arrange|return|stand|rise|cool|turn out|chill)\b.{0,40}\b(?:on|in|into|onto|over|to|at|under)\b",
    "lack": r"\binstead\b|\bin place of\b|\bsubstitut|\bif you (?:have no|don't have|can't)\b|\bworks? (?:too|as well)\b|\bwill do\b",
    "skip": r"\b(?:optional|if you (?:like|wish|want|prefer)|if desired|if using|can be (?:left out|skipped|omitted)|"
    r"not necessary|no need|skip)\b",
}  # fmt: skip
# What is done for something's sake. "To" alone is too common: "bring to the boil" gives no reason.
REASON = re.compile(
    r"\bbecause\b|; (?:it|they|this|that|the \w+) (?:\w+ )?(?:will|would|can|does|do|\w+s)\b|\bso (?:that|it|they|the|you|as)\b|\bsince (?:it|they|the)\b|\bas (?:it|they) (?:will|would)\b|"
    r",? or (?:else |it |they |the \w+ |you )(?:\w+ )?(?:will|would|may|might|can|sticks?|burns?|turns?|gets?|goes|becomes?)|\botherwise\b|"
    r"\bwhich (?:keeps?|makes?|helps?|stops?|prevents?|gives?|lets?|stays?|takes?|brings?)\b|, which \w+s (?:the|it|them)\b|\bas \w+ing \w+s\b|\bthis (?:keeps?|makes?|helps?|"
    r"stops?|prevents?|gives?|lets?|ensures?|allows?)\b|\bthat (?:keeps?|stops?|prevents?)\b|"
    r"\bto (?:keep|avoid|prevent|stop|help|take (?:away|out|off|the)|remove|get rid|release|draw|let|allow|make (?:sure|it|them)|"
    r"give|bring out|protect|loosen|ensure|rid|catch|save|tame|mellow|balance|thicken|deepen|"
    r"develop|cut|add (?:flavor|flavour|colou?r|crunch))\b|\bfor (?:extra |more )?(?:flavou?r|colou?r|crunch|crispness)\b",
    re.IGNORECASE,
)
_AMOUNT_OF = re.compile(rf"(?:{_HOLDS['amount']}) *(?:of )?(?P<what>(?:[\w'-]+ ?){{1,5}})", re.IGNORECASE)
_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _HOLDS.items()}
_CLAUSE = re.compile(r"[,;:]\s|\s(?:and|then|while)\s")


@lru_cache(maxsize=4096)
def holds(kind: str, sentence: str) -> bool:
    """Whether a sentence holds such a thing. Of kinds that ask for nothing in particular every sentence does."""
    if kind == "why":
        return REASON.search(sentence) is not None
    if kind == "contents":
        return len(foods(sentence)) > 2
    pattern = _PATTERNS.get(kind)
    return pattern is None or pattern.search(sentence) is not None


def explained(sentence: str) -> tuple[str, ...]:
    """The clauses that a sentence gives reasons of ("stirring often so that it does not stick": "stirring often"); all
    of it where the reason comes first.
    """
    clauses = []
    for reason in REASON.finditer(sentence):
        before = sentence[: reason.start()].rstrip(" ,")
        clauses.append(_CLAUSE.split(before)[-1].strip() or sentence)
    return tuple(clauses)


def measured(sentence: str) -> list[str]:
    """What a sentence gives an amount of: the words behind each amount ("2 tablespoons of the reserved juice")."""
    return [match["what"] for match in _AMOUNT_OF.finditer(sentence)]
