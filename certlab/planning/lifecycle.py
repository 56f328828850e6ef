"""What a change of certificates breaks, whom it asks to act, and until when somebody is fooled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, count

from ..deployment import (
    Authority,
    CellState,
    Deployment,
    GenerateSelfSigned,
    ImportInto,
    InstallCertificate,
    InternalPKI,
    Phase,
    Procedure,
    PublishCRL,
    RemoveAnchor,
    Renew,
    RenewAuthority,
    Revoke,
    Step,
    Store,
    TrustMatrix,
    migrate,
    touches,
    trust_matrix,
    why,
)
from ..deployment.authority import EstateRules, PublicRules
from ..deployment.steps import plural
from ..errors import InvalidInput, StepRefused
from ..pki import KeyType, ReasonFlags
from ..validation.constraints import constraints_of
from .due import renewal_steps, shown_again

Pair = tuple[str, str]
RENEWALS = ("same key", "new key", "new issuer")
"""How a certificate can be renewed."""
OCSP_HOURS = 12
"""How long an answer of an authority's responder counts."""


@dataclass(frozen=True)
class Impact:
    """What a change does to an estate, rehearsed on a copy.

    ``switch`` are the Steps of the change itself. ``down`` are the directions (verifier, subject)
    that are refused after them, for the reason ``because``, until the ``repairs`` are done; which
    may be repairs at other devices. ``smooth`` holds the same Steps in an order in which no link
    stops, or is None when there is no such order. ``known`` says from when on whom the change
    reaches, and ``notes`` what else matters.
    """

    title: str
    deployment: Deployment = field(repr=False)
    switch: tuple[Step, ...]
    repairs: tuple[Step, ...] = field(repr=False)
    down: tuple[Pair, ...] = field(repr=False)
    because: str = ""
    smooth: Procedure | None = field(default=None, repr=False)
    known: tuple[tuple[str, datetime], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def procedure(self) -> Procedure:
        """The change, then the repairs."""
        phases = Phase("The change", self.switch), Phase("What it breaks is repaired", self.repairs)
        return Procedure(self.title, tuple(phase for phase in phases if phase.steps))

    @property
    def stores(self) -> tuple[str, ...]:
        """The devices whose stores must be touched."""
        kinds = (ImportInto, RemoveAnchor)
        steps = (*self.switch, *self.repairs)
        return tuple(dict.fromkeys(step.device for step in steps if isinstance(step, kinds)))

    @property
    def touches(self) -> int:
        """How often somebody has to log on somewhere, repairs included."""
        return touches((*self.switch, *self.repairs))

    @property
    def statement(self) -> str:
        """What it comes to, in a sentence or two."""
        many = "direction of a link is" if len(self.down) == 1 else "directions of links are"
        until = "until it is repaired" if self.repairs else "from then on"
        stops = f"{len(self.down):,} {many} refused {until}"
        if not self.down:
            stops = "no link stops working"
        at = len(self.stores)
        stores = f"{at} stores must be touched" if at > 1 else f"{at or 'no'} store must be touched"
        touches = plural(self.touches, "touch", "touches")
        told = f"{self.title}: {touches}, {stores}, {stops}."
        if self.down and self.smooth is not None:
            told += " In the right order nothing stops."
        return told

    def __repr__(self) -> str:
        return f"Impact({self.statement!r})"


def renewal(deployment: Deployment, device: str, kind: str, *, issuer: str = "") -> Impact:
    """What it breaks when a device gets a new certificate now: one of ``RENEWALS``.

    “same key” and “new key” stay with who issued the old one. “new issuer” takes ``issuer``, an
    authority here, or, left out, a new PKI that is set up for it. Raises ``UnknownName``, and
    ``InvalidInput`` for another kind, or when the device presents nothing.
    """
    name = deployment.inventory.device(device).name
    if kind not in RENEWALS:
        raise InvalidInput(
            f"no renewal is called {kind!r}", expected=f"one of: {', '.join(RENEWALS)}"
        )
    presented = deployment.presented_by(name)
    if not presented:
        raise InvalidInput(f"{name} presents no certificate that could be renewed")
    title, ready = f"{name} is renewed, {kind}", deployment
    first: tuple[Step, ...] = ()
    if kind == "new issuer":
        if not issuer:
            issuer = _free(deployment, "New PKI")
            first = InternalPKI(issuer).procedure(deployment.inventory).phases[0].steps
            ready = deployment.run(first)
        ready.authority(issuer)
        steps: list[Step] = [Renew(name, issuer)]
    else:
        steps = []
        for shown in presented:
            by = deployment.issuer_of(shown.certificate)
            rules = by.rules if by is not None else None
            if by and isinstance(rules, PublicRules) and rules.stale_domains(deployment.at):
                first += (shown_again(deployment, by, rules),)
            whole = renewal_steps(deployment, name, shown, by)
            if not whole:
                raise InvalidInput(f"nobody here can renew {name}’s certificate")
            step = whole[0]
            if isinstance(step, GenerateSelfSigned):
                step = replace(step, present=True)
            steps.append(replace(step, same_key=kind == "same key"))  # type: ignore[call-arg]
        ready = deployment.run(first)
    return _rehearsed(title, deployment, ready, tuple(steps), first)


def rotate_root(deployment: Deployment, authority: str, overlap_days: int = 90) -> Impact:
    """Replace the root above a house authority by a new one.

    With an overlap, the new root is imported everywhere, then certificates change, and the old root
    is removed ``overlap_days`` later. Without one (0), one device after another leaves the old
    root and joins the new: ``down`` is what is refused when half of them have. Raises
    ``InvalidInput`` for a negative overlap, and for an authority that is not the house's own.
    """
    if overlap_days < 0:
        raise InvalidInput("an overlap cannot be negative", where=f"overlap_days={overlap_days}")
    issuing = _below(deployment, deployment.authority(authority))
    if issuing is None:
        raise InvalidInput(
            f"{authority} is not one of your own authorities",
            remedy="Ask whoever runs it for a new root.",
        )
    model = _successor(deployment, issuing)
    journey = migrate(deployment, to=model)
    if journey.refusal:
        raise StepRefused(journey.refusal)
    procedure = replace(journey.procedure, title=f"{model.root} replaces the root of {authority}")
    old, ends = deployment.authority(authority).ca.root, deployment.at + timedelta(overlap_days)
    leaves = [s.certificate for d in deployment.inventory.devices
              for s in deployment.presented_by(d)]  # fmt: skip
    soon = sum(certificate.not_after <= ends for certificate in leaves)
    notes = []
    if overlap_days:
        notes.append(
            f"Within the overlap of {overlap_days} days {soon:,} of {len(leaves):,} certificates "
            "are renewed anyway, the others ahead of time. "
            f"The old root is removed on {ends:%Y-%m-%d}."
        )
        if ends > old.not_after:
            notes.append(f"The old root itself ends on {old.not_after:%Y-%m-%d}, before that.")
        smooth = procedure if journey.exists else None
        return Impact(procedure.title, deployment, procedure.steps, (), journey.broken,
                      journey.why_broken, smooth, (), tuple(notes))  # fmt: skip
    return _abrupt(deployment, procedure, journey.exists)


def _abrupt(deployment: Deployment, smooth: Procedure, exists: bool) -> Impact:
    """The same Steps device by device, looked at when half of the devices are through."""
    devices = [d for d, peers in deployment.inventory.peers.items() if peers]
    through = set(devices[: len(devices) // 2])
    central = deployment.inventory.devices.keys()
    half = [step for step in smooth if step.place in through or step.place not in central]
    before, during = trust_matrix(deployment), trust_matrix(deployment.run(half))
    down, because = _refused(before, during)
    note = (f"{len(through):,} of {len(devices):,} devices have changed when this is judged; "
            "before and after it is less.")  # fmt: skip
    return Impact(f"{smooth.title}, without overlap", deployment, smooth.steps, (), down, because,
                  smooth if exists else None, (), (note,))  # fmt: skip


def compromise(deployment: Deployment, authority: str) -> Impact:
    """Somebody else has the key of a CA: take it back, and issue everything below it anew.

    A CA above revokes an issuing CA, and no store need be touched. Nobody is above a root: it is
    removed from every store, and another takes its place. Raises ``UnknownName``.
    """
    found = deployment.authority(authority)
    above = deployment.issuer_of(found.certificate)
    title = f"The key of {authority} is stolen"
    if above is None:
        return _root_lost(deployment, found, title)
    reason = ReasonFlags.ca_compromise
    switch = (
        Revoke(above.name, authority, reason, fingerprint=found.certificate.fingerprint),
        PublishCRL(above.name, instead_of=above.list_number(deployment.at)),
    )
    after = deployment.run(switch)
    down, because = _refused(trust_matrix(deployment), trust_matrix(after))
    repairs = (
        RenewAuthority(authority, instead_of=found.certificate.fingerprint),
        *(
            Renew(
                device,
                authority,
                shown.purpose,
                KeyType(shown.certificate.key_type),
                instead_of=shown.certificate.fingerprint,
            )
            for device in deployment.inventory.devices
            for shown in deployment.presented_by(device)
            if shown.certificate.fingerprint in found.issued
        ),
    )
    note = "Until then whoever has the key certifies any name, and it is accepted."
    return Impact(title, deployment, switch, repairs, down, because, None,
                  tuple(_tidings(above, deployment.at, deployment.at)), (note,))  # fmt: skip


def _root_lost(deployment: Deployment, root: Authority, title: str) -> Impact:
    print_ = root.certificate.fingerprint
    holders = [d for d in deployment.inventory.devices
               if print_ in deployment.store_of(d).root]  # fmt: skip
    switch = tuple(RemoveAnchor(d, root.name, fingerprint=print_) for d in holders)
    down, because = _refused(trust_matrix(deployment), trust_matrix(deployment.run(switch)))
    repairs: tuple[Step, ...] = ()
    below = _below(deployment, root)
    if below is not None:
        model = _successor(deployment, below)
        repairs = tuple(step for phase in migrate(deployment, to=model).procedure.phases[:3]
                        for step in phase)  # fmt: skip
    note = "Nobody stands above a root, so nobody can revoke it: it ends where it is removed."
    return Impact(title, deployment, switch, repairs, down, because, None, (), (note,))


def withdraw(deployment: Deployment, device: str) -> Impact:
    """A device’s key is stolen, and nobody may accept it any more: what that takes.

    With a CA one revocation does it, and ``known`` tells when it reaches whom. Without one
    everybody who imported the certificate removes it. Raises ``UnknownName``, and ``InvalidInput``
    when the device presents nothing.
    """
    name = deployment.inventory.device(device).name
    presented = deployment.presented_by(name)
    if not presented:
        raise InvalidInput(f"{name} presents no certificate that could be withdrawn")
    steps: list[Step] = []
    known: list[tuple[str, datetime]] = []
    latest = deployment.at
    for shown in presented:
        issuer, print_ = deployment.issuer_of(shown.certificate), shown.certificate.fingerprint
        if issuer is not None:
            reason = ReasonFlags.key_compromise
            steps.append(Revoke(issuer.name, name, reason, fingerprint=print_))
            told = issuer.next_crl(deployment.at) or deployment.at
            latest = max(latest, told)
            known += _tidings(issuer, deployment.at, told)
        else:
            steps += (RemoveAnchor(d, name, fingerprint=print_)
                      for d in deployment.inventory.devices
                      if print_ in deployment.store_of(d).of(Store.ROOT))  # fmt: skip
    after = deployment.run(steps)
    down, because = _refused(trust_matrix(deployment), trust_matrix(after.moved_to(latest)),
                             subject=name)  # fmt: skip
    notes = ("Until the last visit is done somebody still accepts it.",) if not known else ()
    return Impact(f"{name} is withdrawn", deployment, tuple(steps), (), down, because, None,
                  tuple(dict.fromkeys(known)), notes)  # fmt: skip


def _tidings(issuer: Authority, at: datetime, told: datetime) -> list[tuple[str, datetime]]:
    """From when on whom a revocation reaches that the next list, made at ``told``, tells of."""
    found = [(f"{issuer.name} publishes a list with it", told)]
    if issuer.publishes_itself:
        found.append((f"the last answer of {issuer.name}’s responder (OCSP) without it ends",
                      at + timedelta(hours=OCSP_HOURS)))  # fmt: skip
    listed = issuer.crl_at(at)
    if listed is not None and (until := listed.next_update_utc) and until > at:
        found.append((f"the last list of {issuer.name} without it ends", until))
    return sorted(found, key=lambda line: line[1])


def _rehearsed(
    title: str, deployment: Deployment, ready: Deployment, switch: tuple[Step, ...],
    first: tuple[Step, ...],
) -> Impact:  # fmt: skip
    """Run the switch on a copy, then what ``why`` proposes until all that worked works again."""
    before, state = trust_matrix(deployment), ready.run(switch)
    down, because = _refused(before, trust_matrix(state))
    repairs: list[Step] = []
    still = down
    while still:
        fixes = dict.fromkeys(why(state, v, trusts=s).fix for v, s in still)
        steps = [_of_the_new(fix, switch[0]) for fix in fixes if fix is not None]
        if not steps:
            break
        repairs += steps
        state = state.run(steps)
        left, _ = _refused(before, trust_matrix(state))
        if len(left) == len(still):
            break
        still = left
    parts = [part for step in switch for part in step.parts]
    last = [part for part in parts if isinstance(part, InstallCertificate)]
    phases = (
        Phase("Make ready", (*first, *(part for part in parts if part not in last))),
        Phase("Import ahead of the switch", tuple(repairs)),
        Phase("Switch", tuple(last)),
    )
    smooth = Procedure(title, tuple(phase for phase in phases if phase.steps))
    works = not still and _holds(before, deployment, smooth)
    notes = (f"{len(still):,} of them stay refused: no single step repairs it.",) if still else ()
    return Impact(title, deployment, (*first, *switch), tuple(repairs), down, because,
                  smooth if works else None, (), notes)  # fmt: skip


def _of_the_new(fix: Step, switch: Step) -> Step:
    """An import of what the switch makes, not of what it replaces."""
    if isinstance(fix, ImportInto) and isinstance(switch, GenerateSelfSigned):
        return replace(fix, instead_of=switch.instead_of)
    return fix


def _holds(before: TrustMatrix, deployment: Deployment, smooth: Procedure) -> bool:
    """Whether everything that worked goes on working after each phase."""
    for phase in smooth.phases:
        try:
            deployment = deployment.run(phase)
        except StepRefused:
            return False
        if _refused(before, trust_matrix(deployment))[0]:
            return False
    return True


def _refused(
    before: TrustMatrix, after: TrustMatrix, subject: str = ""
) -> tuple[tuple[Pair, ...], str]:
    """The directions that worked and do not any more, and why the first of them does not."""
    pairs = tuple(
        pair for pair, cell in after
        if cell.state is CellState.REFUSED and before.cell(*pair).state is CellState.ACCEPTED
        and subject in ("", pair[1])
    )  # fmt: skip
    reason = after.cell(*pairs[0]).reason if pairs else None
    return pairs, reason.words if reason is not None else ""


def _below(deployment: Deployment, root: Authority) -> Authority | None:
    """The house's own issuing authority that is this one or stands below it."""
    return next(
        (a for _, a in sorted(deployment.authorities.items())
         if isinstance(a.rules, EstateRules) and root.certificate in (a.certificate, *a.ca.above)),
        None,
    )  # fmt: skip


def _successor(deployment: Deployment, authority: Authority) -> InternalPKI:
    """The model of a PKI like this one, under a name that is free."""
    rules = authority.rules
    assert isinstance(rules, EstateRules), "only the house's own PKI has a successor here"
    constrained = constraints_of(authority.certificate) is not None
    return InternalPKI(
        _free(deployment, authority.name),
        2 if authority.ca.above else 1,
        lifetime_days=rules.lifetime_days,
        name_constraints=constrained,
        roles=rules.roles,
        crl_days=authority.crl_days,
        ca_key_type=KeyType(authority.certificate.key_type),
    )


def _free(deployment: Deployment, name: str) -> str:
    """This name, or with the first number that makes it and its root’s name free."""
    plain = re.sub(r" \d+$", "", name)
    for tried in chain([plain], (f"{plain} {number}" for number in count(2))):
        if not any(
            known in deployment.authorities or known in deployment.inventory.devices
            for known in (tried, f"{tried} root")
        ):
            return tried
    raise AssertionError("numbers do not end")
