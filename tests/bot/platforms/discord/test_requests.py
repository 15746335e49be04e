"""HTTP on its bad days: rate limits, errors, cut connections; floods, long texts; and what must come out inert."""

import re
from typing import Any

import pytest

from bot.messages import Reply, StepInfo
from bot.platforms.discord import cards, outbox
from tests.bot.platforms.discord.conftest import Town, TownMaker
from tests.bot.platforms.discord.limits import check_message
from tests.bot.platforms.discord.local import private, visible
from tests.bot.platforms.discord.test_gateway import once


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library waits whole seconds between tries; the tests need not."""
    monkeypatch.setattr(outbox, "FIRST_WAIT_S", 0.05)


@pytest.mark.parametrize("trouble", ["429", "proxy", "500", "503", "before", "after"])
async def test_an_answer_is_there_once_whatever_goes_wrong(town: Town, trouble: str) -> None:
    faults = town.discord.trouble
    if trouble == "429":
        fault = faults.rate_limited("POST", "/messages", 0.2, times=2)
    elif trouble == "proxy":  # a 429 without Discord's own header: the library gives up on it
        fault = faults.fail("POST", "/messages", 429, headers={"Retry-After": "0.1"}, times=2)
    elif trouble in ("before", "after"):
        fault = faults.fail("POST", "/messages", cut=trouble, times=2)
    else:
        fault = faults.fail("POST", "/messages", int(trouble), times=1 if trouble == "500" else 3)
    asked = await town.anna.says(town.anna.dm, "test shakshuka")
    await town.discord.until(lambda: town.discord.replied(asked))
    later = await town.anna.says(town.anna.dm, "next")
    await once(town, asked, later)
    assert fault.times == 0
    assert len(town.discord.said(town.anna.dm)) == 2


async def test_an_answer_to_a_command_survives_errors(town: Town) -> None:
    fault = town.discord.trouble.rate_limited("PATCH", "/webhooks/", 0.2, times=2)
    more = town.discord.trouble.fail("PATCH", "/webhooks/", cut="after")
    command = await town.anna.slash(town.anna.dm, "recipes")
    await town.anna.answered(command)
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    assert (fault.times, more.times) == (0, 0)
    assert len(town.discord.said(town.anna.dm)) == 2


async def test_a_command_whose_answer_is_refused_is_answered_in_the_channel(town: Town) -> None:
    town.discord.trouble.fail("PATCH", "/webhooks/", 404, body={"code": 10015, "message": "Unknown Webhook"}, times=9)
    await town.anna.slash(town.anna.dm, "recipes")
    await town.discord.until(lambda: town.discord.finished(town.anna.dm))
    assert "Which one?" in visible(town.discord.said(town.anna.dm)[0])


async def test_a_chat_that_is_closed_holds_up_nobody(town: Town) -> None:
    body = {"code": 50007, "message": "Cannot send messages to this user"}
    town.discord.trouble.fail("POST", f"/channels/{town.ben.dm['id']}/messages", 403, body=body, times=99)
    await town.ben.says(town.ben.dm, "test shakshuka")
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    await town.discord.until(lambda: len(town.turns()) == 2)
    await town.end()
    town.discord.trouble.faults.clear()
    await town.start()  # what could not be delivered is not tried again
    await once(town, await town.anna.says(town.anna.dm, "next"))
    assert town.discord.said(town.ben.dm) == []


async def test_a_flood_is_answered_in_order_within_the_limits(town: Town) -> None:
    town.discord.trouble.limits["create"] = (5, 0.5)
    dm = town.anna.dm
    asked = [await town.anna.says(dm, text) for text in ["test shakshuka", *["next", "back"] * 12]]
    others = [await town.ben.says(town.ben.dm, "test shakshuka")]
    await once(town, *others, *asked)
    ids = [int(town.discord.answers(message)[0]["id"]) for message in asked]
    assert ids == sorted(ids)
    # Ben did not wait for Anna's flood to be over.
    assert int(town.discord.answers(others[0])[0]["id"]) < ids[10]
    assert len(town.discord.trouble.exceeded) <= 1  # before the first answer the library does not know the limit


async def test_too_many_messages_are_refused_politely_and_once(make_town: TownMaker) -> None:
    town = await make_town(BOTS__PER_MINUTE="3")
    await town.start()
    asked = [await town.anna.says(town.anna.dm, text) for text in ["test shakshuka", *["next"] * 6]]
    await town.discord.until(lambda: len(town.discord.finished(town.anna.dm)) >= 4)
    command = await town.anna.slash(town.anna.dm, "next")
    refused = await town.anna.answered(command)
    assert private(refused)
    assert "more than 3 messages in a minute" in refused["content"]
    said = [visible(m) for m in town.discord.said(town.anna.dm)]
    assert sum("more than 3 messages in a minute" in text for text in said) == 1
    await once(town, *asked[:3])
    assert len(town.turns()) == 3


async def test_ten_thousand_characters(town: Town) -> None:
    asked = await town.anna.says(town.anna.dm, "butter and @everyone! " * 460)
    assert len(asked["content"]) > 10_000
    await once(town, asked, await town.anna.says(town.anna.dm, "test shakshuka"))
    assert "too long for me" in town.discord.answers(asked)[0]["content"]


NASTY = "**bold** @everyone @here <@&1> `x` [a](https://evil.example) ||s|| # h\n> q\n||@everyone||"


async def test_markup_and_mentions_come_out_inert(town: Town) -> None:
    me, everyone = town.discord.world.bot["id"], town.guild["id"]
    for text in (f"something with {NASTY}", f"set a timer for 10 minutes for the @everyone <@{town.ben.user['id']}>"):
        await once(town, await town.anna.says(town.channel, f"<@{me}> {text} <@&{everyone}>"))
    opened = await town.anna.slash(town.channel, "cook", dish=NASTY[:90])
    await town.anna.answered(opened)
    thread = (await town.discord.until(lambda: town.discord.threads(town.channel)))[0]
    await town.discord.until(lambda: town.discord.finished(thread))
    shown = [visible(m) for channel in (town.channel, thread) for m in town.discord.said(channel)]
    assert town.discord.world.pings == []
    for text in shown:
        assert "@everyone" not in text
        assert "@here" not in text
        assert not re.search(r"(?<!\\)(\*\*|\|\||<@|\]\()", text)
    bodies = [r.body for r in town.discord.trouble.requests if "content" in r.body]
    assert all(body["allowed_mentions"] == {"parse": []} for body in bodies)


def reply(text: str, items: tuple[str, ...] = (), **more: Any) -> Reply:
    return Reply(7, text, items, step=StepInfo("u", "A Title", 2, 5, 4), **more)


@pytest.mark.parametrize(
    "made",
    [
        reply("Short."),
        reply("*" * 3000),
        reply("A sentence that goes on. " * 400),
        reply("Here they are.", tuple(f"{n} cups of *something* <b>" for n in range(300))),
        reply("😀" * 3000, ("😀" * 5000,), title="t" * 500),
        reply("", ("x",)),
        reply(""),
    ],
)
async def test_whatever_is_said_fits(made: Reply) -> None:
    parts = cards.parts(made, "(You changed your message.)" if made.text else "")
    assert parts[-1].view is not None
    assert all(part.view is None for part in parts[:-1])
    for part in parts:
        body: dict[str, Any] = {"content": part.content, "embeds": [e.to_dict() for e in part.embeds]}
        body["components"] = part.view.to_components() if part.view else []
        check_message(body)
        assert len(part.content.encode("utf-16-le")) // 2 <= 2000
    said = "".join(part.content for part in parts)
    assert re.sub(r"\W", "", made.text) in re.sub(r"\W", "", said)
