"""Dated facts: rules of the outside world that change, each with its date, source and mark.

Every number or date that comes from a rule book and not from the certificate stands here and
nowhere else. A fact is shown together with its source; one with mark ``KNOWN`` is general
knowledge and is never presented as a quotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from ..errors import UnknownName


class Mark(StrEnum):
    """How a fact is known."""

    PRIMARY = "P"
    """Read in the primary text."""
    SECONDARY = "S"
    """Read in a secondary source."""
    KNOWN = "K"
    """General knowledge, not read again."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One rule of the outside world.

    ``effective`` is the first day (UTC) on which it holds, None for as long as this program looks
    back. ``value`` is its number, if it has one, in ``unit``. Facts of one ``series`` replace each
    other as their dates come.
    """

    id: str
    words: str
    source: str
    mark: Mark
    effective: date | None = None
    value: int | None = None
    unit: str = ""
    series: str = ""

    def holds(self, on: date | datetime) -> bool:
        """Say whether it is in force on that day (UTC)."""
        day = on.date() if isinstance(on, datetime) else on
        return self.effective is None or day >= self.effective


_P, _S, _K = Mark.PRIMARY, Mark.SECONDARY, Mark.KNOWN
_SC081 = "CA/Browser Forum ballot SC-081v3, TLS Baseline Requirements section 6.3.2"
_REUSE = "CA/Browser Forum ballot SC-081v3, TLS Baseline Requirements section 4.2.1"
_BR = "CA/Browser Forum TLS Baseline Requirements"
_CHROME = "Chrome Root Program Policy 1.8"
_ENCRYPT = "Let's Encrypt announcements"


def _series(name: str, words: str, source: str, *steps: tuple[date | None, int]) -> list[Fact]:
    return [
        Fact(f"{name}-{days}", words.format(days), source, _P, effective, days, "days", name)
        for effective, days in steps
    ]


# fmt: off
_ALL: list[Fact] = [
    *_series("public-validity", "a public certificate may be valid for at most {} days", _SC081,
             (None, 398), (date(2026, 3, 15), 200), (date(2027, 3, 15), 100),
             (date(2029, 3, 15), 47)),
    *_series("domain-reuse", "a domain validation may be used again for at most {} days", _REUSE,
             (None, 398), (date(2026, 3, 15), 200), (date(2027, 3, 15), 100),
             (date(2029, 3, 15), 10)),
    *_series("lets-encrypt-validity", "Let's Encrypt issues for {} days", _ENCRYPT,
             (date(2027, 2, 10), 64), (date(2028, 2, 16), 45)),

    Fact("chrome-subca-server-only",
         "a new subordinate CA under a root in Chrome serves TLS servers alone",
         _CHROME, _P, date(2026, 6, 15)),
    Fact("chrome-client-auth-end",
         "a new certificate under a root in Chrome may not allow TLS clients any more",
         _CHROME, _P, date(2027, 3, 15)),
    Fact("lets-encrypt-client-auth-default",
         "Let's Encrypt leaves client authentication out unless asked",
         _ENCRYPT, _P, date(2026, 2, 11)),
    Fact("lets-encrypt-client-auth-end",
         "Let's Encrypt issues no certificate for TLS clients any more",
         _ENCRYPT, _P, date(2026, 7, 8)),
    Fact("digicert-client-auth-default",
         "DigiCert leaves client authentication out unless asked",
         "DigiCert announcement", _P, date(2025, 10, 1)),
    Fact("digicert-client-auth-end",
         "DigiCert issues its last public certificate for TLS clients",
         "DigiCert announcement", _P, date(2027, 3, 1)),
    Fact("sectigo-client-auth-announced",
         "Sectigo's first announced end of client authentication, later postponed",
         "Sectigo announcement", _P, date(2026, 5, 15)),
    Fact("sectigo-client-auth-end",
         "Sectigo issues no public certificate for TLS clients any more",
         "reports on the postponed date", _S, date(2027, 2, 10)),
    Fact("microsoft-single-purpose",
         "a root new to Microsoft's programme serves one purpose; "
         "client authentication may accompany TLS servers",
         "Microsoft Trusted Root Program", _P, date(2026, 7, 1)),
    Fact("client-auth-in-br",
         "the Baseline Requirements themselves still allow client authentication",
         f"{_BR}, version 2.2.6", _P),

    Fact("sha1-end", "no SHA-1 signature is left in certificates and CRLs of public CAs",
         f"CA/Browser Forum ballot SC-097, {_BR} section 7.1.3.2.1", _P, date(2026, 9, 15)),
    Fact("sha1-web-end", "web browsers refuse certificates signed with SHA-1",
         "announcements of the browser makers", _K, date(2017, 1, 1)),
    Fact("md5-end", "MD5 signatures can be forged", "RFC 6151", _K, date(2011, 3, 1)),
    Fact("rsa-minimum", "an RSA key has at least 2048 bits",
         f"{_BR} section 6.1.5", _P, None, 2048, "bits"),
    Fact("curves", "an elliptic curve key is on P-256, P-384 or P-521",
         f"{_BR} section 6.1.5", _P),
    Fact("dsa-end", "DSA keys make no new signatures", "FIPS 186-5", _K, date(2024, 2, 3)),

    Fact("names-in-san",
         "names stand in the subject alternative name; the common name is discouraged",
         f"{_BR} section 7.1.2.7.12", _P),
    Fact("no-cn-matching", "a verifier does not look for a host name in the common name",
         "RFC 9525", _K, date(2023, 11, 1)),
    Fact("internal-names", "a public CA may not certify an internal name or a reserved address",
         f"{_BR} section 4.2.2", _P),
    Fact("serial-number", "a serial number is positive and at most 20 octets long",
         "RFC 5280 section 4.1.2.2", _P, None, 20, "octets"),
    Fact("strict-aki",
         "Python's default TLS context refuses a certificate without authority key identifier "
         "(from version 3.13 on)",
         "documentation of Python's ssl.create_default_context; RFC 5280 section 4.2.1.1",
         _P, date(2024, 10, 7)),
    Fact("lets-encrypt-no-ocsp", "Let's Encrypt answers no OCSP question any more: CRLs only",
         _ENCRYPT, _P, date(2025, 8, 6)),

    Fact("chunghwa-netlock-distrust",
         "Chrome trusts no newer certificate of Chunghwa Telecom and Netlock",
         "reports on Chrome's root programme", _S, date(2025, 8, 1)),
    Fact("entrust-distrust", "browsers stop trusting new certificates under Entrust's roots",
         "announcements of the browser makers", _K, date(2024, 11, 12)),
]
# fmt: on

FACTS: Mapping[str, Fact] = MappingProxyType({fact.id: fact for fact in _ALL})
"""Every fact by its id."""


def fact(key: str) -> Fact:
    """Return the fact with this id. Raises ``UnknownName``."""
    try:
        return FACTS[key]
    except KeyError:
        expected = "one of " + ", ".join(FACTS)
        raise UnknownName(f"no fact is called {key!r}", expected=expected) from None


def in_force(series: str, on: date | datetime, facts: Mapping[str, Fact] = FACTS) -> Fact | None:
    """Return the fact of this series that holds on a day (UTC); None before the first."""
    steps = [found for found in facts.values() if found.series == series and found.holds(on)]
    return max(steps, key=lambda found: found.effective or date.min, default=None)
