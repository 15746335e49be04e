"""Ask an OpenAI-compatible endpoint about every reply of a packed file, and keep what it says as a teacher's cache.

``training.teach --endpoint`` runs this. What can be learned depends on what the endpoint gives (``--learn``):

- ``scored``: it reads the reference replies and tells how likely their tokens and others were (completions with
  ``echo`` and ``logprobs``; llama.cpp's server and vLLM do). The cache belongs to the packed file as it is.
- ``own``: it answers in its own words, with ``top_logprobs``. A new packed file, in which its answers stand in the
  places of the replies, is written beside the cache, which belongs to that. Later replies of a dialogue follow upon its
  own earlier ones, as the student will read them.
- ``text``: the same without probabilities: sequence-level distillation (Kim and Rush, 2016), a new packed file alone.

``auto`` tries them in this order with the first reply. Every answer goes into a journal before anything else; packed
file and cache are made from the journal once all is asked, so that they do not depend on how often it was interrupted.
"""

import asyncio
import contextlib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from model.prompt import CONTEXT, UTTERANCE_BUDGET
from model.tokenizer import DialogueTokenizer
from training.alignment import Aligned, align, rows_of, unspaced
from training.asking import Asker, NoAnswer
from training.endpoint import MAX_TOP_LOGPROBS, NoLogprobs, Request, TeacherError
from training.errors import TrainingError
from training.journal import Entry
from training.packing import Packed
from training.teacher_cache import CacheSpec, CacheWriter, file_hash, judged, write_whole
from training.teacher_prompts import PROMPT_VERSION, request
from training.unpack import Talk, unpack

Learn = Literal["scored", "own", "text"]
LEARN: tuple[Learn, ...] = ("scored", "own", "text")
STATE = "endpoint.json"
PACKED = "packed.npz"


@dataclass(slots=True)
class State:
    """How far a folder is.

    Attributes:
        model: Name of the teacher at its endpoint.
        packed: SHA-256 of the packed file whose replies are asked about.
        learn: What is learned from the teacher; "" until the first reply has shown what it gives.
        asked: Whether everything has been asked.
        made: SHA-256 of the packed file that the cache belongs to; "" until then.
    """

    model: str
    packed: str
    learn: str = ""
    asked: bool = False
    made: str = ""

    @property
    def fingerprint(self) -> str:
        """Of the teacher, for the cache."""
        return hashlib.sha256(json.dumps(["endpoint", self.model, self.learn, PROMPT_VERSION]).encode()).hexdigest()


@dataclass(slots=True)
class Reading:
    """One packed sequence with what the teacher says of its replies.

    Attributes:
        talk: The sequence in words.
        entries: By position of a wizard's turn, the teacher's answer; None where it gave none.
        texts: By position, the teacher's own words where they can stand in for the turn's.
    """

    talk: Talk
    entries: dict[int, Entry | None] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)


