"""Deploying an estate in each trust model, and judging who accepts whom.

The enterprise is 400 devices in 12 plans; the bigger estates repeat its pattern. Times are
those of one core, which is all that EC P-256 keys need; RSA keys are made on all cores, so there
the clock on the wall counts, and only a machine with nothing else to do tells much.
"""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

from certlab.deployment import (
    Device,
    DialPlan,
    InternalPKI,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    ThirdPartyCA,
    TrustModel,
    deploy,
    migrate,
    read_inventory,
    trust_matrix,
)
from certlab.pki import KeyPair, KeyType

AT = "2026-11-24"
PAIRS: tuple[Literal["links", "all"], ...] = ("links", "all")
EXAMPLE = Path(__file__).parents[1] / "notebooks" / "data" / "enterprise.csv"
MODELS: dict[str, TrustModel] = {
    "self-signed": SelfSigned(),
    "internal PKI": InternalPKI(),
    "third party": ThirdPartyCA(),
    "third party, split pair": ThirdPartyCA(split=True),
}


def estate(size: int) -> Inventory:
    """So many devices in secure plans of 40: four UM servers and 36 gateways each."""
    plans = [f"plan{n}" for n in range(-(-size // 40))]
    devices = []
    for number in range(size):
        plan, place = plans[number // 40], number % 40
        role = Role.UM_SERVER if place < 4 else Role.GATEWAY
        name = f"{role.value}{number}"
        devices.append(
            Device(
                name, f"{name}.corp.example", role, (plan,), role is Role.UM_SERVER,
                ("Example Public Root",) if number % 3 else (),
            )
        )  # fmt: skip
    return Inventory.of(devices, [DialPlan(plan, SecurityMode.SECURED) for plan in plans])


def row(
    name: str, ours: float, target: float | None, memory: float | None = None
) -> dict[str, Any]:
    promise = f"under {target:g} s" if target is not None else "–"
    ok = target is None or ours < target
    return {
        "name": name, "ours": ours, "unit": "s", "peers": {}, "target": promise, "ok": ok,
        "memory_mb": memory,
    }  # fmt: skip


def least(work: Callable[[], object]) -> float:
    """The shortest of three runs, in seconds of one core: what else the machine does only adds."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def rows() -> list[dict[str, Any]]:
    found = []
    enterprise, thousand, double = read_inventory(EXAMPLE), estate(1000), estate(2000)
    for words, model in MODELS.items():
        few = least(partial(deploy, enterprise, model, at=AT))
        found.append(row(f"enterprise, {words}", few, 5))
        many = least(partial(deploy, thousand, model, at=AT))
        found.append(row(f"1,000 devices, {words}", many, 12))
        once, twice = (
            least(partial(deploy, inventory, model, at=AT)) for inventory in (thousand, double)
        )
        growth = row(f"2,000 devices by 1,000, {words}", twice / once, 2.5)
        found.append({**growth, "unit": "×", "target": "linear: under 2.5 ×"})
    for words, model in MODELS.items():
        lab = deploy(thousand, model, at=AT)
        for pairs in PAIRS:
            judge = partial(trust_matrix, lab, pairs)
            taken, peak = least(judge), traced(judge)
            entry = row(f"matrix of 1,000 devices, {pairs}, {words}", taken, 1, peak)
            found.append(
                {**entry, "target": "under 1 s and 300 MB", "ok": taken < 1 and peak < 300}
            )
    lab = deploy(enterprise, SelfSigned(), at=AT)
    planned = least(partial(migrate, lab, to=InternalPKI()))
    found.append(row("enterprise, migration planned and rehearsed", planned, 5))
    found.append(side_by_side())
    return found


def side_by_side() -> dict[str, Any]:
    """An estate with RSA keys, beside making as many keys one after the other."""
    inventory, kind = estate(40), KeyType.RSA_2048
    ours, theirs = [], []
    for _ in range(3):
        began = time.perf_counter()
        deploy(inventory, SelfSigned(key_type=kind), at=AT)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        for _ in inventory:
            KeyPair.generate(kind)
        theirs.append(time.perf_counter() - began)
    ratio = min(ours) / min(theirs)
    entry = row("40 devices, self-signed, RSA 2048", min(ours), 1)
    cores = os.cpu_count() or 1
    return {
        **entry, "peers": {"keys in turn": min(theirs)},
        "target": "under 0.8 × on two cores", "ok": ratio < 0.8 or cores == 1,
    }  # fmt: skip


def traced(work: Callable[[], object]) -> float:
    """The most memory that Python held during the work and its result, in megabytes."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak
