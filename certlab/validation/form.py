"""The form of a certificate: whether it can be read, and what RFC 5280 section 4 asks of it."""

from __future__ import annotations

from collections.abc import Callable

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from ..pki import Certificate
from .findings import Check, FindingKind, Rule
from .policy import Form, VerificationPolicy

READABLE = Rule("can be read", "RFC 5280 4.1", "“{who}” can be read in every part.")
FORM = Rule(
    "form as RFC 5280 asks", "RFC 5280 4.2", "“{who}” has the form that strict verifiers ask for."
)
LEAF_KIND = Rule("is no CA", "RFC 5280 4.2.1.9", "“{who}” is no CA.")
KEY_ID = Rule("names its issuer's key", "RFC 5280 4.2.1.1", "“{who}” says which key signed it.")

_OID = ExtensionOID


def check_readable(certificate: Certificate) -> Check:
    """Every field and extension can be read, each extension once (RFC 5280 sections 4.1, 4.2)."""
    fault = certificate.malformed
    if fault is None:
        return READABLE.passed(certificate)
    return READABLE.failed(certificate, FindingKind.MALFORMED, fault)


def check_form(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """What RFC 5280 section 4 asks of CAs, as far as this verifier insists; the rest is noted."""
    departures = [rule for rule in _RULES if rule[2](certificate)]
    if not departures:
        return FORM.passed(certificate)
    insisted = policy.form >= min(level for level, _, _ in departures)
    words = tuple(words for _, words, _ in departures)
    return FORM.failed(certificate, FindingKind.STRICT_WOULD_REFUSE, words, fatal=insisted)


def check_key_id(
    certificate: Certificate, policy: VerificationPolicy, *, leaf: bool, last: bool
) -> Check:
    """The authority key identifier says which key signed it (RFC 5280 section 4.2.1.1).

    ``last`` is the end of the path. Nobody asks a root for one; of an imported leaf browsers do.
    """
    if certificate.authority_key_id is not None:
        return KEY_ID.passed(certificate, certificate.authority_key_id)
    if last and not leaf:
        return KEY_ID.skipped(certificate, "the path ends here")
    insisted = policy.form >= (Form.BROWSER if last else Form.STRICT)
    return KEY_ID.failed(certificate, FindingKind.NO_AKI, fatal=insisted)


def check_leaf_kind(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """Browsers take no CA certificate for a server's or a client's own."""
    if not certificate.is_ca:
        return LEAF_KIND.passed(certificate, False)
    if policy.form < Form.BROWSER:
        return LEAF_KIND.skipped(certificate, "this verifier does not mind that it is a CA")
    seen = ("it is a CA and serves as a leaf",)
    return LEAF_KIND.failed(certificate, FindingKind.STRICT_WOULD_REFUSE, seen)


def _critical(certificate: Certificate, oid: x509.ObjectIdentifier) -> bool | None:
    """Whether an extension is critical; None without it."""
    extension = certificate.extensions.get(oid)
    return None if extension is None else extension.critical


# fmt: off
_RULES: tuple[tuple[Form, str, Callable[[Certificate], object]], ...] = (
    (Form.STANDARD, "two different signature algorithms are named in it (4.1.1.2)",
     lambda c: not c.signature_algorithms_agree),
    (Form.STANDARD, "the issuer name is empty (4.1.2.4)", lambda c: not c.comparable_issuer),
    (Form.STANDARD, "it is a CA without a subject (4.1.2.6)",
     lambda c: c.is_ca and not c.comparable_subject),
    (Form.STANDARD, "it has name constraints and is no CA (4.2.1.10)",
     lambda c: _OID.NAME_CONSTRAINTS in c.extensions and not c.is_ca),
    (Form.STANDARD, "it has extensions and is not version 3 (4.1.2.9)",
     lambda c: c.version != 3 and c.extensions),
    (Form.STRICT, "it is not version 3 (4.1.2.1)", lambda c: c.version != 3),
    (Form.STRICT, "the serial number is not positive (4.1.2.2)", lambda c: c.serial <= 0),
    (Form.STRICT, "the serial number is longer than 20 octets (4.1.2.2)",
     lambda c: c.serial.bit_length() > 159),
    (Form.STRICT, "it has no subject, and its alternative name is not critical (4.2.1.6)",
     lambda c: not c.comparable_subject and not _critical(c, _OID.SUBJECT_ALTERNATIVE_NAME)),
    (Form.STRICT, "the authority key identifier is critical (4.2.1.1)",
     lambda c: _critical(c, _OID.AUTHORITY_KEY_IDENTIFIER)),
    (Form.STRICT, "the subject key identifier is critical (4.2.1.2)",
     lambda c: _critical(c, _OID.SUBJECT_KEY_IDENTIFIER)),
    (Form.STRICT, "it is a CA without a subject key identifier (4.2.1.2)",
     lambda c: c.is_ca and c.subject_key_id is None),
    (Form.STRICT, "it is a CA without key usage (4.2.1.3)",
     lambda c: c.is_ca and c.key_usage is None),
    (Form.STRICT, "it may sign certificates and is no CA (4.2.1.9)",
     lambda c: not c.is_ca and "keyCertSign" in (c.key_usage or ())),
    (Form.STRICT, "it is a CA, and its basic constraints are not critical (4.2.1.9)",
     lambda c: c.is_ca and not _critical(c, _OID.BASIC_CONSTRAINTS)),
    (Form.STRICT, "it limits the path and is no CA that signs (4.2.1.9)",
     lambda c: c.path_length is not None
     and not (c.is_ca and "keyCertSign" in (c.key_usage or ()))),
    (Form.STRICT, "its name constraints are not critical (4.2.1.10)",
     lambda c: _critical(c, _OID.NAME_CONSTRAINTS) is False),
    (Form.STRICT, "its extended key usage is empty (4.2.1.12)",
     lambda c: c.extended_key_usage == ()),
)
# fmt: on
"""Each rule: how strict a verifier must be to insist on it, its words, and what breaks it."""