class EndpointTeaching:
    """Asks about one packed file and writes what comes of it into a folder.

    Args:
        asker: Asks the endpoint.
        tokenizer: The student's.
        source: The packed file.
        packed: Its contents.
        out: The folder.
        learn: See the module; "" for the most that the endpoint gives.
        k: Tokens kept per position.
        bits: Of a log-probability.
        from_weight: Least weight of a reply's words, in sixteenths, for the teacher to be asked.
        sequences: Per shard of the cache.

    Raises:
        TrainingError: The folder holds something else.
    """

    def __init__(
        self,
        asker: Asker,
        tokenizer: DialogueTokenizer,
        source: Path,
        packed: Packed,
        out: Path,
        learn: str,
        k: int,
        bits: int,
        from_weight: int,
        sequences: int,
    ) -> None:
        self.asker, self.tokenizer, self.source, self.packed, self.out = asker, tokenizer, source, packed, out
        self.k, self.bits, self.from_weight, self.sequences = k, bits, from_weight, sequences
        self.counts: Counter[str] = Counter()
        self.state = State(asker.endpoint.model, file_hash(source), learn)
        if (out / STATE).exists():
            self.state = self._known(learn)

    def _known(self, learn: str) -> State:
        try:
            found = State(**json.loads((self.out / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise TrainingError(
                f"{self.out / STATE} is damaged: delete it and run the same command again; answers are kept."
            ) from error
        same = (found.model, found.packed) == (self.state.model, self.state.packed)
        if not same or learn not in ("", found.learn):
            raise TrainingError(
                f"{self.out} holds what {found.model} said ({found.learn}), of another file or in another way: name "
                "another --out."
            )
        return found

    def _keep(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        write_whole(self.out / STATE, json.dumps(asdict(self.state), indent=1).encode())

    def _sequence(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        begin, end = self.packed.offsets[number], self.packed.offsets[number + 1]
        return self.packed.tokens[begin:end], self.packed.weights[begin:end]

    def _request(self, reading: Reading, position: int, learn: str = "") -> Request:
        learn = learn or self.state.learn
        alternatives = 0 if learn == "text" else min(self.k, MAX_TOP_LOGPROBS)
        return request(reading.talk, position, reading.texts, learn == "scored", alternatives)

    def _asked_about(self, number: int) -> tuple[Talk, list[int]]:
        """A sequence in words, and the positions of the replies that count."""
        ids, weights = self._sequence(number)
        talk = unpack(self.tokenizer, ids.tolist())
        wizard = [place for place, turn in enumerate(talk.turns) if turn.begin < turn.end]
        return talk, [place for place in wizard if weights[talk.turns[place].begin] >= self.from_weight]

    def _dialogue(self, number: int) -> Generator[Request, Entry | None, Reading]:
        """One sequence: gives requests about its replies in their order, takes the answers, returns all of it."""
        talk, positions = self._asked_about(number)
        reading = Reading(talk)
        for position in positions:
            entry = reading.entries[position] = yield self._request(reading, position)
            if entry is not None and self.state.learn != "scored":
                text = usable(self.tokenizer, entry.answer.text, entry.answer.finish == "length")
                if text:
                    reading.texts[position] = text
        return reading

    def kept(self, number: int, asked: list[Request] | None = None) -> Reading:
        """One sequence with the answers that are in the journal; requests are added to ``asked``."""
        dialogue, entry = self._dialogue(number), None
        try:
            while True:
                request = dialogue.send(entry)
                entry = self.asker.journal.answers.get(request.key(self.asker.endpoint.model))
                if asked is not None:
                    asked.append(request)
        except StopIteration as done:
            reading: Reading = done.value
            return reading

    def requests(self) -> Iterator[Request]:
        """What a run asks for; replies that are not answered yet stand in later requests as they were packed."""
        for number in range(len(self.packed)):
            asked: list[Request] = []
            self.kept(number, asked)
            yield from asked

    async def choose(self) -> None:
        """Find out with one reply what the endpoint gives, if that is not settled."""
        if self.state.learn:
            return
        for number in range(len(self.packed)):
            talk, positions = self._asked_about(number)
            if positions:
                self.state.learn = await self._first_given(Reading(talk), positions[0])
                self._keep()
                return
        raise TrainingError(f"{self.source} holds no reply to ask about: name another file in --packed.")

    async def _first_given(self, reading: Reading, position: int) -> str:
        for learn in LEARN[:-1]:
            try:
                await self.asker.ask(self._request(reading, position, learn))
            except (NoLogprobs, NoAnswer):
                continue
            return learn
        return LEARN[-1]

    async def ask_all(self, concurrency: int) -> None:
        """Ask about everything, so many dialogues at a time, with a progress bar.

        Raises:
            TeacherError: Nothing more can be asked; what was answered is kept.
        """
        from tqdm import tqdm

        stopped: list[TeacherError] = []
        todo = iter(range(len(self.packed)))
        with tqdm(total=len(self.packed), unit="dialogue", desc="asking", mininterval=1, disable=None) as bar:

            async def worker() -> None:
                for number in todo:  # one iterator for all workers
                    if stopped:
                        return
                    try:
                        await self._ask_dialogue(number)
                    except TeacherError as error:
                        stopped.append(error)
                        return
                    bar.update()
                    bar.set_postfix(cost=f"{self.asker.spending.spent:.4g}", refresh=False)

            await asyncio.gather(*(worker() for _ in range(concurrency)))
        if stopped:
            raise stopped[0]
        self.state.asked = True
        self._keep()

    async def _ask_dialogue(self, number: int) -> None:
        dialogue, entry = self._dialogue(number), None
        with contextlib.suppress(StopIteration):
            while True:
                request = dialogue.send(entry)
                try:
                    entry = await self.asker.ask(request)
                except NoAnswer as error:
                    self.counts[str(error)] += 1
                    entry = None

    def _rewritten(self, number: int, reading: Reading) -> tuple[list[int], list[int], dict[int, int]]:
        """Ids and weights of a sequence with the teacher's words, cut after the last turn within the context; and, by
        position of a reply, where its words begin.
        """
        old_ids, old_weights = (part.tolist() for part in self._sequence(number))
        ids: list[int] = []
        weights: list[int] = []
        begins: dict[int, int] = {}
        last = 0
        for position, text in reading.texts.items():
            turn, new = reading.talk.turns[position], self.tokenizer.encode(text)
            ids += [*old_ids[last : turn.begin], *new]
            weights += [*old_weights[last : turn.begin], *[old_weights[turn.begin]] * len(new)]
            begins[position], last = len(ids) - len(new), turn.end
        ids += old_ids[last:]
        weights += old_weights[last:]
        if len(ids) > max(CONTEXT, len(old_ids)):
            end = max(place + 1 for place, token in enumerate(ids[:CONTEXT]) if token == self.tokenizer.eos)
            ids, weights = ids[:end], weights[:end]
        return ids, weights, begins

    def _said_of(self, number: int) -> dict[int, Aligned | None]:
        """By place in the sequence that is learned from, what the teacher says of the token there."""
        reading = self.kept(number)
        own = self.state.learn == "own"
        begins = self._rewritten(number, reading)[2] if own else {}
        out: dict[int, Aligned | None] = {}
        for position, entry in reading.entries.items():
            turn = reading.talk.turns[position]
            text = reading.texts.get(position, "") if own else turn.text
            ids = self.tokenizer.encode(text)
            whole = own or ids == self._sequence(number)[0][turn.begin : turn.end].tolist()  # or cut when packed
            aligned = self._aligned(text, entry) if entry is not None and whole else None
            self.counts["replies"] += 1
            if aligned is None:
                self.counts["without a distribution"] += 1
                continue
            self.counts["tokens"] += len(ids)
            self.counts["tokens with a distribution"] += sum(item is not None for item in aligned)
            begin = begins[position] if own else turn.begin
            out |= {begin + place: item for place, item in enumerate(aligned)}
        return out

    def _aligned(self, text: str, entry: Entry) -> list[Aligned | None] | None:
        if not text or not entry.answer.logprobs:
            return None
        try:
            return align(self.tokenizer, text, unspaced(entry.answer.logprobs), self.k)
        except TrainingError:  # its tokens do not spell the text: half a character got lost on the way
            return None

    def write(self) -> CacheWriter | None:
        """Packed file and cache, or what is missing of them; None where there are no distributions."""
        path, packed = self.source, self.packed
        if self.state.learn != "scored":
            path = self.out / PACKED
            if not (path.is_file() and file_hash(path) == self.state.made):
                rewritten = (self._rewritten(number, self.kept(number)) for number in range(len(self.packed)))
                Packed.of([(ids, weights) for ids, weights, _ in rewritten]).save(path)
            packed = Packed.load(path)
        self.state.made = file_hash(path)
        self._keep()
        if self.state.learn == "text":
            return None
        spec = CacheSpec(
            self.state.made, self.state.fingerprint, self.tokenizer.size, self.k, self.bits, (1.0,), self.from_weight,
            self.sequences,
        )  # fmt: skip
        writer = CacheWriter(self.out, spec, packed)
        mask = judged(packed, self.from_weight)
        for shard in writer.missing():
            rows: list[Aligned | None] = []
            for number in writer.sequences(shard):
                begin, end = packed.offsets[number], packed.offsets[number + 1]
                said = self._said_of(number)
                rows += [said.get(int(place)) for place in np.flatnonzero(mask[begin:end])]
            writer.write(shard, rows_of(rows, spec))
        return writer


def usable(tokenizer: DialogueTokenizer, text: str, cut: bool) -> str:
    """What of a teacher's answer a student can be taught to say: whole sentences of one line that fit a reply, from
    the first; "" where there are none.
    """
    first, *more = text.strip().split("\n")
    out = ""
    for match in re.finditer(r".*?(?:[.!?][\"')]*(?=\s|$)|$)", first):
        sentence = first[: match.end()].rstrip()
        ended = sentence.rstrip("\"')").endswith((".", "!", "?"))
        if not sentence or not (ended or not (cut or more)):
            continue
        if len(tokenizer.encode(sentence)) > UTTERANCE_BUDGET:
            break
        out = sentence
    return out
