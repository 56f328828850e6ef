"""The checks of RFC 5280 section 6.1 on one certificate of a path: one function each."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from ..pki import Certificate
from .findings import Check, Finding, FindingKind, Rule
from .names import matches, reference
from .paths import Candidate, Pool, key_ids_agree, looks_self_signed
from .policy import Purpose, VerificationPolicy
from .words import general_name_text

_OID = ExtensionOID

# fmt: off
ANCHOR = Rule("is a trust anchor", "RFC 5280 6.1.1 (d)", "“{who}” is in the trust store.")
ANCHOR_KIND = Rule("is no device's certificate made a CA", "RFC 5280 6.1.1 (d)",
    "“{who}” does not look like a device's certificate that was made a CA.")
SIGNATURE = Rule("signed by its issuer", "RFC 5280 6.1.3 (a)(1)",
    "The key of “{seen}” signed “{who}”.")
VALIDITY = Rule("valid at this time", "RFC 5280 6.1.3 (a)(2)",
    "“{who}” is valid at {expected}: the bounds are {seen}.")
CHAINING = Rule("names its issuer", "RFC 5280 6.1.3 (a)(4)",
    "“{who}” names {seen} as its issuer, and that is the next in the path.")
POLICIES = Rule("certificate policies", "RFC 5280 6.1.3 (d)",
    "“{who}” demands nothing of certificate policies.")
CA = Rule("is a CA", "RFC 5280 6.1.4 (k)", "“{who}” says CA:TRUE.")
LENGTH = Rule("path length", "RFC 5280 6.1.4 (l), (m)",
    "“{who}” allows {expected} CA certificates below it, and there are {seen}.")
CERT_SIGN = Rule("may sign certificates", "RFC 5280 6.1.4 (n)", "“{who}” has key usage {seen}.")
CRITICAL = Rule("critical extensions are known", "RFC 5280 6.1.4 (o)",
    "No critical extension of “{who}” is left out.")
LEAF_CRITICAL = CRITICAL._replace(section="RFC 5280 6.1.5 (f)")
USAGE = Rule("key usage fits", "RFC 5280 4.2.1.3", "“{who}” has key usage {seen}.")
EXTENDED = Rule("extended key usage fits", "RFC 5280 4.2.1.12", "“{who}” may be used for {seen}.")
NAME = Rule("carries the name", "RFC 9525 6", "“{who}” carries the name {seen}.")
# fmt: on

PROCESSED = frozenset(
    {
        _OID.BASIC_CONSTRAINTS, _OID.KEY_USAGE, _OID.EXTENDED_KEY_USAGE, _OID.NAME_CONSTRAINTS,
        _OID.SUBJECT_ALTERNATIVE_NAME, _OID.CERTIFICATE_POLICIES, _OID.CRL_DISTRIBUTION_POINTS,
        _OID.SUBJECT_KEY_IDENTIFIER, _OID.AUTHORITY_KEY_IDENTIFIER, _OID.OCSP_NO_CHECK,
        _OID.POLICY_CONSTRAINTS, _OID.POLICY_MAPPINGS, _OID.INHIBIT_ANY_POLICY,
    }
)  # fmt: skip
"""Extensions that are processed here, or refused by name (``check_policies``)."""


def check_validity(certificate: Certificate, at: datetime) -> Check:
    """The time lies within the validity, both bounds included (RFC 5280 section 6.1.3 (a)(2))."""
    begins, ends = certificate.not_before, certificate.not_after
    if at > ends:
        return VALIDITY.failed(certificate, FindingKind.EXPIRED, ends, at)
    if at < begins:
        return VALIDITY.failed(certificate, FindingKind.NOT_YET_VALID, begins, at)
    return VALIDITY.passed(certificate, (begins, ends), at)


_POLICY_TREE = {
    _OID.POLICY_CONSTRAINTS: "a demand for a policy tree (policy constraints, RFC 5280 4.2.1.11)",
    _OID.POLICY_MAPPINGS: "a demand for a policy tree (policy mappings, RFC 5280 4.2.1.5)",
    _OID.INHIBIT_ANY_POLICY: "a demand for a policy tree (inhibit anyPolicy, RFC 5280 4.2.1.14)",
}


def check_policies(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """Nothing here needs a policy tree, since none is built (RFC 5280 section 6.1.3 (d) to (f)).

    Where nobody demands an explicit policy, certificate policies alone refuse nothing.
    """
    if policy.explicit_policy:
        feature = "a demand for a policy tree (an explicit policy, RFC 5280 6.1.1 (e))"
        return POLICIES.failed(certificate, FindingKind.OUT_OF_SCOPE, feature)
    for oid, feature in _POLICY_TREE.items():
        if oid in certificate.extensions:
            return POLICIES.failed(certificate, FindingKind.OUT_OF_SCOPE, feature)
    return POLICIES.passed(certificate)


def check_ca(certificate: Certificate, *, anchor: bool) -> Check:
    """Who signs certificates says CA:TRUE; a version 1 anchor cannot (RFC 5280 6.1.4 (k))."""
    if certificate.is_ca:
        return CA.passed(certificate, "CA:TRUE", "CA:TRUE")
    if anchor and certificate.version == 1 and certificate.is_self_issued:
        kind = FindingKind.VERSION_1_ANCHOR
        return CA.failed(certificate, kind, "version 1", "CA:TRUE", fatal=False)
    stated = _OID.BASIC_CONSTRAINTS in certificate.extensions
    seen = "it says CA:FALSE" if stated else "it has no basic constraints"
    return CA.failed(certificate, FindingKind.NOT_A_CA, seen, "CA:TRUE")


def check_path_length(certificate: Certificate, below: int, limit: int | None) -> Check:
    """No more CAs follow than allowed, self-issued ones not counted (RFC 5280 6.1.4 (l), (m)).

    ``limit`` is what the verifier itself allows below this anchor.
    """
    own = certificate.path_length
    allowed = own if limit is None or (own is not None and own < limit) else limit
    if allowed is None:
        return LENGTH.skipped(certificate, "it does not limit the path")
    if below > allowed:
        return LENGTH.failed(certificate, FindingKind.PATH_TOO_LONG, below, allowed)
    return LENGTH.passed(certificate, below, allowed)


def check_cert_sign(certificate: Certificate) -> Check:
    """A CA's key usage, where there is one, allows it to sign certificates (6.1.4 (n))."""
    usage = certificate.key_usage
    if usage is None:
        return CERT_SIGN.skipped(certificate, "it has no key usage")
    if "keyCertSign" in usage:
        return CERT_SIGN.passed(certificate, usage, "keyCertSign")
    return CERT_SIGN.failed(certificate, FindingKind.KEY_USAGE, usage, "keyCertSign")


