"""Faults: Steps, as everything else that happens in the lab, that break one direction of a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from ..deployment import (
    SELF,
    CreateAuthority,
    Deployment,
    ImportAnchor,
    ImportInto,
    PublishCRL,
    RemoveAnchor,
    Renew,
    Revoke,
    SendChain,
    Step,
    Store,
)
from ..errors import StepRefused
from ..pki import Certificate
from ..validation import Purpose
from .fault_steps import IssueByHand, NeglectCRL, SetClock

Steps = tuple[Step, ...]
_OTHER = "Other PKI"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which ``verifier`` comes to refuse ``presenter``, or to trust it too far.

    ``plain`` says what it is wherever it happens, ``words`` what is done to these two. ``at`` says
    whose fault it is: the presenter's, the verifier's, an authority's or the clock's. ``steps``
    makes the Steps that do it.
    """

    key: str
    title: str
    plain: str
    words: str
    at: str
    steps: Callable[[Deployment, str, str], Steps] = field(repr=False)

    def tell(self, presenter: str, verifier: str) -> str:
        """What is done, in words."""
        return self.words.format(presenter=presenter, verifier=verifier)

    def apply(self, deployment: Deployment, presenter: str, verifier: str) -> Deployment:
        """The Deployment with this fault. Raises ``StepRefused`` where it cannot be had."""
        return deployment.run(self.steps(deployment, presenter, verifier))


def _certificate(deployment: Deployment, presenter: str) -> Certificate:
    found = deployment.certificate_of(presenter, Purpose.CLIENT)
    if found is None:
        raise StepRefused(f"{presenter} has no certificate yet")
    return found


def _issuer(deployment: Deployment, presenter: str, cannot: str) -> str:
    authority = deployment.issuer_of(_certificate(deployment, presenter))
    if authority is None:
        raise StepRefused(
            f"{cannot.format(presenter=presenter)}: no authority here issued it",
            remedy="Where everybody signs for themselves, peers remove the certificate instead.",
        )
    return authority.name


def _replaced(deployment: Deployment, presenter: str, verifier: str, **changes: object) -> Steps:
    """A certificate from the same hand as before, made wrongly, and known where it has to be."""
    issuer = deployment.issuer_of(_certificate(deployment, presenter))
    made = IssueByHand(presenter, issuer.name if issuer else SELF, **changes)  # type: ignore[arg-type]
    return (made,) if issuer else (made, ImportAnchor(verifier, presenter))


