"""What an endpoint is shown of a dialogue: the student's page and turns as a chat, or as one text to be scored.

The teacher is to say what the student is to say: the intent and the items of the reply are settled (they are acts, not
words), so the last message names them, and what stands on the page is all there is.
"""

from collections.abc import Mapping

from training.endpoint import Request
from training.unpack import Said, Talk

PROMPT_VERSION = "1"
SYSTEM = (
    "You guide a cook through a recipe, one short answer at a time: one or two plain sentences, at most 40 words, no "
    "lists and no markup. Every amount, time, temperature and ingredient that you name stands in the recipe or in a "
    "note; where neither says, say that you are not sure."
)
NAMES = {"user": "Cook", "assistant": "Assistant"}
Messages = list[dict[str, str]]


def page(talk: Talk) -> str:
    """The instruction with the recipe."""
    if not (talk.title or talk.steps):
        return SYSTEM
    lines = [f"Recipe: {talk.title}", "Ingredients:", *(f"- {line}" for line in talk.ingredients), "Steps:"]
    return "\n".join([SYSTEM, "", *lines, *(f"{number}. {text}" for number, text in talk.steps.items())])


def chat(talk: Talk, position: int, texts: Mapping[int, str]) -> Messages:
    """Chat messages that ask for the wizard's turn at a position.

    Args:
        talk: The dialogue.
        position: Of the wizard's turn in its turns.
        texts: By position, what wizards' turns say instead of their own words.
    """
    out: Messages = [{"role": "system", "content": page(talk)}]

    def say(role: str, text: str) -> None:
        if out[-1]["role"] == role:  # chat templates want the two to take turns
            out[-1]["content"] += f"\n{text}"
        else:
            out.append({"role": role, "content": text})

    for number, turn in enumerate(talk.turns[:position]):
        if turn.role == "cook":
            say("user", turn.text)
        elif len(out) > 1:
            say("assistant", texts.get(number, turn.text))
    if out[-1]["role"] != "user":
        say("user", "Go on.")
    out[-1]["content"] += f"\n({direction(talk, position)})"
    return out


def direction(talk: Talk, position: int) -> str:
    """What is settled about a wizard's turn, in words."""
    turn = talk.turns[position]
    before = talk.turns[position - 1] if position else Said("cook")
    parts = [f"Note: {note}" for note in before.notes]
    if before.step:
        parts.append(f"The cook is at step {before.step}.")
    parts.append(f"Your answer: {turn.intent.replace('_', ' ') or 'answer'}.")
    about = turn.shared or turn.notes
    if about:
        parts.append("It is about: " + " / ".join(about))
    return " ".join(parts)


def request(talk: Talk, position: int, texts: Mapping[int, str], scored: bool, alternatives: int) -> Request:
    """The request about a wizard's turn.

    Args:
        talk: See :func:`chat`.
        position: See :func:`chat`.
        texts: See :func:`chat`.
        scored: Whether its own words are to be scored, instead of others to be made.
        alternatives: Likely tokens per token of the answer; 0 for none.
    """
    messages = chat(talk, position, texts)
    if not scored:
        return Request(tuple(messages), 0.0, 120, alternatives)
    lines = [messages[0]["content"], ""]
    lines += [f"{NAMES[message['role']]}: {message['content']}" for message in messages[1:]]
    before = {"role": "user", "content": "\n".join([*lines, f"{NAMES['assistant']}:"])}
    after = {"role": "assistant", "content": talk.turns[position].text}
    return Request((before, after), 0.0, 1, alternatives, echo=True)
