"""What is wrong with a Deployment, and where: read off the verdicts and the stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..deployment import Authority, CellState, Deployment, Store, TrustMatrix, trust_matrix, why
from ..deployment.steps import listed
from ..pki import Certificate
from ..validation import Finding, FindingKind, Outcome
from ..validation.checks import ANCHOR, ANCHOR_KIND, CHAINING, EXTENDED, NAME, VALIDITY
from ..validation.revocation import REVOCATION
from .fault_steps import CLOCK
from .faults import FAULTS

HOLDERS = {
    FindingKind.EXPIRED: "expired",
    FindingKind.NOT_YET_VALID: "early",
    FindingKind.REVOKED: "revoked",
    FindingKind.PURPOSE: "purpose",
    FindingKind.NAME_MISMATCH: "name",
    FindingKind.NAME_ONLY_IN_CN: "name",
    FindingKind.SAME_NAME_OTHER_KEY: "key",
    FindingKind.CA_PINNED_AS_ROOT: "ca",
}
"""Findings that are the fault of whoever holds the certificate."""

_RULES = {
    "expired": VALIDITY, "early": VALIDITY, "purpose": EXTENDED, "name": NAME, "ca": ANCHOR_KIND,
    "revoked": REVOCATION, "stale": REVOCATION, "chain": CHAINING, "key": ANCHOR, "root": ANCHOR,
    "store": ANCHOR, "rotated": ANCHOR, "self-signed": ANCHOR,
}  # fmt: skip
"""The rule that a fault breaks; where it holds, the fault is not there."""

Claim = tuple[str, str]
"""A fault's key and the place that is to blame for it."""

IN_FULL = " In full: "
"""What parts the plain reason from the sentence of the trace, where that is hard to read."""

_PLAINLY = {
    FindingKind.SAME_NAME_OTHER_KEY: "A name proves nothing; the key does. What {0} trusts has the "
    "same name and another key.",
    FindingKind.NOT_IMPORTED: "The certificate of {1} is self-signed, and is not among the trusted "
    "roots of {0}.",
    FindingKind.UNTRUSTED_ROOT: "The root of {1}’s certificate is not among the trusted roots of "
    "{0}.",
}
"""What the verifier has against the subject, for a first lesson."""


def plainly(kind: FindingKind | None, verifier: str, subject: str, sentence: str) -> str:
    """A reason: in plain words first, where there are some, and then as the trace has it."""
    plain = _PLAINLY.get(kind) if kind else None
    return f"{plain.format(verifier, subject)}{IN_FULL}{sentence}" if plain else sentence


def together(reasons: Iterable[str]) -> str:
    """Several reasons as one text, what is plain before all that is said in full."""
    parts = [reason.partition(IN_FULL) for reason in reasons]
    full = " ".join(said for *_, said in parts if said)
    return " ".join(plain for plain, *_ in parts) + (f"{IN_FULL}{full}" if full else "")


def diagnose(deployment: Deployment, at: datetime | None = None) -> Mapping[Claim, str]:
    """Every fault of a Deployment and its place, each with the sentence of the trace that shows it.

    ``at`` is the true time, where the Deployment's clock may be wrong.
    """
    if at is not None and deployment.at != at:
        seen = f"The clock stands at {deployment.at:%Y-%m-%d %H:%M} UTC, and it is {at:%Y-%m-%d}."
        return {("clock", CLOCK): seen, **diagnose(deployment.moved_to(at))}
    found: dict[Claim, str] = {}
    for (verifier, subject), cell in trust_matrix(deployment):
        for verdict in cell.verdicts:
            for finding in verdict.findings:
                if finding.fails or finding.kind is FindingKind.CA_PINNED_AS_ROOT:
                    claim = _blamed(deployment, verifier, subject, finding)
                    does = "refuses" if cell.state is CellState.REFUSED else "accepts"
                    words = plainly(finding.kind, verifier, subject,
                                    f"{finding.words} ({finding.section})")  # fmt: skip
                    if claim is not None:
                        found.setdefault(claim, f"{verifier} {does} {subject}: {words}")
    return found


NOT_SO = "Not so. "


def disproof(deployment: Deployment, claim: Claim, *, only: tuple[str, str] | None = None) -> str:
    """Why a claim does not hold: what speaks against it where somebody is refused.

    That is the check that passed, or else what the trace says instead; or that nobody is refused
    who would be. The Deployment stands at the true time. ``only`` a presenter and a verifier asks
    that one direction alone.
    """
    fault, place = claim
    if FAULTS[fault].at == "clock":
        if place != CLOCK:
            return f"{NOT_SO}{place} has no clock of its own: all follow “{CLOCK}”."
        seen = f"The clock stands at {deployment.at:%Y-%m-%d %H:%M} UTC"
        return f"{NOT_SO}{seen}, and that is the time."
    matrix, whose = trust_matrix(deployment), FAULTS[fault].at
    concerned = [
        pair
        for pair, _ in matrix
        if only in (None, pair[::-1]) and place == place_of(deployment, fault, *pair)
    ]
    if not concerned:
        return f"{NOT_SO}{_MATTERS[whose]}, and {place} does not."
    every = matrix.refused
    refused = [pair for pair in concerned if pair in every]
    if not refused and every and only is None and fault != "ca":
        seen = listed(f"{verifier} refuses {subject}" for verifier, subject in every[:2])
        return f"{NOT_SO}{_SHOWN[whose].format(place)} In this office {seen}."
    said = [_against(matrix, fault, *pair) for pair in refused or concerned]
    return next((words for words in said if words.startswith(NOT_SO)), said[0])


