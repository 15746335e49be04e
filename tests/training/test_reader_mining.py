"""Mining with the bundled reader."""

import json
import random
from pathlib import Path

import pytest

from model.reader.reader import Reader
from retrieval.cookbook import load_knowledge
from retrieval.passage import Passage
from training import reader_mining
from training.reader_data import asked_files, kept_back, listed
from training.reader_mining import Mined, load, mine, place_of


def test_what_a_reader_prefers_to_the_label_is_among_the_candidates() -> None:
    kept, entries = kept_back(), {entry.id: entry for entry in load_knowledge()}
    found = [asked for asked in asked_files() if asked.recipe.url not in kept][:3]

    def notes(utterance: str, step: str) -> list[Passage]:
        return []

    for asked, was in mine(found, Reader(threads=1), random.Random(1)):
        assert sum(p for _, p in was.ranked) == pytest.approx(1, abs=0.01)
        assert was.ranked[0][1] == max(p for _, p in was.ranked)
        page = [key for key in was.liked if not key.startswith("k:")]
        least = [key for key in reversed(page) if key not in asked.labels]  # what it likes least must be there, too
        keys = {c.key for c in listed(asked, notes, 9, random.Random(1), entries, least).candidates}
        assert set(least[:3]) <= keys


def test_what_was_mined_is_found_again_by_its_place(tmp_path: Path) -> None:
    asked = asked_files()[0]
    url, step, said = place_of(asked)
    rows = [{"url": url, "step": step, "said": said, "read": [["s1.1", 0.75], ["none", 0.25]]}]
    file = tmp_path / "mined.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)) + "\n")
    assert load([file]) == {place_of(asked): Mined((("s1.1", 0.75), ("none", 0.25)))}
    assert load([file])[place_of(asked)].share(("none", "i1")) == 0.25
    file.write_text(file.read_text() + '{"url": "x", "step"')  # killed while it was written
    with pytest.raises(ValueError, match=r"line 2 is damaged: mine it again with training\.reader_mining"):
        load([file])


def test_doubtful_labels_are_printed_surest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = kept_back()
    some = [asked for asked in asked_files() if asked.recipe.url not in kept][:3]
    file = tmp_path / "mined.jsonl"
    reads = ([["chat", 0.6]], [["chat", 0.9]], [["chat", 0.4]])
    rows = [
        {"url": url, "step": step, "said": said, "read": read}
        for (url, step, said), read in zip(map(place_of, some), reads, strict=True)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    reader_mining.main(["--out", str(file), "--doubtful", "5"])
    printed = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in printed] == ["0.90", "0.60"]
    assert some[1].utterance in printed[0]
    assert ",".join(some[1].labels) in printed[0]
