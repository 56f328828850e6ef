"""How soon a changed assumption shows: effort, cost, comparison and advice for the example estates.

And how long five years of 400 devices take, each renewed on a day of its own, so that every device
is judged at moments of its own.

The procedures of an inventory are counted once, before the clock starts; what is timed is what a
planner waits for after every keystroke. The advice includes the search for what would change it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from certlab.deployment import InternalPKI, Inventory, SelfSigned, deploy, read_inventory
from certlab.planning import ASSUMPTIONS, advise, compare, due, outages

DATA = Path(__file__).resolve().parents[1] / "notebooks" / "data"
AT = "2026-11-24"
RATES = count(50)
"""An hour costs another sum each time, so that nothing is remembered from the time before."""


def rows() -> list[dict[str, Any]]:
    found = []
    for name, least in (("region", 100), ("enterprise", 250)):
        inventory = read_inventory(DATA / f"{name}.csv")
        found.append(timed(name, "three models compared", compare, inventory, least / 10))
        found.append(timed(name, "advice, with what would flip it", advise, inventory, least))
    return [*found, *(years(model) for model in (SelfSigned(), InternalPKI()))]


def years(model: SelfSigned | InternalPKI) -> dict[str, Any]:
    """The calendar of outages of the enterprise over five years."""
    lab = deploy(read_inventory(DATA / "enterprise.csv"), model, at=AT, seed="years")
    for item in due(lab, within_days=365):
        lab = lab.moved_to(lab.at + timedelta(hours=5)).run(item.steps)
    taken = []
    for _ in range(3):
        start = perf_counter()
        outages(lab)
        taken.append((perf_counter() - start) * 1e3)
    return {
        "name": f"outages of five years, {model.title}, {len(lab.inventory)} devices",
        "ours": median(taken),
        "unit": "ms",
        "peers": {},
        "target": "under 1500 ms",
        "ok": median(taken) < 1500,
        "memory_mb": None,
    }


def timed(
    name: str, what: str, call: Callable[..., Any], inventory: Inventory, limit: float
) -> dict[str, Any]:
    call(inventory, at=AT)
    taken = []
    for _ in range(9):
        given = ASSUMPTIONS.changed(rate=next(RATES), lead_days=next(RATES) % 30 + 10)
        start = perf_counter()
        call(inventory, at=AT, assumptions=given)
        taken.append((perf_counter() - start) * 1e3)
    ours = median(taken)
    return {
        "name": f"{what} anew, {name} ({len(inventory)} devices)",
        "ours": ours,
        "unit": "ms",
        "peers": {},
        "target": f"under {limit:g} ms",
        "ok": ours < limit,
        "memory_mb": None,
    }
