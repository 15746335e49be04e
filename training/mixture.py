"""Mix the data sets into packed training files.

    python -m training.mixture --data DATA --tokenizer tokenizer.json --out runs/pretrain.npz --made 20000 --real 1

``--made`` dialogues are made from recipes of the large collection (and, with ``--knowledge``, ask entries of the
bundled cookbook); ``--real`` says how many times the real dialogues (Wizard of Tasks train split, CookDial train part)
go in; ``--squad`` adds questions over passages. ``--cookbook`` adds the dialogues and recipes written for this project,
``--augmented`` what ``training.augment`` made.
The validation split is never used.
"""

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from model.prompt import PromptBuilder
from model.tokenizer import FIRST_PIECE, DialogueTokenizer
from model.vocabulary import Dialogue, Turn
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.recipe import KnowledgeEntry, Recipe
from training.augmented import augmented_examples
from training.cookbook import as_served, cookbook_examples, split_of
from training.corpora import Example, cookdial, open_text, recipe_from_lines, wizard_of_tasks
from training.extract import clauses
from training.packing import Packed, Sequence_, Weights, sequences
from training.synthesize import DialogueMaker, neutral_utterances

COOKDIAL_HELD_BACK = 24  # the last ones, never trained on


def real_examples(data: Path) -> tuple[list[Example], list[Example]]:
    """(train, held back) real dialogues: Wizard of Tasks by its official split, CookDial by its last recipes."""
    wot = wizard_of_tasks(data / "wizard_of_tasks_cooking.json", data / "wizard_of_tasks_recipes.jsonl")
    dial = cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl")
    train = [e for e in wot if e.dialogue.split == "train"] + dial[:-COOKDIAL_HELD_BACK]
    return train, [e for e in wot if e.dialogue.split != "train"] + dial[-COOKDIAL_HELD_BACK:]


def big_collection(path: Path, rng: random.Random, count: int, total: int = 72_000) -> Iterator[Recipe]:
    """A random sample of the large recipe collection; directions of several sentences are often split into shorter
    steps.
    """
    share = count / total
    for line in open_text(path):
        if rng.random() > share * 1.15:
            continue
        row = json.loads(line)
        steps = [step for step in row["directions"] if step]
        if rng.random() < 0.65:
            steps = [part for step in steps for part in clauses(step)]
        recipe = recipe_from_lines(row["url"], row["title"], row["ingredients"], steps)
        words = sum(len(s.split()) for s in recipe.items)
        if (
            2 <= len(recipe.steps) <= 24
            and recipe.ingredients
            and words < 420
            and all(len(s.split()) < 70 for s in recipe.steps)
        ):
            yield recipe


def squad(path: Path, rng: random.Random, count: int) -> Iterator[Example]:
    """SQuAD questions over the sentences around the answer; the wizard answers with the sentence or the span."""
    articles = json.loads("".join(open_text(path)))["data"]
    rows = [(p["context"], qa) for a in articles for p in a["paragraphs"] for qa in p["qas"]]
    for number, (context, qa) in enumerate(rng.sample(rows, min(count, len(rows)))):
        answer = qa["answers"][0]["text"]
        sentences = clauses(context)
        holding = next((i for i, s in enumerate(sentences) if answer in s), None)
        if holding is None or len(sentences[holding].split()) > 45:
            continue
        passages: tuple[str, ...] = (
            " ".join(sentences[max(0, holding - rng.randrange(2)) : holding + 1 + rng.randrange(2)]),
        )
        if rng.random() < 0.3:
            passages = rng.choice(((*passages, rng.choice(rows)[0][:200]), (rng.choice(rows)[0][:160], *passages)))
        text = sentences[holding] if rng.random() < 0.6 else answer[:1].upper() + answer[1:] + "."
        turns = [
            Turn("cook", qa["question"], "ask_question_recipe_steps"),
            Turn("wizard", text, "answer_question_external_fact"),
        ]
        yield Example(Dialogue(f"squad-{number}", "", turns), None, {1: passages}, "squad")


def tokenizer_texts(data: Path, recipes: int, rng: random.Random) -> Iterator[str]:
    """Texts to learn the tokenizer from."""
    train, _ = real_examples(data)
    maker = DialogueMaker(rng, neutral_utterances(train))
    for example in train:
        for turn in example.dialogue.turns:
            yield from (turn.text, turn.text)
    for recipe in big_collection(data / "recipes_73k.jsonl.xz", rng, recipes):
        yield from (recipe.title, *recipe.items)
        yield from (turn.text for turn in maker.make(recipe).dialogue.turns)
    for example in squad(data / "squad_dev_v1.1.json.xz", rng, 1500):
        yield from (example.dialogue.turns[0].text, example.dialogue.turns[1].text)


