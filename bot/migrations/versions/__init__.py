"""One migration per file: ``v0002_what_changes.py`` makes schema 0002 of schema 0001."""
