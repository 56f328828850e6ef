"""Draws the pictures of the documents from the current build, into docs/pictures.

    python3 lab.py pictures             all of them
    python3 lab.py pictures maps        only those that need no browser

The maps are SVG, the same to the byte wherever they are drawn; a test compares them. The panels are
what tests/browser/test_pictures.py sees in JupyterLab, and need Chromium.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from certlab import MODELS, begin, read_inventory, trust_matrix
from certlab.views import standalone, trust_map

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
OFFICE = ROOT / "notebooks" / "data" / "small-office.csv"
DARK_WHEN = {"light": "not all", "dark": "all"}
MAPS = ("self-signed", "internal")


def maps() -> dict[str, str]:
    """Each map as a file: its name and its text. A page chooses the one of its own theme."""
    office = read_inventory(OFFICE)
    files = {}
    for model in MAPS:
        steps = MODELS[model].procedure(office)
        lab = begin(office, at="2026-11-24", seed="pictures").run(steps)
        drawn = str(standalone(trust_map(trust_matrix(lab))))
        for theme, when in DARK_WHEN.items():
            themed = drawn.replace("@media (prefers-color-scheme: dark)", f"@media {when}")
            files[f"{model}-{theme}.svg"] = themed + "\n"
    return files


def panels() -> int:
    """Take the pictures of the panels; the exit code of the tests that do."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/browser/test_pictures.py"]
    environment = os.environ | {"CERTLAB_PICTURES": str(FOLDER)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in maps().items():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")
    failed = 0 if sys.argv[1:] == ["maps"] else panels()
    print(f"The pictures are in {FOLDER}")
    sys.exit(failed)
