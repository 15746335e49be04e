"""One module per command of ``souschef``: ``EXAMPLE``, ``configure(parser)`` and ``run(settings, options)``."""
