"""A small kitchen for the drills of retraining: a nano student, five short recipes, forty cooks who ask, reviews."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.assistant import Assistant
from bot.messages import Message, Reply
from bot.pantry import Kitchen, open_store
from bot.review import correct
from bot.settings import Settings
from bot.store import Store, TurnRow
from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.registry import Registry, bundled_folder
from retrieval.recipe import Ingredient, Recipe
from training import pretrain
from training.cookbook import cookbook_examples
from training.export import export
from training.packing import Packed, Weights, sequences

COOKS = 40
OPENINGS = ("", "sorry, ", "hm, ", "quick one: ", "ok so ", "wait, ", "hey ", "one more: ")
ACTS = Weights(cook=0, recipe=0, passage=0)


@dataclass(frozen=True, slots=True)
class Planted:
    """A question that the student gets wrong, and the step that answers it."""

    recipe: Recipe
    question: str
    step: int

    @property
    def right(self) -> str:
        return self.recipe.steps[self.step - 1]


def _recipe(slug: str, title: str, lines: list[str], *steps: str) -> Recipe:
    ingredients = tuple(Ingredient(text=line, item=line.split(" ", 2)[-1]) for line in lines)
    return Recipe(f"drill:{slug}", title, ingredients, steps)


PLANTED = (
    Planted(
        _recipe(
            "polenta", "Drill Polenta", ["1 cup cornmeal", "4 cups water"],
            "Boil the water in a heavy pot.", "Rain in the cornmeal while you whisk.",
            "Stir on low heat for 30 minutes.", "Pour it on a board.",
        ),
        "what takes the longest?", 3,
    ),
    Planted(
        _recipe(
            "slaw", "Drill Slaw", ["1 small cabbage", "1 lemon"],
            "Shred the cabbage fine.", "Squeeze the lemon over it.", "Knead it with both hands.", "Chill for 1 hour.",
        ),
        "what makes it tender?", 3,
    ),
    Planted(
        _recipe(
            "granola", "Drill Granola", ["3 cups oats", "1/2 cup honey"],
            "Heat the oven to 300°F.", "Toss the oats with the honey.", "Bake for 25 minutes.",
            "Cool on the tray without stirring.",
        ),
        "how do the clusters hold together?", 4,
    ),
    Planted(
        _recipe(
            "lentils", "Drill Lentils", ["1 cup lentils", "1 bay leaf"],
            "Rinse the lentils in a sieve.", "Cover them with cold water and the bay leaf.",
            "Simmer for 20 minutes.", "Drain and salt them.",
        ),
        "why is mine gritty?", 1,
    ),
    Planted(
        _recipe(
            "custard", "Drill Custard", ["2 cups milk", "4 egg yolks"],
            "Warm the milk in a pan.", "Pour it slowly over the yolks.", "Thicken on low heat.",
            "Strain through a fine sieve.",
        ),
        "where do stray bits go?", 4,
    ),
)  # fmt: skip


def nano_student(folder: Path, steps: int = 4, seed: int = 1) -> None:
    """Train a nano student for seconds on the cookbook's dialogues, and put its files in a folder."""
    builder = PromptBuilder(load_tokenizer(bundled_folder()))
    items = [s for example in cookbook_examples("train")[:60] for s in sequences(builder, example, 700, ACTS)]
    work = folder.parent / f"{folder.name}-run"
    Packed.of(items).save(work / "packed.npz")
    pretrain.main(
        ["--preset", "nano", "--tokenizer", str(bundled_folder() / "tokenizer.json"), "--packed",
         str(work / "packed.npz"), "--out", str(work / "model"), "--steps", str(steps), "--batch-tokens", "2048",
         "--threads", "1", "--warmup", "1", "--seed", str(seed)]
    )  # fmt: skip
    export(work / "model", folder, "q8_0", folder.name)


@dataclass(slots=True)
class DrillKitchen:
    """An assistant over a data folder with the drill's recipes; ``say`` sends a message of a cook."""

    settings: Settings
    store: Store
    kitchen: Kitchen
    assistant: Assistant
    closed: bool = False

    @classmethod
    def open(cls, settings: Settings) -> "DrillKitchen":
        store, kitchen = open_store(settings), Kitchen(settings)
        kitchen.index().add([planted.recipe for planted in PLANTED], [])
        return cls(settings, store, kitchen, Assistant(settings, store, kitchen, kitchen.answerer()))

    def say(self, cook: str, text: str) -> Reply:
        count = len(self.store.turns(self.store.chat(f"terminal:{cook}", "terminal", f"terminal:{cook}").id))
        return self.assistant.reply(Message(cook, cook, text, f"{cook}-{count}"))

    def begin(self, cook: str, planted: Planted) -> None:
        """Open the recipe and go to its first step."""
        self.say(cook, f"let's make {planted.recipe.title}")
        self.say(cook, "start")

    def ask(self, cook: str, planted: Planted) -> Reply:
        """Ask the planted question after the first step."""
        self.begin(cook, planted)
        return self.say(cook, planted.question)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.kitchen.close()
            self.store.close()


def cooks() -> Iterator[tuple[str, Planted, str]]:
    """(cook, what is planted, how they put it) of all forty conversations."""
    for number in range(COOKS):
        planted = PLANTED[number % len(PLANTED)]
        yield f"cook{number}", planted, OPENINGS[number // len(PLANTED) % len(OPENINGS)] + planted.question


def conversations(kitchen: DrillKitchen) -> int:
    """Forty cooks ask what the student gets wrong, and each wrong reply is reviewed; returns how many were wrong."""
    wrong = 0
    for cook, planted, question in cooks():
        kitchen.begin(cook, planted)
        reply = kitchen.say(cook, question)
        assert reply.action == "", (question, reply)
        if reply.shared != (planted.right,):
            wrong += 1
            correct(kitchen.store, reply.id, "reviewer", right=False, better=planted.right)
        kitchen.say(cook, "thanks")
    return wrong


def use(settings: Settings, student: Path) -> None:
    """Put a student in a settings' registry and in use."""
    target = settings.paths.data / "students" / student.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.symlink_to(student)
    Registry(settings.paths.data).use(student.name)


def turns(store: Store) -> list[TurnRow]:
    """Every logged turn."""
    from sqlalchemy import select

    with store.read() as db:
        return list(db.scalars(select(TurnRow).order_by(TurnRow.id)))
