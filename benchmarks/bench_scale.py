"""Estates of ten thousand and a hundred thousand devices: issuing, judging, planning.

Each size runs in a process of its own, which tells its peak memory. Times are those of one core.
The estate mixes the models by dial plan and holds real P-256 certificates. Some are expired, some
revoked, and some issued wrongly: for another name, outside the name constraints, or for servers
alone. Beside ours stands what a loop over pyca's verifier, one call for each pair, would take. It
is measured on a sample of pairs and multiplied, and its name says so: nobody waits for the rest.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    ImportInto,
    InternalPKI,
    Inventory,
    PublishCRL,
    Revoke,
    Role,
    SecurityMode,
    SelfSigned,
    Step,
    Store,
    ThirdPartyCA,
    TrustMatrix,
    TrustModel,
    begin,
    trust_matrix,
    why,
)
from certlab.live.differences import explanation
from certlab.live.opinions import PYCA, Question, ask, pyca_says
from certlab.pki import Draft, KeyPair, general_name, profile
from certlab.planning import MODELS as PLANNED
from certlab.planning import cost, due, effort, forecast
from certlab.validation import Purpose

BEGAN, SAMPLE, PLAN = "2026-11-20", 400, 100
SIZES = (10_000, 30_000, 100_000)
MODELS: tuple[TrustModel, ...] = (SelfSigned(), InternalPKI(), ThirdPartyCA())
_T = TypeVar("_T")
ROLES = (Purpose.MUTUAL, Purpose.SERVER, Purpose.CLIENT)


def estate(size: int) -> Inventory:
    """So many devices in secure plans of 100: two UM servers and 98 gateways each."""
    devices = []
    for number in range(size):
        plan, place = divmod(number, PLAN)
        role = Role.UM_SERVER if place < 2 else Role.GATEWAY
        name = f"{role.value}{number}"
        ships = ("Example Public Root",) if number % 3 else ()
        devices.append(
            Device(name, f"{name}.corp.example", role, (f"plan{plan}",), place < 2, ships)
        )
    plans = [DialPlan(f"plan{n}", SecurityMode.SECURED) for n in range(-(-size // PLAN))]
    return Inventory.of(devices, plans)


def steps_of(inventory: Inventory) -> tuple[list[Step], list[Step]]:
    """What makes certificates and what hands out anchors, plan by plan in another model."""
    making: list[Step] = []
    importing: list[Step] = []
    for turn, model in enumerate(MODELS):
        mine = [d for d in inventory if int(d.dial_plans[0][4:]) % len(MODELS) == turn]
        part = Inventory.of(mine, inventory.dial_plans.values())
        for step in model.procedure(part):
            (importing if isinstance(step, ImportInto) else making).append(step)
    return making, importing


def spoiled(lab: Deployment) -> Deployment:
    """Every fiftieth device has something wrong: expired, revoked, or issued as it should not."""
    rules = lab.authority("Lab PKI")
    revoked = []
    for number, device in enumerate(list(lab.inventory)[PLAN - 1 :: 50]):
        if rules.certificate not in lab.chain_of(device.name):
            if number % 4 == 0:
                lab = lab.run(GenerateSelfSigned(device.name, lifetime_days=1))
            continue
        kind = number % 5
        if kind == 0:
            revoked.append(Revoke("Lab PKI", device.name))
            continue
        name = (device.fqdn, f"other.{device.fqdn}", "elsewhere.example", device.fqdn)[kind - 1]
        use = profile("tls-server" if kind == 1 else "mutual-tls")
        life = timedelta(days=1 if kind == 4 else 300)
        key = KeyPair.generate()
        wrong = rules.ca.sign(Draft((name,), use, lab.at, life), key.public_key)
        lab = lab.with_key(device.name, key).with_credential(device.name, wrong, rules.ca.chain)
    return lab.run(revoked, PublishCRL("Lab PKI")).moved_to(lab.at + timedelta(days=4))


class Clock:
    """Seconds of one core by name, in the order in which they were measured."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], _T]) -> _T:
        began = time.process_time()
        result = work()
        self.taken[name] = time.process_time() - began
        return result


