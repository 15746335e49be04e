"""Answers that do not depend on what was asked before.

An engine in this process keeps what it read last and reads only what differs, so what came before decides where the
rest is cut into batches. The sums over a batch's last tokens are added up in another order then. Mostly this changes
nothing; after about one prompt in thirty it moves an activation that lies on the edge between two of its 8-bit values,
and logits change by up to a tenth: enough for another word. A cook does not mind. Who measures must get the same answer
whether or not the process was killed on the way, so a measured student is made to forget first.
"""

from model.engines.local import LocalStudent
from model.student import Constraints, Generation, Situation, Student, TextSink


def forget(student: Student) -> None:
    """Let a student in this process forget all it has read but the first token, which is that of every prompt.

    A student behind a server cannot be made to, and stays as it is.
    """
    if isinstance(student, LocalStudent):
        student.model.start([student.builder.tokenizer.bos])


class Afresh:
    """A student that has read nothing whenever it is asked, and so gives the same answer to the same question.

    Args:
        student: Who answers.
    """

    def __init__(self, student: Student) -> None:
        self._student, self.name = student, student.name

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        """See :class:`model.student.Student`."""
        forget(self._student)
        return self._student.reply(situation, constraints, on_text)

    def close(self) -> None:
        self._student.close()
