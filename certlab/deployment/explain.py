"""Why one device accepts or refuses another, and the Step that would repair it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import InvalidInput
from ..validation import Finding, Purpose, Remedy, Verdict
from .deployment import Deployment
from .matrix import verify
from .steps import GenerateSelfSigned, ImportAnchor, Step


@dataclass(frozen=True)
class Explanation:
    """The whole answer to “why does ``verifier`` accept or refuse ``subject``”.

    ``verdict`` is None when the subject has no certificate to present. ``fix`` is the Step that
    repairs the first finding, or None when there is nothing to repair or no single Step does it.
    """

    deployment: Deployment = field(repr=False)
    verifier: str
    subject: str
    purpose: Purpose
    verdict: Verdict | None
    fix: Step | None

    @property
    def accepted(self) -> bool:
        return self.verdict is not None and self.verdict.accepted

    @property
    def reason(self) -> Finding | None:
        """The finding that explains a refusal first."""
        return None if self.verdict is None else self.verdict.reason

    @property
    def headline(self) -> str:
        return f"{self.verifier} {'accepts' if self.accepted else 'refuses'} {self.subject}"

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        if self.verdict is None:
            return f"{self.subject} has no certificate to present."
        if self.reason is not None:
            return self.reason.words
        anchor = self.verdict.path[-1]
        if anchor == self.verdict.certificate:
            return (
                f"{self.subject}’s certificate itself is in {self.verifier}’s root store, "
                "and all else about it is right."
            )
        return (
            f"{self.subject}’s chain ends in {anchor.label}, "
            f"which is in {self.verifier}’s root store."
        )

    def __repr__(self) -> str:
        fix = f" To repair it: {self.fix!r}" if self.fix else ""
        return f"{self.headline}. {self.sentence}{fix}"


def why(
    deployment: Deployment, verifier: str, *, trusts: str, purpose: Purpose | str = Purpose.MUTUAL
) -> Explanation:
    """Say why ``verifier`` accepts or refuses the device named by ``trusts``.

    ``purpose`` is the role the other plays: server, client, or (as on a mutual TLS link) both.
    Raises ``UnknownName`` for a device that is not there, and ``InvalidInput`` for one that is
    asked about itself.
    """
    inventory = deployment.inventory
    if inventory.device(verifier) == inventory.device(trusts):
        raise InvalidInput("a device is not asked whether it trusts itself", where=repr(verifier))
    asked = Purpose(purpose)
    if deployment.certificate_of(trusts) is None:
        return Explanation(deployment, verifier, trusts, asked, None, GenerateSelfSigned(trusts))
    verdict = verify(deployment, trusts, deployment.anchors_of(verifier), purpose=asked)
    fix = (
        None
        if verdict.accepted or verdict.reason is None
        else _repair(deployment, verifier, trusts, verdict.reason)
    )
    return Explanation(deployment, verifier, trusts, asked, verdict, fix)


def _repair(deployment: Deployment, verifier: str, subject: str, reason: Finding) -> Step | None:
    if reason.remedy is Remedy.IMPORT_ANCHOR:
        step: Step = ImportAnchor(verifier, certificate_of=subject)
    elif reason.remedy in (Remedy.REPLACE_CERTIFICATE, Remedy.CORRECT_NAME):
        step = GenerateSelfSigned(subject)
    else:
        return None
    return None if step.is_done(deployment) else step
