"""Which certificate a device could present, and which one a UM server picks at its start."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import InvalidInput
from ..pki import Certificate
from ..validation import Purpose
from .deployment import Deployment
from .inventory import Role
from .stores import Store


def faults_of(
    deployment: Deployment, device: str, certificate: Certificate, purpose: Purpose = Purpose.MUTUAL
) -> tuple[str, ...]:
    """Why this device cannot present this certificate now for this purpose; empty when it can."""
    name = deployment.inventory.device(device).dns_name
    if certificate.malformed:
        return ("malformed",)
    uses, at = certificate.extended_key_usage, deployment.at
    faults = {
        "expired": at > certificate.not_after,
        "not yet valid": at < certificate.not_before,
        "wrong name": name not in certificate.dns_names,
        "no key": deployment.key_holders.get(certificate.key_fingerprint) != device,
        "wrong use": uses is not None and not set(purpose.uses) <= set(uses),
    }
    return tuple(fault for fault, found in faults.items() if found)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate in the personal store, and why it was dropped, if it was."""

    certificate: Certificate
    faults: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return not self.faults

    @property
    def kind(self) -> str:
        """Which of the rule's two preferences it belongs to."""
        return "self-signed" if self.certificate.is_self_issued else "PKI or commercial"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a UM server looked at, in its order of preference, and what it takes.

    ``winner`` is None when nothing serves: then it generates a self-signed certificate.
    """

    device: str
    candidates: tuple[Candidate, ...] = field(repr=False)
    winner: Certificate | None

    @property
    def log(self) -> tuple[str, ...]:
        """Every candidate in a line, and the outcome."""
        lines = [
            f"{c.kind}: “{c.certificate.label}”, until {c.certificate.not_after:%Y-%m-%d}, "
            + (f"dropped: {', '.join(c.faults)}" if c.faults else "kept")
            for c in self.candidates
        ]
        end = (
            f"takes “{self.winner.label}” with fingerprint {self.winner.fingerprint[:16]}…"
            if self.winner
            else "finds none that serves and generates a self-signed certificate"
        )
        return (*lines, f"{self.device} {end}")


def select_certificate(deployment: Deployment, device: str) -> Selection:
    """The rule of claims C29 to C31, at the Deployment's moment.

    A certificate from a PKI or bought, else a self-signed one, else a new self-signed one; among
    equals the one that is valid longest. Raises ``InvalidInput`` for another role than UM server.
    """
    if deployment.inventory.device(device).role is not Role.UM_SERVER:
        raise InvalidInput(f"{device} is no UM server, and others do not choose by this rule")
    candidates = sorted(
        (
            Candidate(certificate, faults_of(deployment, device, certificate))
            for certificate in deployment.held_in(device, Store.PERSONAL)
        ),
        key=lambda c: (c.certificate.is_self_issued, -c.certificate.not_after.timestamp()),
    )
    winner = next((c.certificate for c in candidates if c.kept), None)
    return Selection(device, tuple(candidates), winner)
