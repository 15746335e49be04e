"""Did that message arrive? Telegram cannot be asked, but it numbers messages, and only our own can be edited.

Sending is not idempotent: when the connection breaks before the answer, or the bot is killed, the message may be there
or not. Telegram numbers the messages of all private chats and small groups with one counter, those of a supergroup with
one of its own. So what was sent last has a number that is higher than all that were known before, and not one that is
known to be something else. Editing those few to what they should say finds it, and leaves it as it should be.
"""

from collections import defaultdict

from bot.platforms.telegram.address import origin

# Numbers to try, and how far past the highest known one: while a message is on its way, every other chat may take a
# number for a reply and one for what its cook says next, and a killed process has heard of none of them.
MOST = AHEAD = 24
KEPT = 5_000
UNSURE = "~"  # noted before the number after which a message may have been sent
_SUPERGROUP = -1_000_000_000_000


class Whereabouts:
    """The numbers of messages that are known, by counter."""

    def __init__(self) -> None:
        self._known: dict[int, set[int]] = defaultdict(set)
        self._highest: dict[int, int] = {}

    def note(self, chat: int, message: int) -> None:
        """A message with this number was seen or sent."""
        known = self._known[_counter(chat)]
        known.add(message)
        self.reached(chat, message)
        highest = self.highest(chat)
        if len(known) > 2 * KEPT:
            self._known[_counter(chat)] = {id_ for id_ in known if id_ > highest - KEPT}

    def recall(self, chat: int, noted: str) -> None:
        """What a process noted of a message: its id, or the highest number that it knew. That may be another reply's,
        which was sent and not noted yet, and is still to be found.
        """
        if noted.startswith(UNSURE):
            self.reached(chat, int(noted.removeprefix(UNSURE)))
        else:
            self.note(chat, origin(noted))

    def reached(self, chat: int, message: int) -> None:
        """A message with this number was there; whose, nobody may have noted."""
        counter = _counter(chat)
        self._highest[counter] = max(message, self._highest.get(counter, 0))

    def highest(self, chat: int) -> int:
        """The highest number that is known of the counter of a chat; 0 for none."""
        return self._highest.get(_counter(chat), 0)

    def candidates(self, chat: int, after: int) -> list[int]:
        """Numbers that a message may have that was sent when ``after`` was the highest known."""
        if not after:
            return []
        known = self._known[_counter(chat)]
        span = range(after + 1, self.highest(chat) + 1 + AHEAD)
        return [number for number in span if number not in known][:MOST]


def _counter(chat: int) -> int:
    return chat if chat < _SUPERGROUP else 0