def check_key_usage(certificate: Certificate, purpose: Purpose) -> Check:
    """The leaf's key usage, where there is one, fits the purpose (RFC 5280 4.2.1.3, 4.2.1.12)."""
    usage = certificate.key_usage
    if usage is None:
        return USAGE.skipped(certificate, "it has no key usage")
    for needed in purpose.key_usages:
        if usage.isdisjoint(needed):
            one_of = "one of " + ", ".join(sorted(needed)) if len(needed) > 1 else needed
            return USAGE.failed(certificate, FindingKind.KEY_USAGE, usage, one_of)
    return USAGE.passed(certificate, usage)


def check_extended_key_usage(
    certificate: Certificate, purpose: Purpose, policy: VerificationPolicy, *, leaf: bool
) -> Check:
    """Whoever states uses, leaf or CA, allows this one (RFC 5280 section 4.2.1.12)."""
    uses, needed = certificate.extended_key_usage, purpose.uses
    if uses is None:
        if not leaf:
            return EXTENDED.skipped(certificate, "it has no extended key usage")
        kind = FindingKind.NO_STATED_PURPOSE
        return EXTENDED.failed(certificate, kind, None, needed, fatal=policy.states_purpose)
    if not (policy.any_use_suffices and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses):
        absent = tuple(use for use in needed if use not in uses)
        if absent:
            return EXTENDED.failed(certificate, FindingKind.PURPOSE, uses, absent)
    return EXTENDED.passed(certificate, uses, needed)


