"""Hello, help, stop, resume, forget me, and the yes and no to what was asked."""

from bot.actions import choosing, navigation
from bot.actions.base import NEXT, Decision, Scene
from bot.messages import Button
from bot.session import Pending
from bot.words import regular

HELP = (
    'I guide you through a recipe. Say what you would like ("something with chickpeas, under '
    '30 minutes, no nuts"), then: next, back, repeat, '
    "step 4, what is left; ingredients, how much flour, make it for 6, metric; set a timer "
    "for 10 minutes; what can I use instead of butter; "
    "I'm allergic to nuts; stop, resume, forget me, you may learn from me. "
    "Anything else you ask, I look up in the recipe and in my notes."
)


def help_me(scene: Scene) -> Decision:
    """What can be said."""
    return Decision(HELP, "misc", "misc")


def greet(scene: Scene) -> Decision:
    """Hello, who I am, and where we are."""
    said = regular(scene.message.text)
    if any(word in said for word in ("who", "what are you", "name", "robot", "human", "real", "bot", " ai")):
        lead = "I am Souschef, a cooking assistant: a small program, not a person."
    elif "how are you" in said or "going" in said:
        lead = "I am fine, thank you, and ready to cook."
    else:
        lead = "Hello!"
    if scene.recipe is not None and scene.session.step:
        return Decision(
            f"{lead} We are at step {scene.session.step} of {scene.recipe.title}.",
            "chitchat",
            "chitchat",
            buttons=(NEXT,),
        )
    return Decision(
        f"{lead} What would you like to cook?",
        "chitchat",
        "chitchat",
        buttons=(Button("What can I cook?", "what can I cook?"),),
    )


def thank(scene: Scene) -> Decision:
    """You are welcome; at the last step it is goodbye."""
    recipe = scene.recipe
    if recipe is not None and 0 < scene.session.step < len(recipe.steps):
        return Decision('You are welcome. Say "next" when you are ready.', "chitchat", "chitchat", buttons=(NEXT,))
    if recipe is not None and scene.session.step:
        return stop(scene)
    return Decision("You are welcome.", "chitchat", "chitchat")


def stop(scene: Scene) -> Decision:
    """Stop for now; a recipe in the middle is kept for another day."""
    session, recipe = scene.session, scene.recipe
    session.pending = None
    if recipe is not None and 0 < session.step < len(recipe.steps):
        session.pause(scene.now)
        session.finished = True
        return Decision(
            f"We stop here, at step {session.step} of {len(recipe.steps)} of {recipe.title}. Say "
            f'"resume" when you want to go on.',
            "chitchat",
            "stop",
        )
    title = session.title
    session.leave()
    session.finished = True
    return Decision(f"Enjoy your {title}! Goodbye." if title else "Goodbye, and happy cooking.", "chitchat", "stop")


def resume(scene: Scene) -> Decision:
    """Take up the recipe that was stopped last."""
    session = scene.session
    url = session.recipe or (
        max(reversed(session.paused), key=lambda u: session.paused[u].at) if session.paused else ""
    )
    if not url:
        return Decision(
            "There is nothing to resume. What would you like to cook?", "ask_student_question", "request_next_step"
        )
    return resume_recipe(scene, url)


def resume_recipe(scene: Scene, url: str) -> Decision:
    """Go on with a recipe where it was stopped."""
    session = scene.session
    paused = session.paused.pop(url, None)
    recipe = scene.pantry.recipe(url)
    if recipe is None:
        return Decision(
            "That recipe is not in the cookbook any more. What would you like to cook?",
            "ask_student_question",
            "request_next_step",
        )
    if session.recipe != url:
        session.pause(scene.now)
        session.open(url, recipe.title)
        if paused is not None:
            session.step, session.servings = min(paused.step, len(recipe.steps)), paused.servings
    session.finished, session.pending = False, None
    scene.refresh()
    if session.step == 0:
        return choosing.open_recipe(scene, recipe)
    return navigation.step_reply(
        scene, session.step, f"Welcome back to {recipe.title}. You were at step {session.step} of {len(recipe.steps)}."
    )


def leave_recipe(scene: Scene) -> Decision:
    """Put the recipe aside and offer others; where others are offered already, still others."""
    pending, left = scene.session.pending, scene.session.recipe
    if pending is not None and pending.kind == "choose":
        return choosing.more_options(scene) or choosing.suggest(scene)
    if left and scene.session.step:
        scene.session.pause(scene.now)
    scene.session.leave()
    scene.refresh()
    decision = choosing.suggest(scene, (left,))
    decision.text = "All right, something else. " + decision.text
    return decision


def forget_me(scene: Scene) -> Decision:
    """Ask before deleting everything."""
    scene.session.pending = Pending("forget", [scene.message.user_key])
    return Decision(
        "That deletes our conversations, your recipe in progress, timers, diet and allergies, for good. Shall I?",
        "ask_student_question", "misc", buttons=(Button("Yes, forget me", "yes"), Button("No", "no")),
    )  # fmt: skip


def yes(scene: Scene) -> Decision | None:
    """Yes to what was asked; without a question, an acknowledgement."""
    pending = scene.session.pending
    if pending is None:
        if scene.recipe is None:
            return Decision(
                "What would you like to cook?",
                "ask_student_question",
                "misc",
                buttons=(Button("What can I cook?", "what can I cook?"),),
            )
        if scene.session.step == 0:
            return navigation.start(scene)
        return Decision('Take your time. Say "next" when you are ready.', "chitchat", "chitchat", buttons=(NEXT,))
    scene.session.pending = None
    if pending.kind == "start":
        return navigation.start(scene)
    if pending.kind == "resume" and pending.options:
        return resume_recipe(scene, pending.options[0])
    if pending.kind == "forget":
        if scene.message.user_key not in pending.options:  # several cooks may share a kitchen
            scene.session.pending = pending
            return Decision("Only the cook who asked to be forgotten can say yes to that.", "misc", "misc")
        return Decision(
            "Done: everything about you is deleted. What would you like to cook?", "misc", "misc", forget=True
        )
    if pending.kind == "choose":
        meant = pending.meant or (pending.options[0] if len(pending.options) == 1 else "")
        if meant and (recipe := scene.pantry.recipe(meant)) is not None:
            return choosing.open_recipe(scene, recipe)
        scene.session.pending = pending
        return Decision(
            "Which one? Say its number.",
            "ask_student_question",
            "misc",
            buttons=choosing.numbers_of(len(pending.options)),
        )
    return None


def no(scene: Scene) -> Decision | None:
    """No to what was asked."""
    pending, scene.session.ahead = scene.session.pending, 0
    if pending is None and "yet" in scene.message.text.lower() and (back := navigation.too_soon(scene)) is not None:
        return back
    scene.session.pending = None
    if pending is None:
        return Decision("All right. I am here when you need me.", "chitchat", "misc")
    if pending.kind == "choose":
        scene.session.pending = pending
        if pending.meant and len(pending.options) > 1:
            pending.meant = ""
            return Decision(
                "All right. Which one, then?", "ask_student_question", "misc",
                buttons=choosing.numbers_of(len(pending.options)),
            )  # fmt: skip
        return choosing.more_options(scene)
    if pending.kind == "start":
        return Decision(
            'All right. Say "next" when you are ready, or "another recipe".', "misc", "misc", buttons=(NEXT,)
        )
    if pending.kind == "resume":
        scene.session.leave()
        scene.refresh()
        return Decision("All right. What would you like to cook instead?", "ask_student_question", "misc")
    if pending.kind == "forget":
        return Decision("Nothing was deleted.", "misc", "misc")
    return None
