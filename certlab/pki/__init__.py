"""What a certificate is: facts, names, keys, profiles, requests and authorities."""

from .certificate import Certificate, read_pem
from .contents import Contents, read_contents
from .formats import (
    NoPassphrase,
    Passphrase,
    as_pem,
    as_pkcs7,
    as_pkcs12,
    key_as_pem,
)
from .issuing import (
    CertificateAuthority,
    CertificateRequest,
    Draft,
    request_certificate,
    self_signed,
)
from .keys import (
    FreshKeys,
    KeyPair,
    KeySource,
    KeyStore,
    KeyType,
    LessonKeys,
    describe_key,
)
from .mozilla import mozilla_roots
from .names import dns_name, fully_qualified, general_name
from .profiles import PROFILES, Profile, profile, use_in_words
from .registration import RegistrationAuthority, Vetting
from .revocation import ReasonFlags, Revocation, ocsp_response, revocation_list

__all__ = [
    "PROFILES",
    "Certificate",
    "CertificateAuthority",
    "CertificateRequest",
    "Contents",
    "Draft",
    "FreshKeys",
    "KeyPair",
    "KeySource",
    "KeyStore",
    "KeyType",
    "LessonKeys",
    "NoPassphrase",
    "Passphrase",
    "Profile",
    "ReasonFlags",
    "RegistrationAuthority",
    "Revocation",
    "Vetting",
    "as_pem",
    "as_pkcs7",
    "as_pkcs12",
    "describe_key",
    "dns_name",
    "fully_qualified",
    "general_name",
    "key_as_pem",
    "mozilla_roots",
    "ocsp_response",
    "profile",
    "read_contents",
    "read_pem",
    "request_certificate",
    "revocation_list",
    "self_signed",
    "use_in_words",
]
