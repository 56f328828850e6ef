"""What a check can find: one closed list, in the order in which findings explain a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cryptography import x509

from ..errors import InvalidInput
from ..pki import Certificate, use_in_words
from ..pki.profiles import USES


class Outcome(StrEnum):
    """How one check ended."""

    PASS = "pass"  # noqa: S105 (an outcome, not a password)
    FAIL = "fail"
    NOTED = "noted"
    NOT_APPLICABLE = "not applicable"


class Remedy(StrEnum):
    """What kind of step repairs a finding."""

    IMPORT_ANCHOR = "import anchor"
    SEND_INTERMEDIATE = "send intermediate"
    REPLACE_CERTIFICATE = "replace certificate"
    REPLACE_ISSUER = "replace issuer"
    CORRECT_CLOCK_OR_WAIT = "correct clock or wait"
    REFRESH_REVOCATION = "refresh revocation"
    CORRECT_NAME = "correct name"
    SIMPLIFY = "simplify"
    NONE = "none"

    @property
    def advice(self) -> str:
        """One sentence: what to do."""
        return _ADVICE[self]


_ADVICE = {
    Remedy.IMPORT_ANCHOR: "Compare the fingerprint with its owner, then import the certificate into the trust store.",
    Remedy.SEND_INTERMEDIATE: "Let the peer send the issuing CA's certificate together with its own.",
    Remedy.REPLACE_CERTIFICATE: "Issue a new certificate that fits, and install it in place of this one.",
    Remedy.REPLACE_ISSUER: "Repair the CA that stands above, and issue the certificates below it anew.",
    Remedy.CORRECT_CLOCK_OR_WAIT: "Check the verifier's clock; if it is right, wait until the validity begins.",
    Remedy.REFRESH_REVOCATION: "Fetch a current CRL or OCSP response from the CA that answers for it.",
    Remedy.CORRECT_NAME: "Connect by a name that the certificate carries, or issue one that carries this name.",
    Remedy.SIMPLIFY: "Hand in only the certificates that belong to this chain, or do without the feature named.",
    Remedy.NONE: "Nothing needs to be done.",
}


class FindingKind(StrEnum):
    """Everything a check can find. The order is the rank: what stands first explains first.

    What cannot be read comes first, then what is wrong with one certificate, then what is missing
    around it, and notes last.
    """

    MALFORMED = "malformed"
    BUDGET_EXHAUSTED = "budget exhausted"
    REVOKED = "revoked"
    SAME_NAME_OTHER_KEY = "same name, other key"
    BAD_SIGNATURE = "bad signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    WEAK_ALGORITHM = "weak algorithm"
    WEAK_KEY = "weak key"
    NOT_A_CA = "not a CA"
    PATH_TOO_LONG = "path too long"
    KEY_USAGE = "key usage"
    UNKNOWN_CRITICAL_EXTENSION = "unknown critical extension"
    NAME_CONSTRAINT = "name constraint"
    PURPOSE = "purpose"
    NAME_ONLY_IN_CN = "name only in CN"
    NAME_MISMATCH = "name mismatch"
    OUT_OF_SCOPE = "out of scope"
    REVOCATION_BADLY_SIGNED = "revocation badly signed"
    REVOCATION_UNREADABLE = "revocation unreadable"
    REVOCATION_UNKNOWN = "revocation unknown"
    REVOCATION_STALE = "revocation stale"
    REVOCATION_MISSING = "revocation missing"
    NOT_IMPORTED = "not imported"
    ISSUER_MISSING = "issuer missing"
    UNTRUSTED_ROOT = "untrusted root"
    STRICT_WOULD_REFUSE = "strict would refuse"
    NO_AKI = "no authority key identifier"
    NO_STATED_PURPOSE = "no stated purpose"
    PINNED_LEAF = "pinned leaf"
    PARTIAL_CHAIN = "partial chain"
    CA_PINNED_AS_ROOT = "CA pinned as root"
    VERSION_1_ANCHOR = "version 1 anchor"

    @property
    def rank(self) -> int:
        """The place in the order of explanation: 0 explains first."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(FindingKind)}


class Rule(NamedTuple):
    """One rule of the standard: what a check asks, where it stands, and how a pass reads."""

    title: str
    section: str
    holds: str


class Check(NamedTuple):
    """One line of the trace: a rule, the certificate it was asked of, and what came out.

    ``seen`` and ``expected`` are the raw values; their words are made when asked for. For a check
    that does not apply, ``expected`` says why.
    """

    rule: Rule
    certificate: Certificate | None
    outcome: Outcome
    seen: object = None
    expected: object = None
    kind: FindingKind | None = None

    @property
    def title(self) -> str:
        """What was asked, in plain words."""
        return self.rule.title

    @property
    def section(self) -> str:
        """Where the rule stands, such as ``RFC 5280 6.1.3 (a)(2)``."""
        return self.rule.section

    @property
    def seen_text(self) -> str:
        return text_of(self.seen)

    @property
    def expected_text(self) -> str:
        return text_of(self.expected)

    @property
    def words(self) -> str:
        """What came out, as one sentence."""
        if self.kind is not None:
            template = _KINDS[self.kind].words
        elif self.outcome is Outcome.NOT_APPLICABLE:
            template = "Not asked of “{who}”: {expected}."
        else:
            template = self.rule.holds
        return template.format(
            who=name_of(self.certificate), seen=self.seen_text, expected=self.expected_text
        )


