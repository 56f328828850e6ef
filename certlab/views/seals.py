"""Seals: one signing key is one small hexagon with a colour and a monogram of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, sin

from ..deployment import Deployment
from ..pki import Certificate
from .svg import group
from .text import Markup, tag

HUES = ("#455ef8", "#915c08", "#154a06", "#cd3976", "#670e78", "#8160b5", "#272bc7", "#952755")
"""Eight colours as far apart as they get for normal, red-, green- and blue-blind eyes.

Chosen by maximising the smallest distance in OKLab over all four kinds of sight; white text on
each has a contrast of at least 4.5.
"""


@dataclass(frozen=True, slots=True)
class Seal:
    """How one key is drawn. ``hue`` is 0 to 7, or None for a key that nobody here has."""

    hue: int | None
    monogram: str
    name: str


class Seals:
    """The seals of some certificates: a key keeps its seal whatever is done to the others."""

    def __init__(self, keys: dict[str, Seal], known: Iterable[Certificate]) -> None:
        self._keys = keys
        self._signers: dict[str, Seal] = {}
        self._by_subject: dict[str, list[Certificate]] = {}
        for certificate in known:
            self._by_subject.setdefault(certificate.subject, []).append(certificate)

    @classmethod
    def of(cls, deployment: Deployment) -> Seals:
        """The seals of a Deployment.

        A device's first key is coloured by its place in its dial plan, each later one by another
        colour, so that a renewal shows. The keys of authorities come after the devices'.
        """
        known = deployment.certificates
        readable = [certificate for certificate in known.values() if not certificate.malformed]
        keys: dict[str, Seal] = {}
        places: Counter[str] = Counter()
        for device in deployment.inventory:
            plan = device.dial_plans[0] if device.dial_plans else ""
            place = places[plan]
            places[plan] += 1
            held = (known[fingerprint] for fingerprint in deployment.store_of(device.name).personal)
            own = sorted((c for c in held if not c.malformed), key=_age)
            for generation, certificate in enumerate(own):
                seal = Seal((place + 3 * generation) % 8, monogram(device.name), device.name)
                keys.setdefault(certificate.key_fingerprint, seal)
        others = (c for c in readable if c.key_fingerprint not in keys)
        keys |= _in_turn(sorted(others, key=_age), len(deployment.inventory))
        return cls(keys, readable)

    @classmethod
    def among(cls, certificates: Iterable[Certificate]) -> Seals:
        """Seals for certificates outside any Deployment, coloured in their order."""
        readable = [certificate for certificate in certificates if not certificate.malformed]
        return cls(_in_turn(readable, 0), readable)

    def of_key(self, certificate: Certificate) -> Seal:
        """The seal of the key in this certificate: what a trust store's tray shows for it."""
        if certificate.malformed:
            return _stranger(called(certificate))
        return self._keys.get(certificate.key_fingerprint) or _stranger(certificate.label)

    def on(self, certificate: Certificate) -> Seal:
        """The seal this certificate carries: that of the key that signed it."""
        found = self._signers.get(certificate.fingerprint)
        if found is None:
            found = self._signers[certificate.fingerprint] = self._signer(certificate)
        return found

    def _signer(self, certificate: Certificate) -> Seal:
        if certificate.malformed or certificate.is_self_signed:
            return self.of_key(certificate)
        for issuer in self._by_subject.get(certificate.issuer, ()):
            if certificate.is_signed_by(issuer):
                return self.of_key(issuer)
        return _stranger(certificate.issuer)


def _in_turn(certificates: Iterable[Certificate], first: int) -> dict[str, Seal]:
    """Another key of the same name has another colour, and a stroke after its letters."""
    keys: dict[str, Seal] = {}
    named: Counter[str] = Counter()
    for certificate in certificates:
        label = certificate.label
        if certificate.key_fingerprint not in keys:
            letters = monogram(label) + "\N{PRIME}" * min(named[label], 2)
            keys[certificate.key_fingerprint] = Seal((first + len(keys)) % 8, letters, label)
            named[label] += 1
    return keys


def called(certificate: Certificate) -> str:
    """What to call a certificate, even one that cannot be read."""
    if certificate.malformed:
        return f"certificate {certificate.fingerprint[:16]}…"
    return certificate.label


def _age(certificate: Certificate) -> tuple[datetime, str]:
    return certificate.not_before, certificate.fingerprint


def _stranger(name: str) -> Seal:
    return Seal(None, "?", name)


def monogram(name: str) -> str:
    """One or two letters for a name: “um1” is U1, “gw-12” is 12, “Lab PKI root” is LR."""
    words = re.findall(r"[^\W\d_]+|\d+", re.sub(r"\(.*?\)|\bCA\b|\..*", "", name)) or ["?"]
    number = next((word.lstrip("0") for word in words[1:] if word.isdigit()), "")
    if number:
        return (words[0][0] + number).upper() if len(number) == 1 else number[-2:]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


def draw(seal: Seal, x: float, y: float, *, radius: float = 9, missing: bool = False,
         self_signed: bool = False, stale: bool = False) -> Markup:  # fmt: skip
    """The seal around (x, y): dashed when it is missing, in a dashed ring when it signed itself."""
    colour = HUES[seal.hue] if seal.hue is not None else None
    large = " cl-large" if radius >= 12 else ""
    return group(
        tag("title", f"{'missing: ' if missing else ''}{seal.name}"),
        tag("path", d=hexagon(radius + 3.2), class_="cl-ring") if self_signed else None,
        tag(
            "path",
            d=hexagon(radius),
            class_="cl-missing" if missing else "cl-stale" if stale or not colour else "cl-seal",
            fill=None if missing or stale else colour,
        ),
        tag(
            "text",
            seal.monogram,
            y=3.2 if radius < 12 else 3.9,
            class_="cl-monogram",
            text_anchor="middle",
        ),
        at=(x, y),
        class_=f"{'cl-seal-missing' if missing else 'cl-seal-there'}{large}",
    )


def hexagon(radius: float) -> str:
    """The path of a hexagon that stands on its point."""
    corners = (
        f"{radius * cos(pi / 6 + n * pi / 3):.1f} {radius * sin(pi / 6 + n * pi / 3):.1f}"
        for n in range(6)
    )
    return f"M{'L'.join(corners)}Z"
