"""Faults that break one direction of a call: Steps, as everything else that happens in the lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ..deployment import (
    CreateAuthority,
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    InstallCertificate,
    IssueCertificate,
    OpenAccount,
    PublishCRL,
    RemoveFrom,
    RequestCertificate,
    Revoke,
    Step,
    Store,
)
from ..errors import StepRefused
from ..pki import Certificate
from ..validation import Purpose

_WEB_ONLY, _OTHER = "Web only CA", "Other PKI"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which ``verifier`` comes to refuse ``presenter``, who calls it.

    ``steps`` makes the Steps that do it. ``days_before`` is how long ago they were taken.
    """

    key: str
    title: str
    words: str
    steps: Callable[[Deployment, str, str], tuple[Step, ...]]
    days_before: int = 0

    def tell(self, presenter: str, verifier: str) -> str:
        """What is done, in words."""
        return self.words.format(presenter=presenter, verifier=verifier)

    def apply(self, deployment: Deployment, presenter: str, verifier: str) -> Deployment:
        """The Deployment with this fault. Raises ``StepRefused`` where it cannot be had."""
        steps, now = self.steps(deployment, presenter, verifier), deployment.at
        return deployment.moved_to(now - timedelta(self.days_before)).run(steps).moved_to(now)


def _certificate(deployment: Deployment, presenter: str) -> Certificate:
    found = deployment.certificate_of(presenter, Purpose.CLIENT)
    if found is None:
        raise StepRefused(f"{presenter} has no certificate yet")
    return found


def _expired(deployment: Deployment, presenter: str, verifier: str) -> tuple[Step, ...]:
    return GenerateSelfSigned(presenter, lifetime_days=1), ImportAnchor(verifier, presenter)


def _revoked(deployment: Deployment, presenter: str, verifier: str) -> tuple[Step, ...]:
    authority = deployment.issuer_of(_certificate(deployment, presenter))
    if authority is None:
        raise StepRefused(
            f"nobody can revoke {presenter}’s certificate: no authority here issued it",
            remedy="Where everybody signs for themselves, peers remove the certificate instead.",
        )
    return Revoke(authority.name, presenter), PublishCRL(authority.name)


def _wrong_purpose(deployment: Deployment, presenter: str, verifier: str) -> tuple[Step, ...]:
    domain = deployment.inventory.device(presenter).fqdn.partition(".")[2]
    root = f"{_WEB_ONLY} root"
    return (
        OpenAccount(_WEB_ONLY, root=root, domains=(domain,), operator="Let's Encrypt"),
        RequestCertificate(presenter, _WEB_ONLY),
        IssueCertificate(presenter, _WEB_ONLY),
        InstallCertificate(presenter, _WEB_ONLY),
        ImportAnchor(verifier, root),
    )


def _root_removed(deployment: Deployment, presenter: str, verifier: str) -> tuple[Step, ...]:
    own = _certificate(deployment, presenter)
    chain = {own, *deployment.chain_of(presenter, Purpose.CLIENT)}
    names = (*deployment.inventory.devices, *deployment.authorities)
    whose = {found: name for name in names if (found := deployment.offered_by(name))}
    steps = tuple(
        RemoveFrom(verifier, whose[anchor], Store.ROOT)
        for anchor in deployment.anchors_of(verifier)
        if anchor in whose and any(anchor in chain or one.is_signed_by(anchor) for one in chain)
    )
    if not steps:
        raise StepRefused(f"{verifier} holds no root for {presenter}’s certificate")
    if len(steps) < len(deployment.anchors_of(verifier)):
        return steps
    root = f"{_OTHER} root"  # a server with an empty store does not even start
    return CreateAuthority(_OTHER, root=root), *steps, ImportAnchor(verifier, root)


def _not_imported(deployment: Deployment, presenter: str, verifier: str) -> tuple[Step, ...]:
    if _certificate(deployment, presenter).is_self_issued:
        return _root_removed(deployment, presenter, verifier)
    return (GenerateSelfSigned(presenter),)


FAULTS = {
    fault.key: fault
    for fault in (
        Fault("expired", "Expired", "{presenter} presents a certificate that ended yesterday",
              _expired, days_before=2),
        Fault("revoked", "Revoked", "the authority has revoked {presenter}’s certificate",
              _revoked),
        Fault("purpose", "Wrong purpose", "{presenter} presents a certificate for servers only",
              _wrong_purpose),
        Fault("root", "Root removed", "{verifier} has lost the root of {presenter}’s certificate",
              _root_removed),
        Fault("self-signed", "Self-signed, not imported",
              "{presenter} has signed for itself, and {verifier} was not told", _not_imported),
    )
}  # fmt: skip
"""The five faults by key, each against a caller."""