class Finding(Check):
    """A check that failed or that noted something, with the step that repairs it."""

    __slots__ = ()
    kind: FindingKind

    @property
    def short(self) -> str:
        """Two or three words for a table cell."""
        if self.kind is FindingKind.PURPOSE and isinstance(self.expected, tuple):
            return _PURPOSE_SHORT.get(text_of(self.expected), "wrong purpose")
        return _KINDS[self.kind].short

    @property
    def remedy(self) -> Remedy:
        return _KINDS[self.kind].remedy

    @property
    def fails(self) -> bool:
        """Whether this refuses the certificate; otherwise it is a note."""
        return self.outcome is Outcome.FAIL


class _Kind(NamedTuple):
    short: str
    remedy: Remedy
    words: str


_K, _R = FindingKind, Remedy
_KINDS = {
    _K.MALFORMED: _Kind("malformed", _R.REPLACE_CERTIFICATE, "“{who}” is malformed: {seen}."),
    _K.BUDGET_EXHAUSTED: _Kind(
        "too much work",
        _R.SIMPLIFY,
        "The search for a path was given up after {seen}: so much work is allowed and no more.",
    ),
    _K.REVOKED: _Kind(
        "revoked", _R.REPLACE_CERTIFICATE, "“{who}” was revoked by its issuer: {seen}."
    ),
    _K.SAME_NAME_OTHER_KEY: _Kind(
        "other key",
        _R.IMPORT_ANCHOR,
        "“{who}” names “{expected}” as its issuer, and the trust store holds a certificate of that name, "
        "but with another key: {seen}. A name proves nothing; the key does.",
    ),
    _K.BAD_SIGNATURE: _Kind(
        "bad signature",
        _R.REPLACE_CERTIFICATE,
        "The signature on “{who}” was not made by the key of “{expected}”, the issuer it names: {seen}.",
    ),
    _K.EXPIRED: _Kind(
        "expired",
        _R.REPLACE_CERTIFICATE,
        "“{who}” expired on {seen}; it is checked for {expected}.",
    ),
    _K.NOT_YET_VALID: _Kind(
        "not yet valid",
        _R.CORRECT_CLOCK_OR_WAIT,
        "“{who}” is not valid before {seen}; it is checked for {expected}.",
    ),
    _K.WEAK_ALGORITHM: _Kind(
        "weak algorithm",
        _R.REPLACE_CERTIFICATE,
        "“{who}” is signed with {seen}, which this verifier does not accept: {expected}.",
    ),
    _K.WEAK_KEY: _Kind(
        "weak key",
        _R.REPLACE_CERTIFICATE,
        "“{who}” has a key of type {seen}, which this verifier does not accept: {expected}.",
    ),
    _K.NOT_A_CA: _Kind(
        "issuer not a CA",
        _R.REPLACE_ISSUER,
        "“{who}” signed another certificate but is no CA: {seen}.",
    ),
    _K.PATH_TOO_LONG: _Kind(
        "path too long",
        _R.REPLACE_ISSUER,
        "“{who}” allows {expected} further CA certificates below it, and there are {seen}.",
    ),
    _K.KEY_USAGE: _Kind(
        "wrong key usage",
        _R.REPLACE_CERTIFICATE,
        "The key usage of “{who}” is {seen}; here it needs {expected}.",
    ),
    _K.UNKNOWN_CRITICAL_EXTENSION: _Kind(
        "critical extension",
        _R.REPLACE_CERTIFICATE,
        "“{who}” has a critical extension that this verifier does not know, so it must refuse: {seen}.",
    ),
    _K.NAME_CONSTRAINT: _Kind(
        "name not allowed",
        _R.REPLACE_CERTIFICATE,
        "“{who}” carries the name {seen}, which a CA above may not give out: {expected}.",
    ),
    _K.PURPOSE: _Kind(
        "wrong purpose",
        _R.REPLACE_CERTIFICATE,
        "“{who}” may be used for {seen}; here it must serve for {expected}.",
    ),
    _K.NAME_ONLY_IN_CN: _Kind(
        "name only in CN",
        _R.REPLACE_CERTIFICATE,
        "“{who}” says “{expected}” only in its common name. Verifiers read the subject alternative names, "
        "and there it says {seen}; the common name alone would match.",
    ),
    _K.NAME_MISMATCH: _Kind(
        "wrong name",
        _R.CORRECT_NAME,
        "“{who}” carries {seen} and not “{expected}”, the name that was to be reached.",
    ),
    _K.OUT_OF_SCOPE: _Kind(
        "not supported",
        _R.SIMPLIFY,
        "“{who}” brings in {seen}, which this verifier does not process, so it refuses rather than guess.",
    ),
    _K.REVOCATION_BADLY_SIGNED: _Kind(
        "CRL or OCSP forged",
        _R.REFRESH_REVOCATION,
        "Whether “{who}” is revoked stays open: {seen}.",
    ),
    _K.REVOCATION_UNREADABLE: _Kind(
        "CRL or OCSP unusable",
        _R.REFRESH_REVOCATION,
        "Whether “{who}” is revoked stays open: {seen}.",
    ),
    _K.REVOCATION_UNKNOWN: _Kind(
        "status unknown", _R.REFRESH_REVOCATION, "The responder does not know “{who}”: {seen}."
    ),
    _K.REVOCATION_STALE: _Kind(
        "CRL or OCSP stale",
        _R.REFRESH_REVOCATION,
        "Whether “{who}” is revoked stays open, because what is known is not current: {seen}; "
        "it is checked for {expected}.",
    ),
    _K.REVOCATION_MISSING: _Kind(
        "no revocation data",
        _R.REFRESH_REVOCATION,
        "Nothing that was handed in says whether “{who}” is revoked.",
    ),
    _K.NOT_IMPORTED: _Kind(
        "not imported",
        _R.IMPORT_ANCHOR,
        "“{who}” is self-signed, and the trust store does not hold it: no anchor has this key.",
    ),
    _K.ISSUER_MISSING: _Kind(
        "issuer missing",
        _R.SEND_INTERMEDIATE,
        "“{who}” was issued by {seen}, and no certificate of that name was sent or is in the trust store.",
    ),
    _K.UNTRUSTED_ROOT: _Kind(
        "root not trusted",
        _R.IMPORT_ANCHOR,
        "The chain ends at {seen}, which is not in the trust store.",
    ),
    _K.STRICT_WOULD_REFUSE: _Kind(
        "strict would refuse",
        _R.REPLACE_CERTIFICATE,
        "“{who}” departs from what RFC 5280 asks, which strict verifiers refuse: {seen}.",
    ),
    _K.NO_AKI: _Kind(
        "no AKI",
        _R.REPLACE_CERTIFICATE,
        "“{who}” has no authority key identifier, which strict verifiers refuse.",
    ),
    _K.NO_STATED_PURPOSE: _Kind(
        "no stated purpose",
        _R.REPLACE_CERTIFICATE,
        "“{who}” has no extended key usage, so no use is excluded; some verifiers want {expected} stated.",
    ),
    _K.PINNED_LEAF: _Kind(
        "pinned leaf",
        _R.IMPORT_ANCHOR,
        "“{who}” is itself in the trust store, though {seen} issued it. OpenSSL refuses this by default, "
        "because the path does not end in a self-signed root.",
    ),
    _K.PARTIAL_CHAIN: _Kind(
        "no root",
        _R.IMPORT_ANCHOR,
        "The path ends at “{who}”, which is in the trust store but is not a root: {seen} issued it. "
        "OpenSSL refuses this by default.",
    ),
    _K.CA_PINNED_AS_ROOT: _Kind(
        "device as root",
        _R.REPLACE_CERTIFICATE,
        "“{who}” is trusted as a CA, though it looks like a device's own certificate: whoever holds its key "
        "can make certificates for any name, and they are accepted here.",
    ),
    _K.VERSION_1_ANCHOR: _Kind(
        "version 1 root",
        _R.REPLACE_ISSUER,
        "“{who}” is a version 1 certificate: it cannot say whether it is a CA. It counts because it was imported.",
    ),
}

