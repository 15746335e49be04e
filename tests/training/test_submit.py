"""Submitting: what is wrong is told in a sentence; a job on a cluster of its own runs, is followed, and may fail."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.index import Index
from training import submit
from training.cluster import LOOPBACK
from training.errors import TrainingError

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "0123456789abcdef" * 4
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason='Ray is not installed (pip install "souschef[ray]")'
)
JOB_SERVER = ("aiohttp_cors", "colorful", "opencensus", "virtualenv")  # of what ray[default] brings
needs_job_server = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in JOB_SERVER),
    reason='Ray\'s job server is not installed (pip install "ray[default]")',
)


def test_variables_are_given_or_taken_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "secret")
    assert submit.variables(["A_KEY", "B=1=2", "C="]) == {"A_KEY": "secret", "B": "1=2", "C": ""}
    with pytest.raises(TrainingError, match="--env NO_KEY has no value here"):
        submit.variables(["NO_KEY"])


@needs_ray
def test_without_a_job_server_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert submit.main(["--address", "http://127.0.0.1:9", "--", "training.index", "--help"]) == 2
    said = capsys.readouterr().err
    assert "No Ray job server answers at http://127.0.0.1:9" in said
    assert "Traceback" not in said
    with pytest.raises(SystemExit):
        submit.main(["--address", "http://127.0.0.1:9"])
    assert "name a module to run after --" in capsys.readouterr().err


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The job server of a cluster on the loopback. Ray gives its processes half a minute to appear: a busy machine
    gets three tries, as in :func:`training.cluster.connected`.
    """
    for left in (2, 1, 0):
        folder = tmp_path_factory.mktemp("r")
        process, port = _started(folder)
        if process.poll() is None:
            break
        assert left, (folder / "log").read_text()
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)  # it ends what it started
    process.wait(60)


def _started(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A cluster, once it is whole or has failed, and the port of its job server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--port=0", "--num-cpus=3"]
    command += ["--object-store-memory=104857600", "--disable-usage-stats", f"--temp-dir={folder}"]
    command += ["--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1", f"--dashboard-port={port}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | LOOPBACK | {"RAY_AUTH_TOKEN": TOKEN, "PATH": path, "PYTHONUNBUFFERED": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            served = probe.connect_ex(("127.0.0.1", port)) == 0
        if served and "Ray runtime started" in (folder / "log").read_text():  # its server is there before its nodes
            break
        time.sleep(0.1)
    return process, port


@needs_ray
@needs_job_server
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_job_runs_on_the_cluster_and_is_followed(address: str, tmp_path: Path) -> None:
    def submitted(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "training.submit", "--address", address, *arguments]
        environment = os.environ | {"RAY_AUTH_TOKEN": TOKEN}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    soup = tmp_path / "soup.md"
    soup.write_text("# Onion soup\n\n## Ingredients\n\n- 4 onions\n\n## Steps\n\n1. Fry the onions.\n")
    work = ["training.index", str(soup), "--index", str(tmp_path / "index"), "--ray", "auto", "--workers", "2"]
    done = submitted("--env", f"SOUSCHEF_PATHS__DATA={tmp_path}", "--", *work)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 recipes imported" in done.stdout
    with Index(tmp_path / "index") as index:
        assert any(recipe.title == "Onion soup" for recipe in index.recipes())
    again = submitted("--follow", done.stderr.split("submitted as ")[1].split()[0])
    assert (again.returncode, again.stdout) == (0, done.stdout)
    failed = submitted("--", "training.distill", "--steps=1")
    assert failed.returncode == 1
    assert "--out is missing" in failed.stdout
    assert "has failed" in failed.stderr
