"""The reader: which sentence of the page, or which note, answers what a cook says; or that nothing does.

Retrieval brings what is near in words and meaning; the reader, a small cross-encoder, reads the cook's words together
with the step at hand and each candidate (Nogueira and Cho, 2019) and says how likely it is what the cook needs. Four
candidates are no text: to go on to the next step, a remark that needs no answer, a question that nobody answers, and
small talk. ``training/reader.py`` trains it.
"""

from model.reader.candidates import ACTS as ACTS
from model.reader.candidates import Candidate as Candidate
from model.reader.candidates import candidates as candidates
from model.reader.candidates import fewer as fewer


class ReaderError(Exception):
    """The reader cannot be used; the message says what to do."""
