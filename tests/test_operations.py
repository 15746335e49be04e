"""What operating needs: compose.yaml, Dockerfile, unit and alerts fit the program, and the page names every metric."""

import re
import shlex
from configparser import RawConfigParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from bot.cli import build_parser
from bot.host import Host
from bot.job_table import JobRow
from bot.scores import SCORES
from bot.settings import Settings, load_settings
from bot.store import Base, ScoringRow
from bot.watch.figures import Collector
from bot.watch.metrics import Metrics
from model.failover import FailoverStudent
from tests.conftest import Bench, FakeStudent

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SUFFIX = re.compile(r"_(total|info|bucket|count|sum|created)$")
SECRET = {"DATABASE_PASSWORD": "letters9", "STUDENT_ENGINE": "openai"}


def filled(value: str) -> str:
    """A value of compose.yaml with its variables put in."""
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda m: SECRET[m[1]], str(value))


def bot_settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in COMPOSE["services"]["bot"]["environment"].items():
        monkeypatch.setenv(name, filled(value))
    return load_settings()


def test_the_services_fit_the_settings_and_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    services = COMPOSE["services"]
    environment = services["bot"]["environment"]
    for name in environment:
        section, _, key = name.removeprefix("SOUSCHEF_").lower().partition("__")
        assert key in type(getattr(load_settings(), section)).model_fields, name
    settings = bot_settings(monkeypatch)
    assert settings.database_url() == "postgresql+psycopg://souschef:letters9@database/souschef"
    assert services["database"]["environment"]["POSTGRES_USER"] == "souschef"
    command = services["vectors"]["command"]
    assert settings.retrieval.chroma_url == f"http://vectors:{command[command.index('--port') + 1]}"
    assert settings.student.engine == "openai"
    assert settings.student.base_url == "http://student:8000/v1"
    assert settings.student.failover
    build_parser("serve").parse_args(services["bot"]["command"])
    for service in services.values():
        assert "image" in service
        for needed in service.get("depends_on", {}):
            assert "healthcheck" in services[needed]
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "nothing is open to the world"
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert {s["build"]["target"] for s in services.values() if "build" in s} <= targets


def test_the_dockerfile_copies_what_is_there() -> None:
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert {"bot", "model", "retrieval", "training", "requirements.txt"} <= set(sources)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source not in ignored
    assert ".env" in ignored


def test_prometheus_finds_the_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text(encoding="utf-8"))
    (found,) = config["scrape_configs"][0]["dns_sd_configs"]
    watch = bot_settings(monkeypatch).watch
    assert (found["names"], found["port"]) == (["bot"], watch.port)
    assert f":{watch.port}/healthz" in str(COMPOSE["services"]["bot"]["healthcheck"]["test"])
    assert watch.listen == "0.0.0.0"


def test_the_unit_runs_a_command_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy" / "souschef.service", encoding="utf-8")
    program, *arguments = unit["Service"]["ExecStart"].split()
    assert program.endswith("/souschef")
    build_parser("serve").parse_args(arguments)
    for assignment in shlex.split(unit["Service"]["Environment"]):
        name, _, value = assignment.partition("=")
        monkeypatch.setenv(name, value)
    assert load_settings().log.format == "json"


@pytest.fixture
def metrics(bench: Bench, settings: Settings) -> set[str]:
    """The names of all metrics, without what Prometheus appends."""
    bench.say("hello")
    with bench.store.write() as db:
        Base.metadata.create_all(db.connection())
        row = db.get(ScoringRow, 1)
        assert row is not None
        row.state, row.lowest = "scored", 0.5
        for name in SCORES:
            setattr(row, name, 0.5)
        db.add(JobRow(kind="retrain", live="live", created=0, beat=0, folder="x"))
    student = FailoverStudent(FakeStudent(), FakeStudent)
    index = SimpleNamespace(server_up=True)
    pantry = SimpleNamespace(student=SimpleNamespace(made=student), index=SimpleNamespace(made=index))
    registry = CollectorRegistry()
    Metrics(registry)
    registry.register(Collector(Host(bench.assistant, settings), pantry))  # type: ignore[arg-type]
    names = {SUFFIX.sub("", family.name) for family in registry.collect()}
    return {name for name in names if name.startswith("souschef_")} | {"souschef_build"}


def test_the_page_names_every_metric_and_no_other(metrics: set[str]) -> None:
    named = {SUFFIX.sub("", name) for name in re.findall(r"souschef_[a-z_]+", PAGE)}
    assert named == metrics


def test_alerts_watch_metrics_that_there_are(metrics: set[str]) -> None:
    groups = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 10
    for rule in rules:
        named = {SUFFIX.sub("", name) for name in re.findall(r"souschef_[a-z_]+", rule["expr"])}
        assert named, rule
        assert named <= metrics, rule
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_the_page_names_commands_and_settings_that_there_are(settings: Settings) -> None:
    for command in re.findall(r"`souschef ([a-z]+(?: [a-z]+)?)[^`]*`", PAGE):
        words = command.split()
        help_text = build_parser(words[0])._subparsers._group_actions[0].choices[words[0]].format_help()  # type: ignore
        if words[0] in ("database", "students"):
            assert words[1] in help_text, command
    sections = set(Settings.model_fields)
    for section, key in re.findall(r"`([a-z]+)\.([a-z_]+)(?: = [^`]*)?`", PAGE):
        if section in sections and key not in ("txt", "gguf"):  # names of files
            assert key in type(getattr(settings, section)).model_fields, f"{section}.{key}"


def test_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).resolve().exists(), target
