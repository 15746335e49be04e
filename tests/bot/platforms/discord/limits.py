"""What Discord refuses: lengths, counts and shapes of messages, embeds, components, commands and modals.

The numbers are those of Discord's API reference, version 10.
"""

import re
from typing import Any

CONTENT, NONCE = 2000, 25
EMBEDS, EMBED_TOTAL = 10, 6000
EMBED_TEXTS = {"title": 256, "description": 4096}
FIELDS, FIELD_NAME, FIELD_VALUE, FOOTER, AUTHOR = 25, 256, 1024, 2048, 256
ROWS, BUTTONS, OPTIONS = 5, 5, 25
CUSTOM_ID, LABEL, OPTION_TEXT, PLACEHOLDER = 100, 80, 100, 150
COMMANDS, COMMAND_OPTIONS, CHOICES, CHOICE_NAME, DESCRIPTION = 100, 25, 25, 100, 100
MODAL_TITLE, INPUT_LABEL, INPUTS = 45, 45, 5
NAME = re.compile(r"^[-_'\w]{1,32}$")


class Refused(Exception):
    """An error that the API answers: HTTP status, Discord's code, a message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def form(message: str) -> Refused:
    """The error for a body that breaks a limit."""
    return Refused(400, 50035, f"Invalid Form Body: {message}")


def _length(what: str, text: Any, most: int, least: int = 1) -> int:
    if not isinstance(text, str):
        raise form(f"{what} is not a text")
    size = len(text)
    if not least <= size <= most:
        raise form(f"{what} must be between {least} and {most} in length, not {size}")
    return size


def check_message(body: dict[str, Any], files: int = 0, edit: bool = False) -> None:
    """Refuse a message that Discord would refuse."""
    content = body.get("content")
    if content:
        _length("content", content, CONTENT)
    if body.get("nonce") is not None:
        _length("nonce", str(body["nonce"]), NONCE)
    embeds = body.get("embeds") or []
    if len(embeds) > EMBEDS:
        raise form("too many embeds")
    if sum(_embed(e) for e in embeds) > EMBED_TOTAL:
        raise form(f"embeds are longer than {EMBED_TOTAL} together")
    check_components(body.get("components") or [])
    if not edit and not (content and content.strip()) and not embeds and not files:
        raise Refused(400, 50006, "Cannot send an empty message")


def _embed(embed: dict[str, Any]) -> int:
    total = 0
    for key, most in EMBED_TEXTS.items():
        if embed.get(key) is not None:
            total += _length(f"embed.{key}", embed[key], most)
    if len(embed.get("fields", ())) > FIELDS:
        raise form("too many fields")
    for one in embed.get("fields", ()):
        total += _length("field.name", one["name"], FIELD_NAME) + _length("field.value", one["value"], FIELD_VALUE)
    if embed.get("footer"):
        total += _length("footer.text", embed["footer"]["text"], FOOTER)
    if embed.get("author"):
        total += _length("author.name", embed["author"]["name"], AUTHOR)
    return total


def check_components(rows: list[dict[str, Any]]) -> None:
    """Refuse rows of buttons and menus that Discord would refuse."""
    if len(rows) > ROWS:
        raise form("too many rows of components")
    seen: set[str] = set()
    for row in rows:
        if row["type"] != 1 or not row["components"]:
            raise form("a row must be an action row with components")
        kinds = [c["type"] for c in row["components"]]
        if len(kinds) > BUTTONS or (3 in kinds and len(kinds) > 1):
            raise form("too many components in a row")
        for component in row["components"]:
            _component(component)
            if component.get("custom_id") in seen:
                raise form("Component custom id cannot be duplicated")
            seen.add(component.get("custom_id"))


def _component(component: dict[str, Any]) -> None:
    _length("custom_id", component.get("custom_id"), CUSTOM_ID)
    if component["type"] == 2:
        if component.get("label"):
            _length("label", component["label"], LABEL)
        elif not component.get("emoji"):
            raise form("a button needs a label or an emoji")
    elif component["type"] == 3:
        options = component["options"]
        if not 1 <= len(options) <= OPTIONS:
            raise form(f"a menu has 1 to {OPTIONS} options")
        if component.get("placeholder"):
            _length("placeholder", component["placeholder"], PLACEHOLDER)
        if len({o["value"] for o in options}) != len(options):
            raise form("The specified option value is already used")
        for option in options:
            _length("option.label", option["label"], OPTION_TEXT)
            _length("option.value", option["value"], OPTION_TEXT)
            if option.get("description"):
                _length("option.description", option["description"], OPTION_TEXT)
    else:
        raise form(f"unknown component type {component['type']}")


def check_modal(data: dict[str, Any]) -> None:
    """Refuse a modal that Discord would refuse."""
    _length("title", data["title"], MODAL_TITLE)
    _length("custom_id", data["custom_id"], CUSTOM_ID)
    rows = data["components"]
    if not 1 <= len(rows) <= INPUTS:
        raise form(f"a modal has 1 to {INPUTS} inputs")
    for row in rows:
        inside = row["components"][0] if row["type"] == 1 else row["component"]
        _length("label", row["label"] if row["type"] == 18 else inside["label"], INPUT_LABEL)
        _length("custom_id", inside["custom_id"], CUSTOM_ID)
        if inside.get("placeholder"):
            _length("placeholder", inside["placeholder"], 100)
        if inside.get("value"):
            _length("value", inside["value"], 4000)
        if not 1 <= inside.get("max_length", 4000) <= 4000:
            raise form("max_length is 1 to 4000")


def check_choices(choices: list[dict[str, Any]]) -> None:
    """Refuse autocomplete choices that Discord would refuse."""
    if len(choices) > CHOICES:
        raise form("too many choices")
    for choice in choices:
        _length("choice.name", choice["name"], CHOICE_NAME)
        if isinstance(choice["value"], str):
            _length("choice.value", choice["value"], CHOICE_NAME)


def check_commands(commands: list[dict[str, Any]]) -> None:
    """Refuse a list of slash commands that Discord would refuse."""
    if len(commands) > COMMANDS:
        raise form("too many commands")
    if len({c["name"] for c in commands}) != len(commands):
        raise form("Application command names must be unique")
    for command in commands:
        _named(command)
        options = command.get("options", [])
        if len(options) > COMMAND_OPTIONS:
            raise form("too many options")
        optional = False
        for option in options:
            _named(option)
            if option.get("required") and optional:
                raise form("Required options must be placed before non-required options")
            optional = optional or not option.get("required")
            check_choices(option.get("choices", []))


def _named(thing: dict[str, Any]) -> None:
    if not NAME.match(thing["name"]) or thing["name"] != thing["name"].lower():
        raise form(f"name {thing['name']!r} is not allowed")
    _length("description", thing["description"], DESCRIPTION)
