"""What can go wrong in retrieval."""


class RetrievalError(Exception):
    """Retrieval cannot do what was asked. The message is one sentence that says what to do."""
