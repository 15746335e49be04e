"""Talking to the bot through the real library: dialogues, buttons, cards, groups, edits, timers, files."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.log import load_salt
from model.vocabulary import Act
from retrieval.quantity import parse_ingredient
from tests.bot.platforms.telegram.bot_api import BotApi
from tests.bot.platforms.telegram.conftest import SHOWN, Kitchen, three_are_told_their_place, until_it_streams
from tests.bot.platforms.telegram.people import BOT
from tests.conftest import SHAKSHUKA, FakePantry

ANN, BOB = 501, 502


async def test_a_recipe_from_start_to_end(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    said = ["/start", "test shakshuka", "/ingredients", *["next"] * 5, "thanks"]
    for number, text in enumerate(said, 1):
        api.say(ANN, text)
        await api.reply(ANN, number)
    texts = api.texts(ANN)
    assert len(texts) == len(said)
    assert "Hello" in texts[0]
    assert "serves 2" in texts[1]
    assert all(i.text in texts[2] for i in SHAKSHUKA.ingredients)
    assert texts[2].count("• ") == 5
    for step, text in zip(SHAKSHUKA.steps, texts[3:8], strict=True):
        assert step in text
    assert "Enjoy" in texts[8]
    assert api.refused == 0


async def test_the_menu_of_commands(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start(bots={"admins": (f"telegram:{ANN}",)})
    await api.until(lambda: len(api.commands) == 2)
    names = [c["command"] for c in api.commands["default"]]
    assert {"cook", "next", "back", "step", "ingredients", "scale", "units", "timer", "sub", "diet", "export"} <= set(
        names
    )
    assert "quit" not in names
    assert "retrain" not in names
    assert "retrain" in [c["command"] for c in api.commands[f"chat{ANN}"]]


async def test_buttons_move_and_are_always_answered(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    api.say(ANN, "test shakshuka")
    opened = await api.reply(ANN, 1)
    assert list(opened.buttons)[:1] == ["▶"]
    queries = [api.press(opened, "▶")]
    first = await api.reply(ANN, 2)
    assert SHAKSHUKA.steps[0] in first.text
    queries.append(api.press(first, "▶"))
    second = await api.reply(ANN, 3)
    assert {"◀", "▶", "✓", "👍", "👎"} <= set(second.buttons)
    queries.append(api.press(second, "◀"))
    again = await api.reply(ANN, 4)
    assert SHAKSHUKA.steps[0] in again.text
    queries.append(api.press(again, "✓"))
    assert "We stop here" in (await api.reply(ANN, 5)).text
    for data in ("say:", "nonsense", "offer:99:1", "offer:x", "up:99999", "up:x", ""):
        queries.append(api.press(second, "", data=data))
    await api.until(lambda: set(queries) <= set(api.answered))
    assert len(api.replies(ANN)) == 5


async def test_a_button_that_is_pressed_twice_moves_once(kitchen: Kitchen, api: BotApi, slow: Any) -> None:
    await kitchen.start()
    slow.gate.set()
    api.say(ANN, "test shakshuka")
    opened = await api.reply(ANN, 1)
    slow.gate.clear()
    queries = [api.press(opened, "▶"), api.press(opened, "▶")]
    await api.until(lambda: set(queries) <= set(api.answered))
    assert "One moment" in api.answered[queries[1]]["text"]
    slow.gate.set()
    assert SHAKSHUKA.steps[0] in (await api.reply(ANN, 2)).text


async def test_thumbs_reach_the_turn(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    api.supergroup(-1001)
    api.say(-1001, "@souschef_bot hello", user=ANN)
    shown = await api.reply(-1001, 1)
    up, foreign, down = api.press(shown, "👍", ANN), api.press(shown, "👎", BOB), api.press(shown, "👎", ANN)
    await api.until(lambda: {up, foreign, down} <= set(api.answered))
    assert "Thank you" in api.answered[up]["text"]
    assert "Only who asked" in api.answered[foreign]["text"]
    chat = kitchen.bench.store.find_chat(f"telegram:-1001:{ANN}")
    assert chat is not None
    assert kitchen.bench.store.turns(chat.id)[0].thumb == -1


async def test_text_streams_by_editing_one_message(kitchen: Kitchen, api: BotApi, slow: Any) -> None:
    await kitchen.start()
    shown = await until_it_streams(kitchen, api, slow, ANN)
    assert shown.text == "Heat the olive oil in a wide pan. …"
    assert shown.markup is None
    slow.gate.set()
    await api.reply(ANN, 2)
    assert shown.text == SHOWN
    assert len(api.replies(ANN)) == 2
    assert any(method == "sendChatAction" for _, method, _ in api.calls)


async def test_a_crowd_is_told_where_it_stands(kitchen: Kitchen, api: BotApi, slow: Any) -> None:
    running = await kitchen.start(bots={"workers": 1})
    running.host.patience_s = 0.05
    kitchen.bench.student.act = Act("misc", "answer_question_external_fact", (), "I think so.")
    api.say(ANN, "which bowl is best for beating egg whites?")
    await api.until(lambda: slow.spoken)
    await three_are_told_their_place(api, slow)


HOSTILE = '<b>bold</b> & <script>alert(1)</script> *md* _x_ `c` [a](http://x.y) @everyone @channel_name &lt; </b> "q"'


async def test_markup_and_mentions_come_out_inert(kitchen: Kitchen, api: BotApi) -> None:
    hostile = replace(SHAKSHUKA, title=f"Test Pie {HOSTILE}", steps=(f"Stir {HOSTILE}.", "Serve."), url="x:pie")
    kitchen.bench.assistant.pantry = FakePantry((hostile,))
    await kitchen.start()
    said = [HOSTILE, f"/{HOSTILE}", "/nonsense_command", f"I am allergic to {HOSTILE}", "let's make test pie", "next"]
    for text in [*said, "/step 1", "what is my diet?"]:
        api.say(ANN, text)
    await api.until(lambda: len(api.replies(ANN)) == 8)
    opened = await api.reply(ANN, 6)
    for shown in api.replies(ANN):
        assert [e for e in shown.entities if e["type"] != "bold"] == []
    assert (
        "<script>alert(1)</script> *md* _x_ `c` [a](http://x.y) @\u2060everyone @\u2060channel_name &lt;" in opened.text
    )
    assert api.refused == 0


async def test_ten_thousand_characters(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    api.say(ANN, "x" * 10_000)
    assert "too long" in (await api.reply(ANN, 1)).text


async def test_a_long_step_comes_in_parts_that_end_with_a_sentence(kitchen: Kitchen, api: BotApi) -> None:
    step = " ".join(f"Stir the {number}th spoon of <tomatoes & onions> in." for number in range(200))
    recipe = replace(SHAKSHUKA, title="Test Pie", steps=(step, "Serve."), url="x:pie")
    kitchen.bench.assistant.pantry = FakePantry((recipe,))
    await kitchen.start()
    api.say(ANN, "test pie")
    await api.reply(ANN, 1)
    api.say(ANN, "next")
    await api.until(lambda: len(api.replies(ANN)) >= 4 and api.replies(ANN)[-1].markup)
    parts = api.replies(ANN)[1:]
    assert all(part.text.endswith("in.") for part in parts[:-1])
    assert parts[-1].text.endswith("in.\n\nStep 1 of 2")
    assert all(len(part.text) <= 4096 for part in parts)
    assert step in " ".join(part.text for part in parts)
    assert [bool(part.markup) for part in parts] == [False] * (len(parts) - 1) + [True]


async def test_in_a_group_only_when_addressed(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    group = api.supergroup(-1002)
    api.say(group, "nobody asked you", user=ANN)
    api.say(group, "/next@another_bot", user=ANN)
    api.say(group, "/weather", user=ANN)
    api.say(group, "hello @souschef_botany", user=ANN)
    asked = api.say(group, "@souschef_bot test shakshuka", user=ANN)
    opened = await api.reply(group, 1)
    assert opened.reply_to == asked
    assert "serves 2" in opened.text
    api.say(group, "/next@souschef_bot", user=ANN)
    await api.reply(group, 2)
    answered = {
        "message_id": opened.id,
        "date": 1,
        "chat": {"id": group, "type": "supergroup", "title": "K"},
        "from": BOT,
    }
    api.say(group, "next", user=ANN, reply_to_message=answered)
    assert SHAKSHUKA.steps[1] in (await api.reply(group, 3)).text
    api.say(group, "/step 3", user=ANN)
    assert SHAKSHUKA.steps[2] in (await api.reply(group, 4)).text
    assert len(api.replies(group)) == 4


@pytest.mark.parametrize(
    ("groups", "expected"), [("cook", "There is no recipe open yet"), ("kitchen", SHAKSHUKA.steps[0])]
)
async def test_one_session_per_cook_or_a_shared_kitchen(
    kitchen: Kitchen, api: BotApi, groups: str, expected: str
) -> None:
    await kitchen.start(groups=groups)
    group = api.supergroup(-1003, is_forum=True)
    topic = {"message_thread_id": 7, "is_topic_message": True}
    api.say(group, "@souschef_bot test shakshuka", user=ANN, **topic)
    assert (await api.reply(group, 1)).thread == 7
    api.say(group, "/next", user=BOB, **topic)
    shown = await api.reply(group, 2)
    assert expected in shown.text
    assert shown.thread == 7


async def test_an_edited_message_is_answered_again_if_it_is_young(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    id_ = api.say(ANN, "hello")
    await api.reply(ANN, 1)
    api.edit(ANN, id_, "test shakshuka", later_s=3600)
    api.edit(ANN, id_, "test shakshuka", later_s=20)
    shown = await api.reply(ANN, 2)
    assert shown.text.startswith("(You changed your message.)")
    assert "Test Shakshuka" in shown.text
    assert len(api.replies(ANN)) == 2


async def test_what_is_not_text(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    sticker = {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1}
    sticker |= {"is_animated": False, "is_video": False}
    message = api._message(900, ANN, ANN, "")
    del message["text"]
    api.chats[ANN] = {}
    api.push({"message": message | {"sticker": sticker}})
    await api.until(lambda: api.replies(ANN))
    assert "only read text" in api.texts(ANN)[0]
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    api.push({"message": message | {"message_id": 901, "photo": photo, "caption": "test shakshuka"}})
    await api.until(lambda: len(api.replies(ANN)) == 2)
    assert "Test Shakshuka" in api.texts(ANN)[1]
    api.push({"message": message | {"message_id": 902, "new_chat_title": "x"}})
    api.push({"message": message | {"message_id": 903, "text": "hello", "from": BOT | {"id": 9}}})
    api.say(ANN, "hello")
    await api.reply(ANN, 3)
    assert len(api.replies(ANN)) == 3


async def test_export_sends_a_file_and_forget_asks_first(kitchen: Kitchen, api: BotApi, settings: Any) -> None:
    await kitchen.start()
    api.say(ANN, "/export")
    await api.until(lambda: api.texts(ANN) == ["There is nothing to export yet."])
    api.say(ANN, "test shakshuka")
    await api.reply(ANN, 2)
    api.say(ANN, "/export")
    file = await api.until(lambda: api.replies(ANN)[-1].document and api.replies(ANN)[-1])
    (dialogue,) = json.loads(file.document).values()
    assert dialogue["turns"][0]["text"] == "test shakshuka"
    assert not re.search(rf"\b{ANN}\b", file.document.decode())
    assert load_salt(settings.paths.data)
    api.say(ANN, "/forget")
    asked = await api.reply(ANN, 4)
    assert "for good" in asked.text
    api.press(asked, "Yes, forget me")
    await api.until(lambda: len(api.replies(ANN)) == 5)
    assert "deleted" in api.texts(ANN)[4]
    assert kitchen.bench.store.find_chat(f"telegram:{ANN}") is None
    group = api.supergroup(-1004)
    api.say(group, "/export@souschef_bot", user=ANN)
    await api.until(lambda: api.replies(group))
    assert "private chat" in api.texts(group)[0]


async def test_several_timers_ring_also_after_a_restart(kitchen: Kitchen, api: BotApi) -> None:
    running = await kitchen.start()
    api.say(ANN, "/timer 10 minutes for the rice")
    await api.reply(ANN, 1)
    api.say(ANN, "set a timer for 3 minutes for the eggs")
    await api.reply(ANN, 2)
    kitchen.bench.clock.advance(200)
    await api.until(lambda: len(api.replies(ANN)) == 3)
    assert api.texts(ANN)[2] == "⏰ The eggs timer (3 minutes) is over!"
    await running.stop()
    kitchen.bench.clock.advance(1000)
    await kitchen.start()
    await api.until(lambda: len(api.replies(ANN)) == 4)
    assert re.fullmatch(r"⏰ The rice timer \(10 minutes\) is over 10 minutes ago!", api.texts(ANN)[3])
    api.say(ANN, "timers")
    assert "No timer" in (await api.reply(ANN, 5)).text


async def test_help_lists_the_commands(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    api.say(ANN, "/help")
    text = (await api.reply(ANN, 1)).text
    assert "/scale N: change the servings" in text
    assert "/quit" not in text


async def test_a_decimal_comma_of_a_cook_who_writes_so(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    for chat, language in ((601, "sv"), (602, "en")):
        author = {"id": chat, "is_bot": False, "first_name": "C", "language_code": language}
        api.say(chat, "how many milliliters is 0,125 liters?", **{"from": author})
    assert "is 125 milliliters" in (await api.reply(601, 1)).text
    assert "is 125 milliliters" not in (await api.reply(602, 1)).text


async def test_units_of_the_cook_s_language_until_the_cook_says_otherwise(kitchen: Kitchen, api: BotApi) -> None:
    metric = replace(SHAKSHUKA, ingredients=(parse_ingredient("500 g crushed tomatoes"),))
    pies = {
        "sv": (SHAKSHUKA, "490 g crushed"),
        "en": (SHAKSHUKA, "2 cups crushed"),
        "en-US": (metric, "2 cups crushed"),
    }
    await kitchen.start()
    for chat, (language, (recipe, shown)) in enumerate(pies.items(), 601):
        kitchen.bench.assistant.pantry = FakePantry((recipe,))
        author = {"id": chat, "is_bot": False, "first_name": "C", "language_code": language}
        for number, text in enumerate(("test shakshuka", "ingredients"), 1):
            api.say(chat, text, **{"from": author})
            await api.reply(chat, number)
        assert shown in api.texts(chat)[1]
    author = {"id": 601, "is_bot": False, "first_name": "C", "language_code": "sv"}
    kitchen.bench.assistant.pantry = FakePantry((SHAKSHUKA,))
    for number, text in enumerate(("/units us", "ingredients"), 3):
        api.say(601, text, **{"from": author})
        await api.reply(601, number)
    assert "2 cups crushed" in api.texts(601)[3]
