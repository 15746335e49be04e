"""Rules before the student."""

from bot.actions.base import Decision, Scene


def check(scene: Scene) -> Decision | None:
    return None