def build(
    data: Path,
    builder: PromptBuilder,
    rng: random.Random,
    made: int,
    real: int,
    squad_count: int,
    knowledge: list[KnowledgeEntry],
    cookbook: list[Example],
    own: list[Recipe],
    limit: int,
    weights: Weights,
    augmented: list[Example] | None = None,
) -> list[Sequence_]:
    """All sequences of a mixture, shuffled."""
    train, _ = real_examples(data)
    maker = DialogueMaker(rng, neutral_utterances(train), knowledge)
    out: list[Sequence_] = []

    def take(example: Example, marks: Weights = weights) -> None:
        out.extend(sequences(builder, example, limit, marks))

    for _ in range(real):
        for example in train:
            if example.recipe is not None and rng.random() < 0.3:
                # a cook's typing varies; a recipe is sometimes known only in part
                kept = tuple(line for line in example.recipe.ingredients if rng.random() < 0.9)
                example = replace_recipe(example, replace(example.recipe, ingredients=kept))
            take(example)
        for example in cookbook:
            take(as_served(example, rng, knowledge))
        for recipe in own:
            take(maker.make(recipe))
    if made:
        for number, recipe in enumerate(big_collection(data / "recipes_73k.jsonl.xz", rng, made)):
            take(maker.make(recipe, number))
    for example in squad(data / "squad_dev_v1.1.json.xz", rng, squad_count) if squad_count else ():
        take(example)
    for example in augmented or ():
        take(example)
    for entry in knowledge:
        for _ in range(2):
            turns: list[Turn] = []
            passages: dict[int, tuple[str, ...]] = {}
            maker.ask_entry(turns, passages, entry)
            take(Example(Dialogue(f"know-{entry.id}", "", turns), None, passages, "knowledge"))
    rng.shuffle(out)
    return out


def copying_drills(texts: list[Sequence_], rng: random.Random, count: int) -> list[Sequence_]:
    """Random pieces said twice; only the second time counts.

    Nothing but copying predicts them, so that induction heads (Olsson et al., 2022), which a reply needs to quote its
    page, form within some hundred steps instead of billions of tokens.
    """
    pool = [token for ids, _ in texts[:4000] for token in ids if token >= FIRST_PIECE]
    out: list[Sequence_] = []
    for _ in range(count):
        half = rng.choices(pool, k=rng.randrange(24, 90))
        out.append(([*half, *half], [0] * len(half) + [16] * len(half)))
    return out


def replace_recipe(example: Example, recipe: Recipe) -> Example:
    """The example over another form of its recipe; shared items that it lacks are no longer shared."""
    items = set(recipe.items)
    turns = [replace(t, shared=tuple(s for s in t.shared if s in items)) for t in example.dialogue.turns]
    dialogue = Dialogue(example.dialogue.id, recipe.url, turns, example.dialogue.split)
    return Example(dialogue, recipe, example.passages, example.source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--made", type=int, default=20_000, help="dialogues made from the large collection")
    parser.add_argument("--real", type=int, default=1, help="times the real dialogues go in")
    parser.add_argument("--squad", type=int, default=3_000, help="questions over passages")
    parser.add_argument("--knowledge", action="store_true", help="ask the bundled cookbook's entries")
    parser.add_argument("--cookbook", action="store_true", help="dialogues written for this project")
    parser.add_argument("--augmented", type=Path, nargs="+", default=[], help="files of training.augment")
    parser.add_argument(
        "--limit", type=int, default=980, help="longest sequence, tokens; short ones repeat the recipe too often"
    )
    parser.add_argument("--drills", type=int, default=2_500, help="sequences that only copying predicts")
    parser.add_argument("--only-acts", action="store_true", help="loss on the wizard's turns alone (fine-tuning)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    knowledge: list[KnowledgeEntry] = []
    cookbook: list[Example] = []
    own: list[Recipe] = []
    if args.knowledge:
        knowledge = load_knowledge()
    if args.cookbook:
        cookbook = cookbook_examples("train")
        own = [recipe for recipe in load_recipes() if split_of(recipe.url.removeprefix("cookbook:")) == "train"]
    builder = PromptBuilder(DialogueTokenizer.load(args.tokenizer))
    weights = Weights(cook=1, recipe=0, passage=0) if args.only_acts else Weights()
    rng = random.Random(args.seed)
    augmented = [e for path in args.augmented for e in augmented_examples(path, knowledge or load_knowledge())]
    items = build(
        args.data, builder, rng, args.made, args.real, args.squad, knowledge, cookbook, own, args.limit, weights,
        augmented,
    )  # fmt: skip
    items += copying_drills(items, rng, args.drills)
    packed = Packed.of(items)
    packed.save(args.out)
    print(f"{len(packed)} sequences, {packed.tokens.size / 1e6:.2f} M tokens → {args.out}")


if __name__ == "__main__":
    main()
