"""The schema's history, by Alembic: one file for each change, in ``versions``, numbered. See :mod:`bot.schema`."""