def all_pairs(size: int) -> dict[str, Any]:
    """Issue for everybody, judge everybody by everybody in three roles, explain, compare."""
    clock, inventory = Clock(), estate(size)
    making, importing = steps_of(inventory)
    lab = clock("issue", lambda: begin(inventory, at=BEGAN).run(making))
    lab = spoiled(clock("import", lambda: lab.run(importing)))
    matrix = trust_matrix(lab, "all")
    counts = {role: clock(f"matrix {role}", partial(matrix.counts, role)) for role in ROLES}
    chance, names = random.Random(1), list(inventory.devices)  # noqa: S311 (a sample, no secret)
    pairs = [tuple(chance.sample(names, 2)) for _ in range(SAMPLE // 2)]
    pairs += [(a, chance.choice(inventory.peers[a])) for a in chance.sample(names, SAMPLE // 2)]
    slowest = 0.0
    for verifier, subject in pairs:
        began = time.process_time()
        why(lab, verifier, trusts=subject)
        slowest = max(slowest, time.process_time() - began)
    naive, differences = compared(matrix, pairs)
    return {
        **clock.taken, "slowest": slowest, "naive": naive * size * (size - 1),
        "differences": differences, "counts": counts[Purpose.MUTUAL],
    }  # fmt: skip


def compared(matrix: TrustMatrix, pairs: Iterable[tuple[str, ...]]) -> tuple[float, dict[str, int]]:
    """Seconds a pair that pyca's verifier takes, and where it says otherwise, by known reason."""
    lab, codes = matrix.deployment, matrix.codes()
    places = {name: place for place, name in enumerate(lab.inventory.devices)}
    differences: Counter[str] = Counter()
    asked, spent = 0, 0.0
    for verifier, subject in pairs:
        (shown,) = lab.presented_by(subject)
        name = general_name(lab.inventory.device(subject).fqdn)
        question = Question(
            shown.certificate, (*shown.chain, *lab.held_in(verifier, Store.INTERMEDIATE)),
            lab.anchors_of(verifier), lab.at, Purpose.MUTUAL, name,
        )  # fmt: skip
        began = time.process_time()
        opinion = ask(PYCA, "", pyca_says, question)
        spent, asked = spent + time.process_time() - began, asked + 1
        ours = bool(codes[places[verifier], places[subject]] == 0)
        if opinion.accepted is not ours:
            verdict = matrix.cell(verifier, subject).verdict
            assert verdict is not None
            known = explanation(verdict, opinion, (*question.intermediates, *question.anchors))
            revoked = verdict.reason is not None and verdict.reason.kind == "revoked"
            differences["revocation" if revoked else known.key if known else "unknown"] += 1
    return spent / asked, dict(differences)


def links(size: int) -> dict[str, Any]:
    """Issue for everybody, judge the links, and plan: effort, cost, what is due, the forecast."""
    clock, inventory = Clock(), estate(size)
    making, importing = steps_of(inventory)
    lab = clock("issue", lambda: begin(inventory, at=BEGAN).run(making))
    lab = clock("import", lambda: lab.run(importing))
    matrix = clock("link matrix", lambda: trust_matrix(lab))
    assert matrix.all_accepted, matrix.headline
    at, models = lab.at, PLANNED.values()
    clock("effort", lambda: [effort(inventory, model, at=at) for model in models])
    clock("cost", lambda: [cost(inventory, model, at=at) for model in models])
    clock("due list", lambda: due(lab, within_days=400))
    clock("forecast", lambda: [forecast(inventory, model, at=at) for model in models])
    return {"parts": clock.taken, "links": len(inventory.links)}


def alone(work: str, size: int) -> dict[str, Any]:
    """One of these in a process of its own; what it says, and ``memory_mb``."""
    done = subprocess.run(
        [sys.executable, __file__, work, str(size)],
        capture_output=True, check=True, encoding="utf-8",
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows() -> list[dict[str, Any]]:
    every = alone("all_pairs", 10_000)
    judging = sum(every[f"matrix {role}"] for role in ROLES)
    memory, other = every["memory_mb"], every["differences"]
    naive = {f"pyca for each pair, from {SAMPLE} of them": every["naive"]}
    found = [
        row("issue to 10,000 devices", every["issue"], 4, memory),
        {
            **row("10,000 × 10,000, mutual and each role", judging, 4, memory, naive),
            "target": "under 4 s and 1,500 MB", "ok": judging < 4 and memory < 1500,
        },
        {**row("slowest cell explained", every["slowest"] * 1000, 20, memory), "unit": "ms",
         "target": "under 20 ms"},
        {**row(f"differences from pyca in {SAMPLE} pairs", sum(other.values()), None, memory),
         "unit": "", "target": f"revocation alone: {other or 'none'}",
         "ok": other.keys() <= {"revocation"}},
    ]  # fmt: skip
    rates = {}
    for size in SIZES:
        planned = alone("links", size)
        parts, memory = planned["parts"], planned["memory_mb"]
        total, rates[size] = sum(parts.values()), sum(parts.values()) / planned["links"]
        said = f"{size:,} devices, {planned['links']:,} links, issued to planned"
        last = size == SIZES[-1]
        loop = every["naive"] / (10_000 * 9_999) * 2 * planned["links"]
        naive = {f"pyca for each direction, from {SAMPLE} pairs": loop}
        ok = not last or (total < 60 and memory < 4000)
        target = "under 60 s and 4,000 MB" if last else "–"
        found.append({**row(said, total, None, memory, naive), "target": target, "ok": ok})
        if last:
            found += [row(f"of it: {name}", spent, None, memory) for name, spent in parts.items()]
    growth = rates[SIZES[-1]] / rates[SIZES[0]]
    said = f"a link among {SIZES[-1]:,} devices by one among {SIZES[0]:,}"
    linear = {"unit": "×", "target": "linear: under 1.4 ×", "ok": growth < 1.4}
    return [*found, {**row(said, growth, None, None), **linear}]


def row(
    name: str, ours: float, target: float | None, memory: float | None,
    peers: dict[str, float] | None = None,
) -> dict[str, Any]:  # fmt: skip
    promise = f"under {target:g} s" if target is not None else "–"
    return {
        "name": name, "ours": ours, "unit": "s", "peers": peers or {}, "target": promise,
        "ok": target is None or ours < target, "memory_mb": memory,
    }  # fmt: skip


if __name__ == "__main__":
    from run import peak_memory_mb

    work = {"all_pairs": all_pairs, "links": links}[sys.argv[1]]
    print(json.dumps({**work(int(sys.argv[2])), "memory_mb": peak_memory_mb()}))
