"""Why one device accepts or refuses another, and the Step that would repair it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import InvalidInput
from ..pki import Certificate, KeyType
from ..validation import Finding, Purpose, Remedy, Verdict
from .authority import Authority, EstateRules
from .authority_steps import PublishCRL, RenewAuthority
from .deployment import Deployment
from .enrolment import Renew, SendChain
from .judging import Bench, in_role, most_telling
from .self_signed_steps import GenerateSelfSigned
from .steps import Step
from .store_steps import ImportAnchor, PushRoot
from .stores import Presented, Store


@dataclass(frozen=True)
class Explanation:
    """The whole answer to “why does ``verifier`` accept or refuse ``subject``”.

    ``verdicts`` holds one verdict for each certificate that was judged: two where the subject
    presents one as server and another as client, none where it has nothing to present. ``fix`` is
    the Step that repairs the first finding, or None when there is nothing to repair or no single
    Step does it. ``stores`` says what certificates in a wrong store do here, if there are any.
    """

    deployment: Deployment = field(repr=False)
    verifier: str
    subject: str
    purpose: Purpose
    verdicts: tuple[Verdict, ...]
    fix: Step | None
    stores: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that tells most: the first that refuses, or else the first."""
        return most_telling(self.verdicts)

    @property
    def accepted(self) -> bool:
        return bool(self.verdicts) and all(verdict.accepted for verdict in self.verdicts)

    @property
    def reason(self) -> Finding | None:
        """The finding that explains a refusal first."""
        return self.verdict.reason if self.verdict is not None else None

    @property
    def headline(self) -> str:
        return f"{self.verifier} {'accepts' if self.accepted else 'refuses'} {self.subject}"

    @property
    def sentence(self) -> str:
        """The answer in a sentence, and in another what the stores have to do with it."""
        return " ".join(filter(None, (self._answer, self.stores)))

    @property
    def _answer(self) -> str:
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

    @property
    def afterwards(self) -> str:
        """What the fix alone does not do, in a few words, or ""."""
        if isinstance(self.fix, GenerateSelfSigned) and self.verdicts:
            return "then whoever trusted the old certificate imports the new one"
        return ""

    def __repr__(self) -> str:
        fix = f" To repair it: {self.fix!r}" if self.fix else ""
        fix += f", {self.afterwards}" if self.afterwards else ""
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
    presented = in_role(deployment.presented_by(trusts), asked)
    verdicts = Bench(deployment).verdicts(
        trusts,
        presented,
        deployment.anchors_of(verifier),
        deployment.held_in(verifier, Store.INTERMEDIATE),
    )
    fix = next(
        (
            step
            for step in _repairs(deployment, verifier, trusts, most_telling(verdicts))
            if not step.is_done(deployment)
        ),
        None,
    )
    stores = " ".join(_misplaced(deployment, verifier, trusts, presented, most_telling(verdicts)))
    return Explanation(deployment, verifier, trusts, asked, verdicts, fix, stores)


def _repairs(
    deployment: Deployment, verifier: str, subject: str, verdict: Verdict | None
) -> Iterator[Step]:
    """Steps that can repair what was found first; the likelier before the others."""
    if verdict is None:
        yield from (Renew(subject, name) for name in _own_authorities(deployment))
        yield GenerateSelfSigned(subject)
    elif (reason := verdict.reason) is not None:
        certificate, issuer = verdict.certificate, deployment.issuer_of(verdict.certificate)
        if reason.remedy in (Remedy.IMPORT_ANCHOR, Remedy.SEND_INTERMEDIATE):
            if issuer is not None:
                yield SendChain(subject)
                yield _import_of(deployment, verifier, issuer)
            elif certificate.is_self_issued:
                first = certificate == deployment.offered_by(subject)
                meant = None if first else certificate.fingerprint
                yield ImportAnchor(verifier, certificate_of=subject, fingerprint=meant)
        elif reason.remedy in (Remedy.REPLACE_CERTIFICATE, Remedy.CORRECT_NAME):
            found = reason.certificate
            for authority in deployment.authorities.values():
                if authority.certificate == found and authority.ca.above:
                    yield RenewAuthority(authority.name)
            if found == certificate or (found is not None and deployment.is_revoked(found)):
                yield from _replacements(deployment, subject, verdict, issuer)
        elif reason.remedy is Remedy.REFRESH_REVOCATION and reason.certificate is not None:
            teller = deployment.issuer_of(reason.certificate)
            if teller is not None:
                yield PublishCRL(teller.name)


