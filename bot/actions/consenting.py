"""The cook's word on whether the student may learn from what they say."""

from bot import consent
from bot.actions.base import Decision, Scene


def learn_from_me(scene: Scene) -> Decision:
    """They may."""
    consent.note(scene.store, scene.message.user_key, True)
    return Decision(
        'Thank you: I may learn from our conversations from now on. Say "don\'t learn from me" to take that back.',
        "misc",
        "misc",
    )


def learn_not(scene: Scene) -> Decision:
    """They may not."""
    consent.note(scene.store, scene.message.user_key, False)
    return Decision(
        'All right: our conversations are left out when I learn. Say "forget me" to have them deleted too.',
        "misc",
        "misc",
    )