_PURPOSE_SHORT = {
    "TLS server authentication": "not for servers",
    "TLS client authentication": "not for clients",
}


def name_of(certificate: Certificate | None) -> str:
    """What to call a certificate in a sentence, even when it cannot be read."""
    if certificate is None:
        return "the chain"
    try:
        return certificate.label
    except InvalidInput:
        return f"certificate {certificate.fingerprint[:16]}"


def text_of(value: object) -> str:
    """The words for a raw value of a check."""
    if value is None:
        return "nothing"
    if isinstance(value, Certificate):
        return name_of(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes):
        return value.hex(":")
    if isinstance(value, x509.ObjectIdentifier):
        return _oid_text(value)
    if isinstance(value, x509.Name):
        return value.rfc4514_string() or "no name"
    if isinstance(value, frozenset):
        return _listed(sorted(map(text_of, value)))
    if isinstance(value, tuple):
        return _listed(list(map(text_of, value)))
    return str(value)


def _listed(words: list[str]) -> str:
    if len(words) > 6:
        words = [*words[:5], f"{len(words) - 5} more"]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"


def _oid_text(oid: x509.ObjectIdentifier) -> str:
    if oid in USES:
        return use_in_words(oid)
    known = oid._name
    return oid.dotted_string if known == "Unknown OID" else f"{known} ({oid.dotted_string})"


def ranked(trace: Iterable[Check]) -> tuple[Finding, ...]:
    """The findings of a trace: failures before notes, then by rank, then as met."""
    found = [check for check in trace if isinstance(check, Finding)]
    found.sort(key=lambda finding: (finding.outcome is not Outcome.FAIL, finding.kind.rank))
    return tuple(found)
