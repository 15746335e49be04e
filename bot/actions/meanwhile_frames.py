"""Frame of asking what can be done while something takes its time."""

import re

from bot.actions.recogniser import Wish
from bot.words import bare

_ASKS = re.compile(
    r"(?:(?:so|and|ok|okay|but) )*(?:is there )?(?:what|anything|something|any ?thing)(?: else)?"
    r"(?: (?:can|could|should|shall|might|must|that|to|do|i|we|need|have|be))*? "
    r"(?:do|doing|make|start(?: on)?|chop|cook|prep\w*|work on|get (?:done|ready|going|on with|started(?: on| with)?))"
    r"(?: (?:now|already|next|with (?:myself|my time)))? (?P<when>while|whilst|during|meanwhile|in the mean ?time)\b.*"
)


def meanwhile_frame(text: str) -> Wish | None:
    """Asking what can be done while something takes its time: "what can I get done while the onions cook?"."""
    match = _ASKS.fullmatch(bare(text))
    return Wish("meanwhile", {"named": match["when"] in ("while", "whilst", "during")}) if match else None
