"""Every setting, typed, validated and frozen.

Read in this order, first wins: ``SOUSCHEF_SECTION__KEY`` in the environment, ``.env``, ``config.toml`` (in the working
folder, or the one named by ``--config`` or ``SOUSCHEF_CONFIG``), the defaults below. ``config.toml`` in the repository
shows every setting with its default; a test keeps the two equal. Secrets are ``SecretStr``: they are never printed.
"""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import SettingsError

ENV_PREFIX = "SOUSCHEF_"


def _default_data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path("souschef", appauthor=False)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paths(_Section):
    """Where things are kept. ``data`` empty means the system's folder for application data."""

    data: Path = Field(default_factory=_default_data_dir)

    @field_validator("data", mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any) -> Any:
        return _default_data_dir() if value == "" else value


class StudentSettings(_Section):
    """The student model that words the replies."""

    engine: Literal["gguf", "llama-cpp", "openai", "transformers"] = "gguf"
    version: str = ""
    max_tokens: int = Field(default=80, ge=8, le=1024)
    threads: int = Field(default=0, ge=0, le=256)
    base_url: str = "http://127.0.0.1:8000/v1"
    model: str = ""
    api_key: SecretStr = SecretStr("")
    timeout_s: float = Field(default=30.0, gt=0)
    failover: bool = True
    retry_s: float = Field(default=15.0, gt=0)


class RetrievalSettings(_Section):
    """How passages are found."""

    kind: Literal["parent", "compression"] = "parent"
    k: int = Field(default=4, ge=1, le=50)
    embeddings: str = "bundled"
    compressor: str = "bundled"
    chroma_url: str = ""

    @field_validator("chroma_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/\s:@]+(:\d{1,5})?/?", value):
            raise ValueError('write it as http://host:port, for example "http://127.0.0.1:8000"')
        return value.rstrip("/")


class GuardSettings(_Section):
    """What is checked before a reply is sent."""

    threshold: float = Field(default=0.5, ge=0, le=1)


class DatabaseSettings(_Section):
    """Conversations, sessions and timers. ``url`` empty means SQLite in the data folder."""

    url: SecretStr = SecretStr("")
    busy_timeout_s: float = Field(default=10.0, gt=0)


class ChatSettings(_Section):
    """The terminal and what holds for every chat."""

    units: Literal["recipe", "metric", "us"] = "recipe"
    bell: bool = True
    max_message_chars: int = Field(default=4000, ge=100, le=100_000)
    history_turns: int = Field(default=12, ge=1, le=200)


class JudgeSettings(_Section):
    """Who scores the replies, and what that may cost."""

    record: bool = True
    kind: Literal["local", "openai"] = "local"
    base_url: str = ""
    model: str = ""
    api_key: SecretStr = SecretStr("")
    timeout_s: float = Field(default=30.0, gt=0)
    calls_per_day: int = Field(default=1000, ge=0)
    usd_per_day: float = Field(default=0.0, ge=0)
    usd_per_million_in: float = Field(default=0.0, ge=0)
    usd_per_million_out: float = Field(default=0.0, ge=0)


