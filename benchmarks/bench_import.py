"""What `import certlab` costs, beside importing the libraries it needs at that moment.

Each import runs in a fresh interpreter, by turns. What it needs is found out by looking: every
module of another library that is loaded once certlab is.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROUNDS = 15


def rows() -> list[dict[str, Any]]:
    needed = libraries_of("certlab")
    times: dict[str, list[float]] = {"ours": [], "libraries": []}
    for _ in range(ROUNDS):
        times["ours"].append(seconds("import certlab"))
        times["libraries"].append(seconds("; ".join(f"import {name}" for name in needed)))
    ratio = statistics.median(a / b for a, b in zip(times["ours"], times["libraries"], strict=True))
    ours = 1000 * statistics.median(times["ours"])
    return [
        {
            "name": "import certlab", "ours": ours, "unit": "ms",
            "peers": {"the libraries it needs": ours / ratio},
            "target": "at most 1.2 × its libraries", "ok": ratio <= 1.2, "memory_mb": None,
        }
    ]  # fmt: skip


def libraries_of(package: str) -> list[str]:
    """Every module outside the package that importing it loads, in the order of loading."""
    code = (
        f"import sys; before = set(sys.modules); import {package}; "
        f"print(*[m for m in sys.modules if m not in before and not m.startswith('{package}')])"
    )
    return [name for name in run(code).split() if can_be_imported(name)]


def can_be_imported(name: str) -> bool:
    """Whether there is a file for it: parts of a compiled module come with the whole."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def seconds(code: str) -> float:
    """How long some code keeps a core busy in a fresh interpreter, without starting that."""
    return float(
        run(f"import time; began = time.process_time(); {code}; print(time.process_time() - began)")
    )


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1], check=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout
