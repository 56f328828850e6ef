"""A device on the map: what it holds, until when, and the tray of seals that it trusts."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..deployment import Deployment, Device, TrustMatrix
from ..pki import Certificate
from ..validation import Remedy
from .layout import CARD, WIDTH, Place
from .seals import Seal, Seals, draw, monogram
from .signs import ACCEPTED, device_id, sign_of
from .svg import box, group, stroke, words
from .text import Markup, listed, plural, tag, width


class Scene(NamedTuple):
    """What a map shows: a judged Deployment, its seals, what is selected, and how closely.

    On a ``full`` map cards say everything; on a ``dense`` one only selected links carry signs.
    The directions that ``changed`` carry a second ring.
    """

    matrix: TrustMatrix
    seals: Seals
    selected: tuple[str, ...]
    full: bool
    dense: bool
    changed: Collection[tuple[str, str]] = ()

    @property
    def deployment(self) -> Deployment:
        return self.matrix.deployment


def card(scene: Scene, place: Place, height: float) -> Markup:
    """The card of a device at its place."""
    device = place.device
    on = scene.selected[:1] == (device.name,)
    near = device.name in scene.selected
    look = "cl-box-on cl-box" if on else "cl-box-near cl-box" if near else "cl-box"
    role = device.role.title
    room = CARD - 32 - width(role, 12)
    if scene.full:
        body = [
            words(12, 42, device.fqdn, room=CARD - 24, class_="cl-muted"),
            words(12, 69, "holds", class_="cl-muted"),
            _held(scene, device, 64, 65),
        ]
    else:
        body = [_held(scene, device, 22, 43)]
    return group(
        box(0, 0, CARD, height, look),
        words(12, 24, device.name, size=14, bold=True, room=room),
        words(CARD - 12, 24, role, class_="cl-muted", anchor="end"),
        *body,
        _trust(scene, device),
        at=(place.x, place.y),
        data_id=device_id(device.name),
        aria_label=_told(scene, device),
        aria_current="true" if on else None,
    )


def _told(scene: Scene, device: Device) -> str:
    matrix, peers = scene.matrix, scene.deployment.inventory.peers[device.name]
    accepts = sum(sign_of(matrix.cell(device.name, peer)) is ACCEPTED for peer in peers)
    by = sum(sign_of(matrix.cell(peer, device.name)) is ACCEPTED for peer in peers)
    return (
        f"{device.name}, {device.role.title}, certificate {held(scene.deployment, device.name)[0]},"
        f" accepts {accepts} and is accepted by {by} of {plural(len(peers), 'peer')}"
    )


def _held(scene: Scene, device: Device, x: float, y: float) -> Markup:
    """The seals on what the device presents, and until when the first of these is valid."""
    shown = scene.deployment.presented_by(device.name)
    text, good = held(scene.deployment, device.name)
    if not shown:
        seal = Seal(None, monogram(device.name), f"{device.name} has no certificate")
        absent = group(draw(seal, x, y, missing=True), class_="cl-absent")
        return group(absent, words(x + 17, y + 4, text, class_="cl-muted"))
    left = x + 22 * len(shown) - 7
    if width(text, 12) > CARD - 8 - left:
        word, _, day = text.partition(" ")
        text = day if good else {"from": "not yet", "cannot": "unreadable"}.get(word, word)
    seals = []
    for number, (_, certificate, _) in enumerate(shown):
        self_signed = not certificate.malformed and certificate.is_self_signed
        stale = not validity(certificate, scene.deployment)[1]
        seal = scene.seals.on(certificate)
        seals.append(draw(seal, x + 22 * number, y, self_signed=self_signed, stale=stale))
    look = "" if good else "cl-no cl-struck" if text.startswith("revoked") else "cl-no"
    return group(seals, words(left, y + 4, text, class_=look))


def held(deployment: Deployment, name: str) -> tuple[str, bool]:
    """Until when what this device presents is valid, in words, and whether it is now."""
    shown = [validity(c, deployment) for _, c, _ in deployment.presented_by(name)]
    return min(shown, key=lambda said: (said[1], said[0])) if shown else ("none yet", False)


def authority_row(scene: Scene, top: float) -> tuple[Markup | None, float]:
    """The authorities below the map, each root before those it signed; and where the row ends."""
    every = scene.deployment.authorities
    by_subject = {a.certificate.subject: name for name, a in every.items()}
    above = {name: by_subject.get(a.certificate.issuer, "") for name, a in every.items()}
    order = sorted(every, key=lambda name: (above[name] or name, above[name] != name, name))
    drawn, x, y = [], 1.0, top
    for place, name in enumerate(order):
        follows = place > 0 and above[name] == order[place - 1]
        needed = CARD if follows else 2 * CARD + _BETWEEN if place else 0
        if x + needed > WIDTH + 2:
            x, y, follows = 1.0, y + _LOW + 16, False
        if follows:
            drawn.append(stroke([(x - _BETWEEN, y + _LOW / 2), (x, y + _LOW / 2)], "cl-half"))
            drawn.append(
                words(x - _BETWEEN / 2, y + 18, "signs", class_="cl-muted", anchor="middle")
            )
        drawn.append(_authority(scene, name, x, y))
        x += CARD + _BETWEEN
    return (group(*drawn), y + _LOW + 1) if drawn else (None, top)


def _authority(scene: Scene, name: str, x: float, y: float) -> Markup:
    authority = scene.deployment.authorities[name]
    seal = scene.seals.of_key(authority.certificate)
    if authority.rules is None:
        does = f"a root, to {authority.certificate.not_after:%Y-%m-%d}"
    elif authority.revoked:
        does = f"issued {len(authority.issued):,}"
    else:
        does = f"issued {plural(len(authority.issued), 'certificate')}"
    if authority.revoked:
        does += f", revoked {len(authority.revoked):,}"
    return group(
        tag("title", f"{name}: {does}"),
        box(0, 0, CARD, _LOW, "cl-box", radius=24),
        draw(seal, 26, _LOW / 2, radius=12, self_signed=authority.certificate.is_self_issued),
        words(46, 20, name, bold=True, room=CARD - 60),
        words(46, 37, does, class_="cl-muted", room=CARD - 60),
        at=(x, y),
    )


_LOW, _BETWEEN = 48.0, 56.0


def validity(certificate: Certificate, deployment: Deployment) -> tuple[str, bool]:
    """“to 2027-11-24” and whether the certificate is valid at the Deployment's moment."""
    if certificate.malformed:
        return "cannot be read", False
    issuer = deployment.issuer_of(certificate)
    entry = issuer.revoked.get(certificate.serial) if issuer else None
    if entry and entry.at <= deployment.at:
        return f"revoked {entry.at:%Y-%m-%d}", False
    if certificate.not_after < deployment.at:
        return f"ended {certificate.not_after:%Y-%m-%d}", False
    if deployment.at < certificate.not_before:
        return f"from {certificate.not_before:%Y-%m-%d}", False
    return f"to {certificate.not_after:%Y-%m-%d}", True


