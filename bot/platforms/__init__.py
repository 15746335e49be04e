"""One adapter per platform; each knows only the assistant and its own library."""
