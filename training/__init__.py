"""Offline scripts, one per stage: ``python -m training.STAGE --help``."""
