"""Write what nothing is trained on as dialogues in the official Wizard of Tasks form, for ``souschef replay``.

    python -m training.cases --data DATA --out runs/cases
    souschef replay runs/cases/cookdial.json --recipes runs/cases/cookdial.jsonl --out runs/cases/cookdial.replies.jsonl
    python -m training.evaluate runs/cases/cookdial.replies.jsonl --dialogues runs/cases/cookdial.json --recipes
    runs/cases/cookdial.jsonl

Two pairs of files: ``wot`` (the validation split of Wizard of Tasks) and ``cookdial`` (its last dialogues).
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrieval.recipe import Recipe
from training.corpora import Example, open_text
from training.errors import guarded
from training.mixture import real_examples

Row = dict[str, Any]


def dialogue(example: Example) -> Row:
    """An example in the official form."""
    turns = [
        {
            "text": turn.text,
            "turn_counter": number,
            "role": "student" if turn.role == "cook" else "teacher",
            "intent": turn.intent,
            "shared_data": list(turn.shared),
        }
        for number, turn in enumerate(example.dialogue.turns, 1)
    ]
    return {"document_url": example.dialogue.url, "data_split": "validation", "turns": turns}


def recipe_row(recipe: Recipe) -> Row:
    """A recipe as ``souschef replay --recipes`` reads it."""
    return {
        "url": recipe.url,
        "title": recipe.title,
        "description": recipe.description,
        "ingredients": [ingredient.text for ingredient in recipe.ingredients],
        "steps": list(recipe.steps),
    }


def write(folder: Path, name: str, dialogues: dict[str, Row], recipes: Sequence[Row]) -> None:
    (folder / f"{name}.json").write_text(json.dumps(dialogues, ensure_ascii=False, indent=1), encoding="utf-8")
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in recipes)
    (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    print(f"{name}: {len(dialogues)} dialogues, {len(recipes)} recipes")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    args = parser.parse_args(argv)
    held = real_examples(args.data)[1]
    args.out.mkdir(parents=True, exist_ok=True)
    whole = {row["url"]: row for row in map(json.loads, open_text(args.data / "wizard_of_tasks_recipes.jsonl"))}
    official = json.loads((args.data / "wizard_of_tasks_cooking.json").read_text(encoding="utf-8"))
    chosen = {key: row for key, row in official.items() if row["data_split"] == "validation"}
    known = [whole[url] for url in {row["document_url"]: None for row in chosen.values()} if url in whole]
    write(args.out, "wot", chosen, known)
    dials = [example for example in held if example.source == "cookdial"]
    about = {example.recipe.url: example.recipe for example in dials if example.recipe}
    write(args.out, "cookdial", {e.dialogue.id: dialogue(e) for e in dials}, [recipe_row(r) for r in about.values()])


if __name__ == "__main__":
    guarded(main)
