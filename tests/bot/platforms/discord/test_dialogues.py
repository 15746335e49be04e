"""Whole dialogues: in threads, direct messages, by mention, by slash command."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.messages import Message, Reply
from bot.platforms.discord.text import inert
from bot.replay import make_recipe
from bot.store import Store
from retrieval.recipe import Recipe
from tests.bot.platforms.discord.conftest import Town, TownMaker
from tests.bot.platforms.discord.local import components, labels, private, visible
from tests.conftest import RECIPES, FakeGuard, FakePantry, FakeStudent

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"


def dialogue() -> tuple[list[str], Recipe]:
    """What the cook says in a validation dialogue of the Wizard of Tasks, and its recipe; else in ours."""
    path, recipes = DATA / "wizard_of_tasks_cooking.json", DATA / "wizard_of_tasks_recipes.jsonl"
    if not path.is_file() or not recipes.is_file():
        said = [
            "test shakshuka",
            "what do I need?",
            "next",
            "how long?",
            "next",
            "make it for 4",
            "next",
            "thanks",
            "bye",
        ]
        return said, RECIPES[0]
    lines = [json.loads(line) for line in recipes.read_text(encoding="utf-8").splitlines()]
    known = {line["url"]: line for line in lines}
    for talk in json.loads(path.read_text(encoding="utf-8")).values():
        line = known.get(talk["document_url"])
        if talk["data_split"] == "validation" and line is not None:
            said = [turn["text"] for turn in talk["turns"] if turn["role"] == "student"]
            recipe = make_recipe(line["url"], line["title"], line["ingredients"], line["steps"])
            return [f"let's make {recipe.title}", *said], recipe
    raise AssertionError("no validation dialogue has its recipe")


async def test_a_whole_dialogue_in_a_thread(town: Town) -> None:
    said, recipe = dialogue()
    pantry = FakePantry((recipe, *RECIPES))
    town.assistant.pantry = pantry
    # The same words to an assistant without Discord: the adapter adds nothing and leaves nothing out.
    store = Store("sqlite:///:memory:")
    student = FakeStudent()
    alone = Assistant(town.settings, store, pantry, Answerer(lambda: student, lambda q, k: [], FakeGuard))
    expected = [alone.reply(Message("c", "u", text, str(n))) for n, text in enumerate(said)]
    store.close()

    opened = await town.anna.slash(town.channel, "cook", dish="pie")
    await town.anna.answered(opened)
    thread = (await town.discord.until(lambda: town.discord.threads(town.channel)))[0]
    await town.discord.until(lambda: town.discord.finished(thread))
    asked = [await town.anna.says(thread, text) for text in said]
    await town.discord.until(lambda: town.discord.replied(asked[-1]), 60)

    for message, reply in zip(asked, expected, strict=True):
        answers = town.discord.answers(message)
        assert len(answers) == 1, f"{message['content']!r} has {len(answers)} answers"
        assert answers[0]["content"] == inert(reply.text) + (f"\n-# {reply.place}" if reply.place else "")
        shown = visible(answers[0])
        assert all(inert(item) in shown for item in reply.card)
    order = [int(town.discord.answers(message)[0]["id"]) for message in asked]
    assert order == sorted(order)
    assert town.turns()[1:] == [" ".join(text.split()) if "  " in text else text.strip(" ,:") for text in said]
    assert town.discord.world.pings == []


async def test_slash_commands_lead_through_a_recipe(town: Town) -> None:
    anna, dm = town.anna, town.anna.dm
    offered = await anna.completes(dm, "cook", "dish", "SHAK")
    assert offered[0] == {"name": "Test Shakshuka", "value": "Test Shakshuka"}

    async def run(name: str, **options: Any) -> str:
        return visible(await anna.answered(await anna.slash(dm, name, **options)))

    assert "serves 2" in await run("cook", dish="Test Shakshuka")
    assert "Heat the olive oil" in await run("next")
    assert "Make four wells" in await run("step", number=4)
    assert "Add the tomatoes" in await run("back")
    assert "4 cups crushed tomatoes" in await run("scale", servings=4) + await run("ingredients")
    assert "10 minutes" in await run("timer", time="10 min")
    assert "ricotta salata" in (await run("sub", ingredient="feta cheese")).lower()
    assert "peanut" in (await run("allergy", food="peanuts")).lower()
    assert all(i["acknowledged"] == 5 for i in town.discord.rest.interactions.values() if i["type"] == 2)


async def test_a_command_in_a_channel_opens_a_kitchen(town: Town) -> None:
    opened = await town.anna.slash(town.channel, "cook", dish="Test Shakshuka")
    assert "thread below" in visible(await town.anna.answered(opened))
    thread = (await town.discord.until(lambda: town.discord.threads(town.channel)))[0]
    first = (await town.discord.until(lambda: town.discord.finished(thread)))[0]
    assert "Test Shakshuka: serves 2" in first["content"]
    assert thread["people"] == [town.anna.user["id"]]
    # Everybody in the thread cooks together.
    assert "Heat the olive oil" in visible(await town.ben.asks(thread, "next"))
    assert "Cook the onion" in visible(await town.anna.asks(thread, "next"))


async def test_no_thread_where_the_bot_may_not_open_one(town: Town) -> None:
    town.discord.rest.no_threads.add(town.channel["id"])
    opened = await town.anna.slash(town.channel, "cook", dish="Test Shakshuka")
    await town.discord.until(lambda: "serves 2" in visible(town.anna.answer(opened) or {"content": "", "embeds": []}))
    assert not town.discord.threads(town.channel)


async def test_in_a_channel_only_what_is_addressed(town: Town) -> None:
    await town.anna.says(town.channel, "nobody asked you")
    role_ping = f"<@{town.discord.world.bot['id']}> test shakshuka"
    first = await town.anna.asks(town.channel, role_ping)
    assert "serves 2" in first["content"]
    again = await town.anna.says(town.channel, "next", to=first)
    await town.discord.until(lambda: town.discord.replied(again))
    assert town.turns() == ["test shakshuka", "next"]
    # Elsewhere than in a thread everybody has their own.
    other = await town.ben.asks(town.channel, f"<@!{town.discord.world.bot['id']}> where am I?")
    assert "Shakshuka" not in visible(other)


async def test_recipes_to_choose_from_are_a_menu(town: Town) -> None:
    message = await town.anna.asks(town.anna.dm, "what can I cook?")
    menu = next(c for c in components(message) if c["type"] == 3)
    assert {o["label"] for o in menu["options"]} == {"Test Shakshuka", "Test Chickpea Stew", "Test Chickpea Curry"}
    # Meanwhile other recipes are on offer: the old menu still means what it says.
    await town.anna.asks(town.anna.dm, "something with cashews")
    before = len(town.discord.finished(town.anna.dm))
    await town.anna.selects(message, "Test Shakshuka")
    await town.discord.until(lambda: len(town.discord.finished(town.anna.dm)) > before)
    assert "Test Shakshuka: serves 2" in town.discord.said(town.anna.dm)[-1]["content"]


async def test_an_edited_message_is_answered_again(town: Town) -> None:
    asked = await town.anna.says(town.anna.dm, "test shakshoooka")
    await town.discord.until(lambda: town.discord.replied(asked))
    await town.anna.edits(asked, "test shakshuka")
    await town.discord.until(lambda: len(town.discord.replied(asked)) == 2)
    assert "(You changed your message.) Test Shakshuka: serves 2" in town.discord.answers(asked)[1]["content"]
    # An update that changes no word (a link preview, a pin) says nothing new.
    await town.anna.edits(asked, "test shakshuka")
    await town.anna.asks(town.anna.dm, "next")
    assert len(town.discord.answers(asked)) == 2


async def test_settings_of_a_server(town: Town) -> None:
    manage = str(1 << 5)
    refused = await town.anna.slash(town.channel, "kitchen", sessions="channel")
    assert "Only people who may manage" in visible(await town.anna.answered(refused))
    changed = await town.anna.slash(
        town.channel, "kitchen", permissions=manage, sessions="channel", units="metric", threads=False
    )
    said = await town.anna.answered(changed)
    assert private(said)
    assert "everybody in a channel or thread shares one" in said["content"]
    opened = await town.anna.slash(town.channel, "cook", dish="Test Shakshuka")
    await town.anna.answered(opened)
    assert not town.discord.threads(town.channel)
    mention = f"<@{town.discord.world.bot['id']}>"
    shown = visible(await town.ben.asks(town.channel, f"{mention} ingredients"))
    assert " g " in shown or " ml " in shown  # one kitchen for both, in the server's units
    await town.end()
    await town.start()
    kept = await town.anna.answered(await town.anna.slash(town.channel, "kitchen"))
    assert "metric" in kept["content"]


async def test_what_is_typed_like_a_command(town: Town) -> None:
    dm = town.anna.dm
    await town.anna.asks(dm, "test shakshuka")
    assert "Heat the olive oil" in visible(await town.anna.asks(dm, "/next"))
    assert "There is no /frobnicate" in visible(await town.anna.asks(dm, "/frobnicate"))
    assert "is for the people who run this kitchen" in visible(await town.anna.asks(dm, "/retrain"))
    file = await town.anna.asks(dm, "/export")
    assert "Heat the olive oil" in file["attachments"][0]["data"]


async def test_text_comes_as_it_is_made(town: Town) -> None:
    gate, loop = asyncio.Event(), asyncio.get_running_loop()
    real = town.assistant.reply

    def slow(message: Message, on_text: Any = None) -> Reply:
        made = real(message)
        head, _, tail = made.text.partition(". ")
        on_text(f"{head}. ")
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(20)
        on_text(tail)
        return made

    town.assistant.reply = slow  # type: ignore[method-assign]
    asked = await town.anna.says(town.anna.dm, "test shakshuka")
    first = (await town.discord.until(lambda: town.discord.said(town.anna.dm)))[0]
    assert first["content"] == "Test Shakshuka: serves 2, 35 minutes, 5 steps. …"
    assert labels(first) == []
    gate.set()
    await town.discord.until(lambda: "👍" in labels(first))
    assert len(town.discord.answers(asked)) == 1
    assert first["content"].endswith('"next" to start.')


async def test_units_of_the_cook_s_language(town: Town) -> None:
    town.guild["preferred_locale"] = "en-GB"
    await town.end()
    await town.start()
    mention = f"<@{town.discord.world.bot['id']}>"
    await town.ben.asks(town.channel, f"{mention} test shakshuka")
    assert "490 g crushed" in visible(await town.ben.asks(town.channel, f"{mention} ingredients"))
    await town.ben.asks(town.channel, f"{mention} set a timer for 1,5 hours")
    assert town.turns()[-1] == "set a timer for 1,5 hours"
    town.anna.locale = "de"
    await town.anna.answered(await town.anna.slash(town.anna.dm, "timer", time="1,5 hours"))
    assert town.turns()[-1] == "set a timer for 1.5 hours"
    for channel, says in ((town.anna.dm, "490 g crushed"), (town.ben.dm, "2 cups crushed")):
        person = town.anna if channel is town.anna.dm else town.ben
        await person.answered(await person.slash(channel, "cook", dish="Test Shakshuka"))
        assert says in visible(await person.answered(await person.slash(channel, "ingredients")))


@pytest.mark.parametrize(("asked", "shards"), [("0", 1), ("2", 2)])
async def test_sharded(make_town: TownMaker, asked: str, shards: int) -> None:
    town = await make_town(DISCORD__SHARDS=asked)
    await town.start()
    await town.discord.until(lambda: len(town.discord.gateway.live) == shards)  # one every five seconds
    assert [s.shard for s in town.discord.gateway.live] == [(n, shards) for n in range(shards)]
    for channel in (town.anna.dm, town.channel):  # they may be seen by different shards
        message = await town.anna.says(channel, f"<@{town.discord.world.bot['id']}> test shakshuka")
        await town.discord.until(lambda message=message: town.discord.replied(message))
