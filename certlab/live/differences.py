"""Why engines disagree: every difference that is known, with its reason and where it stands.

A disagreement that no entry of this table explains is news: either about an engine or about us.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from ..pki import Certificate
from ..validation import Attitude, Outcome, Purpose, Verdict
from ..validation import FindingKind as Kind
from .opinions import OPENSSL, OPENSSL_STRICT, PYCA, PYTHON_SSL, Opinion

Pool = tuple[Certificate, ...]
Condition = Callable[[Verdict, Pool], bool]

_LIKE_OPENSSL = (OPENSSL, OPENSSL_STRICT, PYTHON_SSL)
_ALL = (PYCA, *_LIKE_OPENSSL)


@dataclass(frozen=True, slots=True)
class Difference:
    """One known reason why an engine comes to another verdict than ours.

    ``accepts`` is what one of these ``engines`` says, against us: where it accepts, ``kinds`` are
    the failures that it overlooks; where it refuses, ``words`` are found in what it says.
    ``holds`` asks the verdict besides.
    """

    key: str
    engines: tuple[str, ...]
    accepts: bool
    explanation: str
    source: str
    words: str = ""
    kinds: frozenset[Kind] = frozenset()
    holds: Condition = field(default=lambda verdict, pool: True, repr=False)

    def concerns(self, verdict: Verdict, opinion: Opinion, pool: Pool) -> bool:
        """Whether this opinion of this engine may come from it."""
        return (
            opinion.engine in self.engines
            and opinion.accepted is self.accepts
            and (self.accepts or self._is_said(verdict, opinion, pool))
            and self.holds(verdict, pool)
        )

    def _is_said(self, verdict: Verdict, opinion: Opinion, pool: Pool) -> bool:
        if re.search(self.words, opinion.words):
            return True
        # Of several ways it tells the last one that failed, which need not be ours.
        return "candidates exhausted" in opinion.words and _other_way(verdict, pool)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An opinion other than our verdict, and why; ``difference`` is None when nobody knows."""

    opinion: Opinion
    difference: Difference | None


def disagreements(
    verdict: Verdict, opinions: Iterable[Opinion], *, pool: Iterable[Certificate] = ()
) -> tuple[Disagreement, ...]:
    """The opinions that differ from the verdict, each with its explanation.

    ``pool`` are all certificates that were handed in: some differences lie in what was not taken.
    """
    given = tuple(pool)
    return tuple(
        Disagreement(opinion, explanation(verdict, opinion, given))
        for opinion in opinions
        if opinion.accepted not in (None, verdict.accepted)
    )


def explanation(verdict: Verdict, opinion: Opinion, pool: Pool = ()) -> Difference | None:
    """The known difference between this verdict and this opinion, if there is one.

    An engine that accepts has to overlook every one of our failures; the difference is then the
    one that overlooks the first.
    """
    known = [d for d in KNOWN_DIFFERENCES.values() if d.concerns(verdict, opinion, pool)]
    if not opinion.accepted:
        return known[0] if known else None
    failing = [found.kind for found in verdict.findings if found.outcome is Outcome.FAIL]
    if not all(any(kind in d.kinds for d in known) for kind in failing):
        return None
    return next(d for d in known if failing[0] in d.kinds)


# --- what the entries ask of the certificates ---------------------------------------------------


def _leaf(asks: Callable[[Certificate], bool]) -> Condition:
    return lambda verdict, pool: asks(verdict.certificate)


def _some(asks: Callable[[Certificate], bool]) -> Condition:
    return lambda verdict, pool: any(map(asks, verdict.path))


def _is_critical(certificate: Certificate, oid: x509.ObjectIdentifier) -> bool:
    extension = certificate.extensions.get(oid)
    return extension is not None and extension.critical


def _has_directory_constraint(certificate: Certificate) -> bool:
    found = certificate.extensions.get(ExtensionOID.NAME_CONSTRAINTS)
    if found is None or not isinstance(found.value, x509.NameConstraints):
        return False
    trees = [*(found.value.permitted_subtrees or ()), *(found.value.excluded_subtrees or ())]
    return any(isinstance(tree, x509.DirectoryName) for tree in trees)


def _ends_unsigned(verdict: Verdict, pool: Pool) -> bool:
    return not verdict.path[-1].is_self_signed


def _other_way(verdict: Verdict, pool: Pool) -> bool:
    """Whether more than one certificate carries the name of some issuer in the path."""
    names = Counter(found.comparable_subject for found in {*verdict.path[1:], *pool})
    return any(names[found.comparable_issuer] > 1 for found in verdict.path)


def _misleading_key_id(verdict: Verdict, pool: Pool) -> bool:
    return any(
        lower.authority_key_id is not None
        and upper.subject_key_id is not None
        and lower.authority_key_id != upper.subject_key_id
        for lower, upper in zip(verdict.path, [*verdict.path[1:], verdict.path[-1]], strict=True)
    )


