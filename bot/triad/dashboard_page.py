"""What ``souschef dashboard`` has Streamlit show: TruLens's own dashboard, on the database of the settings.

TruLens's page takes the database's URL as an argument of the process, where everybody on the machine could read its
password; so this script gets it in the environment and passes it on inside the process.
"""

import os
import runpy
import sys
from pathlib import Path

URL = "SOUSCHEF_DASHBOARD_URL"


def main() -> None:
    """Called by Streamlit at every click."""
    import trulens.dashboard

    from bot.triad import PREFIX

    page = Path(next(iter(trulens.dashboard.__path__))) / "main.py"
    sys.argv = [str(page), "--database-url", os.environ[URL], "--database-prefix", PREFIX, "--otel-tracing"]
    runpy.run_path(str(page), run_name="__main__")


if __name__ == "__main__":
    main()
