"""The checks of RFC 5280 section 6.1, one function each, in the order of the RFC."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID

from ..pki import Certificate
from .findings import Check, Finding, FindingKind, Outcome, Rule
from .names import matches, name_text, reference
from .paths import key_ids, looks_self_signed
from .policy import (
    CURVES,
    NO_DSA,
    OLD_HASH,
    RSA_SIZE,
    SHA1_ENDS,
    UNKNOWN_ALGORITHM,
    AlgorithmRule,
    Purpose,
    VerificationPolicy,
)

PASS, FAIL, NOTED, NOT_APPLICABLE = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.NOTED,
    Outcome.NOT_APPLICABLE,
)
_EXT, _ALG = ExtensionOID, SignatureAlgorithmOID

FORM = Rule("can be read", "RFC 5280 4.1", "“{who}” can be read in every part.")
ANCHOR = Rule("is a trust anchor", "RFC 5280 6.1.1 (d)", "“{who}” is in the trust store.")
SIGNATURE = Rule(
    "signed by its issuer", "RFC 5280 6.1.3 (a)(1)", "The key of “{seen}” signed “{who}”."
)
VALIDITY = Rule(
    "valid at this time",
    "RFC 5280 6.1.3 (a)(2)",
    "“{who}” is valid from {seen}, so it is for {expected}.",
)
CHAINING = Rule(
    "names its issuer",
    "RFC 5280 6.1.3 (a)(4)",
    "“{who}” names {seen} as its issuer, the next in the path.",
)
POLICIES = Rule(
    "certificate policies", "RFC 5280 6.1.3 (d)", "“{who}” demands nothing of certificate policies."
)
CA = Rule("is a CA", "RFC 5280 6.1.4 (k)", "“{who}” says CA:TRUE.")
LENGTH = Rule(
    "path length",
    "RFC 5280 6.1.4 (m)",
    "“{who}” allows {expected} CA certificates below it; there are {seen}.",
)
CERT_SIGN = Rule(
    "may sign certificates", "RFC 5280 6.1.4 (n)", "The key usage of “{who}” is {seen}."
)
CRITICAL = Rule(
    "critical extensions are known",
    "RFC 5280 6.1.4 (o)",
    "No critical extension of “{who}” is unknown.",
)
LEAF_CRITICAL = CRITICAL._replace(section="RFC 5280 6.1.5 (f)")
USAGE = Rule("key usage fits", "RFC 5280 4.2.1.3", "The key usage of “{who}” is {seen}.")
EXTENDED = Rule("extended key usage fits", "RFC 5280 4.2.1.12", "“{who}” may be used for {seen}.")
NAME = Rule("carries the name", "RFC 9525 6", "“{who}” carries “{expected}”.")
ALGORITHM = Rule("signature algorithm", "RFC 5280 4.1.1.2", "“{who}” is signed with {seen}.")
KEY = Rule("key type and size", "RFC 5280 4.1.2.7", "“{who}” has a key of type {seen}.")
CONFORMANCE = Rule(
    "form as RFC 5280 asks", "RFC 5280 4.2", "“{who}” has the form that strict verifiers ask for."
)
KEY_ID = Rule("authority key identifier", "RFC 5280 4.2.1.1", "“{who}” points to its issuer's key.")
SELF_MADE_CA = Rule(
    "what the anchor may do", "RFC 5280 6.1.1 (d)", "“{who}” looks like a CA made for this."
)

KNOWN_EXTENSIONS = frozenset(
    {
        _EXT.BASIC_CONSTRAINTS,
        _EXT.KEY_USAGE,
        _EXT.EXTENDED_KEY_USAGE,
        _EXT.SUBJECT_ALTERNATIVE_NAME,
        _EXT.NAME_CONSTRAINTS,
        _EXT.CERTIFICATE_POLICIES,
        _EXT.CRL_DISTRIBUTION_POINTS,
        _EXT.SUBJECT_KEY_IDENTIFIER,
        _EXT.AUTHORITY_KEY_IDENTIFIER,
        _EXT.OCSP_NO_CHECK,
        _EXT.POLICY_CONSTRAINTS,
        _EXT.POLICY_MAPPINGS,
        _EXT.INHIBIT_ANY_POLICY,
    }
)
"""Extensions that this verifier processes, or refuses by name (``check_policies``)."""

_SHA1 = frozenset({_ALG.RSA_WITH_SHA1, _ALG.ECDSA_WITH_SHA1})
_DSA = frozenset(
    {
        _ALG.DSA_WITH_SHA1,
        _ALG.DSA_WITH_SHA224,
        _ALG.DSA_WITH_SHA256,
        _ALG.DSA_WITH_SHA384,
        _ALG.DSA_WITH_SHA512,
    }
)
_SOUND = frozenset(
    {
        _ALG.RSA_WITH_SHA256,
        _ALG.RSA_WITH_SHA384,
        _ALG.RSA_WITH_SHA512,
        _ALG.RSASSA_PSS,
        _ALG.ECDSA_WITH_SHA256,
        _ALG.ECDSA_WITH_SHA384,
        _ALG.ECDSA_WITH_SHA512,
        _ALG.ED25519,
        _ALG.ED448,
    }
)


def check_form(certificate: Certificate) -> Check:
    """Every field and extension can be read, each extension once (RFC 5280 section 4.1 and 4.2)."""
    if (fault := certificate.malformed) is not None:
        return Finding(
            FORM, certificate, FAIL, fault, "a certificate after RFC 5280", FindingKind.MALFORMED
        )
    return Check(FORM, certificate, PASS)


def check_validity(certificate: Certificate, at: datetime) -> Check:
    """The time lies within the validity, both ends included (RFC 5280 sections 4.1.2.5 and 6.1.3 (a)(2))."""
    begins, ends = certificate.not_before, certificate.not_after
    if at > ends:
        return Finding(VALIDITY, certificate, FAIL, ends, at, FindingKind.EXPIRED)
    if at < begins:
        return Finding(VALIDITY, certificate, FAIL, begins, at, FindingKind.NOT_YET_VALID)
    return Check(VALIDITY, certificate, PASS, (begins, ends), at)


def check_signature_algorithm(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """The algorithm of the signature is one this verifier trusts."""
    oid = certificate.x509.signature_algorithm_oid
    if oid in _SOUND or (oid in _SHA1 and not policy.refuses_sha1):
        return Check(ALGORITHM, certificate, PASS, certificate.signature_algorithm)
    rule = (
        SHA1_ENDS
        if oid in _SHA1
        else NO_DSA
        if oid in _DSA
        else OLD_HASH
        if oid == _ALG.RSA_WITH_MD5
        else UNKNOWN_ALGORITHM
    )
    return Finding(
        ALGORITHM,
        certificate,
        FAIL,
        certificate.signature_algorithm,
        rule,
        FindingKind.WEAK_ALGORITHM,
    )


def check_key(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """The public key is of a type and size this verifier trusts."""
    broken = _broken_rule(certificate, policy)
    if broken is not None:
        return Finding(KEY, certificate, FAIL, certificate.key_type, broken, FindingKind.WEAK_KEY)
    return Check(KEY, certificate, PASS, certificate.key_type)


def _broken_rule(certificate: Certificate, policy: VerificationPolicy) -> AlgorithmRule | None:
    key = certificate.public_key
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.curve.name in policy.curves else CURVES
    if isinstance(key, rsa.RSAPublicKey):
        return None if key.key_size >= policy.minimum_rsa_bits else RSA_SIZE
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return None if policy.edwards_keys else UNKNOWN_ALGORITHM
    return NO_DSA if isinstance(key, dsa.DSAPublicKey) else UNKNOWN_ALGORITHM


def check_ca(certificate: Certificate, anchor: bool) -> Check:
    """Whoever signs certificates is a CA (RFC 5280 section 6.1.4 (k)); a version 1 root counts as imported."""
    if certificate.is_ca:
        return Check(CA, certificate, PASS, True, True)
    if anchor and certificate.version == 1 and certificate.is_self_issued:
        return Finding(CA, certificate, NOTED, "version 1", "CA:TRUE", FindingKind.VERSION_1_ANCHOR)
    seen = (
        "CA:FALSE"
        if _EXT.BASIC_CONSTRAINTS in certificate.extensions
        else "it has no basic constraints"
    )
    return Finding(CA, certificate, FAIL, seen, "CA:TRUE", FindingKind.NOT_A_CA)


def check_path_length(certificate: Certificate, below: int) -> Check:
    """No more CA certificates follow than it allows, self-issued ones not counted (RFC 5280 6.1.4 (l), (m))."""
    allowed = certificate.path_length
    if allowed is None:
        return Check(LENGTH, certificate, NOT_APPLICABLE, below, "it does not limit the path")
    if below > allowed:
        return Finding(LENGTH, certificate, FAIL, below, allowed, FindingKind.PATH_TOO_LONG)
    return Check(LENGTH, certificate, PASS, below, allowed)


def check_cert_sign(certificate: Certificate) -> Check:
    """A CA's key usage, where there is one, allows signing certificates (RFC 5280 section 6.1.4 (n))."""
    usage = certificate.key_usage
    if usage is None:
        return Check(CERT_SIGN, certificate, NOT_APPLICABLE, None, "it has no key usage")
    if "keyCertSign" not in usage:
        return Finding(CERT_SIGN, certificate, FAIL, usage, "keyCertSign", FindingKind.KEY_USAGE)
    return Check(CERT_SIGN, certificate, PASS, usage, "keyCertSign")


