"""The assistant's turn: a message goes in, a reply comes out, and both are logged.

Session, exact code, reader, retrieval, student, guard, log: in this order. The first of safety rules and actions that
knows the message decides it; what the reader is sure of is read out; the student words moves through the recipe and
answers the rest.
"""

import contextlib
import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from bot import actions, safety
from bot.actions import choosing, diets, leaving, named, onward, standing, substituting
from bot.actions.base import Decision, Pantry, Scene, no_recipe
from bot.actions.recogniser import Wish, recognise
from bot.actions.several import several
from bot.actions.timers import Ring, due, told_timers
from bot.actions.wish_talk import wish_in
from bot.answer import Answer, Answerer
from bot.events import about, emit
from bot.log import forget
from bot.look import as_written, look
from bot.messages import Button, Message, Reply, StepInfo
from bot.page import question
from bot.session import Pending, Session
from bot.settings import Settings
from bot.store import Chat, Store, TurnRow
from model.vocabulary import Act, Turn
from retrieval.clean import strip_controls
from retrieval.errors import RetrievalError
from retrieval.passage import Passage

log = logging.getLogger(__name__)
TextSink = Callable[[str], None]


class FairLock:
    """A lock that is given out in the order in which it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        mine = threading.Event()
        with self._guard:
            self._queue.append(mine)
            if self._queue[0] is mine:
                mine.set()
        mine.wait()
        try:
            yield
        finally:
            with self._guard:
                self._queue.popleft()
                if self._queue:
                    self._queue[0].set()


class Assistant:
    """Answers messages. Thread-safe; messages of one chat are answered one after the other, in order.

    Args:
        settings: All settings.
        store: The database.
        pantry: Recipes and knowledge.
        answerer: Student, retrieval and guard.
        clock: Seconds since 1970; tests pass their own.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        pantry: Pantry,
        answerer: Answerer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self.store, self.pantry, self.answerer, self.clock = settings, store, pantry, answerer, clock
        self._locks: weakref.WeakValueDictionary[str, FairLock] = weakref.WeakValueDictionary()
        self._locks_guard = threading.Lock()

    def reply(self, message: Message, on_text: TextSink | None = None) -> Reply:
        """Answer a message.

        Args:
            message: What came in. A message id that was answered before gets its logged reply.
            on_text: Gets the text as it becomes ready, in whole sentences.

        Raises:
            StoreError: The database cannot be used.
        """
        with self._locks_guard:
            lock = self._locks.setdefault(message.chat_key, FairLock())
        with lock.turn():
            return self._reply(message, on_text or (lambda _piece: None))

    def session(self, chat_key: str) -> Session:
        """The session of a chat as it is now; a new one for a chat that is not known."""
        chat = self.store.find_chat(chat_key)
        return Session.from_json(chat.state if chat else {}, self.settings.chat.units)

    def greeting(self, message: Message) -> Reply | None:
        """What to say before the cook says anything: the offer to resume, or None. ``message.text`` is not read."""
        chat = self.store.chat(message.chat_key, message.platform, message.user_key)
        session = Session.from_json(chat.state, self.settings.chat.units)
        url = session.recipe if session.step else next(iter(reversed(session.paused)), "")
        if not url:
            return None
        # Nothing here needs the index, which may still be opening.
        here = session.recipe == url
        title, step = (session.title, session.step) if here else (session.paused[url].title, session.paused[url].step)
        session.pending, session.before = Pending("resume", [url]), 0
        self._save(chat, session)
        return Reply(
            0,
            f"You were at step {step} of {title}: go on?",
            intent="ask_student_question",
            step=session.info() if here else None,
            buttons=(Button("Yes", "yes"), Button("No", "no")),
        )

    def due_timers(self, platform: str | None = None) -> list[Ring]:
        """Timers that are over and have not been announced; each is given out once."""
        return due(self.store, self.clock(), platform)

    def _save(self, chat: Chat, session: Session) -> None:
        with self.store.write() as db:
            row = db.get(Chat, chat.id)
            if row is not None:
                row.state = session.to_json()

    def _reply(self, message: Message, on_text: TextSink) -> Reply:
        begun = time.perf_counter()
        text, problem = self._readable(message.text)
        message = replace(message, text=text)
        chat = self.store.chat(message.chat_key, message.platform, message.user_key)
        row = self.store.receive(chat, message.message_id, message.user_key, text)
        if row.answered is not None:
            logged = self._logged(row)
            on_text(logged.text)
            return logged
        with about(reply=row.id, chat=chat.key):
            return self._answer(message, chat, row, problem, on_text, begun)

    def _answer(
        self, message: Message, chat: Chat, row: TurnRow, problem: str, on_text: TextSink, begun: float
    ) -> Reply:
        shown: list[float] = []

        def show(piece: str) -> None:
            if not shown:
                shown.append(time.perf_counter() - begun)
            on_text(piece)

        session = Session.from_json(chat.state, self.settings.chat.units)
        scene = Scene(
            message,
            Wish(""),
            session,
            None,
            None,
            self.pantry,
            self.store,
            chat.id,
            self.clock(),
            lambda r: look(r, session),
        )
        scene.moved_from, session.before = session.before, 0
        scene.reader = lambda words: self.answerer.read(words, scene.recipe, session.step)
        decision: Decision | None
        if problem:
            decision, name = Decision(problem, "ask_student_question", "misc"), "unreadable"
        else:
            try:
                scene.refresh()
                decision, name = self._decide(scene)
            except RetrievalError as error:  # a damaged index, another process that owns it: said in its own sentence
                decision, name = Decision(str(error)), "failed"
        if decision is not None and not decision.worded:
            show(decision.text)
            answer = Answer(
                Act(decision.user_intent, decision.intent, decision.shared, decision.text), decision.passages
            )
        else:
            answer = self._ask_student(scene, decision, show)
        if decision is not None and decision.forget:
            forget(self.store, message.user_key, self.settings.paths.data)
            return Reply(0, decision.text, intent=decision.intent, user_intent=decision.user_intent, action=name)
        reply = self._log(scene, row, answer, decision, name, time.perf_counter() - begun)
        emit(
            log, "answered", platform=message.platform, intent=reply.intent, action=name, student=answer.student,
            supported=reply.supported, guarded=reply.guarded, first_text_s=shown[0] if shown else reply.seconds,
            seconds=time.perf_counter() - begun,
        )  # fmt: skip
        return reply

    def _readable(self, text: str) -> tuple[str, str]:
        """The text without control characters and not too long, and the sentence to say if it cannot be read."""
        longest = self.settings.chat.max_message_chars
        if len(text) > longest:
            return text[:longest], f"That is too long for me: please say it in less than {longest} characters."
        text = strip_controls(text).strip()
        return (text, "") if text else ("", "I got an empty message: what would you like to cook or know?")

    def _decide(self, scene: Scene) -> tuple[Decision | None, str]:
        """What exact code makes of the message, and the name of the piece that did."""
        warning = safety.check(scene)
        if warning is not None:
            return warning, "safety"
        standing.read(scene)
        parts = question.parts(scene.message.text)
        if len(parts) == 1 and (about := standing.answer(scene)) is not None:
            return about
        if (opened := standing.take_up(scene)) is not None:
            return opened, "pick"
        if len(parts) > 1:
            told = several(scene, parts, actions.ACTIONS)
            if told is not None:
                return told, "several"
            if (about := standing.answer(scene)) is not None:
                return about
        if (which := standing.ask_which(scene)) is not None:
            return which, "which_one"
        wish = recognise(scene.message.text)
        if wish is not None and wish.name in ("next", "help"):
            if onward.reports(scene.message.text):
                self._read(scene)
            wish = None if onward.wants_help(scene) else wish  # "it is too watery, what now?"
        if wish is not None and scene.recipe is not None:
            wish = substituting.lacked(wish)
        scene.wish = wish or scene.wish
        pending = scene.session.pending
        if pending is not None and pending.kind == "choose" and (wish is None or wish.name == "choose"):
            chosen = choosing.pick_by_name(scene)
            if chosen is not None:
                return chosen, "pick"
        if wish is not None:
            if pending is not None and pending.kind in ("resume", "forget") and wish.name not in ("yes", "no"):
                scene.session.pending = None  # the cook went on to something else
            decision = actions.ACTIONS[wish.name](scene)
            if decision is not None:
                return decision, wish.name
        if wish is None:
            decision = named.names_recipe(scene)
            if decision is not None:
                return decision, "choose"
        if scene.recipe is None and (talk := wish_in(scene.message.text)) is not None:
            scene.wish = talk
            return actions.ACTIONS[talk.name](scene), talk.name
        self._read(scene)
        if onward.moves(scene):
            return onward.go_on(scene), "next"
        if scene.recipe is None and question.points(scene.message.text):
            return no_recipe("ask_question_recipe_steps"), "nothing_open"
        return None, ""

    def _read(self, scene: Scene) -> None:
        """Ask the reader, once."""
        if scene.reading is None:
            scene.reading = self.answerer.read(scene.message.text, scene.recipe, scene.session.step)

    def _ask_student(self, scene: Scene, decision: Decision | None, on_text: TextSink) -> Answer:
        session = scene.session
        history = self._history(scene)
        step = session.step
        passages: tuple[Passage, ...] = ()
        if decision is None:
            try:
                passages = self.answerer.passages(scene.message.text, history, scene.original, step)
            except RetrievalError as error:  # the student still has the recipe
                log.warning("Retrieval failed: %s", error)
            passages = self._as_seen(passages, scene)
        else:
            # The student words a move that is made already: it stands where the cook stood when asking.
            step = max(0, step - 1) if decision.intent == "return_next_step" else step
        answer = self.answerer.answer(
            scene.message.text, scene.recipe, history, step, passages, decision, on_text, scene.reading,
            lambda text: diets.mind(scene, text),
        )  # fmt: skip
        if decision is None and scene.recipe is not None:
            self._follow(scene, answer)
        return answer

    def _follow(self, scene: Scene, answer: Answer) -> None:
        """Move the session to where a free answer of the student went."""
        recipe, act = scene.recipe, answer.act
        assert recipe is not None
        steps = [recipe.steps.index(item) + 1 for item in act.shared if item in recipe.steps]
        if act.intent == "return_next_step" and steps and max(steps) > scene.session.step:
            scene.session.before, scene.session.moved = scene.session.step, scene.now
            scene.session.step, scene.session.ahead = max(steps), 0
        elif act.user_intent == "stop" and scene.session.step >= len(recipe.steps):
            leaving.stop(scene)

    def _history(self, scene: Scene) -> tuple[Turn, ...]:
        if not scene.session.recipe:
            return ()
        rows = self.store.turns(scene.chat_id, self.settings.chat.history_turns // 2, scene.session.recipe)
        turns: list[Turn] = []
        for row in rows:
            turns.append(Turn("cook", row.utterance, row.user_intent))
            shared = tuple(row.details.get("shown") or row.shared)
            turns.append(Turn("wizard", row.text, row.intent, shared))
        return tuple(turns)

    @staticmethod
    def _as_seen(passages: tuple[Passage, ...], scene: Scene) -> tuple[Passage, ...]:
        """Passages of the recipe at hand, in the cook's amounts and units."""
        if scene.recipe is None or scene.original is None or scene.recipe is scene.original:
            return passages
        seen = dict(zip(scene.original.items, scene.recipe.items, strict=False))
        return tuple(replace(p, text=seen.get(p.text, p.text)) for p in passages)

    def _log(
        self, scene: Scene, row: TurnRow, answer: Answer, decision: Decision | None, name: str, seconds: float
    ) -> Reply:
        session, act = scene.session, answer.act
        with contextlib.suppress(RetrievalError):
            scene.refresh()
        shown = act.shared
        written = as_written(shown, scene.recipe, scene.original) if scene.recipe and scene.original else shown
        buttons = decision.buttons if decision else told_timers(act.text, scene.recipe)
        if scene.recipe is not None:
            session.steps, session.serves = len(scene.recipe.steps), scene.recipe.servings or 0
        info = session.info()
        details: dict[str, Any] = {"buttons": [asdict(b) for b in buttons], "step": asdict(info) if info else None}
        details["title"] = decision.title if decision else ""
        if answer.read_out:
            details["read_out"] = True
        if shown != written:
            details["shown"] = list(shown)
        self.store.answer(
            row,
            session.to_json(),
            user_intent=act.user_intent,
            intent=act.intent,
            action=name,
            shared=list(written),
            text=act.text,
            passages=[asdict(p) for p in answer.passages],
            recipe=session.recipe or None,
            step=session.step,
            supported=answer.supported,
            guarded=answer.guarded,
            student=answer.student,
            first_token_s=answer.first_token_s,
            seconds=seconds,
            details=details,
        )
        return Reply(
            row.id,
            act.text,
            shown,
            act.intent,
            act.user_intent,
            name,
            answer.passages,
            info,
            buttons,
            answer.supported,
            answer.guarded,
            answer.first_token_s,
            seconds,
            title=details["title"],
        )

    @staticmethod
    def _logged(row: TurnRow) -> Reply:
        details = row.details
        return Reply(
            row.id,
            row.text,
            tuple(details.get("shown") or row.shared),
            row.intent,
            row.user_intent,
            row.action,
            tuple(Passage(**p) for p in row.passages),
            StepInfo(**details["step"]) if details.get("step") else None,
            tuple(Button(**b) for b in details.get("buttons", ())),
            row.supported,
            row.guarded,
            row.first_token_s,
            row.seconds,
            repeated=True,
            title=details.get("title", ""),
        )