_PYCA_SOURCE = "pyca/cryptography, documentation of x509.verification: its certificate profile"
_OPENSSL_SOURCE = "OpenSSL manual, openssl-verification-options(1)"
_REVOCATION = frozenset({
    Kind.REVOKED, Kind.REVOCATION_BADLY_SIGNED, Kind.REVOCATION_UNREADABLE,
    Kind.REVOCATION_UNKNOWN, Kind.REVOCATION_STALE, Kind.REVOCATION_MISSING,
})  # fmt: skip
_NAMES = frozenset({Kind.NAME_MISMATCH, Kind.NAME_ONLY_IN_CN})

# fmt: off
_TABLE = (
    Difference("no-revocation", (PYCA,), True,
        "It does not look at CRLs or OCSP answers at all.", _PYCA_SOURCE, kinds=_REVOCATION),
    Difference("looks-at-revocation", _LIKE_OPENSSL, False,
        "It looks at the CRLs that were handed in, and the verifier that was asked for does not.",
        _OPENSSL_SOURCE, words="revoked|CRL",
        holds=lambda verdict, pool: verdict.policy.revocation is Attitude.OFF),
    Difference("looks-at-names", _ALL, False,
        "It compares names, and the verifier that was asked for does not.", "RFC 9525",
        words="no matching subjectAltName|ostname mismatch|IP address mismatch|not valid for",
        holds=lambda verdict, pool: not verdict.policy.checks_names),
    Difference("any-anchor", (PYCA, PYTHON_SSL), True,
        "Whatever stands in the store is an anchor, also a device's or an issuing CA's "
        "certificate. Of Python's ssl this holds from Python 3.13 on.",
        "documentation of x509.verification and of Python's ssl",
        kinds=frozenset({Kind.PINNED_LEAF, Kind.PARTIAL_CHAIN})),
    Difference("asks-less-of-the-form", _ALL, True,
        "It does not ask for all that RFC 5280 and browsers ask of a certificate's form.",
        _OPENSSL_SOURCE,
        kinds=frozenset({Kind.STRICT_WOULD_REFUSE, Kind.NO_AKI, Kind.NO_STATED_PURPOSE})),
    Difference("crl-for-every-ca", _LIKE_OPENSSL, False,
        "Once it is to look at CRLs it demands one of every CA in the path, and reads no OCSP.",
        _OPENSSL_SOURCE, words="unable to get certificate CRL"),
    Difference("client-has-no-name", (PYCA, PYTHON_SSL), True,
        "It never compares a client's name with anything.",
        "documentation of x509.verification and of Python's ssl", kinds=_NAMES,
        holds=lambda verdict, pool: verdict.purpose is Purpose.CLIENT),
    Difference("name-of-another-kind", (PYTHON_SSL, OPENSSL, OPENSSL_STRICT), True,
        "It knows no way to check a name of this kind.", _OPENSSL_SOURCE, kinds=_NAMES,
        holds=lambda verdict, pool: verdict.name is not None and ":" in verdict.name),
    Difference("common-name", _LIKE_OPENSSL, True,
        "Where a certificate has no DNS alternative name, it reads the common name.",
        "OpenSSL manual, X509_check_host(3)", kinds=frozenset({Kind.NAME_ONLY_IN_CN})),
    Difference("partial-chain", _LIKE_OPENSSL, False,
        "The end of the path has to be self-signed, unless it is told to accept a partial chain.",
        _OPENSSL_SOURCE,
        words="unable to get (local )?issuer certificate|unable to verify the first certificate",
        holds=_ends_unsigned),
    Difference("no-going-back", _LIKE_OPENSSL, False,
        "Of two certificates of one issuer it takes one and does not come back to the other.",
        "OpenSSL manual, openssl-verification-options(1), on how the chain is built",
        words="unable to get|self.signed certificate|certificate (has expired|is not yet valid)"
        "|invalid CA certificate|path length|unhandled critical|subtree violation|unsuitable"
        "|signature failure|CA cert", holds=_other_way),
    Difference("last-second", _LIKE_OPENSSL, False,
        "It ends the validity one second earlier: the last second counts as expired.",
        "OpenSSL manual, X509_cmp_time(3)", words="certificate has expired",
        holds=lambda verdict, pool: any(found.not_after == verdict.at for found in verdict.path)),
    Difference("last-second-of-a-crl", _LIKE_OPENSSL, False,
        "A CRL, too, counts as expired in its last second.", "OpenSSL manual, X509_cmp_time(3)",
        words="CRL has expired"),
    Difference("removed-from-crl", _LIKE_OPENSSL, True,
        "The reason removeFromCRL frees a certificate for it, in a full CRL too; RFC 5280 section "
        "5.3.1 knows that reason in delta CRLs only.", "RFC 5280 section 5.3.1",
        kinds=frozenset({Kind.REVOKED}),
        holds=lambda verdict, pool: "removeFromCRL" in str(verdict.reason and verdict.reason.seen)),
    Difference("crl-of-the-root", _LIKE_OPENSSL, False,
        "It asks for the status of the root as well, which names no CRL of its own.",
        _OPENSSL_SOURCE, words="[Dd]ifferent CRL scope",
        holds=lambda verdict, pool: verdict.path[-1].is_self_issued),
    Difference("common-name-constrained", _LIKE_OPENSSL, False,
        "Where a certificate has no DNS alternative name, DNS constraints bind its common name.",
        "OpenSSL source, NAME_CONSTRAINTS_check_CN", words="subtree violation",
        holds=_leaf(lambda c: not c.dns_names and c.common_name is not None)),
    Difference("wildcard-beside-exclusion", _LIKE_OPENSSL, True,
        "It compares a wildcard with an excluded name as text; for us a wildcard that covers an "
        "excluded host is excluded.", "RFC 5280 section 4.2.1.10 leaves wildcards open",
        kinds=frozenset({Kind.NAME_CONSTRAINT}),
        holds=_leaf(lambda c: any(name.startswith("*") for name in c.dns_names))),
    Difference("key-ids-are-proof", _LIKE_OPENSSL, False,
        "An authority key identifier that names another key rules the issuer out; for us the "
        "signature decides, and identifiers are a hint.",
        "OpenSSL manual, X509_check_issued(3)", words="unable to get (local )?issuer certificate"
        "|unable to verify the first certificate|self.signed certificate",
        holds=_misleading_key_id),
    Difference("strict-form", (OPENSSL_STRICT, PYTHON_SSL), False,
        "In strict mode it refuses certificates that lack what RFC 5280 asks of CAs.",
        _OPENSSL_SOURCE,
        words="Missing (Authority|Subject) Key Identifier|Path length|CA cert does not include key "
        "usage|Basic Constraints of CA cert not marked critical|Empty Subject Alternative Name"
        "|Subject Key Identifier marked critical|Authority Key Identifier marked critical"),
    Difference("key-does-not-fit", (PYTHON_SSL,), False,
        "A handshake needs the private key of the certificate, and the one given is another's.",
        "documentation of Python's ssl", words="KEY_VALUES_MISMATCH"),

    Difference("wants-key-ids", (PYCA,), False,
        "Its profile for public certificates demands key identifiers.", _PYCA_SOURCE,
        words=r"2\.5\.29\.(35|14): Certificate is missing",
        holds=_some(lambda c: c.authority_key_id is None or c.subject_key_id is None)),
    Difference("wants-alternative-names", (PYCA,), False,
        "Its profile demands alternative names, of clients too.", _PYCA_SOURCE,
        words=r"2\.5\.29\.17: Certificate is missing|no subjectAltName",
        holds=_leaf(lambda c: not c.alternative_names)),
    Difference("wants-key-usage", (PYCA,), False,
        "Its profile demands key usage of every CA.", _PYCA_SOURCE,
        words=r"2\.5\.29\.15: Certificate is missing",
        holds=_some(lambda c: c.key_usage is None)),
    Difference("wants-critical-constraints", (PYCA,), False,
        "Its profile demands that a CA's basic constraints are critical.", _PYCA_SOURCE,
        words=r"2\.5\.29\.19: Certificate extension has incorrect criticality",
        holds=_some(lambda c: not _is_critical(c, ExtensionOID.BASIC_CONSTRAINTS))),
    Difference("any-use-does-not-suffice", (PYCA,), False,
        "In a device's certificate anyExtendedKeyUsage does not stand for the use asked for.",
        "CA/B Forum TLS Baseline Requirements 7.1.2.7.10", words="required EKU not found",
        holds=_leaf(lambda c: x509.oid.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
                    in (c.extended_key_usage or ()))),
    Difference("no-ca-as-leaf", (PYCA,), False,
        "A certificate that says CA:TRUE, or may sign certificates, is no device's.", _PYCA_SOURCE,
        words="must not be asserted in an EE|must not assert keyCertSign",
        holds=_leaf(lambda c: c.is_ca or "keyCertSign" in (c.key_usage or ()))),
    Difference("no-directory-constraints", (PYCA,), False,
        "It does not know how to apply a constraint on directory names, and refuses wherever it "
        "meets one.",
        _PYCA_SOURCE, words="directoryName constraint",
        holds=lambda verdict, pool: any(map(_has_directory_constraint, (*verdict.path, *pool)))),
    Difference("self-issued-count", (PYCA,), False,
        "It counts self-issued certificates into the path length; RFC 5280 leaves them out.",
        _PYCA_SOURCE, words="path length constraint violated|exceeds max depth",
        holds=lambda verdict, pool: any(found.is_self_issued for found in verdict.path[1:-1])),
    Difference("leaf-key-not-looked-at", (PYCA,), True,
        "It asks for strong keys of the CAs and does not look at the leaf's own key.",
        _PYCA_SOURCE, kinds=frozenset({Kind.WEAK_KEY})),
    Difference("leaf-key-usage-not-looked-at", (PYCA,), True,
        "It does not compare the leaf's key usage with what a TLS server or client does.",
        _PYCA_SOURCE, kinds=frozenset({Kind.KEY_USAGE})),
)
# fmt: on

KNOWN_DIFFERENCES: dict[str, Difference] = {known.key: known for known in _TABLE}
"""Every known difference by its key; the first that explains a disagreement stands for it."""
