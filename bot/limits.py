"""How much one cook may ask: so many messages a minute, so many a day. What is refused is said once, not every time."""

from collections import deque
from collections.abc import Callable

from bot.errors import SouschefError
from bot.words import spell_duration

MINUTE_S = 60.0
DAY_S = 86_400.0


class Refusal(SouschefError):
    """A message that is not taken. The text is one polite sentence for the cook.

    Attributes:
        tell: Whether to say so: False where the cook was told a moment ago, so that a flood is not answered by a flood.
    """

    def __init__(self, sentence: str, tell: bool = True) -> None:
        super().__init__(sentence)
        self.tell = tell


class Busy(Refusal):
    """The waiting line is full, or the bot is about to stop."""


class Limited(Refusal):
    """The cook asked more than is allowed in a minute or a day."""


class Limits:
    """Counts messages per cook. Not thread-safe: it belongs to one event loop.

    Args:
        per_minute: Messages in any minute; 0 for no limit.
        per_day: Messages in a UTC day; 0 for no limit.
        clock: Seconds since 1970.
    """

    def __init__(self, per_minute: int, per_day: int, clock: Callable[[], float]) -> None:
        self.per_minute, self.per_day, self._clock = per_minute, per_day, clock
        self._recent: dict[str, deque[float]] = {}
        self._today: dict[str, int] = {}
        self._day = -1
        self._told: dict[str, float] = {}  # when what was said last stops being true

    def knows(self, user: str) -> bool:
        """Whether the day's count of a cook is known; if not, hand it to :meth:`recall` before :meth:`admit`."""
        self._turn_day()
        return not self.per_day or user in self._today

    def day_begun(self) -> float:
        """When the current day began, seconds since 1970."""
        return self._clock() // DAY_S * DAY_S

    def recall(self, user: str, today: int) -> None:
        """Take up the count of a cook who wrote today before the bot was started."""
        self._today.setdefault(user, today)

    def replace(self, user: str, recent: list[float], today: int) -> None:
        """Count from here on, where other processes count, too: ``recent`` is when the last minute's messages came."""
        self._turn_day()
        self._recent[user] = deque(recent)
        self._today[user] = today

    def admit(self, user: str) -> None:
        """Count a message.

        Raises:
            Limited: It is one too many; it is not counted.
        """
        self._turn_day()
        now = self._clock()
        recent = self._recent.setdefault(user, deque())
        while recent and recent[0] <= now - MINUTE_S:
            recent.popleft()
        if self.per_minute and len(recent) >= self.per_minute:
            wait = recent[0] + MINUTE_S - now
            self._refuse(
                user,
                now + wait,
                f"That is more than {self.per_minute} messages in a minute, which is all I can take from one cook: "
                f"please go on in {spell_duration(max(1.0, wait))}.",
            )
        if self.per_day and self._today.get(user, 0) >= self.per_day:
            wait = self.day_begun() + DAY_S - now
            self._refuse(
                user,
                now + wait,
                f"That is {self.per_day} messages for today, which is all I can take from one cook: "
                f"please come back in {spell_duration(max(60.0, wait // 60 * 60))}.",
            )
        recent.append(now)
        self._today[user] = self._today.get(user, 0) + 1
        self._told.pop(user, None)

    def _refuse(self, user: str, until: float, sentence: str) -> None:
        tell = self._told.get(user, 0.0) <= self._clock()
        self._told[user] = until
        raise Limited(sentence, tell)

    def _turn_day(self) -> None:
        """A new day forgets the old one's counts, and with them the cooks who are not here any more."""
        day = int(self._clock() // DAY_S)
        if day != self._day:
            self._day = day
            self._today.clear()
            now = self._clock()
            self._recent = {user: times for user, times in self._recent.items() if times and times[-1] > now - MINUTE_S}
            self._told = {user: until for user, until in self._told.items() if until > now}
