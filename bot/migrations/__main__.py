"""Write the migration for what was changed in the models; read it before you commit it.

python -m bot.migrations "reviews have a language"
"""

import argparse
import re
import tempfile
from pathlib import Path

from bot.schema import MIGRATIONS, alembic_config, alone, upgrade, versions


def write(message: str, folder: Path = MIGRATIONS) -> Path:
    """Compare the models with what the migrations make, and write what is missing as a new migration.

    Args:
        message: What changes, in a few words.
        folder: Where the migrations are.

    Returns:
        The new file.
    """
    from alembic import command

    from bot.store import Store

    number = f"{int(versions()[-1]) + 1:04d}" if versions() else "0001"
    slug = "_".join(re.findall(r"[a-z0-9]+", message.lower()))[:50]
    with tempfile.TemporaryDirectory() as name:
        store = Store(f"sqlite:///{name}/empty.db", as_is=True)
        try:
            with alone(store.engine) as connection:
                if versions():
                    upgrade(connection, folder=folder)
                config = alembic_config(folder, connection)
                config.set_main_option("file_template", f"v{number}_{slug}")
                command.revision(config, message, autogenerate=True, rev_id=number)
        finally:
            store.close()
    return folder / "versions" / f"v{number}_{slug}.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("message", help="what changes, in a few words")
    print(write(parser.parse_args().message))


if __name__ == "__main__":
    main()