def check_critical_extensions(certificate: Certificate, *, leaf: bool) -> Check:
    """No critical extension is left unprocessed (RFC 5280 sections 6.1.4 (o) and 6.1.5 (f))."""
    rule = LEAF_CRITICAL if leaf else CRITICAL
    unknown = tuple(
        oid
        for oid, extension in certificate.extensions.items()
        if extension.critical and oid not in PROCESSED
    )
    if unknown:
        return rule.failed(certificate, FindingKind.UNKNOWN_CRITICAL_EXTENSION, unknown)
    return rule.passed(certificate)


def check_name(certificate: Certificate, name: str | None, policy: VerificationPolicy) -> Check:
    """An alternative name is the one that was to be reached; no common name is (RFC 9525 6)."""
    if name is None or not policy.checks_names:
        why = "no name was to be reached" if name is None else "this verifier ignores names"
        return NAME.skipped(certificate, why)
    expected = reference(name)
    presented = certificate.alternative_names
    if matches(expected, presented):
        return NAME.passed(certificate, name, name)
    seen = tuple(map(general_name_text, presented)) or "no alternative name"
    if not _common_name_matches(expected, certificate.common_name):
        return NAME.failed(certificate, FindingKind.NAME_MISMATCH, seen, name)
    is_dns = isinstance(expected, x509.DNSName)
    counts = policy.common_name_counts and is_dns and not certificate.dns_names
    kind = FindingKind.NAME_ONLY_IN_CN
    return NAME.failed(certificate, kind, seen, name, fatal=not counts)


def _common_name_matches(expected: x509.GeneralName, common_name: str | None) -> bool:
    if common_name is None or not common_name.isascii():
        return False
    if isinstance(expected, x509.IPAddress):
        return common_name == str(expected.value)
    return matches(expected, (x509.DNSName(common_name),))


def check_anchor(certificate: Certificate, policy: VerificationPolicy, *, leaf: bool) -> Check:
    """The path ends in the trust store; an anchor that is no root is noted (RFC 5280 6.1.1 (d))."""
    if looks_self_signed(certificate):
        return ANCHOR.passed(certificate)
    kind = FindingKind.PINNED_LEAF if leaf else FindingKind.PARTIAL_CHAIN
    seen = certificate.issuer_name
    return ANCHOR.failed(certificate, kind, seen, fatal=not policy.partial_chain)


def check_anchor_kind(certificate: Certificate) -> Check:
    """An anchor that is a CA and yet has a device's names or uses is noted: it can mint names."""
    if certificate.is_ca and certificate.is_self_issued:
        seen = certificate.dns_names or certificate.extended_key_usage
        if seen:
            kind = FindingKind.CA_PINNED_AS_ROOT
            return ANCHOR_KIND.failed(certificate, kind, seen, fatal=False)
    return ANCHOR_KIND.passed(certificate)


def check_end(candidate: Candidate, anchors: Pool) -> Finding:
    """Why no anchor stands at the end of this path (RFC 5280 section 6.1.1 (d))."""
    last = candidate.path[-1]
    for other in candidate.wrong_keys:
        if other in anchors and key_ids_agree(last, other) is not True:
            kind = FindingKind.SAME_NAME_OTHER_KEY
            return SIGNATURE.failed(last, kind, _difference(last, other), other)
    if candidate.wrong_keys:
        other = candidate.wrong_keys[0]
        return SIGNATURE.failed(last, FindingKind.BAD_SIGNATURE, _difference(last, other), other)
    if looks_self_signed(last):
        leaf = len(candidate.path) == 1
        kind = FindingKind.NOT_IMPORTED if leaf else FindingKind.UNTRUSTED_ROOT
    else:
        kind = FindingKind.UNTRUSTED_ROOT if last.is_ca else FindingKind.ISSUER_MISSING
    return ANCHOR.failed(last, kind, last.issuer_name)


def _difference(certificate: Certificate, other: Certificate) -> str:
    if key_ids_agree(certificate, other) is False:
        named = (certificate.authority_key_id or b"").hex()[:16]
        held = (other.subject_key_id or b"").hex()[:16]
        return f"it points to the key {named}…, and the certificate there has the key {held}…"
    return "the signature does not verify, so it was altered, or another key signed it"
