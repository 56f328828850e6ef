"""Is a certificate trusted, and why: policies, paths, checks, findings and the verdict."""

from .findings import Check, Finding, FindingKind, Outcome, Remedy
from .paths import Pool, SignatureCache
from .policy import (
    IGNORES_REVOCATION,
    OPENSSL_DEFAULT,
    OPENSSL_STRICT,
    POLICIES,
    RFC5280,
    SIP_IGNORES_NAMES,
    WEB_CLIENT,
    Attitude,
    Purpose,
    VerificationPolicy,
)
from .verdict import Verdict, validate

__all__ = [
    "IGNORES_REVOCATION",
    "OPENSSL_DEFAULT",
    "OPENSSL_STRICT",
    "POLICIES",
    "RFC5280",
    "SIP_IGNORES_NAMES",
    "WEB_CLIENT",
    "Attitude",
    "Check",
    "Finding",
    "FindingKind",
    "Outcome",
    "Pool",
    "Purpose",
    "Remedy",
    "SignatureCache",
    "Verdict",
    "VerificationPolicy",
    "validate",
]
