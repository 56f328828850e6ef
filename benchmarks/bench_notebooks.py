"""How long each notebook takes from a fresh kernel to its last cell."""

from __future__ import annotations

import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
MOST_SECONDS = 10.0


def seconds_to_run(path: Path) -> float:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # has no types
    start = time.perf_counter()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return time.perf_counter() - start


def rows() -> list[dict[str, object]]:
    found = []
    for path in sorted(FOLDER.glob("*.ipynb")):
        took = seconds_to_run(path)
        found.append(
            {
                "name": f"run {path.stem}",
                "ours": took,
                "unit": "s",
                "peers": {},
                "target": f"under {MOST_SECONDS:g} s",
                "ok": took < MOST_SECONDS,
                "memory_mb": None,
            }
        )
    return found
