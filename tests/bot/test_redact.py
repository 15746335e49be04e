"""No secret in anything that is logged."""

import io
import logging

import pytest

from bot import redact
from bot.settings import load_settings

PLANTED = "987654321:AAPlantedPlantedPlantedPlantedPlan0"


@pytest.fixture
def log_text(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setenv("SOUSCHEF_TEACHER__API_KEY", "opensesame-42")
    monkeypatch.setenv("SOUSCHEF_TELEGRAM__TOKEN", PLANTED)
    factory = logging.getLogRecordFactory()
    redact.install(load_settings())
    redact.install(load_settings())
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(message)s %(stack_info)s"))
    logger = logging.getLogger("some.library")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield text  # type: ignore[misc]
    logger.removeHandler(handler)
    logging.setLogRecordFactory(factory)
    redact._secrets.clear()


def test_message_arguments_traceback_and_stack(log_text: io.StringIO) -> None:
    logger = logging.getLogger("some.library")
    logger.info("HTTP Request: POST https://api.telegram.org/bot%s/getMe %s", PLANTED, {"key": "opensesame-42"})
    logger.info("no arguments: %d%% opensesame-42", 5)
    logger.info("wrong format: %d opensesame-42", "x")
    logger.info("stack", stack_info=True)
    try:
        raise ValueError(f"The token {PLANTED} was rejected")
    except ValueError as error:
        logger.exception("failed")
        logger.error("failed", exc_info=error)
    written = log_text.getvalue()
    assert PLANTED not in written
    assert "opensesame" not in written
    assert "5% [hidden]" in written
    assert written.count("ValueError: The token [hidden] was rejected") == 2


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.telegram.org/bot{PLANTED}/getMe",
        "Authorization: Bearer abcdef.123456-xyz",
        "Authorization: Bot " + "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe." + "x" * 38,
        "sk-abcdefghijklmnopqrstuvwxyz",
    ],
)
def test_shapes_of_tokens_that_nobody_told_us_of(text: str) -> None:
    hidden = redact.redact(text)
    assert "[hidden]" in hidden
    assert not {"Planted", "123456", "xxxx", "qrst"} & {p for p in ("Planted", "123456", "xxxx", "qrst") if p in hidden}


def test_ordinary_words_stay() -> None:
    text = "Bake 20 minutes at 350:400 degrees; the bot 12345:67 said 'next'. Bearer bonds."
    assert redact.redact(text) == text
