"""What the in-process engines share: the tokenizer, one lock, the decoding."""

import threading
from pathlib import Path

from model.decoding import TokenModel, decode_act
from model.engines import version_name
from model.intents import load_prior
from model.prompt import PromptBuilder
from model.steps import load_steps
from model.student import Constraints, Generation, Situation, StudentError, TextSink
from model.tokenizer import DialogueTokenizer


def load_tokenizer(folder: Path) -> DialogueTokenizer:
    """The tokenizer of a student's folder.

    Raises:
        StudentError: It is missing or damaged.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise StudentError(
            f"The student's tokenizer is missing: {path} does not exist. Reinstall souschef or choose another student."
        )
    try:
        return DialogueTokenizer.load(path)
    except Exception as error:
        raise StudentError(f"The student's tokenizer is damaged: {path} ({error}).") from error


class LocalStudent:
    """A student in this process: one context, one call at a time."""

    def __init__(self, folder: Path, model: TokenModel) -> None:
        self.name = version_name(folder)
        self.builder = PromptBuilder(load_tokenizer(folder))
        self.prior = load_prior(folder)
        self.steps = load_steps(folder)
        self.model = model
        self._lock = threading.Lock()

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        with self._lock:
            return decode_act(self.model, self.builder, situation, constraints, on_text, self.prior, self.steps)

    def close(self) -> None:
        del self.model