def _trust(scene: Scene, device: Device) -> Markup:
    """The tray of seals this device trusts; beside or below it those that are missing, so named."""
    held, missing = trayed(device.name, scene.matrix, scene.seals)
    says = f"{device.name} trusts {listed(seal.name for seal in held)}"
    if missing:
        says += f". Missing: {listed(seal.name for seal in missing)}"
    if scene.full:
        parts = [
            words(12, 95, "trusts", class_="cl-muted"),
            _tray(held, 52, 91, CARD - 60),
            _missing(missing, 62, 116, CARD - 70, after=50),
        ]
    else:
        room = CARD - 20
        wanted = 22 * len(missing) + _MISSING if missing else 0
        wanted = min(wanted, max(_MISSING + 52, room - max(26, 22 * len(held) + 4)))
        start = min(max(26, 22 * len(held) + 4), room - wanted)
        parts = [
            _tray(held, 12, 69, start if missing else room),
            _missing(missing, 12 + start + _MISSING, 69, wanted - _MISSING, after=_MISSING - 6),
        ]
    return group(tag("title", says), *parts)


_MISSING = 62
"""Pixels that the word “missing” takes, with the space around it."""


def _tray(held: list[Seal], x: float, y: float, room: float) -> Markup:
    drawn, more = _as_many(held, room - 4)
    end = 22 * len(drawn) + 2
    nobody = not held and room > 80
    return group(
        box(x, y - 12, max(24, end + (width(more, 12) + 6 if more else 0)), 24, "cl-tray"),
        [draw(seal, x + 12 + 22 * n, y) for n, seal in enumerate(drawn)],
        words(x + end + 1, y + 4, more, class_="cl-muted") if more else None,
        words(x + 30, y + 4, "nobody", class_="cl-muted") if nobody else None,
    )


def _missing(seals: list[Seal], x: float, y: float, room: float, *, after: float) -> Markup | None:
    """Seals that are in no tray, dashed ``after`` so many pixels with the word for it."""
    if not seals:
        return None
    drawn, more = _as_many(seals, room)
    return group(
        words(x - after, y + 4, "missing", class_="cl-no"),
        [draw(seal, x + 12 + 22 * n, y, missing=True) for n, seal in enumerate(drawn)],
        words(x + 22 * len(drawn) + 3, y + 4, more, class_="cl-no") if more else None,
    )


def _as_many(seals: list[Seal], room: float) -> tuple[list[Seal], str]:
    """As many as there is room for, and how many more there are."""
    if 22 * len(seals) <= room:
        return seals, ""
    kept = max(1, int((room - 30) // 22))
    return seals[:kept], f"+{len(seals) - kept}"


def trayed(name: str, matrix: TrustMatrix, seals: Seals) -> tuple[list[Seal], list[Seal]]:
    """The seals in a device's tray, its peers' first, and those missing for peers it refuses."""
    deployment = matrix.deployment
    anchors = [c for c in deployment.anchors_of(name) if not c.malformed]
    keys = {c.key_fingerprint for c in anchors}
    wanted: dict[str, Certificate] = {}
    missing: dict[str, Seal] = {}
    peers = deployment.inventory.peers[name]
    verdicts = (verdict for peer in peers for verdict in matrix.cell(name, peer).verdicts)
    for verdict in verdicts:
        if not verdict.path or (top := verdict.path[-1]).malformed:
            continue
        wanted[top.key_fingerprint] = top
        reason = verdict.reason
        if reason and reason.remedy is Remedy.IMPORT_ANCHOR and top.key_fingerprint not in keys:
            seal = seals.on(top)  # of a self-signed one, its own
            missing[seal.name] = seal
    order = {key: place for place, key in enumerate(wanted)}
    anchors.sort(key=lambda c: order.get(c.key_fingerprint, len(order)))
    return [seals.of_key(anchor) for anchor in anchors], list(missing.values())
