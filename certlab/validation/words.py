"""The words of the findings: a sentence for each kind, for a network engineer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cryptography import x509

from ..errors import InvalidInput
from ..pki import Certificate, use_in_words
from ..pki.profiles import USES
from .facts import Fact


class Sentence(NamedTuple):
    """How one kind of finding is told: in a table cell, by its remedy, and as a sentence."""

    short: str
    remedy: str
    sentence: str


# fmt: off
SENTENCES = {
    "malformed": Sentence("malformed", "replace certificate", "“{who}” is malformed: {seen}."),
    "budget exhausted": Sentence("too much work", "simplify",
        "The search for a path was given up after {seen}; more work than that is not done for "
        "one certificate."),
    "revoked": Sentence("revoked", "replace certificate", "“{who}” is revoked: {seen}."),
    "same name, other key": Sentence("other key", "import anchor",
        "“{who}” names its issuer as “{expected}”, and the trust store holds a certificate of that "
        "name, but with another key: {seen}. A name proves nothing; the key does."),
    "bad signature": Sentence("bad signature", "replace certificate",
        "The signature on “{who}” was not made by the key of “{expected}”, which it names as its "
        "issuer: {seen}."),
    "expired": Sentence("expired", "replace certificate",
        "“{who}” expired on {seen}; it is checked for {expected}."),
    "not yet valid": Sentence("not yet valid", "correct clock or wait",
        "“{who}” is not valid before {seen}; it is checked for {expected}."),
    "weak algorithm": Sentence("weak algorithm", "replace certificate",
        "“{who}” is signed with {seen}, which this verifier does not accept: {expected}."),
    "weak key": Sentence("weak key", "replace certificate",
        "“{who}” has a key of type {seen}, which this verifier does not accept: {expected}."),
    "not a CA": Sentence("issuer not a CA", "replace issuer",
        "“{who}” signed another certificate and is no CA: {seen}."),
    "path too long": Sentence("path too long", "replace issuer",
        "“{who}” allows {expected} CA certificates below it, and there are {seen}."),
    "key usage": Sentence("wrong key usage", "replace certificate",
        "The key usage of “{who}” is {seen}; here it needs {expected}."),
    "unknown critical extension": Sentence("critical extension", "replace certificate",
        "“{who}” has a critical extension that this verifier does not process, so it must refuse: "
        "{seen}."),
    "name constraint": Sentence("name not allowed", "replace certificate",
        "“{who}” carries {seen}, which a CA above it may not give out: {expected}."),
    "purpose": Sentence("wrong purpose", "replace certificate",
        "“{who}” may be used for {seen}; what is asked of it here is {expected}."),
    "name only in CN": Sentence("name only in CN", "replace certificate",
        "“{who}” says “{expected}” in its common name alone, which would match; but verifiers read "
        "the subject alternative names, and there stands {seen}."),
    "name mismatch": Sentence("wrong name", "correct name",
        "“{who}” was to be “{expected}”, and the names it carries are: {seen}."),
    "out of scope": Sentence("not supported", "simplify",
        "For “{who}” there is {seen}, which this verifier does not process; it refuses rather than "
        "guess."),
    "revocation badly signed": Sentence("CRL/OCSP signature", "refresh revocation",
        "Whether “{who}” is revoked stays open: {seen}."),
    "revocation unreadable": Sentence("CRL/OCSP unusable", "refresh revocation",
        "Whether “{who}” is revoked stays open: {seen}."),
    "revocation unknown": Sentence("status unknown", "refresh revocation",
        "Whether “{who}” is revoked stays open: {seen}."),
    "revocation stale": Sentence("CRL/OCSP stale", "refresh revocation",
        "Whether “{who}” is revoked stays open: {seen}; it is checked for {expected}."),
    "revocation missing": Sentence("no revocation data", "refresh revocation",
        "Whether “{who}” is revoked stays open: {seen}."),
    "not imported": Sentence("not imported", "import anchor",
        "“{who}” is self-signed, and the trust store does not hold it."),
    "issuer missing": Sentence("issuer missing", "send intermediate",
        "“{who}” was issued by {seen}, and no certificate of that name was sent or is in the trust "
        "store."),
    "untrusted root": Sentence("root not trusted", "import anchor",
        "The chain ends at “{who}”, issued by {seen}, and that name is not in the trust store."),
    "strict would refuse": Sentence("strict would refuse", "replace certificate",
        "“{who}” departs from the form that RFC 5280 asks for, and strict verifiers refuse it: "
        "{seen}."),
    "no authority key identifier": Sentence("no AKI", "replace certificate",
        "“{who}” has no authority key identifier, and strict verifiers refuse it for that."),
    "no stated purpose": Sentence("no stated purpose", "replace certificate",
        "“{who}” has no extended key usage, so no use is excluded; some verifiers want {expected} "
        "to be stated."),
    "pinned leaf": Sentence("pinned leaf", "import anchor",
        "“{who}” is itself in the trust store, though {seen} issued it. OpenSSL refuses that by "
        "default: it wants the path to end in a self-signed root."),
    "partial chain": Sentence("no root", "import anchor",
        "The path ends at “{who}”, which is in the trust store and is no root: {seen} issued it. "
        "OpenSSL refuses that by default."),
    "CA pinned as root": Sentence("device as root", "replace certificate",
        "“{who}” is trusted as a CA, and looks like a device's own certificate: it carries {seen}. "
        "Whoever holds its key can make certificates for any name, and they are accepted here."),
    "version 1 anchor": Sentence("version 1 root", "replace issuer",
        "“{who}” is a version 1 certificate and cannot say whether it is a CA; it counts as one "
        "because it was imported."),
}
"""By the value of ``FindingKind``. ``who``, ``seen`` and ``expected`` are filled in."""

ADVICE = {
    "import anchor": "Compare the fingerprint with its owner by another way, then import the "
        "certificate into the trust store.",
    "send intermediate": "Let the peer send the issuing CA's certificate together with its own.",
    "replace certificate": "Issue a new certificate that fits, and install it in place of this.",
    "replace issuer": "Repair the CA that stands above, and issue anew what stands below it.",
    "correct clock or wait": "Check the verifier's clock; if it is right, wait until the validity "
        "begins.",
    "refresh revocation": "Fetch a current CRL or OCSP response from the CA that answers for it.",
    "correct name": "Connect by a name that the certificate carries, or issue one that carries "
        "this name.",
    "simplify": "Hand in only the certificates of this chain, or do without the feature named.",
    "none": "Nothing needs to be done.",
}
"""By the value of ``Remedy``."""
# fmt: on

PURPOSE_SHORT = {
    "TLS server authentication": "not for servers",
    "TLS client authentication": "not for clients",
}
"""By the use that is missing."""


def name_of(certificate: Certificate | None) -> str:
    """What to call a certificate in a sentence, even when it cannot be read."""
    if certificate is None:
        return "the chain"
    try:
        return certificate.label
    except InvalidInput:
        return f"certificate {certificate.fingerprint[:16]}"


def text_of(value: object, beside: object = None) -> str:
    """The words for a raw value of a check; a moment has seconds where it would read as another."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes):
        return value.hex(":")
    if isinstance(value, Certificate):
        return name_of(value)
    if isinstance(value, datetime):
        near = isinstance(beside, datetime) and abs(beside - value).total_seconds() < 60
        return f"{value:%Y-%m-%d %H:%M:%S} UTC" if near else f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, x509.ObjectIdentifier):
        return _use_or_oid(value)
    if isinstance(value, x509.Name):
        return value.rfc4514_string() or "nobody (the name is empty)"
    if isinstance(value, Fact):
        since = f" from {value.effective:%Y-%m-%d} on" if value.effective else ""
        return f"{value.words}{since} ({value.source})"
    if isinstance(value, frozenset):
        return _listed(sorted(map(text_of, value)))
    if isinstance(value, tuple):
        return _listed(list(map(text_of, value)))
    return str(value)


def general_name_text(name: x509.GeneralName) -> str:
    """A general name as people would type it."""
    if isinstance(name, x509.DirectoryName):
        return name.value.rfc4514_string() or "the empty directory name"
    if isinstance(name, x509.OtherName):
        return f"another name of type {name.type_id.dotted_string}"
    if isinstance(name, x509.RegisteredID):
        return f"registered id {name.value.dotted_string}"
    return str(name.value) or "the empty name"


def _listed(parts: list[str]) -> str:
    if len(parts) > 6:
        parts = [*parts[:5], f"{len(parts) - 5} more"]
    if len(parts) < 2:
        return parts[0] if parts else "nothing"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _use_or_oid(oid: x509.ObjectIdentifier) -> str:
    if oid in USES:
        return use_in_words(oid)
    known = oid._name
    return oid.dotted_string if known == "Unknown OID" else f"{known} ({oid.dotted_string})"
