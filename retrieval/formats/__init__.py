"""One module per recipe format; each turns text into :class:`retrieval.formats.build.Draft` objects."""