def check_key_usage(certificate: Certificate, purpose: Purpose) -> Check:
    """The leaf's key usage, where there is one, is consistent with the purpose (RFC 5280 4.2.1.3, 4.2.1.12)."""
    usage = certificate.key_usage
    if usage is None:
        return Check(USAGE, certificate, NOT_APPLICABLE, None, "it has no key usage")
    for one_of in purpose.key_usages:
        if usage.isdisjoint(one_of):
            return Finding(USAGE, certificate, FAIL, usage, one_of, FindingKind.KEY_USAGE)
    return Check(USAGE, certificate, PASS, usage)


def check_extended_key_usage(
    certificate: Certificate, purpose: Purpose, policy: VerificationPolicy, leaf: bool
) -> Check:
    """Each certificate that states its uses allows this one (RFC 5280 section 4.2.1.12, nested on CAs)."""
    uses = certificate.extended_key_usage
    if uses is None:
        if not leaf:
            return Check(
                EXTENDED, certificate, NOT_APPLICABLE, None, "it has no extended key usage"
            )
        return Finding(
            EXTENDED,
            certificate,
            FAIL if policy.states_purpose else NOTED,
            None,
            purpose.uses,
            FindingKind.NO_STATED_PURPOSE,
        )
    if not (policy.any_use_suffices and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses):
        absent = tuple(use for use in purpose.uses if use not in uses)
        if absent:
            return Finding(EXTENDED, certificate, FAIL, uses, absent, FindingKind.PURPOSE)
    return Check(EXTENDED, certificate, PASS, uses, purpose.uses)


