"""Many devices: what is shown of them, and the map by dial plan with counts and the worst state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ..deployment import CellState, Device, DialPlan, Role, TrustMatrix
from .signs import ACCEPTED, OPEN, REFUSED, Sign, badge, plan_id
from .svg import box, group, picture, stroke, words
from .text import Markup, plural, tag

MANY = 30
"""Over so many devices, views group by dial plan and open on demand."""

OPENED = 36
"""So many devices an opened dial plan shows one by one, those with refused links first."""

SECTION, GAP, COLUMNS = 256, 20, 3
NO_PLAN = "no dial plan"
"""The heading over devices that belong to none."""


@dataclass(slots=True)
class Tally:
    """How many pairs of one kind are accepted, of how many."""

    accepted: int = 0
    total: int = 0

    @property
    def sign(self) -> Sign:
        """The worst state among them."""
        if not self.total:
            return OPEN
        return ACCEPTED if self.accepted == self.total else REFUSED


@dataclass(slots=True)
class Plan:
    """One dial plan in sums: its devices by role, and its pairs by (verifier, subject) role."""

    name: str
    dial_plan: DialPlan | None
    devices: Counter[Role] = field(default_factory=Counter)
    pairs: dict[tuple[Role, Role], Tally] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        return Tally(
            sum(tally.accepted for tally in self.pairs.values()),
            sum(tally.total for tally in self.pairs.values()),
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """The devices a view shows one by one, and in words those it leaves out."""

    devices: tuple[Device, ...]
    left_out: str = ""


def scope(matrix: TrustMatrix, opened: str | None) -> Scope | None:
    """What to show one by one: everything, or the opened dial plan; None to show plans in sums."""
    inventory = matrix.deployment.inventory
    if len(inventory) <= MANY:
        return Scope(tuple(inventory))
    if opened is None:
        return None
    inside = [device for device in inventory if opened in (device.dial_plans or (NO_PLAN,))]
    if opened == NO_PLAN:  # what they are linked with tells more than they alone
        names = {peer for device in inside for peer in inventory.peers[device.name]}
        inside += [device for device in inventory if device.name in names]
    refused: Counter[str] = Counter()
    for pair in matrix.refused:
        refused.update(pair)
    servers = [device for device in inside if device.role is Role.UM_SERVER]
    others = [device for device in inside if device.role is not Role.UM_SERVER]
    worst = sorted(others, key=lambda device: -refused[device.name])
    kept = {device.name for device in (servers + worst)[:OPENED]}
    out = [device for device in inside if device.name not in kept]
    roles = Counter(device.role for device in out)
    words_out = ", ".join(f"{count} more {_plural(role, count)}" for role, count in roles.items())
    if out:
        bad = sum(refused[device.name] > 0 for device in out)
        words_out += f"; {plural(bad, 'of them has', 'of them have')} refused links" if bad else (
            ", all without a refused link")  # fmt: skip
    return Scope(tuple(device for device in inside if device.name in kept), words_out)


def _plural(role: Role, count: int) -> str:
    return role.title if count == 1 else f"{role.title}s"


def plans(matrix: TrustMatrix) -> list[Plan]:
    """Every dial plan in sums, in inventory order; last the devices outside every plan."""
    inventory = matrix.deployment.inventory
    found = {name: Plan(name, plan) for name, plan in inventory.dial_plans.items()}
    found[NO_PLAN] = Plan(NO_PLAN, None)
    roles = {}
    for device in inventory:
        roles[device.name] = device.role
        for name in device.dial_plans or (NO_PLAN,):
            found[name].devices[device.role] += 1
    for link in inventory.links:
        for verifier, subject in link.directions:
            cell = matrix.judged.get((verifier, subject))
            if cell is None:
                continue
            kind = roles[verifier], roles[subject]
            for name in link.dial_plans or (NO_PLAN,):
                tally = found[name].pairs.setdefault(kind, Tally())
                tally.total += 1
                tally.accepted += cell.state is CellState.ACCEPTED
    return [plan for plan in found.values() if plan.devices]


def plan_map(
    matrix: TrustMatrix, selected: Sequence[str] = (), changed: Collection[tuple[str, str]] = ()
) -> Markup:
    """The map of many devices: a card for each dial plan, to open on demand.

    A card counts the directions that ``changed``.
    """
    plans_of = {device.name: set(device.dial_plans) for device in matrix.deployment.inventory}
    differ = Counter(plan for a, b in changed for plan in plans_of[a] & plans_of[b])
    common = [plans_of[name] for name in selected]
    marked = set.intersection(*common) if common else set()
    every = plans(matrix)
    tall = 72 + 32 * max((len(_peer_roles(plan)) for plan in every), default=1)
    cards = []
    for place, plan in enumerate(every):
        x = (place % COLUMNS) * (SECTION + GAP) + 1
        y = (place // COLUMNS) * (tall + GAP) + 1
        cards.append(
            _plan_card(plan, (x, y), tall, on=plan.name in marked, differ=differ[plan.name])
        )
    columns = min(COLUMNS, len(every))
    rows = -(-len(every) // COLUMNS)
    inventory = matrix.deployment.inventory
    return picture(
        columns * (SECTION + GAP) - GAP + 2,
        rows * (tall + GAP) - GAP + 2,
        matrix.headline,
        f"{plural(len(inventory), 'device')} in {plural(len(every), 'dial plan')}. "
        + " ".join(_told(plan) + "." for plan in every),
        cards,
        class_="cl-broad" if columns > 1 else "",
    )


def _told(plan: Plan) -> str:
    total = plan.total
    if not total.total:
        return f"{plan.name}: no link needs mutual TLS"
    if total.sign is ACCEPTED:
        return f"{plan.name}: all {total.total:,} directions accepted"
    return f"{plan.name}: {total.total - total.accepted:,} of {total.total:,} directions refused"


def _peer_roles(plan: Plan) -> list[Role]:
    """The roles that UM servers of this plan talk to, in a fixed order."""
    roles = [role for role in Role if role in plan.devices or any(role in p for p in plan.pairs)]
    servers = plan.devices[Role.UM_SERVER] > 1
    return [role for role in roles if role is not Role.UM_SERVER or servers]


def _plan_card(
    plan: Plan, at: tuple[float, float], tall: float, *, on: bool, differ: int
) -> Markup:
    mode = plan.dial_plan.security.value if plan.dial_plan else ""
    total = plan.total
    sign = total.sign if total.total else None
    rows = [
        _plan_row(plan, role, 80 + 32 * number) for number, role in enumerate(_peer_roles(plan))
    ]
    state = "no link needs mutual TLS" if sign is None else (
        f"all {total.total:,} accepted" if sign is ACCEPTED
        else f"{total.total - total.accepted:,} of {total.total:,} refused")  # fmt: skip
    devices = plural(sum(plan.devices.values()), "device")
    if differ:
        devices += f", {differ:,} differ"
    return group(
        box(0, 0, SECTION, tall, "cl-box-on cl-box" if on else "cl-box"),
        words(12, 24, plan.name, size=14, bold=True, room=130),
        words(SECTION - 12, 24, mode, class_="cl-muted", anchor="end", room=100),
        words(12, 46, devices, class_="cl-muted"),
        words(
            SECTION - 12,
            46,
            state,
            bold=sign is not None,
            class_=sign.class_ if sign else "cl-muted",
            anchor="end",
        ),
        rows,
        at=at,
        data_id=plan_id(plan.name),
        aria_label=f"{_told(plan)}{f', {differ:,} differ' if differ else ''}; open it",
    )


def _plan_row(plan: Plan, role: Role, y: float) -> Markup:
    """UM servers on the left, devices of one role on the right, and what each says of the other."""
    there = plan.pairs.get((Role.UM_SERVER, role), Tally())
    back = plan.pairs.get((role, Role.UM_SERVER), Tally())
    left = f"{plan.devices[Role.UM_SERVER]} UM" if plan.devices[Role.UM_SERVER] else "UM"
    right = f"{plan.devices[role]} {_SHORT[role]}"
    title = (
        f"UM servers accept {there.accepted:,} of {there.total:,}, "
        f"{_plural(role, 2)} accept {back.accepted:,} of {back.total:,}"
    )
    start, middle, end = 60.0, 105.0, 150.0
    halves = []
    for x, tally in ((start, there), (end, back)):
        look = "cl-open" if tally.sign is OPEN else tally.sign.class_
        halves.append(stroke([(x, y), (middle, y)], f"cl-half {look}"))
        if tally.total:
            halves.append(badge(tally.sign, (x + middle) / 2 - (x - middle) / 12, y))
    return group(
        tag("title", title),
        words(12, y + 4, left, room=48),
        halves,
        words(end + 8, y + 4, right, room=SECTION - end - 20),
    )


_SHORT = {
    Role.UM_SERVER: "UM",
    Role.GATEWAY: "gateways",
    Role.PBX: "PBXs",
    Role.EXCHANGE: "Exchange",
}
