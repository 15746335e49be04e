"""The same work over several processes or machines, by Ray: functions mapped by Ray Data, training by Ray Train.

    python -m training.augment ... --ray local --workers 2            # a cluster here, for as long as it runs
    python -m training.augment ... --ray 10.0.0.5:6379 --workers 32   # one that is there
    python -m training.submit --address http://10.0.0.5:8265 -- training.augment ... --ray auto --workers 32

What runs in the workers is what runs in one process without ``--ray``. Ray is imported only where it was asked for
(``pip install "souschef[ray]"``). A local cluster listens on this machine's loopback alone, has a token of its own,
reports no usage and leaves nothing behind. Machines of another cluster need the same Souschef, and paths that mean the
same on all of them.
"""

import argparse
import gc
import logging
import os
import pickle
import secrets
import shutil
import socket
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import psutil

from training.errors import TrainingError

T = TypeVar("T")
R = TypeVar("R")

LOCAL = "local"
STORE_BYTES = 100 * 2**20  # of a local cluster's object store; what does not fit goes to the disk
KNOCK_S = 10.0
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # Ray's own switch, on any system: nodes are 127.0.0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--ray`` and ``--workers``."""
    group = parser.add_argument_group("several processes or machines")
    group.add_argument(
        "--ray", metavar="ADDRESS", default="",
        help=f'spread the work by Ray: "{LOCAL}" starts a cluster here, HOST:PORT joins one, "auto" the one around',
    )  # fmt: skip
    group.add_argument("--workers", type=int, default=2, metavar="N", help="how many processes share it (default: 2)")


@contextmanager
def connected(address: str, workers: int) -> Iterator[Any]:
    """Ray, connected to a cluster; one that this process is in already is used and stays.

    Args:
        address: "local", "auto", ``host:port`` or ``ray://host:port``.
        workers: Processes that a local cluster has room for.

    Raises:
        TrainingError: Ray is not installed, or there is no cluster at that address.
    """
    if workers < 1:
        raise TrainingError(f"--workers is {workers}: choose 1 or more.")
    if find_spec("ray") is None:
        raise TrainingError('Ray is not installed: pip install "souschef[ray]", or leave out --ray.')
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_worker_register_timeout_seconds", "600")  # these, too, are short on a busy machine
    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", "600")
    if address == LOCAL:
        for name, value in LOOPBACK.items():
            os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        yield ray
        return
    if address != LOCAL:
        try:
            _knock(address)
            ray.init(address=address, logging_level=logging.WARNING)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise TrainingError(
                f"No Ray cluster can be joined at {address} ({_sentence(error)}): check --ray, or start one here with "
                f"--ray {LOCAL}."
            ) from error
        try:
            yield ray
        finally:
            ray.shutdown()
        return
    own_token = "RAY_AUTH_TOKEN" not in os.environ
    if own_token:  # or Ray writes one into the home folder
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    folder = tempfile.mkdtemp(prefix="ray-")
    try:
        _start(ray, workers, folder)
        yield ray
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
        if own_token:
            del os.environ["RAY_AUTH_TOKEN"]


def _start(ray: Any, workers: int, folder: str) -> None:
    """Start a local cluster whose files are in ``folder``.

    Ray gives its processes 15 to 30 seconds each to appear, and has no setting for it. What it has read once is read
    faster the next time, so a busy machine gets three tries.
    """
    before = set(psutil.Process().children(recursive=True))
    for left in (2, 1, 0):
        try:
            ray.init(
                address=LOCAL, num_cpus=workers, num_gpus=0, object_store_memory=STORE_BYTES, include_dashboard=False,
                logging_level=logging.CRITICAL, _temp_dir=folder,
                _system_config={"prestart_worker_first_driver": False},
            )  # fmt: skip
            return
        except Exception as error:  # Ray has no kind of its own for this
            for process in set(psutil.Process().children(recursive=True)) - before:
                with suppress(psutil.Error):
                    process.kill()
            if not left:
                raise TrainingError(
                    f"Ray did not start on this machine ({_sentence(error)}): run it again when the machine is less "
                    "busy, or leave out --ray."
                ) from error
        with warnings.catch_warnings():  # it drops its processes without having seen them end
            warnings.simplefilter("ignore", ResourceWarning)
            ray.shutdown()
            gc.collect()


