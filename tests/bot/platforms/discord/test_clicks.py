"""Buttons, thumbs, forms and questions: also on messages that are older than the process."""

from sqlalchemy import select

from bot.store import ReviewRow, TurnRow
from tests.bot.platforms.discord.conftest import Town, TownMaker
from tests.bot.platforms.discord.local import labels, private, visible


def thumbs(town: Town) -> list[int]:
    with town.store.read() as db:
        return list(db.scalars(select(TurnRow.thumb).order_by(TurnRow.id)))


async def test_buttons_work_after_a_restart(town: Town) -> None:
    dm = town.anna.dm
    await town.anna.asks(dm, "test shakshuka")
    card = await town.anna.asks(dm, "go to step 2")
    assert labels(card)[:5] == ["◀", "▶", "✓", "👍", "👎"]
    await town.end()
    await town.start()
    for label, step in (("▶", "Add the tomatoes"), ("◀", "Cook the onion"), ("▶", "Add the tomatoes")):
        before = len(town.discord.finished(dm))
        pressed = await town.anna.clicks(card, label)
        await town.discord.until(lambda before=before: len(town.discord.finished(dm)) > before)
        assert step in visible(town.discord.said(dm)[-1])
        assert pressed["acknowledged"] == 6
    # A press is there once, also when the gateway repeats it.
    await town.discord.gateway.repeat("INTERACTION_CREATE")
    await town.anna.asks(dm, "where am I?")
    assert town.turns() == ["test shakshuka", "go to step 2", "next", "back", "next", "where am I?"]


async def test_thumbs(town: Town) -> None:
    card = await town.anna.asks(town.anna.dm, "test shakshuka")
    thanks = await town.anna.answered(await town.anna.clicks(card, "👍"))
    assert private(thanks)
    assert thumbs(town) == [1]
    shown = await town.anna.clicks(card, "👎")
    await town.discord.until(lambda: shown["acknowledged"] == 9)
    assert shown["data"]["title"] == "What should I have said?"
    await town.discord.until(lambda: thumbs(town) == [-1])


async def test_a_better_answer_is_kept_also_over_a_restart(town: Town) -> None:
    card = await town.anna.asks(town.anna.dm, "test shakshuka")
    shown = await town.anna.clicks(card, "👎")
    await town.discord.until(lambda: shown["acknowledged"] == 9)
    await town.end()
    await town.start()
    sent = await town.anna.submits(shown, "  It serves two, and takes 35 minutes. ")
    said = await town.anna.answered(sent)
    assert private(said)
    assert "a lesson" in said["content"]
    with town.store.read() as db:
        row = db.scalar(select(ReviewRow))
    assert row is not None
    assert (row.right, row.better) == (False, "It serves two, and takes 35 minutes.")
    assert row.reviewer == f"discord:{town.anna.user['id']}"


async def test_nobody_rates_what_was_said_to_another(town: Town) -> None:
    card = await town.anna.asks(town.channel, f"<@{town.discord.world.bot['id']}> test shakshuka")
    for label in ("👍", "👎"):
        refused = await town.ben.answered(await town.ben.clicks(card, label))
        assert private(refused)
        assert "Only the cook" in refused["content"]
    assert thumbs(town) == [0]


async def test_forgetting_asks_first(town: Town) -> None:
    dm = town.anna.dm
    await town.anna.asks(dm, "test shakshuka")
    await town.anna.asks(dm, "set a timer for 10 minutes")
    question = await town.anna.answered(await town.anna.slash(dm, "forget"))
    assert private(question)
    await town.anna.clicks(question, "No")
    await town.discord.until(lambda: "keep everything" in question["content"])
    assert len(town.turns()) == 2
    question = await town.anna.answered(await town.anna.slash(dm, "forget"))
    await town.anna.clicks(question, "Yes, forget me")
    await town.discord.until(lambda: "forgotten you: 2 messages" in question["content"])
    assert question["components"] == []
    assert town.turns() == []
    with town.store.read() as db:
        assert not db.scalars(select(TurnRow.id)).all()


async def test_nobody_else_says_yes_to_being_forgotten(town: Town) -> None:
    opened = await town.anna.slash(town.channel, "cook", dish="Test Shakshuka")
    await town.anna.answered(opened)
    thread = (await town.discord.until(lambda: town.discord.threads(town.channel)))[0]
    await town.discord.until(lambda: town.discord.finished(thread))
    await town.ben.asks(thread, "next")
    question = await town.ben.asks(thread, "forget me")
    before = len(town.discord.finished(thread))
    await town.anna.clicks(question, "Yes, forget me")
    await town.discord.until(lambda: len(town.discord.finished(thread)) > before)
    assert "Only the cook who asked" in town.discord.said(thread)[-1]["content"]
    assert "next" in town.turns()
    assert "Done" in visible(await town.ben.asks(thread, "yes"))
    assert town.turns() == ["let's make Test Shakshuka", "yes"]


async def test_an_export_is_for_the_cook_only(town: Town) -> None:
    await town.anna.asks(town.anna.dm, "test shakshuka")
    file = await town.anna.answered(await town.anna.slash(town.anna.dm, "export"))
    assert private(file)
    assert "test shakshuka" in file["attachments"][0]["data"]
    assert town.anna.user["id"] not in file["attachments"][0]["data"]
    nothing = await town.ben.answered(await town.ben.slash(town.ben.dm, "export"))
    assert "shakshuka" not in nothing["attachments"][0]["data"]


async def test_admins_and_strangers(make_town: TownMaker) -> None:
    town = await make_town()
    bots = town.settings.bots.model_copy(update={"admins": (f"discord:{town.anna.user['id']}",), "broadcast": True})
    town.settings = town.assistant.settings = town.settings.model_copy(update={"bots": bots})
    await town.start()
    await town.ben.asks(town.ben.dm, "test shakshuka")
    refused = await town.ben.answered(await town.ben.slash(town.ben.dm, "scores"))
    assert private(refused)
    assert "people who run this kitchen" in refused["content"]
    told = await town.anna.answered(await town.anna.slash(town.anna.dm, "scores"))
    assert private(told)
    assert "1 replies" in told["content"] or "1 reply" in told["content"] or "scored" in told["content"]
    sent = await town.anna.answered(
        await town.anna.slash(town.anna.dm, "broadcast", text="Closed @everyone on *Monday*")
    )
    assert "told" in sent["content"]
    assert "Closed @\u200beveryone on \\*Monday\\*" in town.discord.said(town.ben.dm)[-1]["content"]


async def test_a_button_of_unknown_kind(town: Town) -> None:
    card = await town.anna.asks(town.anna.dm, "test shakshuka")
    for custom_id in ("nonsense", "sc:up:x", "sc:what:1"):
        card["components"][0]["components"][0]["custom_id"] = custom_id
        said = await town.anna.answered(await town.anna.clicks(card, "▶"))
        assert private(said)
        assert "newer message" in said["content"]
