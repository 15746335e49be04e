"""With SQLite one process serves: a second one is refused, before it takes anything in."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.errors import StoreError
from bot.store import Store


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Serve from an SQLite database in the block. The system lets go of it when the process ends, however it ends.

    Raises:
        StoreError: Another process serves from it.
    """
    file = store.engine.url.database
    with contextlib.ExitStack() as stack:
        if file and file != ":memory:":
            try:
                stack.enter_context(FileLock(f"{Path(file)}.serving", timeout=0))
            except Timeout:
                raise StoreError(
                    f"Another process serves from {store.name} already: stop it, serve all platforms in one process "
                    "with souschef serve, or set database.url to a PostgreSQL, from which several can serve."
                ) from None
            except OSError as error:
                raise StoreError(f"Cannot write beside the database {store.name}: {error.strerror}.") from error
        yield