def _against(matrix: TrustMatrix, fault: str, verifier: str, subject: str) -> str:
    """What speaks against a fault in one direction."""
    deployment, cell = matrix.deployment, matrix.cell(verifier, subject)
    rule, own = _RULES[fault], _own(deployment, subject)
    for verdict in cell.verdicts:
        for check in verdict.trace:
            if (
                check.rule.title == rule.title
                and check.outcome is Outcome.PASS
                and (rule is ANCHOR or check.certificate == own)
            ):
                refused = cell.state is CellState.REFUSED
                does = "refuses {}, but not for this" if refused else "looks at {} and finds"
                said = f"{verifier} {does.format(subject)}: {check.words} ({check.section})"
                return f"{NOT_SO}{said}"
    reason = next((verdict.reason for verdict in cell.verdicts if verdict.reason is not None), None)
    if reason is None:
        return f"{NOT_SO}{told(deployment, verifier, subject)}"
    if rule is ANCHOR and reason.kind in _WITHOUT_ANCHOR:
        return (
            f"Not quite. {verifier} finds no root for {subject}, but it came about in another way. "
            f"What else lies in {verifier}’s stores, and who signed for {subject}?"
        )
    words = plainly(reason.kind, verifier, subject, f"{reason.words} ({reason.section})")
    return f"Not that. {verifier} refuses {subject} for another reason: {words}"


def place_of(deployment: Deployment, fault: str, verifier: str, subject: str) -> str | None:
    """Who would be to blame for a fault in this direction, by whose matter it is."""
    whose = FAULTS[fault].at
    if whose == "authority":
        teller = _issuer(deployment, subject)
        return teller.name if teller else None
    return verifier if whose == "verifier" else subject


_SHOWN = {
    "presenter": "Otherwise somebody would refuse {0}, and nobody does.",
    "verifier": "Otherwise {0} would refuse somebody, and it accepts all whom it meets.",
    "authority": "Otherwise all with a certificate of {0} would be refused, and none of them is.",
}
"""How a fault would show, by whose matter it is."""

_MATTERS = {
    "presenter": "This is a matter of whoever presents a certificate",
    "verifier": "This is a matter of whoever trusts a root",
    "authority": "This is a matter of an authority that published a list for these certificates",
}
"""Whose matter a fault is, said where it is claimed of somebody else."""


def outcome(deployment: Deployment, verifier: str, subject: str) -> tuple[str, str]:
    """What the verifier says of the subject: a key to compare by, and a few words."""
    cell = trust_matrix(deployment, "all").cell(verifier, subject)
    if cell.state is CellState.ACCEPTED:
        return "accepted", "yes, it accepts"
    reason = None if cell.verdict is None else cell.verdict.reason
    kind = cell.short if reason is None else reason.kind.value
    return kind, f"no: {cell.short}"


def told(deployment: Deployment, verifier: str, subject: str) -> str:
    """What happens between two devices, and the reason from the trace."""
    headline = why(deployment, verifier, trusts=subject).headline
    return f"{headline}. {reason_told(deployment, verifier, subject)}"


def reason_told(deployment: Deployment, verifier: str, subject: str) -> str:
    """The reason alone, plain words first."""
    answer = why(deployment, verifier, trusts=subject)
    if answer.reason is None:
        return answer.sentence
    said, section = answer.reason.words, answer.reason.section
    plain = plainly(answer.reason.kind, verifier, subject, f"{said} ({section})")
    return together(filter(None, (plain, answer.stores)))


def _blamed(deployment: Deployment, verifier: str, subject: str, finding: Finding) -> Claim | None:
    """Which fault a finding shows, and whose; None of what no fault here brings about."""
    kind, certificate = finding.kind, finding.certificate
    if certificate is None:
        return None
    if kind in HOLDERS:
        return HOLDERS[kind], _holder(deployment, certificate) or subject
    if kind is FindingKind.REVOCATION_STALE:
        teller = deployment.issuer_of(certificate)
        return "stale", teller.name if teller else subject
    if kind not in _WITHOUT_ANCHOR:
        return None
    issuer, other = (_issuer(deployment, device) for device in (subject, verifier))
    root = issuer.ca.root if issuer else _own(deployment, subject)
    if kind is FindingKind.ISSUER_MISSING and (issuer is None or issuer.certificate != root):
        return "chain", subject
    if any(root in deployment.held_in(verifier, s) for s in (Store.INTERMEDIATE, Store.PERSONAL)):
        return "store", verifier
    if issuer is None:
        return ("self-signed", subject) if other else ("root", verifier)
    return "rotated" if other and other.ca.root != root else "root", verifier


_WITHOUT_ANCHOR = {
    FindingKind.NOT_IMPORTED,
    FindingKind.ISSUER_MISSING,
    FindingKind.UNTRUSTED_ROOT,
}


def _own(deployment: Deployment, device: str) -> Certificate | None:
    return deployment.certificate_of(device, "client")


def _holder(deployment: Deployment, certificate: Certificate) -> str | None:
    for name, authority in deployment.authorities.items():
        if authority.certificate == certificate:
            return name
    return deployment.key_holders.get(certificate.key_fingerprint)


def _issuer(deployment: Deployment, device: str) -> Authority | None:
    certificate = _own(deployment, device)
    return deployment.issuer_of(certificate) if certificate else None