def check_critical_extensions(certificate: Certificate, leaf: bool) -> Check:
    """No critical extension is left unprocessed (RFC 5280 sections 6.1.4 (o) and 6.1.5 (f))."""
    rule = LEAF_CRITICAL if leaf else CRITICAL
    unknown = tuple(
        oid
        for oid, extension in certificate.extensions.items()
        if extension.critical and oid not in KNOWN_EXTENSIONS
    )
    if unknown:
        return Finding(
            rule, certificate, FAIL, unknown, None, FindingKind.UNKNOWN_CRITICAL_EXTENSION
        )
    return Check(rule, certificate, PASS)


_POLICY_FEATURES = {
    _EXT.POLICY_CONSTRAINTS: "policy constraints (a policy tree, RFC 5280 4.2.1.11)",
    _EXT.POLICY_MAPPINGS: "policy mappings (a policy tree, RFC 5280 4.2.1.5)",
    _EXT.INHIBIT_ANY_POLICY: "inhibit any-policy (a policy tree, RFC 5280 4.2.1.14)",
}


def check_policies(certificate: Certificate) -> Check:
    """No policy tree is asked for, since none is built (RFC 5280 section 6.1.3 (d) to (f)).

    Where nobody demands an explicit policy, certificate policies refuse nothing.
    """
    for oid, feature in _POLICY_FEATURES.items():
        if oid in certificate.extensions:
            return Finding(POLICIES, certificate, FAIL, feature, None, FindingKind.OUT_OF_SCOPE)
    return Check(POLICIES, certificate, PASS)