def _knock(address: str) -> None:
    """Fail at once where nobody listens: Ray itself goes on trying for minutes.

    Raises:
        OSError: Nobody does.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_S).close()


def _sentence(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return str(said).splitlines()[0].rstrip(".")


class _Made:
    """The function that a worker process made last: a student or a table of vectors is loaded once, not per item."""

    recipe = b""
    function: Callable[[Any], Any]

    @classmethod
    def by(cls, recipe: bytes) -> Callable[[Any], Any]:
        if recipe != cls.recipe:
            cls.function, cls.recipe = pickle.loads(recipe)(), recipe
        return cls.function


def _apply(row: dict[str, Any], recipe: bytes) -> dict[str, Any]:
    """One item in a worker. What it raises is carried as a value, so that it arrives as it was raised."""
    try:
        outcome: Any = (_Made.by(recipe)(pickle.loads(row["item"])), None)
        said = pickle.dumps(outcome)
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        said = pickle.dumps((None, error))
        try:
            pickle.loads(said)
        except Exception:  # exceptions with arguments of their own kind
            said = pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))
    return {"number": row["number"], "said": said}


def mapped(make: Callable[[], Callable[[T], R]], items: Sequence[T], workers: int) -> Iterator[R]:
    """Map a function over items with Ray Data, in order; the cluster is connected.

    Args:
        make: Makes the function, once in each worker process; a module's function or a ``functools.partial`` of one.
        items: What it is mapped over, each a piece of work that is worth some tens of milliseconds.
        workers: How many items are worked on at a time.

    Yields:
        The results, in the order of the items.

    Raises:
        Exception: What the function raised, as it raised it.
    """
    import ray.data
    from ray.data import TaskPoolStrategy

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    if not items:
        return
    rows = [{"number": number, "item": pickle.dumps(item)} for number, item in enumerate(items)]
    work: Any = _apply  # Ray's types know of no further arguments
    data = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
        work, fn_args=(pickle.dumps(make),), compute=TaskPoolStrategy(min(workers, len(rows))), num_cpus=1
    )
    for place, row in enumerate(data.iter_rows()):
        if row["number"] != place:
            raise RuntimeError(f"Ray returned item {row['number']} where {place} was due.")
        result, error = pickle.loads(row["said"])
        if error is not None:
            raise error
        yield result


def trained(function: Callable[[T], None], argument: T, workers: int, folder: Path) -> None:
    """Run a training function in several processes with Ray Train and torch's own collectives.

    Each process is told its place as ``torchrun`` would tell it. Workers that die are started again, twice at most; the
    function then goes on from its own checkpoint. Where every worker can have a GPU it gets one.

    Args:
        function: A module's function of one argument.
        argument: That argument.
        workers: Processes.
        folder: For what Ray notes down on the way; deleted in the end.

    Raises:
        Exception: What the function raised in a process.
    """
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    gpu = ray.cluster_resources().get("GPU", 0) >= workers
    trainer: Any = TorchTrainer(
        _at_home,  # type: ignore[arg-type]
        train_loop_config={"function": function, "argument": argument, "home": os.getcwd()},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpu),
        torch_config=TorchConfig(backend="nccl" if gpu else "gloo"),
        run_config=RunConfig(
            name="ray", storage_path=str(folder.resolve()), failure_config=FailureConfig(max_failures=2)
        ),
    )
    try:
        outcome = trainer.fit().return_value
    except Exception as error:  # older Rays raise other kinds
        raise _first_cause(error) from error
    finally:
        shutil.rmtree(folder.resolve() / "ray", ignore_errors=True)
    if outcome is not None:
        raise outcome


def _first_cause(error: Exception) -> Exception:
    failures = getattr(error, "worker_failures", None)
    found = failures[min(failures)] if failures else error
    return getattr(found, "cause", None) or found


def _at_home(config: dict[str, Any]) -> Exception | None:
    """In a worker: in the folder where the command was given, so that paths mean what they meant there.

    An error raised on purpose is no failure, or Ray would try again: it is returned.
    """
    if os.path.isdir(config["home"]):
        os.chdir(config["home"])
    try:
        config["function"](config["argument"])
    except TrainingError as error:
        return error
    return None
