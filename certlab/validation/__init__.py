"""Is a certificate trusted, and why: policies, paths, checks, findings and the verdict."""

from .evidence import RevocationList, StatusResponse
from .facts import FACTS, Fact, fact
from .findings import Check, Finding, FindingKind, Outcome, Remedy
from .paths import Pool
from .policy import (
    IGNORES_REVOCATION,
    OPENSSL_DEFAULT,
    OPENSSL_STRICT,
    POLICIES,
    RFC5280,
    SIP_IGNORES_NAMES,
    WEB_CLIENT,
    Attitude,
    Form,
    Purpose,
    VerificationPolicy,
)
from .review import Remark, review
from .signatures import SignatureCache
from .verdict import Verdict, validate

# fmt: off
__all__ = [
    "FACTS", "IGNORES_REVOCATION", "OPENSSL_DEFAULT", "OPENSSL_STRICT", "POLICIES", "RFC5280",
    "SIP_IGNORES_NAMES", "WEB_CLIENT", "Attitude", "Check", "Fact", "Finding", "FindingKind",
    "Form", "Outcome", "Pool", "Purpose", "Remark", "Remedy", "RevocationList", "SignatureCache",
    "StatusResponse", "Verdict", "VerificationPolicy", "fact", "review", "validate",
]
# fmt: on
