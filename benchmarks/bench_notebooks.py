"""How long each notebook takes from a fresh kernel to its last cell."""

from __future__ import annotations

import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
MOST_SECONDS, MOST_TOGETHER = 10.0, 60.0


def seconds_to_run(path: Path) -> float:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # has no types
    start = time.perf_counter()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return time.perf_counter() - start


def rows() -> list[dict[str, object]]:
    taken = {path.stem: seconds_to_run(path) for path in sorted(FOLDER.glob("*.ipynb"))}
    found = [row(f"run {name}", took, MOST_SECONDS) for name, took in taken.items()]
    return [*found, row("run all, one after the other", sum(taken.values()), MOST_TOGETHER)]


def row(name: str, took: float, promise: float) -> dict[str, object]:
    return {
        "name": name, "ours": took, "unit": "s", "peers": {}, "target": f"under {promise:g} s",
        "ok": took < promise, "memory_mb": None,
    }  # fmt: skip
