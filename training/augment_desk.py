"""Augmentation by several processes: each forms requests and checks answers; one, at the desk, asks for them all.

The desk is the one owner of the journal, the rate limits and the money, on the machine where the command was given: so
nothing is asked twice and no limit is passed, however many work. It lives as long as the command does.
"""

import argparse
import asyncio
import math
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from training.asking import Asker, NoAnswer, Took, asking
from training.augment import Result, Run, augment_turn, finish, journal_of
from training.augment_check import Checker
from training.augment_source import SourceTurn
from training.cluster import connected, mapped
from training.endpoint import Request, TeacherError
from training.journal import Entry, InUse

INHERITED_S = 30.0  # a desk whose command was killed is gone, and lets go of the journal, well before
DIED = "The process that asks the teacher has died: run it again; nothing is asked twice."
Portion = list[tuple[int, SourceTurn]]


class Desk:
    """Asks for all workers, as an actor: its methods run in one event loop. Errors are returned, to arrive whole.

    Args:
        teacher: The settings section of that name.
        journal: Where answers are kept.
        tries, backoff_s: See :class:`training.asking.Asker`.
    """

    def __init__(self, teacher: Any, journal: Path, tries: int, backoff_s: float) -> None:
        self._open = partial(asking, teacher, journal, tries, backoff_s)
        self._places = asyncio.Semaphore(teacher.concurrency)
        self._stack = AsyncExitStack()
        self._asker: Asker
        self._stopped: TeacherError | None = None

    async def open(self) -> TeacherError | None:
        """Begin; waits for the journal while a killed run lets go of it."""
        end = asyncio.get_running_loop().time() + INHERITED_S
        while True:
            try:
                self._asker = await self._stack.enter_async_context(self._open())
                return None
            except InUse as error:
                if asyncio.get_running_loop().time() > end:
                    return error
                await asyncio.sleep(0.2)
            except TeacherError as error:
                return error

    async def ask(self, request: Request) -> Entry | NoAnswer | TeacherError:
        """See :meth:`training.asking.Asker.ask`. Once nothing can be asked any more, nothing is."""
        async with self._places:
            if self._stopped is not None:
                return self._stopped
            try:
                return await self._asker.ask(request)
            except NoAnswer as error:
                return error
            except TeacherError as error:
                self._stopped = error
                return error

    async def took(self) -> Took:
        """What it came to up to now."""
        return self._asker.took()

    async def close(self) -> None:
        """Let go of the journal."""
        await self._stack.aclose()


class AtDesk:
    """A desk as its workers see it: :class:`training.augment.Asks`."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    async def ask(self, request: Request) -> Entry:
        """See :meth:`training.asking.Asker.ask`."""
        from ray.exceptions import RayActorError

        try:
            said: Entry | Exception = await self._desk.ask.remote(request)
        except RayActorError as error:
            raise TeacherError(DIED) from error
        if isinstance(said, Exception):
            raise said
        return said


def augmenter(desk: str, run: Run) -> Callable[[Portion], list[tuple[int, Result | str]]]:
    """In a worker: a function that augments some turns at once; a text is why one could not be.

    Args:
        desk: Name of the actor.
        run: Settings of the run; its turns are not needed.
    """
    import ray

    return partial(_augment, AtDesk(ray.get_actor(desk)), Checker(), run)


def _augment(asker: AtDesk, checker: Checker, run: Run, portion: Portion) -> list[tuple[int, Result | str]]:
    async def one(number: int, source: SourceTurn) -> tuple[int, Result | str]:
        try:
            return number, await augment_turn(asker, checker, run.request(source), source)
        except TeacherError as error:
            return number, str(error)

    async def every() -> list[tuple[int, Result | str]]:
        return await asyncio.gather(*(one(*place) for place in portion))

    return asyncio.run(every())


def run_spread(run: Run, args: argparse.Namespace, teacher: Any) -> int:
    """:func:`training.augment.run_all` on a cluster."""
    from tqdm import tqdm

    with connected(args.ray, args.workers) as ray:
        from ray.exceptions import RayActorError
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        name = f"souschef-desk-{secrets.token_hex(4)}"
        desk = (
            ray.remote(Desk)
            .options(name=name, num_cpus=0, max_concurrency=1000, scheduling_strategy=here)
            .remote(teacher, journal_of(args).resolve(), args.tries, args.backoff_s)
        )
        if (problem := ray.get(desk.open.remote())) is not None:
            raise problem
        # Twice as many turns under way as may be asked at a time, so that the teacher never waits for the last of a
        # portion.
        size = math.ceil(min(2 * teacher.concurrency, len(run.sources)) / args.workers)
        numbered = list(enumerate(run.sources))
        portions = [numbered[at : at + size] for at in range(0, len(numbered), size)]
        try:
            with tqdm(total=len(run.sources), unit="turn", smoothing=0.05) as bar:
                for portion in mapped(partial(augmenter, name, replace(run, sources=[])), portions, args.workers):
                    done = {number: outcome for number, outcome in portion if isinstance(outcome, Result)}
                    run.results |= done
                    run.stopped = run.stopped or next((said for _, said in portion if isinstance(said, str)), "")
                    took: Took = ray.get(desk.took.remote())
                    bar.set_postfix(cost=f"{took.cost:.4g}", failed=took.failures.total(), refresh=False)
                    bar.update(len(done))
            took = ray.get(desk.took.remote())
            ray.get(desk.close.remote())
        except RayActorError as error:
            raise TeacherError(DIED) from error
        return finish(run, args.out, teacher.model, took)