def check_name(certificate: Certificate, name: str | None, policy: VerificationPolicy) -> Check:
    """The alternative names carry the name that was to be reached; the common name is not read (RFC 9525 6)."""
    if name is None or not policy.checks_names:
        why = "no name was asked for" if name is None else "this verifier ignores names"
        return Check(NAME, certificate, NOT_APPLICABLE, None, why)
    expected = reference(name)
    presented = certificate.alternative_names
    if matches(expected, presented):
        return Check(NAME, certificate, PASS, name, name)
    seen = tuple(map(name_text, presented)) or "no alternative name"
    common_name = certificate.common_name
    if common_name is not None and _common_name_matches(expected, common_name):
        counts = (
            policy.common_name_counts
            and not certificate.dns_names
            and isinstance(expected, x509.DNSName)
        )
        return Finding(
            NAME, certificate, NOTED if counts else FAIL, seen, name, FindingKind.NAME_ONLY_IN_CN
        )
    return Finding(NAME, certificate, FAIL, seen, name, FindingKind.NAME_MISMATCH)


def _common_name_matches(expected: x509.GeneralName, common_name: str) -> bool:
    if isinstance(expected, x509.IPAddress):
        return str(expected.value) == common_name.strip()
    try:
        return matches(expected, (x509.DNSName(common_name.strip()),))
    except ValueError:
        return False


def check_conformance(
    certificate: Certificate, policy: VerificationPolicy, top: bool, leaf: bool
) -> Check:
    """The form RFC 5280 section 4 asks of CAs, which a verifier may or may not insist on.

    ``top`` is the last certificate of the path: OpenSSL asks it for no authority key identifier.
    """
    outcome = FAIL if policy.strict else NOTED
    if certificate.authority_key_id is None and not top and certificate.version == 3:
        return Finding(
            KEY_ID, certificate, outcome, None, "the issuer's key identifier", FindingKind.NO_AKI
        )
    faults = tuple(deviations(certificate, leaf))
    if not policy.leaf_may_be_ca and leaf and certificate.is_ca:
        return Finding(
            CONFORMANCE,
            certificate,
            FAIL,
            (*faults, "a CA certificate serves as a leaf"),
            None,
            FindingKind.STRICT_WOULD_REFUSE,
        )
    if faults:
        return Finding(
            CONFORMANCE, certificate, outcome, faults, None, FindingKind.STRICT_WOULD_REFUSE
        )
    return Check(CONFORMANCE, certificate, PASS)


def deviations(certificate: Certificate, leaf: bool) -> list[str]:
    """Each departure from the form that RFC 5280 asks for, in plain words with its section."""
    return [words for departs, words in _DEVIATIONS if departs(certificate)]


def _critical(certificate: Certificate, oid: x509.ObjectIdentifier) -> bool | None:
    extension = certificate.extensions.get(oid)
    return extension.critical if extension else None


def _usage(certificate: Certificate, usage: str) -> bool:
    return usage in (certificate.key_usage or ())


