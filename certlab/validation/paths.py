"""Finding paths from a certificate to a trust anchor (RFC 4158), within a budget of work."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ..errors import InvalidInput
from ..pki import Certificate
from .policy import VerificationPolicy
from .signatures import MAX_DEPTH, Budget, Signatures


class Pool:
    """Certificates by subject name, each once. Hand one in to spare indexing it again."""

    def __init__(self, certificates: Iterable[Certificate] = ()) -> None:
        self._by_name: dict[tuple[str, ...], dict[Certificate, None]] = {}
        for certificate in certificates:
            try:
                name = certificate.comparable_subject
            except InvalidInput:
                continue  # It cannot be anybody's issuer: its name cannot be read.
            self._by_name.setdefault(name, {})[certificate] = None

    @classmethod
    def of(cls, certificates: Pool | Iterable[Certificate]) -> Pool:
        return certificates if isinstance(certificates, Pool) else cls(certificates)

    def named(self, name: tuple[str, ...]) -> Collection[Certificate]:
        """Those with this subject, as ``comparable_name`` gives it."""
        return self._by_name.get(name, {})

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self._by_name.get(certificate.comparable_subject, ())

    def __iter__(self) -> Iterator[Certificate]:
        for named in self._by_name.values():
            yield from named

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One path that was found, leaf first: it reaches an anchor, or nothing stands above its end.

    ``wrong_keys`` are certificates with the issuer's name whose key did not sign the last one.
    """

    path: tuple[Certificate, ...]
    anchored: bool
    wrong_keys: tuple[Certificate, ...] = ()


@dataclass(slots=True)
class PathBuilder:
    """Everything that can stand in a path, and the work that may still be done to find one."""

    anchors: Pool
    intermediates: Pool
    at: datetime
    policy: VerificationPolicy
    budget: Budget
    signatures: Signatures

    def paths(self, leaf: Certificate) -> Iterator[Candidate]:
        """Every candidate path, the likelier ones first. Raises ``BudgetError``."""
        if leaf.malformed:
            yield Candidate((leaf,), anchored=False)
        else:
            yield from self._extend((leaf,))

    def _extend(self, path: tuple[Certificate, ...]) -> Iterator[Candidate]:
        last = path[-1]
        anchored = last in self.anchors
        if anchored or last.malformed:
            self.budget.path()
            yield Candidate(path, anchored)
            if last.malformed or self.policy.partial_chain or looks_self_signed(last):
                return
        wrong: list[Certificate] = []
        extended = False
        for issuer in self._issuers(path):
            if not self.signatures.made_by(last, issuer):
                wrong.append(issuer)
                continue
            extended = True
            if len(path) >= MAX_DEPTH:
                self.budget.too_deep()
                continue
            yield from self._extend((*path, issuer))
        if not extended and not anchored:
            self.budget.path()
            yield Candidate(path, anchored=False, wrong_keys=tuple(wrong))

    def _issuers(self, path: tuple[Certificate, ...]) -> list[Certificate]:
        last = path[-1]
        trusted = self.anchors.named(last.comparable_issuer)
        known = dict.fromkeys((*trusted, *self.intermediates.named(last.comparable_issuer)))
        found = [issuer for issuer in known if not _stands_in(path, issuer)]
        if len(found) > 1:
            found.sort(key=lambda issuer: self._unlikeliness(last, issuer, issuer in trusted))
        return found

    def _unlikeliness(
        self, certificate: Certificate, issuer: Certificate, trusted: bool
    ) -> tuple[bool, ...]:
        """What makes an issuer a worse guess; the key identifiers are a hint and nothing more."""
        return (
            issuer.malformed is not None,
            key_ids_agree(certificate, issuer) is False,
            not trusted,
            not (issuer.malformed or issuer.not_before <= self.at <= issuer.not_after),
            not (issuer.malformed or issuer.is_ca),
        )


def key_ids_agree(certificate: Certificate, issuer: Certificate) -> bool | None:
    """Whether the key identifiers point to this issuer; None when either is not to be had."""
    if issuer.malformed:
        return None
    named, own = certificate.authority_key_id, issuer.subject_key_id
    return None if named is None or own is None else named == own


def looks_self_signed(certificate: Certificate) -> bool:
    """Whether name and key identifiers say it is a root. The signature is not checked."""
    return certificate.is_self_issued and key_ids_agree(certificate, certificate) is not False


def _stands_in(path: tuple[Certificate, ...], issuer: Certificate) -> bool:
    """Whether the path holds the same name and key already (RFC 4158 section 2.4.2)."""
    return any(
        certificate.comparable_subject == issuer.comparable_subject
        and not issuer.malformed
        and certificate.public_key == issuer.public_key
        for certificate in path
    )
