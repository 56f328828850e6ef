"""A lab of 1,000 devices on disk: how long opening takes, and adding a Step.

The disk counts here, so this is the clock on the wall. A Step is on the disk when it returns:
beside it stands what SQLite takes to commit as many bytes, with nothing else to do. On a disk that
is busy with other things SQLite's own commit takes 20 ms; there four of them are the measure.
"""

from __future__ import annotations

import runpy
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from certlab.deployment import (
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    SelfSigned,
    Step,
    TrustModel,
    deploy,
)
from certlab.records import Lab

AT = "2026-11-24"
PASSPHRASE = "only for measuring"  # noqa: S105 - of a lab that is gone afterwards
ROUNDS = 40
estate = runpy.run_path(str(Path(__file__).with_name("bench_deployment.py")))["estate"]


def rows() -> list[dict[str, Any]]:
    found = []
    models: tuple[TrustModel, ...] = (SelfSigned(), InternalPKI())
    with tempfile.TemporaryDirectory() as folder:
        for number, model in enumerate(models):
            place = Path(folder, str(number))
            Lab.open(place, deploy(estate(1000), model, at=AT), passphrase=PASSPHRASE).close()
            seconds = [timed(partial(reopen, place)) for _ in range(5)]
            found.append(row(f"open 1,000 devices, {model.title.lower()}", seconds, "s", 2))
        with Lab.open(place, passphrase=PASSPHRASE) as lab:
            for name, make in STEPS.items():
                steps = [make(n) for n in range(4, 40)]
                bytes_before = lab._journal.path.stat().st_size
                taken = [1000 * timed(partial(lab.run, step)) for step in steps]
                size = (lab._journal.path.stat().st_size - bytes_before) // len(steps)
                alone = 1000 * statistics.median(commits(Path(folder, "bare"), size))
                found.append(row(f"add {name}", taken, "ms", 20, {"SQLite": alone}))
    return found


STEPS: dict[str, Callable[[int], Step]] = {
    "an import": lambda n: ImportAnchor(f"gateway{n}", certificate_of="um0"),
    "a new key and certificate": lambda n: GenerateSelfSigned(f"gateway{n}"),
}


def reopen(place: Path) -> None:
    Lab.open(place, passphrase=PASSPHRASE).close()


def commits(path: Path, size: int) -> list[float]:
    with closing(sqlite3.connect(path)) as table:
        table.execute("PRAGMA synchronous = FULL")
        table.execute("CREATE TABLE IF NOT EXISTS lines (line BLOB)")

        def commit() -> None:
            table.execute("INSERT INTO lines VALUES (?)", (b"x" * size,))
            table.commit()

        return [timed(commit) for _ in range(ROUNDS)]


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(
    name: str, taken: list[float], unit: str, promise: float, peers: dict[str, float] | None = None
) -> dict[str, Any]:
    ours, busy = statistics.median(taken), 4 * max((peers or {"": 0.0}).values())
    return {
        "name": name, "ours": ours, "unit": unit, "peers": peers or {},
        "target": f"under {promise:g} {unit}" + (", or 4 × SQLite" if peers else ""),
        "ok": ours < max(promise, busy), "memory_mb": None,
    }  # fmt: skip
