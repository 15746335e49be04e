"""What a person talks to: the assistant's turn, sessions, log, command line and platforms."""

__version__ = "0.2.0"
