"""What if: changes thought through on a copy. What is left to do, in which order, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..deployment import (
    AddDevice,
    Deployment,
    DialPlan,
    Inventory,
    MergeDialPlans,
    Phase,
    Procedure,
    RemoveAnchor,
    SecurityMode,
    Step,
    SwitchDialPlan,
    TrustMatrix,
    TrustModel,
    migrate,
    trust_matrix,
)
from ..deployment.migration import told_broken
from ..deployment.steps import plural
from ..errors import InvalidInput, Problem, StepRefused, UnknownName
from ..pki import KeyStore

CHANGES = (AddDevice, MergeDialPlans, SwitchDialPlan)
"""The Steps that change who is there and who talks to whom, and no certificate."""


@dataclass(frozen=True)
class WhatIf:
    """What some changes of an estate ask for. The Deployment that was asked about is as it was.

    ``procedure`` holds the remaining Steps in their order: new devices are taken in, everything
    they need is made ready, and dial plans are switched when it is there. ``before`` and ``after``
    are who accepts whom, after on a copy with other keys. ``broken`` are the directions that stop
    working on the way, and ``refusal`` is why there is no way.
    """

    procedure: Procedure
    before: TrustMatrix = field(repr=False)
    after: TrustMatrix = field(repr=False)
    broken: tuple[tuple[str, str], ...] = ()
    refusal: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The remaining Steps in the order in which nothing stops working."""
        return self.procedure.steps

    @property
    def touches(self) -> int:
        """How many pieces of work by hand it is."""
        return self.procedure.touches

    @cached_property
    def counts(self) -> Mapping[str, tuple[int, int]]:
        """What there is before and after: devices, links, certificates presented, anchors held."""
        one, other = _counts(self.before), _counts(self.after)
        return {name: (count, other[name]) for name, count in one.items()}

    @property
    def statement(self) -> str:
        """What it asks for and what comes of it, in a sentence or two."""
        if self.refusal:
            return f"There is no way there: {self.refusal}"
        if not self.steps:
            return "Nothing is left to do: everything is there already."
        steps, touches = plural(len(self.steps), "step"), plural(self.touches, "touch", "touches")
        then = f"{self.after.headline[0].lower()}{self.after.headline[1:]}"
        asked = f"{steps} with {touches}. Afterwards {then}."
        return f"{asked} {self.outage or 'No link that works stops working on the way.'}"

    @property
    def outage(self) -> str:
        """What stops working on the way, in a sentence, or nothing."""
        return f"On the way {told_broken(self.broken)}." if self.broken else ""


def what_if(deployment: Deployment, *changes: Step, model: TrustModel | None = None) -> WhatIf:
    """What is left to do when these changes are made and the estate follows ``model``.

    ``changes`` are ``AddDevice``, ``MergeDialPlans`` and ``SwitchDialPlan``, in any number; see
    ``take_in`` for a whole site. With the model that the estate follows already only the new is
    left; with another one it is a migration. Raises ``InvalidInput`` with every change that is
    none of these or cannot be made, and without a model.
    """
    if model is None:
        raise InvalidInput(
            "nobody says which model the estate is to follow",
            where="what_if(…)",
            expected="a trust model",
            remedy="Name it, such as what_if(lab, …, model=InternalPKI()).",
        )
    changed, todo, problems = replace(deployment, keys=KeyStore()), [], []
    for change in changes:
        try:
            if not isinstance(change, CHANGES):
                what = "this changes more than who is there"
                raise StepRefused(what, remedy="Leave it to the model.")
            if not change.is_done(changed):
                changed = change.apply(changed)
                todo.append(change)
        except (StepRefused, UnknownName) as error:
            remedy = error.remedy or f"Expected: {error.expected}."
            problems.append(Problem(f"{change.tell()}: {error.what}", remedy))
    if problems:
        raise InvalidInput("the changes cannot be made", problems=tuple(problems))
    joins = tuple(change for change in todo if isinstance(change, AddDevice))
    last = {change.place: change for change in todo if isinstance(change, SwitchDialPlan)}
    turns = tuple(
        change
        for change in todo
        if isinstance(change, MergeDialPlans)
        or (change is last.get(change.place) and not change.is_done(deployment))
    )
    way = migrate(changed, to=model)
    phases = [Phase("Take the new devices in", joins), *way.procedure.phases]
    # What will not be needed any more is needed until the dial plans are what they shall be.
    removals = (n for n, p in enumerate(phases) if any(isinstance(s, RemoveAnchor) for s in p))
    phases.insert(next(removals, len(phases)), Phase("Change the dial plans", turns))
    procedure = Procedure(f"What if: {model.title}", tuple(phase for phase in phases if len(phase)))
    return WhatIf(procedure, trust_matrix(deployment), way.after, way.broken, way.refusal)


def take_in(inventory: Inventory, other: Inventory) -> tuple[Step, ...]:
    """The Steps by which ``inventory`` takes another site's devices and dial plans in.

    Dial plans of one name become one. Raises ``InvalidInput`` with every clash: a name or an FQDN
    that both have, and a dial plan that has another security mode there.
    """
    problems = [
        Problem(f"{column} is taken here", "Rename one of the two.", None, column, value)
        for device in other
        for column, value, there in (
            ("name", device.name, inventory.devices),
            ("fqdn", device.dns_name, inventory.by_fqdn),
        )
        if value in there
    ]
    plans, steps = dict(inventory.dial_plans), []
    for plan in other.dial_plans.values():
        here = plans.get(plan.name, plan).security
        if here is not plan.security:
            what = f"dial plan {plan.name} is {here} here and {plan.security} there"
            problems.append(Problem(what, "Switch one of them first.", None, "security"))
    if problems:
        raise InvalidInput("the two sites cannot become one", problems=tuple(problems))
    for device in other:
        new = [other.dial_plans[name] for name in device.dial_plans if name not in plans]
        # A device brings its new dial plans in one mode; those of another are switched after.
        mode = new[0].security if new else SecurityMode.SIP_SECURED
        plans |= {plan.name: DialPlan(plan.name, mode) for plan in new}
        steps.append(
            AddDevice(device.name, device.fqdn, device.role, device.dial_plans,
                      device.domain_joined, device.ships_roots, mode)
        )  # fmt: skip
    switches = (
        SwitchDialPlan(plan.name, plan.security)
        for plan in other.dial_plans.values()
        if plans.get(plan.name, plan).security is not plan.security
    )
    return (*steps, *switches)


def _counts(matrix: TrustMatrix) -> dict[str, int]:
    lab = matrix.deployment
    inventory = lab.inventory
    return {
        "devices": len(inventory),
        "links that need mutual TLS": len(inventory.links),
        "of them working both ways": matrix.link_counts()[2],
        "certificates presented": sum(len(lab.presented_by(name)) for name in inventory.devices),
        "anchors held": sum(len(lab.store_of(name).root) for name in inventory.devices),
    }
