"""The touches of a model, counted from its Procedure once for an inventory."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..deployment import (
    SELF,
    CreateAuthority,
    DeviceStep,
    GenerateSelfSigned,
    ImportInto,
    InstallCertificate,
    Inventory,
    IssueCertificate,
    OpenAccount,
    PublishCRL,
    PushRoot,
    RefuseRequest,
    RemoveFrom,
    RenewAuthority,
    RequestCertificate,
    Revoke,
    Role,
    Step,
    ThirdPartyCA,
    TrustModel,
)
from ..deployment.bulk import keeping_all
from ..validation import Purpose

_KINDS: Mapping[type[Step], str] = {
    GenerateSelfSigned: "make a certificate",
    RequestCertificate: "request",
    IssueCertificate: "vet and issue",
    InstallCertificate: "install",
    CreateAuthority: "set up an authority",
    OpenAccount: "show our domains",
    PushRoot: "push by policy",
    RemoveFrom: "remove an old anchor",
}
IMPORT = "import a certificate"
_MAKING = (GenerateSelfSigned, InstallCertificate)
_TEAMS: Mapping[type[Step], str] = {
    **dict.fromkeys((CreateAuthority, OpenAccount, IssueCertificate, RefuseRequest, Revoke,
                     PublishCRL, RenewAuthority), "PKI"),
    PushRoot: "directory",
}  # fmt: skip


def team_of(step: Step, inventory: Inventory) -> str:
    """Who does a step: “Exchange”, “telephony”, “PKI” or “directory”."""
    return _team(type(step), step.place, inventory)


def _team(kind: type[Step], place: str, inventory: Inventory) -> str:
    if kind in _TEAMS:
        return _TEAMS[kind]
    device = inventory.devices.get(place)
    by_telephony = device is not None and device.role in (Role.GATEWAY, Role.PBX)
    return "telephony" if by_telephony else "Exchange"


class Work(NamedTuple):
    """A kind of touch. ``issuer`` is the authority whose certificates bring it back at renewal."""

    kind: str
    team: str
    issuer: str


@dataclass(frozen=True)
class Tally:
    """What a procedure asks for: operations, touches, and of those the ones of each renewal round.

    ``devices`` has for each kind of work the touches for each place: a device or an authority.
    ``rounds`` and ``certificates`` are by issuer.
    """

    operations: int
    touches: Mapping[Work, int]
    rounds: Mapping[str, int]
    certificates: Mapping[str, int]
    devices: Mapping[Work, Mapping[str, int]] = field(repr=False)

    @property
    def all(self) -> int:
        """All touches."""
        return sum(self.touches.values())


_TALLIES: dict[int, dict[tuple[TrustModel, bool], Tally]] = {}


def tally(inventory: Inventory, model: TrustModel, *, client_half: bool = False) -> Tally:
    """Count the procedure of a model on this inventory; the same question is counted once.

    With ``client_half`` it is what a third party's private CA for client authentication adds.
    """
    known = _TALLIES.get(id(inventory))
    if known is None:
        known = _TALLIES[id(inventory)] = {}
        weakref.finalize(inventory, _TALLIES.pop, id(inventory), None)
    key = (model, client_half)
    if key not in known:
        with keeping_all():
            if client_half and isinstance(model, ThirdPartyCA):
                phases = model.private.phases(inventory, Purpose.CLIENT)
            else:
                phases = model.procedure(inventory).phases
            known[key] = count((step for phase in phases for step in phase), inventory)
    return known[key]


def count(steps: Iterable[Step], inventory: Inventory) -> Tally:
    """Count these Steps."""
    known, seen, operations = inventory.devices, set(), 0
    found: dict[tuple[type[Step], str], Counter[str]] = {}
    for step in steps:
        operations += 1
        kind: type[Step] = type(step)
        issuer = ""
        if isinstance(step, ImportInto):
            issuer = SELF if step.certificate_of in known else ""
        elif isinstance(step, DeviceStep) and not isinstance(step, RemoveFrom):
            issuer = getattr(step, "authority", SELF)
        times = 1
        if kind.sittings is not Step.sittings:  # shared, so each counts once
            fresh = [sitting for sitting in step.sittings if sitting not in seen]
            seen.update(fresh)
            times = len(fresh)
        found.setdefault((kind, issuer), Counter())[step.place] += times
    devices: dict[Work, dict[str, int]] = {}
    rounds, certificates = Counter[str](), Counter[str]()
    for (kind, issuer), places in found.items():
        if issuer:
            rounds[issuer] += places.total()
        if kind in _MAKING:
            certificates[issuer] += places.total()
        for place, count in places.items():
            work = Work(_KINDS.get(kind, IMPORT), _team(kind, place, inventory), issuer)
            here = devices.setdefault(work, {})
            here[place] = here.get(place, 0) + count
    touches = {work: sum(places.values()) for work, places in devices.items()}
    return Tally(operations, touches, rounds, certificates, devices)