def _replacements(
    deployment: Deployment, subject: str, verdict: Verdict, issuer: Authority | None
) -> Iterator[Step]:
    if issuer is None:
        yield GenerateSelfSigned(subject)
        return
    split = len(deployment.presented_by(subject)) > 1
    role = verdict.purpose if split else Purpose.MUTUAL
    yield Renew(subject, issuer.name, role, KeyType(verdict.certificate.key_type))
    # A public CA that certifies no clients any more will not help however often it is asked.
    yield from (Renew(subject, own, Purpose.CLIENT) for own in _own_authorities(deployment))


def _own_authorities(deployment: Deployment) -> list[str]:
    return sorted(n for n, a in deployment.authorities.items() if isinstance(a.rules, EstateRules))


def _import_of(deployment: Deployment, verifier: str, issuer: Authority) -> Step:
    root = next(
        (n for n, a in deployment.authorities.items() if a.certificate == issuer.ca.root),
        issuer.name,
    )
    if deployment.inventory.device(verifier).domain_joined:
        return PushRoot(verifier, certificate_of=root)
    return ImportAnchor(verifier, certificate_of=root)


def _misplaced(
    deployment: Deployment,
    verifier: str,
    subject: str,
    presented: tuple[Presented, ...],
    verdict: Verdict | None,
) -> Iterator[str]:
    """What a certificate in the wrong store does to this answer, in sentences (C66, C88)."""
    if verdict is None:
        for store in (Store.ROOT, Store.INTERMEDIATE):
            for certificate in deployment.held_in(subject, store):
                if not certificate.malformed and (
                    deployment.key_holders.get(certificate.key_fingerprint) == subject
                ):
                    yield (
                        f"Its own certificate is in its {store} store, where it proves nothing: "
                        "it belongs in the personal store, beside its key."
                    )
    elif verdict.reason is None:
        anchor = verdict.path[-1]
        if not anchor.is_self_issued:
            if anchor == verdict.certificate:
                yield (
                    "A CA issued it, so the CA’s root belongs there: this way nothing else that "
                    "the CA issues is accepted, and renewal ends it."
                )
            else:
                yield (
                    f"{anchor.label} is no root: another CA issued it, and that one’s root belongs "
                    "there. This way OpenSSL refuses by default, and the renewal of "
                    f"{anchor.label} ends it."
                )
    elif verdict.reason.remedy in (Remedy.IMPORT_ANCHOR, Remedy.SEND_INTERMEDIATE):
        ends = _possible_anchors(deployment, presented)
        for store in (Store.INTERMEDIATE, Store.PERSONAL):
            for certificate in deployment.held_in(verifier, store):
                if certificate in ends:
                    yield (
                        f"“{certificate.label}” is in {verifier}’s {store} store; "
                        "only the root store makes anchors."
                    )
        if any(shown.certificate in deployment.anchors_of(verifier) for shown in presented):
            yield (
                f"{subject}’s own certificate is in {verifier}’s root store, but this verifier "
                "takes only the root of its chain as an anchor."
            )


def _possible_anchors(deployment: Deployment, presented: tuple[Presented, ...]) -> set[Certificate]:
    """What would make an anchor for these in the root store: themselves, or the roots above."""
    found = {shown.certificate for shown in presented}
    issuers = (deployment.issuer_of(shown.certificate) for shown in presented)
    return found | {issuer.ca.root for issuer in issuers if issuer is not None}
