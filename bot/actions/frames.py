"""Requests that carry something: a duration, an amount, a food, a diet. Each is matched by its frame.

Every function takes :func:`bot.words.regular` text and returns a wish or None; :func:`framed` asks them in
order, the narrow ones first.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from collections.abc import Callable
from fractions import Fraction

from bot.actions.recogniser import Wish
from bot.actions.substitute_frames import NO_FOOD
from bot.words import NUMBER, ORDINAL, bare, duration_s, number, ordinal, unasked

UNIT = (
    r"(?:cups?|tablespoons?|tbsp|teaspoons?|tsp|fluid ounces?|fl\.? ?oz|ounces?|oz|pounds?|lbs?|grams?|g|"
    r"kilograms?|kilos?|kg|"
    r"millilit(?:er|re)s?|ml|lit(?:er|re)s?|l|decilit(?:er|re)s?|dl|pints?|quarts?|gallons?|sticks?|"
    r"degrees? (?:fahrenheit|celsius|f|c)|°? ?f(?:ahrenheit)?|°? ?c(?:elsius)?|fahrenheit|celsius|"
    r"centigrade|inch(?:es)?|cm|centimet(?:er|re)s?|mm|millimet(?:er|re)s?)"
)


# A bare number is of minutes: "timer 18", "set a timer for 20", "a 5 timer".
_MINUTES = re.compile(
    rf"\btimer(?: (?:for|to|of|at|on|set to))?:? (?P<n>{NUMBER})(?: go)?$|\b(?P<m>{NUMBER}) timer(?: go)?$"
)


def _timer(text: str) -> Wish | None:
    if re.search(r"\btimers?\b|\bcountdown\b", text):
        if re.search(r"\b(?:cancel|stop|delete|clear|turn off|remove|end|kill|dismiss|silence|switch off)\b", text):
            return Wish("timer_cancel", {"label": _timer_label(text), "all": "all" in text.split() or "timers" in text})
        seconds = duration_s(text)
        if seconds is None and (minutes := _MINUTES.search(bare(text))):
            value = number(minutes["n"] or minutes["m"])
            seconds = float(value * 60) if value else None
        asks = re.search(
            r"\bhow (?:long|much|many)|\bleft\b|\bremaining\b|^(?:what|which|list|show|check|any|are|is)\b|^(?:my |the "
            r")?timers?$",
            bare(text),
        )
        if asks and (seconds is None or "left" in text):
            return Wish("timer_list", {"label": _timer_label(text)})
        if (
            re.search(
                r"\b(?:set|start|put|make|create|add|begin|need|give|run|want|use|have|another|new|use|timer for|"
                r"timer of)\b",
                text,
            )
            or seconds
        ):
            if re.match(r"(?:do|should|why|does|would) (?:i|we|it)\b", bare(text)):
                return None  # "do I need a timer?" is a question
            return Wish("timer_set", {"seconds": seconds, "label": _timer_label(text)})
        return None
    if re.search(
        r"\b(?:remind|ping|alert|wake|buzz|ring|call|notify) me\b|\blet me know (?:in|after)\b|\btell me "
        r"(?:in|after|when)\b|^time (?:\d|me)",
        text,
    ):
        seconds = duration_s(text)
        if seconds:
            return Wish("timer_set", {"seconds": seconds, "label": _timer_label(text)})
    return None


def _timer_label(text: str) -> str:
    """``"set a timer for 10 minutes for the pasta"`` → ``"pasta"``; ``"start the rice timer"`` → ``"rice"``."""
    text = bare(text)
    found = re.search(r"\b(?:called|named|labell?ed)\s+(?:the )?(?P<x>[a-z][a-z' -]{1,40})$", text)
    for match in re.finditer(
        r"\b(?:for|to)\s+(?:the |my |our )?(?P<x>[a-z][a-z' -]{1,40}?)(?=$|\s+(?:for|in|of|at)\s+(?:\d|an?\b|"
        r"half|one|two|three|five|ten))",
        text,
    ):
        if not re.match(rf"(?:{NUMBER}|an?|half|about|around|this|it|that|go|step|me)\b", match["x"]):
            found = match
    if found is None:
        found = re.search(r"\b(?:the|my|a|an|another) (?P<x>(?!new\b|second\b|\d)[a-z][a-z' -]{1,30}?) timer\b", text)
    if found is None:
        return ""
    label = re.sub(
        rf"^(?:check|take out|remove|turn|stir|flip|drain|get) (?:the )?|\s*\b(?:{NUMBER}|an?|half)[ "
        rf"-]?(?:hours?|minutes?|seconds?)\b.*$",
        "",
        found["x"],
    ).strip(" -")
    return (
        ""
        if label in ("new", "another", "kitchen", "cooking", "minute", "running", "current", "second", "first")
        else label
    )


def _units(text: str) -> Wish | None:
    text = unasked(bare(text))
    if re.search(r"\d", text) or re.match(r"(?:what|how|is|are|which|why)\b", text):
        return None
    frame = (
        r"(?:(?:switch|change|convert|turn|put|use|show|give|set|go|read|display|make|tell|i (?:use|prefer|"
        r"want|only have|need)|prefer|everything|units|"
        r"all|the|it|this|that|me|us|recipe|quantities|amounts|ingredients|measurements|temperatures?|back|to|"
        r"in|into|with|as|only|please|instead|"
        r"of|my|units?|system|measures?|values?|a|scale|version|i|we|work|think)\s*)*"
    )
    metric = r"(?:metric|grams?|celsius|centigrade|kilos?|millilit(?:er|re)s|european|si)"
    us = r"(?:us|u\.s\.?|american|imperial|customary|cups?|fahrenheit|ounces|pounds|us customary|cups and spoons)"
    tail = (
        r"(?:\s+(?:units?|system|measures?|measurements?|please|instead|and (?:celsius|grams|millilit(?:er|"
        r"re)s|fahrenheit|ounces|pounds|cups)|of (?:cups|ounces|grams)|version|scale|amounts?|quantities))*"
    )
    if re.fullmatch(rf"{frame}{metric}{tail}", text) or re.fullmatch(
        r"i (?:don't|do not) (?:use|have|understand|know) (?:cups|ounces|pounds|fahrenheit|imperial|"
        r"american)(?: units| measurements)?",
        text,
    ):
        return Wish("units", {"system": "metric"})
    if text != "us" and (
        re.fullmatch(rf"{frame}{us}{tail}", text) and not re.fullmatch(r"(?:show|tell|give|for|with|to|all) us", text)
    ):
        return Wish("units", {"system": "us"})
    if re.fullmatch(
        r"(?:use |show |back to )?(?:the )?(?:original|as written|recipe's(?: own)?) (?:units?|measurements?)|"
        r"(?:as written|units as written)",
        text,
    ):
        return Wish("units", {"system": "recipe"})
    return None


def _convert(text: str) -> Wish | None:
    text = unasked(bare(text))
    text = re.sub(r"\bdegrees (?=fahrenheit|celsius|f\b|c\b)", "", text)
    amount = rf"(?P<n>{NUMBER}|an?|half an?|half)\s*(?:of )?(?:degrees )?(?:a |an )?"
    frames = (
        rf"how (?:many|much)(?: in)? (?P<to>{UNIT})(?: (?:is|are|in|make|makes|for|equals?|of|there|do|does|"
        rf"would|be|a))* {amount}(?P<unit>{UNIT})(?: (?:of )?(?P<item>[a-z -]+?))?(?: equal(?:s)?| make| be| "
        rf"weigh| is that)?",
        rf"how (?:many|much) (?P<to>{UNIT})(?: of (?P<item>[a-z -]+?))? (?:is|are|in|are in|is in|make|makes|"
        rf"for|equals?|are there in) {amount}(?P<unit>{UNIT})",
        rf"(?:convert|change|turn|translate) {amount}(?P<unit>{UNIT})(?: (?:of )?(?P<item>[a-z -]+?))? (?:to|"
        rf"into|in) (?P<to>{UNIT})",
        rf"(?:(?:what|how much)(?:'s| is| are| would be| about| does)? )?{amount}(?P<unit>{UNIT})(?: (?:of "
        rf")?(?P<item>[a-z -]+?))?(?: weigh)? (?:in|to|into|as) (?P<to>{UNIT})(?: (?:of )?(?P<item2>[a-z -]+))?",
    )
    for frame in frames:
        match = re.fullmatch(frame, text)
        if match is None:
            continue
        groups = match.groupdict()
        said = groups["n"]
        value = Fraction(1, 2) if said.startswith("half") else Fraction(1) if said in ("a", "an") else number(said)
        if value is None:
            continue
        item = (groups.get("item") or groups.get("item2") or "").strip()
        if item.startswith("of "):
            item = item[3:]
        return Wish("convert", {"amount": value, "unit": groups["unit"], "to": groups["to"], "item": item})
    return None


_PEOPLE = r"(?:people|ppl|persons?|servings?|portions?|guests|adults|kids|eaters|diners|of us|friends)"


_ORIGINAL = (
    r"(?:(?:(?:reset|undo|return|switch|change|go|scale|put|set)(?: it| this)?(?: back)?(?: to)?|back to|use|make it|give me) )?"
    r"(?:the |my )?(?:original|normal|initial|recipe's(?: own)?) (?:amounts?|servings?(?: size)?|quantit(?:y|ies)|size|recipe|numbers?|portions?|scale)|"
    r"(?:(?:go|switch|change|scale|put|set)(?: it| this)? )?back to (?:the )?(?:normal|original|how it was)|undo (?:the )?scaling"
)
_AGAIN = re.compile(r"(?: after all| again| instead)+$")


def _scaled_back(text: str) -> Wish | None:
    """Back to another number of servings: "4 after all", "back to 4"; the latter is a step where nothing was scaled."""
    short = _AGAIN.sub("", text)
    lead = r"(?:(?:go|let's go|change|scale|switch|put|set|bring|make)(?: it| this)? )?back to (?:being )?(?:for )?"
    match = re.fullmatch(rf"{lead}(?P<n>{NUMBER})(?: {_PEOPLE})?", short)
    if match is None and " after all" in text:
        match = re.fullmatch(
            rf"(?:no )?(?:for |make (?:it|that) |it's |we're |we are )*(?P<n>{NUMBER})(?: {_PEOPLE})?", short
        )
    value = number(match["n"]) if match is not None else None
    if value is None or value.denominator != 1 or value < 1:
        return None
    return Wish("scale", {"servings": int(value), "back": "back to" in short})


def _scale(text: str) -> Wish | None:
    text = unasked(bare(text))
    if (back := _scaled_back(text)) is not None:
        return back
    text = re.sub(r" (?:again|after all)$", "", text)
    it = (
        r"(?:it|this|that|everything|the recipe|this recipe|the amounts?|the quantit(?:y|ies)|the ingredients|"
        r"the servings|all|the batch|the whole thing)"
    )
    if re.fullmatch(
        rf"(?:make |cook |do |give me )?(?:a )?double(?: {it}| batch| the)*(?: please)?|twice(?: {it}| as much|"
        rf" the amount)*|(?:make |cook )?two batches|(?:make )?(?:it )?(?:x ?2|2 ?x|times two)",
        text,
    ):
        return Wish("scale", {"factor": Fraction(2)})
    if re.fullmatch(rf"(?:make |cook |do )?(?:a )?triple(?: {it}| batch)*|(?:x ?3|3 ?x|times three)", text):
        return Wish("scale", {"factor": Fraction(3)})
    if re.fullmatch(
        rf"(?:make |cook |do |cut |use |only make )?(?:just |only )?(?:{it} )?(?:in |by )?(?:a )?(?:half|"
        rf"halve)(?: of)?(?: (?:{it}|a batch|batch|the recipe|the amount|as much))*",
        text,
    ):
        return Wish("scale", {"factor": Fraction(1, 2)})
    match = re.fullmatch(
        rf"(?:scale|multiply|increase|make) {it}(?: up| down)? (?:by|times|x) (?P<n>{NUMBER})(?: times| x)?", text
    )
    if match and (value := number(match["n"])):
        return Wish("scale", {"factor": value})
    if re.fullmatch(rf"{_ORIGINAL}|don't (?:scale|double|halve) {it}", text):
        return Wish("scale", {"servings": 0})
    frames = (
        rf"(?:make|cook|double|triple|halve|scale|adjust|change|do|prepare|set|convert|resize|reduce|increase|recalculate|want|"
        rf"need|have)(?: {it})?(?: up| down| out| enough)?(?: servings)?(?: (?:to|for|be|feed|serve|so it "
        rf"serves))+ (?:only |just |about )?(?P<n>{NUMBER})(?: {_PEOPLE})?(?: instead)?(?: of \w+)?",
        rf"(?:i'm |we're |i am |we are )?(?:cooking|making (?:it|this)|having|serving|feeding)(?: (?:for|this "
        rf"for|it for))?(?: only| just| about)? (?P<n>{NUMBER})(?: {_PEOPLE})?",
        rf"(?:we are|we're|there are|there will be|there'll be|it's for|it is for|this is for|i have)(?: only| "
        rf"just| about)? (?P<n>{NUMBER}) ?(?:{_PEOPLE})(?: (?:coming|eating|tonight|here|today))*",
        rf"(?:we are|we're|there's|it's|it is) (?:only |just )?(?P<n>{NUMBER})(?: tonight| today)?",
        rf"(?:i (?:want|need) (?:it |this )?)?(?:for )?(?:only |just )?(?P<n>{NUMBER}) {_PEOPLE}(?: instead| please)?",
        rf"(?:for|servings|serves?) (?:only |just )?(?P<n>{NUMBER})(?: instead)?",
        r"(?:it's|it is)? ?(?:just|only) (?P<n>me|for me|the two of us|two of us|for one)",
    )
    for frame in frames:
        match = re.fullmatch(frame, text)
        if match:
            said = match["n"]
            value = (
                Fraction(2)
                if "two" in said and said != "two"
                else Fraction(1)
                if said in ("me", "for me", "for one")
                else number(said)
            )
            if value is not None and value.denominator == 1 and value > 0:
                return Wish("scale", {"servings": int(value)})
    return None


def _define(text: str) -> Wish | None:
    match = re.fullmatch(
        r"(?:what (?:does|do) (?:it mean to |you mean by |to )?(?P<a>[a-z' -]{2,30}?)(?: mean| stand for)?|"
        r"what(?:'s| is| are)(?: meant by| the meaning of)? (?:an? |the )?(?P<b>[a-z' -]{2,30}?)(?: exactly| anyway)?|"
        r"(?:define|explain|meaning of) (?P<c>[a-z' -]{2,30}?))",
        bare(text),
    )
    if match is None or (match["a"] and not re.search(r"\b(?:mean|by|stand for)\b", text)):
        return None
    item = (match["a"] or match["b"] or match["c"]).strip(" '")
    if NO_FOOD.search(item) or item.startswith("for ") or item in ("after", "next", "left", "now", "up"):
        return None
    return Wish("define", {"item": item})


def _pick(text: str) -> Wish | None:
    """An answer to "which one?"; only meant where such a question is open."""
    text = unasked(bare(text))
    text = re.sub(
        r"^(?:i(?:'ll| will| would|'d)?(?: like| love| want| take| have| go (?:for|with))*|go (?:for|with)|"
        r"take|make|choose|pick|select|give me|cook|option|number|recipe|no\.?|#|open|show me|tell me about|"
        r"with|the)\s+(?=\S)",
        "",
        text,
    )
    text = re.sub(r"^(?:the|number|option|recipe|#)\s*(?=\S)", "", text)
    match = re.fullmatch(
        rf"(?:(?P<ord>{ORDINAL}|last)(?: (?:one|recipe|option|dish|1))?|(?P<n>\d|one|two|three|four|five))", text
    )
    if not match:
        return None
    if match["n"]:
        return Wish("pick", {"n": int(number(match["n"]) or 0)})
    return Wish("pick", {"n": -1 if match["ord"] == "last" else ordinal(match["ord"])})


def framed(text: str) -> Wish | None:
    """The first frame that fits."""
    from bot.actions.amount_frames import how_much_frame, part_of_list_frame, that_in_frame
    from bot.actions.card_frames import card_frame
    from bot.actions.choose_frames import choose_frame
    from bot.actions.diet_frames import diet_frame
    from bot.actions.meanwhile_frames import meanwhile_frame
    from bot.actions.skip_frames import skip_frame
    from bot.actions.substitute_frames import substitute_frame
    from bot.actions.tool_frames import tool_frame
    from bot.actions.when_frames import when_frame

    readers: tuple[Callable[[str], Wish | None], ...] = (
        _timer, meanwhile_frame, that_in_frame, _convert, _units, _scale, part_of_list_frame, tool_frame, card_frame, diet_frame,
        skip_frame, substitute_frame, when_frame, how_much_frame, _define, _pick, choose_frame,
    )  # fmt: skip
    for reader in readers:
        wish = reader(text)
        if wish is not None:
            return wish
    return None