def _misnamed(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    host, _, domain = deployment.inventory.device(presenter).fqdn.partition(".")
    return _replaced(deployment, presenter, verifier, names=(f"{host}-old.{domain}",))


def _revoked(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    issuer = _issuer(deployment, presenter, "nobody can revoke {presenter}’s certificate")
    return Revoke(issuer, presenter), PublishCRL(issuer)


def _stale(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    return (NeglectCRL(_issuer(deployment, presenter, "nobody lists {presenter}’s certificate")),)


def _chain_left_out(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    if not deployment.chain_of(presenter, Purpose.CLIENT):
        raise StepRefused(f"{presenter} sends no issuing certificate that could be left out")
    return (SendChain(presenter, send=False),)


def _anchors(deployment: Deployment, presenter: str, verifier: str) -> tuple[str, ...]:
    """Whose certificates in the verifier's root store make it accept the presenter."""
    own = _certificate(deployment, presenter)
    chain = {own, *deployment.chain_of(presenter, Purpose.CLIENT)}
    every = (*deployment.inventory.devices, *deployment.authorities)
    whose = {found: name for name in every if (found := deployment.offered_by(name))}
    names = tuple(
        whose[anchor]
        for anchor in deployment.anchors_of(verifier)
        if anchor in whose and any(anchor in chain or one.is_signed_by(anchor) for one in chain)
    )
    if not names:
        raise StepRefused(f"{verifier} holds no root for {presenter}’s certificate")
    return names


def _root_removed(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    steps = tuple(
        RemoveAnchor(verifier, name) for name in _anchors(deployment, presenter, verifier)
    )
    if len(steps) < len(deployment.anchors_of(verifier)):
        return steps
    root = f"{_OTHER} root"  # a server with an empty store does not even start
    return CreateAuthority(_OTHER, root=root), *steps, ImportAnchor(verifier, root)


def _wrong_store(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    names = _anchors(deployment, presenter, verifier)
    moved = tuple(ImportInto(verifier, name, Store.INTERMEDIATE) for name in names)
    return *(RemoveAnchor(verifier, name) for name in names), *moved


def _not_imported(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    if _certificate(deployment, presenter).is_self_issued:
        return _root_removed(deployment, presenter, verifier)
    return (IssueByHand(presenter),)


def _swapped(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    """Another key under the old name, which the others do not know."""
    if _certificate(deployment, presenter).is_self_issued:
        return (IssueByHand(presenter),)
    raise StepRefused(
        f"an authority issued {presenter}’s certificate, so a new key of {presenter} is accepted",
        remedy="Choose a device that signs for itself.",
    )


def _rotated(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    """A new authority issues to the presenter; the others have its root, the verifier has not."""
    old = _issuer(deployment, presenter, "{presenter} has no root that could be changed")
    name, root = f"{old} G2", f"{old} G2 root"
    peers = [peer for peer in deployment.inventory.peers[presenter] if peer != verifier]
    return (
        CreateAuthority(name, root=root, domains=deployment.inventory.domains),
        Renew(presenter, name),
        *(ImportAnchor(peer, root) for peer in peers),
    )


def _clock_back(deployment: Deployment, presenter: str, verifier: str) -> Steps:
    begin = _certificate(deployment, presenter).not_before
    return (SetClock(f"{begin - timedelta(days=30):%Y-%m-%d}"),)


FAULTS = {
    fault.key: fault
    for fault in (
        Fault("expired", "Expired",
              "The last day of a device’s certificate is over.",
              "{presenter} presents a certificate that ended yesterday",
              "presenter", partial(_replaced, since_days=-366)),
        Fault("revoked", "Revoked",
              "The authority has taken a device’s certificate back, and its list says so.",
              "the authority has revoked {presenter}’s certificate",
              "presenter", _revoked),
        Fault("purpose", "Wrong purpose",
              "A device’s certificate is for servers only, and the device also makes calls.",
              "{presenter} presents a certificate for servers only",
              "presenter", partial(_replaced, profile="tls-server")),
        Fault("root", "Root removed",
              "A device does not hold the root that its peer’s certificate ends in.",
              "{verifier} has lost the root of {presenter}’s certificate",
              "verifier", _root_removed),
        Fault("self-signed", "Self-signed, not imported",
              "A device has signed for itself, and a peer that judges it was not told.",
              "{presenter} has signed for itself, and {verifier} was not told",
              "presenter", _not_imported),
        Fault("early", "Not yet valid",
              "A device’s certificate begins only later.",
              "{presenter} presents a certificate that begins tomorrow",
              "presenter", partial(_replaced, since_days=1)),
        Fault("name", "Wrong name",
              "A device’s certificate is for another name than the one it is reached by.",
              "{presenter} presents a certificate for its old name",
              "presenter", _misnamed),
        Fault("ca", "CA:TRUE",
              "A device’s certificate says that it may sign others, and a peer has it among its "
              "trusted roots.",
              "{presenter} presents a certificate that says CA:TRUE, imported by "
              "{verifier}", "presenter",
              lambda lab, who, whom: (IssueByHand(who, ca=True), ImportAnchor(whom, who))),
        Fault("key", "New key under the old name",
              "A device has made a new key; its peers hold the certificate of the old one.",
              "{presenter} has a new key under its old name, and nobody was "
              "told", "presenter", _swapped),
        Fault("chain", "Intermediate left out",
              "A device sends its certificate without that of the authority that signed it.",
              "{presenter} does not send the issuing certificate",
              "presenter", _chain_left_out),
        Fault("store", "In the wrong store",
              "A device holds the right certificate, but not among its trusted roots.",
              "{verifier} holds {presenter}’s root among the intermediates", "verifier",
              _wrong_store),
        Fault("rotated", "Root changed without overlap",
              "A device moved to a new authority, and a peer holds only the root of the old one.",
              "{presenter} has changed to a new authority, whose root {verifier} lacks",
              "verifier", _rotated),
        Fault("stale", "Stale list",
              "The list of what is revoked is past its date, so nobody can tell.",
              "{presenter}’s authority publishes no list any more",
              "authority", _stale),
        Fault("clock", "Clock set back",
              "The clock that all devices follow shows the wrong day.",
              "the site’s clock stands before {presenter}’s certificate "
              "begins", "clock", _clock_back),
    )
}  # fmt: skip
"""Fourteen faults by key, each against a presenter and a verifier of its certificate."""

CALL_FAULTS = {key: FAULTS[key] for key in ("expired", "revoked", "purpose", "root", "self-signed")}
"""The five that a call over real TLS shows, each by another alert or silence."""