_DEVIATIONS = (
    (lambda c: c.serial <= 0, "the serial number is not positive (4.1.2.2)"),
    (lambda c: abs(c.serial) >> 159, "the serial number is longer than 20 octets (4.1.2.2)"),
    (lambda c: not c.comparable_issuer, "the issuer name is empty (4.1.2.4)"),
    (lambda c: c.is_ca and not c.comparable_subject, "a CA without a subject (4.1.2.6)"),
    (
        lambda c: not c.comparable_subject and not _critical(c, _EXT.SUBJECT_ALTERNATIVE_NAME),
        "no subject, and no critical alternative name in its place (4.2.1.6)",
    ),
    (
        lambda c: c.is_ca and c.subject_key_id is None,
        "a CA without a subject key identifier (4.2.1.2)",
    ),
    (
        lambda c: _critical(c, _EXT.AUTHORITY_KEY_IDENTIFIER),
        "the authority key identifier is critical (4.2.1.1)",
    ),
    (
        lambda c: _critical(c, _EXT.SUBJECT_KEY_IDENTIFIER),
        "the subject key identifier is critical (4.2.1.2)",
    ),
    (lambda c: c.is_ca and c.key_usage is None, "a CA without key usage (4.2.1.3)"),
    (
        lambda c: c.is_ca and not _critical(c, _EXT.BASIC_CONSTRAINTS),
        "a CA whose basic constraints are not critical (4.2.1.9)",
    ),
    (
        lambda c: not c.is_ca and _usage(c, "keyCertSign"),
        "it may sign certificates and is no CA (4.2.1.9)",
    ),
    (
        lambda c: _EXT.NAME_CONSTRAINTS in c.extensions and not c.is_ca,
        "name constraints on what is no CA (4.2.1.10)",
    ),
    (
        lambda c: c.version != 3 and bool(c.extensions),
        "extensions in a certificate that is not version 3 (4.1.2.1)",
    ),
    (lambda c: c.version != 3 and not c.extensions, "it is not version 3 (4.1.2.1)"),
)


def check_anchor(certificate: Certificate, policy: VerificationPolicy, leaf: bool) -> Check:
    """The path ends in the trust store; what kind of anchor that is, is noted (RFC 5280 section 6.1.1 (d))."""
    if looks_self_signed(certificate):
        return Check(ANCHOR, certificate, PASS)
    kind = FindingKind.PINNED_LEAF if leaf else FindingKind.PARTIAL_CHAIN
    return Finding(
        ANCHOR,
        certificate,
        NOTED if policy.partial_chain else FAIL,
        certificate.issuer_name,
        None,
        kind,
    )


def check_anchor_use(certificate: Certificate) -> Check:
    """Notes an anchor that is a CA although it was made as a device's own certificate."""
    if (
        certificate.is_ca
        and certificate.is_self_issued
        and (certificate.dns_names or certificate.extended_key_usage)
    ):
        seen = certificate.alternative_names or certificate.extended_key_usage
        return Finding(SELF_MADE_CA, certificate, NOTED, seen, None, FindingKind.CA_PINNED_AS_ROOT)
    return Check(SELF_MADE_CA, certificate, PASS)


def check_end(
    certificate: Certificate,
    wrong_keys: tuple[Certificate, ...],
    anchors: tuple[Certificate, ...],
    path: tuple[Certificate, ...],
) -> Finding:
    """Why the path ends here without an anchor: nobody of the issuer's name, or another key, or not imported."""
    for other in wrong_keys:
        if other in anchors and key_ids(certificate, other) is not True:
            return Finding(
                SIGNATURE,
                certificate,
                FAIL,
                _keys_differ(certificate, other),
                other,
                FindingKind.SAME_NAME_OTHER_KEY,
            )
    if wrong_keys:
        other = wrong_keys[0]
        return Finding(
            SIGNATURE,
            certificate,
            FAIL,
            _keys_differ(certificate, other),
            other,
            FindingKind.BAD_SIGNATURE,
        )
    if looks_self_signed(certificate):
        kind = FindingKind.NOT_IMPORTED if len(path) == 1 else FindingKind.UNTRUSTED_ROOT
    else:
        kind = FindingKind.UNTRUSTED_ROOT if certificate.is_ca else FindingKind.ISSUER_MISSING
    return Finding(ANCHOR, certificate, FAIL, certificate.issuer_name, None, kind)


def _keys_differ(certificate: Certificate, other: Certificate) -> str:
    if key_ids(certificate, other) is False:
        return (
            f"it points to key {(certificate.authority_key_id or b'').hex()[:16]}…, "
            f"the certificate there has key {(other.subject_key_id or b'').hex()[:16]}…"
        )
    return "the signature does not verify, so the certificate was altered or another key signed it"
