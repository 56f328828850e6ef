"""Seals: one signing key is one small hexagon with a colour and a monogram of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from math import cos, pi, sin

from ..deployment import Deployment
from ..pki import Certificate
from .svg import group
from .text import Markup, tag, width

HUES = 8
"""Eight colours as far apart as they get for normal, red-, green- and blue-blind eyes.

They stand in the style sheet, once for each theme. The smallest distance in OKLab over all four
kinds of sight is as large as it gets, and colours that follow one another are the furthest apart.
"""

_PRIME = "\N{PRIME}"
_ORDINALS = "second", "third", "fourth"


@dataclass(frozen=True, slots=True)
class Seal:
    """How one key is drawn. ``hue`` is 0 to 7, or None for a key that is not known here."""

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

        Devices take their colours from one end, in inventory order, and authorities from the
        other, the oldest first and then by name: so neither shifts the others. A later key of the
        same name has a prime after its letters, and a colour that is nobody's while there is one.
        """
        readable = [c for c in deployment.certificates.values() if not c.malformed]
        presented = {held.certificate for held in deployment.credentials.values()}
        readable.sort(key=lambda c: (c.not_before, c.label, c.fingerprint in presented,
                                     c.fingerprint))  # fmt: skip
        by_fqdn = {device.fqdn: device.name for device in deployment.inventory}
        holders = deployment.key_holders

        def owner(certificate: Certificate) -> str:
            label = certificate.label
            return holders.get(certificate.key_fingerprint) or by_fqdn.get(label) or label

        named = _by_name(readable, owner)
        first = {name: place for place, name in enumerate(deployment.inventory.devices)}
        others = (name for name in named if name not in first)
        first |= {name: -1 - place for place, name in enumerate(list(others))}
        return cls(_sealed(named, first), readable)

    @classmethod
    def among(cls, certificates: Iterable[Certificate]) -> Seals:
        """Seals for certificates outside any Deployment, coloured in their order.

        Those of authorities come from the same end of the colours as in a Deployment.
        """
        readable = [certificate for certificate in certificates if not certificate.malformed]
        named = _by_name(readable, lambda certificate: certificate.label)
        first: dict[str, int] = {}
        others, authorities = count(), count(-1, -1)
        for certificate in readable:
            if certificate.label not in first:
                first[certificate.label] = next(authorities if certificate.is_ca else others)
        return cls(_sealed(named, first), readable)

    def of_key(self, certificate: Certificate) -> Seal:
        """The seal of the key in this certificate: what a trust store's tray shows for it."""
        if certificate.malformed:
            return Seal(None, "", called(certificate))
        found = self._keys.get(certificate.key_fingerprint)
        return found or Seal(None, "", certificate.label)

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
        return Seal(None, "", f"{certificate.issuer}, a signer not known here")


def _by_name(
    certificates: Iterable[Certificate], name_of: Callable[[Certificate], str]
) -> dict[str, list[str]]:
    """The keys under each name, in the order of their certificates."""
    named: dict[str, list[str]] = {}
    seen: set[str] = set()
    for certificate in certificates:
        key = certificate.key_fingerprint
        if key not in seen:
            seen.add(key)
            named.setdefault(name_of(certificate), []).append(key)
    return named


def _sealed(named: dict[str, list[str]], first: dict[str, int]) -> dict[str, Seal]:
    """A seal for each key: the first of a name has the colour of its place, later ones others."""
    keys: dict[str, Seal] = {}
    taken = {place % HUES for place in first.values()}
    for name, its in named.items():
        for later, key in enumerate(its):
            which = f" ({_ORDINALS[later - 1]} key)" if later <= len(_ORDINALS) else (
                f" (key {later + 1})")  # fmt: skip
            hue = (first[name] + 4 * later + later // 2) % HUES
            if later:
                hue = next((other % HUES for other in range(hue, hue + HUES)
                            if other % HUES not in taken), hue)  # fmt: skip
                taken.add(hue)
            keys[key] = Seal(
                hue, monogram(name) + _PRIME * min(later, 2), name + (which if later else "")
            )
    return keys


def called(certificate: Certificate) -> str:
    """What to call a certificate, even one that cannot be read."""
    if certificate.malformed:
        return f"certificate {certificate.fingerprint[:16]}…"
    return certificate.label


def monogram(name: str) -> str:
    """One or two letters for a name: “um1” is U1, “gw-12” is 12, “Lab PKI root” is LR."""
    words = re.findall(r"[^\W\d_]+|\d+", re.sub(r"\(.*?\)|\bCA\b|\..*", "", name)) or ["?"]
    number = next((word.lstrip("0") for word in words[1:] if word.isdigit()), "")
    if number:
        return (words[0][0] + number).upper() if len(number) == 1 else number[-2:]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


RADIUS = 13.0
"""From the middle of a seal to its corners, in pixels."""
_WIDE, _PRIME_WIDE = 19.0, 2.8
"""Pixels for what is written in a seal, and for each prime of it."""


def draw(seal: Seal, x: float, y: float, *, missing: bool = False, self_signed: bool = False,
         stale: bool = False) -> Markup:  # fmt: skip
    """The seal around (x, y): dashed when it is missing, in a dashed ring when it signed itself.

    That of a key not known here is an empty outline.
    """
    if missing:
        look = "cl-missing"
    elif seal.hue is None:
        look = "cl-unknown"
    else:
        look = "cl-stale" if stale else f"cl-hue-{seal.hue}"
    letters = seal.monogram.rstrip(_PRIME)
    primes = len(seal.monogram) - len(letters)
    wide = width(letters, 12, bold=True) or 1
    size = min(1.0, (_WIDE - _PRIME_WIDE * primes) / wide)
    middle = -_PRIME_WIDE * primes / 2
    end = middle + wide * size / 2
    return group(
        tag("title", f"{'missing: ' if missing else ''}{seal.name}"),
        tag("path", d=hexagon(RADIUS + 3), class_="cl-ring") if self_signed else None,
        tag("path", d=hexagon(RADIUS), class_=look),
        tag(
            "text",
            letters,
            x=round(middle / size, 1),
            y=4.3,
            class_="cl-monogram",
            text_anchor="middle",
            transform=f"scale({size:.2f})" if size < 1 else None,
        )
        if letters
        else None,
        [
            tag("path", d=f"M{end + _PRIME_WIDE * n + 2.4:.1f} -5.4l-1.2 4", class_="cl-prime")
            for n in range(primes)
        ],
        at=(x, y),
        class_="cl-seal-missing" if missing else "cl-seal-there",
    )


def hexagon(radius: float) -> str:
    """The path of a hexagon that stands on its point."""
    corners = (
        f"{radius * cos(pi / 6 + n * pi / 3):.1f} {radius * sin(pi / 6 + n * pi / 3):.1f}"
        for n in range(6)
    )
    return f"M{'L'.join(corners)}Z"