class BotsSettings(_Section):
    """What holds for every network platform. ``admins`` are written as "platform:id"."""

    workers: int = Field(default=2, ge=1, le=64)
    queue: int = Field(default=200, ge=1, le=100_000)
    per_minute: int = Field(default=20, ge=0)
    per_day: int = Field(default=500, ge=0)
    admins: tuple[str, ...] = ()
    broadcast: bool = False
    lease_s: float = Field(default=6.0, ge=1, le=300)

    @field_validator("admins")
    @classmethod
    def _platform_and_id(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for admin in value:
            if not all(admin.partition(":")[::2]):
                raise ValueError(f'write each admin as platform and id, for example "telegram:123456", not "{admin}"')
        return value


class DiscordSettings(_Section):
    """The Discord bot. ``shards`` 0 means as many as Discord recommends."""

    token: SecretStr = SecretStr("")
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    message_content: bool = True
    shards: int = Field(default=1, ge=0, le=4096)


class TelegramSettings(_Section):
    """The Telegram bot. ``webhook_url`` empty means long polling."""

    token: SecretStr = SecretStr("")
    groups: Literal["cook", "kitchen"] = "cook"
    api_url: str = "https://api.telegram.org"
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    webhook_listen: str = "127.0.0.1"
    webhook_port: int = Field(default=8443, ge=1, le=65535)


class TeacherSettings(_Section):
    """The large model that the student learns from: any OpenAI-compatible endpoint.

    Prices and ``spending_cap`` are in one currency, whichever the provider bills in; prices are per million tokens.
    """

    base_url: str = ""
    model: str = ""
    api_key: SecretStr = SecretStr("")
    timeout_s: float = Field(default=120.0, gt=0)
    concurrency: int = Field(default=4, ge=1, le=256)
    requests_per_minute: int = Field(default=0, ge=0)
    tokens_per_minute: int = Field(default=0, ge=0)
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    spending_cap: float = Field(default=0.0, ge=0)


class RetrainSettings(_Section):
    """Training the student again from logged conversations."""

    every_days: float = Field(default=0.0, ge=0)
    min_conversations: int = Field(default=20, ge=1)
    consent: Literal["asked", "everyone"] = "asked"
    data: str = ""
    preset: Literal["nano", "mini", "small", "base"] = "mini"
    epochs: float = Field(default=1.0, gt=0, le=100)
    minutes: float = Field(default=30.0, gt=0)
    peak: float = Field(default=0.15, gt=0, le=1)
    batch_tokens: int = Field(default=0, ge=0, le=1_000_000)
    share: float = Field(default=0.3, gt=0, lt=1)
    good: float = Field(default=0.8, ge=0, le=1)
    low: float = Field(default=0.5, ge=0, le=1)
    judged_turns: int = Field(default=250, ge=10)
    threads: int = Field(default=0, ge=0, le=256)
    seed: int = 0


class LogSettings(_Section):
    """How the bots write their log, on standard error."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class WatchSettings(_Section):
    """Metrics and health over HTTP. ``port`` 0 means off."""

    port: int = Field(default=0, ge=0, le=65535)
    listen: str = "127.0.0.1"


class _TomlSource(PydanticBaseSettingsSource):
    """The values of one ``config.toml``."""

    def __init__(self, settings_cls: type[BaseSettings], values: dict[str, Any]) -> None:
        super().__init__(settings_cls)
        self._values = values

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._values


class Settings(BaseSettings):
    """All settings; one object, made once by :func:`load_settings` and handed down."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        env_file_encoding="utf-8",
        frozen=True,
        extra="ignore",  # .env may hold other programs' variables; unknown sections of config.toml are refused below
    )

    paths: Paths = Field(default_factory=Paths)
    student: StudentSettings = StudentSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    guard: GuardSettings = GuardSettings()
    database: DatabaseSettings = DatabaseSettings()
    chat: ChatSettings = ChatSettings()
    judge: JudgeSettings = JudgeSettings()
    bots: BotsSettings = BotsSettings()
    discord: DiscordSettings = DiscordSettings()
    telegram: TelegramSettings = TelegramSettings()
    teacher: TeacherSettings = TeacherSettings()
    retrain: RetrainSettings = RetrainSettings()
    log: LogSettings = LogSettings()
    watch: WatchSettings = WatchSettings()

    def database_url(self) -> str:
        """The SQLAlchemy URL, with its password where it has one: for the engine only, not for printing."""
        return self.database.url.get_secret_value() or f"sqlite:///{self.paths.data / 'souschef.db'}"


def load_settings(config: Path | None = None) -> Settings:
    """Read all settings.

    Args:
        config: A ``config.toml``; None for ``SOUSCHEF_CONFIG`` or the one in the working folder, if there is one.

    Raises:
        SettingsError: A file cannot be read or a value is wrong; names the key.
    """
    named = config or (Path(os.environ["SOUSCHEF_CONFIG"]) if os.environ.get("SOUSCHEF_CONFIG") else None)
    path = named or Path("config.toml")
    toml: dict[str, Any] = {}
    if named is not None or path.is_file():
        try:
            toml = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"Cannot read the settings file {path}: {error.strerror}; check its name.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from error

    for section in toml:
        if section not in Settings.model_fields:
            raise SettingsError(f"There is no setting {section}: see config.toml for all of them.")

    class Configured(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, dotenv_settings, _TomlSource(settings_cls, toml)

    try:
        return Configured()
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
    except ValueError as error:  # a variable that is not JSON where a section is expected
        raise SettingsError(f"A setting cannot be read: {error}.") from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"There is no setting {key}: see config.toml for all of them."
    return f"The setting {key} is wrong: {first['msg'][0].lower()}{first['msg'][1:]}."


def environment(settings: Settings) -> dict[str, str]:
    """The environment for a process of ours that is to have exactly these settings, secrets included."""
    environ = {key: value for key, value in os.environ.items() if not key.upper().startswith(ENV_PREFIX)}
    for section in type(settings).model_fields:
        environ[ENV_PREFIX + section.upper()] = json.dumps(_revealed(getattr(settings, section)))
    return environ


def _revealed(section: BaseModel) -> dict[str, Any]:
    values = {name: getattr(section, name) for name in type(section).model_fields}
    return {
        name: value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        if isinstance(value, Path)
        else value
        for name, value in values.items()
    }
