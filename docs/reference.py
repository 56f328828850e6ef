"""Writes the reference of certlab's rooms as HTML that needs no network.

    python3 lab.py reference

It is made from the docstrings; the pages are in artifacts/reference, index.html first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pdoc
import pdoc.render

ROOMS = (
    "pki", "validation", "deployment", "live", "planning", "records", "training", "views", "widgets"
)  # fmt: skip
PAGES = Path(__file__).parents[1] / "artifacts" / "reference"


def write(folder: Path) -> Path:
    """Write the pages into this folder and return the first one."""
    pdoc.render.configure(show_source=False, footer_text="certlab")
    rooms = [f"certlab.{room}" for room in ROOMS]
    # Only what a room offers is told of, not the files it is made in.
    hidden = [rf"!certlab\.{room}\..+" for room in ROOMS]
    pdoc.pdoc("certlab.errors", "certlab.reports", *rooms, *hidden, output_directory=folder)
    return folder / "index.html"


if __name__ == "__main__":
    print(f"Open {write(Path(sys.argv[1]) if sys.argv[1:] else PAGES)}")
