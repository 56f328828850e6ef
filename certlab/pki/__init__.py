"""What a certificate is: facts, names, keys, profiles, requests and authorities."""

from .certificate import Certificate, read_pem
from .issuing import (
    CertificateAuthority,
    CertificateRequest,
    Draft,
    request_certificate,
    self_signed,
)
from .keys import FreshKeys, KeyPair, KeySource, KeyStore, KeyType, LessonKeys
from .names import dns_name, fully_qualified, general_name
from .profiles import PROFILES, Profile, profile, use_in_words
from .registration import RegistrationAuthority, Vetting

__all__ = [
    "PROFILES",
    "Certificate",
    "CertificateAuthority",
    "CertificateRequest",
    "Draft",
    "FreshKeys",
    "KeyPair",
    "KeySource",
    "KeyStore",
    "KeyType",
    "LessonKeys",
    "Profile",
    "RegistrationAuthority",
    "Vetting",
    "dns_name",
    "fully_qualified",
    "general_name",
    "profile",
    "read_pem",
    "request_certificate",
    "self_signed",
    "use_in_words",
]
