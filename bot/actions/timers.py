"""Timers: kept in the database, so that they ring after a restart too."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.actions.base import Decision, Scene, listed
from bot.messages import Button
from bot.store import Chat, Store, TimerRow
from bot.words import spell_duration
from retrieval.amounts import find_durations
from retrieval.recipe import Recipe
from retrieval.sentences import split

LONGEST_S = 48 * 3600.0
MOST = 20


@dataclass(frozen=True, slots=True)
class Ring:
    """A timer that is over. ``chat_key`` tells whom to tell; ``late_s`` how long ago it should have rung."""

    id: int
    chat_key: str
    label: str
    seconds: float
    late_s: float

    @property
    def text(self) -> str:
        """What to say: names the timer, and that it is late if the bot was not running."""
        what = f"The {self.label} timer" if self.label else "Your timer"
        late = f" {spell_duration(self.late_s)} ago" if self.late_s >= 60 else ""
        return f"{what} ({spell_duration(self.seconds)}) is over{late}!"


def set_timer(scene: Scene) -> Decision:
    """Start a timer; without a duration, the one that the step at hand names."""
    seconds, label = scene.wish.args.get("seconds"), scene.wish.args.get("label", "")
    if seconds is None and scene.recipe is not None and scene.session.step:
        spans = step_durations(scene.recipe.steps[scene.session.step - 1])
        seconds = spans[0] if len(spans) == 1 else None
        if len(spans) > 1:
            buttons = tuple(_button(span) for span in spans[:3])
            return Decision(
                f"For how long: {listed([spell_duration(s) for s in spans[:3]], 'or')}?",
                "ask_student_question",
                "misc",
                buttons=buttons,
            )
    if seconds is None:
        return Decision('For how long? Say for example "set a timer for 10 minutes".', "ask_student_question", "misc")
    if not 1 <= seconds <= LONGEST_S:
        return Decision("A timer can run from one second to 48 hours.", "misc", "misc")
    if len(running(scene.store, scene.chat_id)) >= MOST:
        return Decision(f"{MOST} timers are running already; cancel one first.", "misc", "misc")
    with scene.store.write() as db:
        db.add(TimerRow(chat_id=scene.chat_id, label=label[:120], seconds=seconds, due=scene.now + seconds))
    return Decision(f"{_name(label)} is set for {spell_duration(seconds)}. I will ring.", "misc", "misc")


def list_timers(scene: Scene) -> Decision | None:
    """The timers that run and what is left of each; None (for the student) where no timer is meant."""
    timers = _matching(running(scene.store, scene.chat_id), scene.wish.args.get("label", ""))
    if not timers and "timer" not in scene.message.text.lower():
        return None  # "how much longer?" without a timer is about the step
    if not timers:
        return Decision("No timer is running.", "misc", "misc")
    lines = [f"{_name(t.label)}: {spell_duration(t.due - scene.now)} left" for t in timers]
    return Decision("; ".join(lines) + ".", "misc", "misc")


def cancel_timer(scene: Scene) -> Decision:
    """Cancel one timer by its name, the only one, or all."""
    timers = running(scene.store, scene.chat_id)
    label = scene.wish.args.get("label", "")
    chosen = timers if scene.wish.args.get("all") and not label else _matching(timers, label)
    if not timers:
        return Decision("No timer is running.", "misc", "misc")
    if not chosen:
        return Decision(
            f"There is no timer for {label}; running: {listed([_name(t.label) for t in timers])}.", "misc", "misc"
        )
    if len(chosen) > 1 and not scene.wish.args.get("all"):
        names = [t.label or spell_duration(t.seconds) for t in chosen]
        return Decision(
            f'Which one: {listed(names, "or")}? Or say "cancel all timers".', "ask_student_question", "misc"
        )
    with scene.store.write() as db:
        for timer in chosen:
            row = db.get(TimerRow, timer.id)
            if row is not None:
                db.delete(row)
    return Decision(f"Cancelled: {listed([_name(t.label) for t in chosen])}.", "misc", "misc")


def running(store: Store, chat_id: int) -> list[TimerRow]:
    """Timers of a chat that have not rung, the next one first."""
    with store.read() as db:
        return list(
            db.scalars(
                select(TimerRow).where(TimerRow.chat_id == chat_id, TimerRow.rung.is_(False)).order_by(TimerRow.due)
            )
        )


def due(store: Store, now: float, platform: str | None = None) -> list[Ring]:
    """Take the timers that are over; each is given out once, whoever asks."""
    if not overdue(store, now, platform):
        return []
    with store.write() as db:
        rings = []
        for timer, chat in db.execute(_over(now, platform)).all():
            timer.rung = True
            rings.append(_ring(timer, chat, now))
        return rings


def overdue(store: Store, now: float, platform: str | None = None) -> list[Ring]:
    """The timers that are over and not announced; who announces one says so with :func:`rung`."""
    with store.read() as db:
        return [_ring(timer, chat, now) for timer, chat in db.execute(_over(now, platform)).all()]


def rung(store: Store, timer_id: int) -> None:
    """Note that a timer was announced."""
    with store.write() as db:
        row = db.get(TimerRow, timer_id)
        if row is not None:
            row.rung = True


def _over(now: float, platform: str | None) -> Any:
    query = (
        select(TimerRow, Chat)
        .join(Chat, Chat.id == TimerRow.chat_id)
        .where(TimerRow.rung.is_(False), TimerRow.due <= now)
        .order_by(TimerRow.due)
    )
    return query.where(Chat.platform == platform) if platform else query


def _ring(timer: TimerRow, chat: Chat, now: float) -> Ring:
    return Ring(timer.id, chat.key, timer.label, timer.seconds, now - timer.due)


def step_durations(step: str) -> list[float]:
    """Seconds of every span that a step names; the lower end of a range, so that the cook looks in time."""
    return list(dict.fromkeys(float(seconds) for seconds, _ in find_durations(step)))


def timer_buttons(step: str) -> tuple[Button, ...]:
    """A button for each span of a step that is worth a timer (two minutes to six hours), two at most."""
    return tuple(_button(s) for s in step_durations(step) if 120 <= s <= 6 * 3600)[:2]


def told_timers(text: str, recipe: Recipe | None) -> tuple[Button, ...]:
    """Buttons for the spans of those sentences of the steps that a text tells: a span in a note is nothing to time."""
    sentences = [s for step in recipe.steps for s in split(step) if s in text] if recipe is not None else []
    return timer_buttons(" ".join(sentences))


def _button(seconds: float) -> Button:
    return Button(f"⏲ {spell_duration(seconds)}", f"set a timer for {spell_duration(seconds)}")


def _name(label: str) -> str:
    return f"The {label} timer" if label else "The timer"


def _matching(timers: list[TimerRow], label: str) -> list[TimerRow]:
    words = set(label.split())
    return [t for t in timers if words <= set(t.label.split())] if label else timers
