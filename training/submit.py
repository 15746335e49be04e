"""Run a training script on a Ray cluster as a job, and follow it.

    python -m training.submit --address http://10.0.0.5:8265 -- training.distill --config a.toml --ray auto
    python -m training.submit --address http://10.0.0.5:8265 --env SOUSCHEF_TEACHER__API_KEY -- training.augment ...
    python -m training.submit --address http://10.0.0.5:8265 --follow raysubmit_8gkLtVm1   # again

The command runs on the cluster with this checkout as its folder (not its .git, runs and tests), so paths to data and
results must be on storage that all machines share; what ``souschef[training]`` needs must be installed there. Logs are
shown as they come. Ctrl-C stops following, not the job. Exit status: 0 the job succeeded, 1 it failed or was stopped,
2 it could not be submitted.
"""

import argparse
import asyncio
import logging
import os
import shlex
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from training.errors import TrainingError

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = ["/.git/", "/.env", "/.venv*/", "/runs/", "/tests/", "/build/", "/dist/", "/.*_cache/", "*.pyc"]
AGAIN_S = 1.0  # between two tries
READY_S = 120.0  # a cluster that has just started takes no jobs yet


def client_for(address: str) -> Any:
    """A connection to a cluster's job server.

    Raises:
        TrainingError: Ray is not here, or no job server is there.
    """
    if find_spec("ray") is None:
        raise TrainingError('Ray is not installed: pip install "souschef[ray]".')
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # or the token is not sent
    from ray.exceptions import RayError
    from ray.job_submission import JobSubmissionClient

    logging.getLogger("ray").setLevel(logging.ERROR)  # it tells of every file that it leaves out
    try:
        return JobSubmissionClient(address)
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise TrainingError(
            f'No Ray job server answers at {address} ({said}): check --address, and that "pip install ray[default]" '
            "was run on the cluster's head before ray start; a cluster with tokens needs RAY_AUTH_TOKEN here, too."
        ) from error


def submit(client: Any, command: list[str], environment: dict[str, str], folder: Path | None) -> str:
    """Send a job off; its id.

    Args:
        client: See :func:`client_for`.
        command: A module and its arguments.
        environment: Variables of the job; whoever may see the cluster's dashboard may see them.
        folder: What the job finds as its working directory, sent along; None for nothing.

    Raises:
        TrainingError: The cluster refuses it.
    """
    runtime: dict[str, Any] = {"env_vars": environment}
    if folder is not None:
        runtime |= {"working_dir": str(folder), "excludes": LEFT_OUT}
    end = time.monotonic() + READY_S
    while True:
        try:
            job: str = client.submit_job(entrypoint=f"python -m {shlex.join(command)}", runtime_env=runtime)
            return job
        except (RuntimeError, ValueError, OSError) as error:
            said = str(error).strip().splitlines()[0]
            if "try again later" not in said or time.monotonic() > end:
                raise TrainingError(f"The cluster does not take the job: {said}") from error
            time.sleep(AGAIN_S)


async def follow(client: Any, job: str) -> Any:
    """Show a job's output as it comes, each part once also where the connection breaks; its last status.

    Raises:
        TrainingError: There is no such job.
    """
    import aiohttp

    shown = 0
    while True:
        seen = 0
        try:
            async for text in client.tail_job_logs(job):  # begins at the beginning every time
                new = text[max(0, shown - seen) :]
                seen += len(text)
                shown = max(shown, seen)
                print(new, end="", flush=True)
        except (RuntimeError, OSError, aiohttp.ClientError):
            pass
        try:
            status = client.get_job_status(job)
        except RuntimeError as error:
            raise TrainingError(f"There is no job {job} there: check --follow and --address.") from error
        if status.is_terminal():
            return status
        await asyncio.sleep(AGAIN_S)


def variables(named: list[str]) -> dict[str, str]:
    """``NAME=VALUE`` and ``NAME`` (its value here) as a table.

    Raises:
        TrainingError: One has no value.
    """
    table = {}
    for text in named:
        name, given, value = text.partition("=")
        if not given and name not in os.environ:
            raise TrainingError(f"--env {name} has no value here: set it, or say --env {name}=VALUE.")
        table[name] = value if given else os.environ[name]
    return table


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.submit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--address", required=True, help="the cluster's job server, http://HOST:8265")
    parser.add_argument("--env", action="append", default=[], metavar="NAME[=VALUE]", help="a variable for the job")
    parser.add_argument("--working-dir", type=Path, default=ROOT, metavar="FOLDER", help="sent along (this checkout)")
    parser.add_argument("--no-working-dir", action="store_true", help="Souschef is installed on the cluster")
    parser.add_argument("--no-wait", action="store_true", help="submit, print the id and leave")
    parser.add_argument("--follow", metavar="ID", help="follow a job that was submitted before")
    parser.add_argument(
        "command", nargs="*", metavar="MODULE ...", help="after --, a training script and its arguments"
    )
    args = parser.parse_args(argv)
    if bool(args.follow) == bool(args.command):
        parser.error("name a module to run after --, or a job to --follow")
    job = args.follow
    try:
        client = client_for(args.address)
        if job is None:
            folder = None if args.no_working_dir else args.working_dir
            job = submit(client, args.command, variables(args.env), folder)
            print(f"submitted as {job}", file=sys.stderr, flush=True)
            if args.no_wait:
                print(job)
                return 0
        status = asyncio.run(follow(client, job))
    except TrainingError as error:
        print(f"submit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        again = f"python -m training.submit --address {args.address} --follow {job}"
        print(f"The job goes on; follow it with {again}, end it with ray job stop {job}.", file=sys.stderr)
        return 130
    if status != "SUCCEEDED":
        said = (client.get_job_info(job).message or "").strip()
        print(f"submit: The job {job} has {status.lower()}{f': {said}' if said else '.'}", file=sys.stderr)
    return int(status != "SUCCEEDED")


if __name__ == "__main__":
    sys.exit(main())
