"""Settings: every one documented, typed, overridable, never leaking."""

import tomllib
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings

ROOT = Path(__file__).parents[2]


def test_config_toml_shows_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUSCHEF_PATHS__DATA")
    shown = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    defaults = load_settings()
    for section, values in shown.items():
        fields = type(getattr(defaults, section)).model_fields
        assert set(values) == set(fields), section
    assert set(shown) == set(type(defaults).model_fields)
    assert load_settings(ROOT / "config.toml").model_dump() == defaults.model_dump()


def test_every_setting_has_a_comment() -> None:
    lines = (ROOT / "config.toml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            above = lines[max(0, number - 4) : number]
            assert any(text.startswith("#") for text in above), line


def test_order_env_dotenv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(
        "[retrieval]\nk = 5\nkind = 'compression'\n[guard]\nthreshold = 0.1\n", encoding="utf-8"
    )
    (tmp_path / ".env").write_text(
        "SOUSCHEF_RETRIEVAL__K=6\nSOUSCHEF_GUARD__THRESHOLD=0.2\nOTHER=1\n", encoding="utf-8"
    )
    monkeypatch.setenv("SOUSCHEF_RETRIEVAL__K", "7")
    settings = load_settings()
    assert (settings.retrieval.k, settings.guard.threshold, settings.retrieval.kind) == (7, 0.2, "compression")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[retrieval]\nk = 'many'", "retrieval.k"),
        ("[retrieval]\nkind = 'magic'", "retrieval.kind"),
        ("[guard]\nthreshold = 7", "guard.threshold"),
        ("[gaurd]\nthreshold = 0.5", "no setting gaurd"),
        ("[retrieval]\nkk = 1", "no setting retrieval.kk"),
        ("[retrieval", "not valid TOML"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_key(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_named_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Cannot read the settings file"):
        load_settings(tmp_path / "nowhere.toml")


def test_secrets_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("STUDENT__API_KEY", "DISCORD__TOKEN", "TELEGRAM__TOKEN", "TEACHER__API_KEY", "DATABASE__URL"):
        monkeypatch.setenv(f"SOUSCHEF_{key}", "hunter2")
    settings = load_settings()
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert settings.discord.token.get_secret_value() == "hunter2"


def test_settings_are_frozen() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.retrieval.k = 3
