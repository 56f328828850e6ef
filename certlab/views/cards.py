"""A device on the map: what it holds, until when, and the tray of seals that it trusts."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ..deployment import Authority, Deployment, Device, TrustMatrix
from ..pki import Certificate
from ..validation import Remedy
from .layout import CARD, WIDTH, Place
from .seals import Seal, Seals, draw, monogram
from .signs import ACCEPTED, device_id, sign_of
from .svg import box, group, stroke, words
from .text import Markup, listed, plural, shorten, tag, width


class Scene(NamedTuple):
    """What a map shows: a judged Deployment, its seals, what is selected, and how closely.

    On a ``full`` map cards say everything; on a ``dense`` one only links that are selected carry
    signs, and the directions that are ``marked``. Those that ``changed`` carry a second ring.
    """

    matrix: TrustMatrix
    seals: Seals
    selected: tuple[str, ...]
    full: bool
    dense: bool
    changed: Collection[tuple[str, str]] = ()
    marked: Collection[tuple[str, str]] = ()

    @property
    def deployment(self) -> Deployment:
        return self.matrix.deployment


def card(scene: Scene, place: Place, height: float) -> Markup:
    """The card of a device at its place."""
    device = place.device
    on = scene.selected[:1] == (device.name,)
    near = device.name in scene.selected
    look = "cl-box-on cl-box" if on else "cl-box-near cl-box" if near else "cl-box"
    name = shorten(device.name, CARD - 24 - _ROLE, 14, bold=True)
    room = CARD - 32 - width(name, 14, bold=True)
    return group(
        box(0, 0, CARD, height, look),
        words(12, 24, device.name, size=14, bold=True, room=CARD - 24 - _ROLE),
        words(CARD - 12, 24, device.role.title, room=room, class_="cl-muted", anchor="end"),
        words(12, 42, device.fqdn, room=CARD - 24, class_="cl-muted") if scene.full else None,
        _held(scene, device),
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


_ROLE, _STEP = 48, 28
"""Pixels that a role takes at least, and from one seal to the next."""


def _held(scene: Scene, device: Device) -> Markup:
    """The seals on what the device presents, and until when the first of these is valid."""
    shown = scene.deployment.presented_by(device.name)
    text, good = held(scene.deployment, device.name)
    x, y = 27, 71 if scene.full else 46
    left = x + _STEP * max(len(shown), 1) - 8
    if width(text, 12) > CARD - 8 - left:
        word, _, day = text.partition(" ")
        text = day if good else {"from": "not yet", "cannot": "unreadable"}.get(word, word)
    look = "cl-no cl-struck" if text.startswith("revoked") else "cl-no"
    says = words(left, y + (13 if scene.full else 4), text,
                 class_="" if good else look if shown else "cl-muted")  # fmt: skip
    head = words(left, y - 4, "certificate", class_="cl-muted") if scene.full else None
    if not shown:
        seal = Seal(None, monogram(device.name), f"{device.name} has no certificate")
        return group(group(draw(seal, x, y, missing=True), class_="cl-absent"), head, says)
    seals = []
    for number, (_, certificate, _) in enumerate(shown):
        self_signed = not certificate.malformed and certificate.is_self_signed
        stale = not validity(certificate, scene.deployment)[1]
        seal = scene.seals.on(certificate)
        seals.append(draw(seal, x + _STEP * number, y, self_signed=self_signed, stale=stale))
    return group(seals, head, says)


def held(deployment: Deployment, name: str) -> tuple[str, bool]:
    """Until when what this device presents is valid, in words, and whether it is now."""
    shown = [validity(c, deployment) for _, c, _ in deployment.presented_by(name)]
    return min(shown, key=lambda said: (said[1], said[0])) if shown else ("none yet", False)


def authority_row(scene: Scene, top: float) -> tuple[Markup | None, float, float]:
    """The authorities below the map, each root before those it signed; where the row ends."""
    every = scene.deployment.authorities
    by_subject = {a.certificate.subject: name for name, a in every.items()}
    above = {name: by_subject.get(a.certificate.issuer, "") for name, a in every.items()}
    order = sorted(every, key=lambda name: (above[name] or name, above[name] != name, name))
    does = {name: _does(authority) for name, authority in every.items()}
    wide = {name: _wide(name, does[name]) for name in order}
    drawn, x, y, right = [], 1.0, top, 0.0
    for place, name in enumerate(order):
        follows = place > 0 and above[name] == order[place - 1]
        with_next = place + 1 < len(order) and above[order[place + 1]] == name
        needed = wide[name] + (_BETWEEN + wide[order[place + 1]] if with_next else 0)
        if place and x + needed > WIDTH + 2:
            x, y, follows = 1.0, y + _LOW + 16, False
        if follows:
            drawn.append(stroke([(x - _BETWEEN, y + _LOW / 2), (x, y + _LOW / 2)], "cl-half"))
            drawn.append(
                words(x - _BETWEEN / 2, y + 18, "signs", class_="cl-muted", anchor="middle")
            )
        drawn.append(_authority(scene, name, does[name], wide[name], (x, y)))
        right = max(right, x + wide[name])
        x += wide[name] + _BETWEEN
    return (group(*drawn), y + _LOW + 1, right + 1) if drawn else (None, top, 0.0)


def _does(authority: Authority) -> str:
    """What an authority has done, in a few words."""
    if authority.rules is None:
        does = f"a root, to {authority.certificate.not_after:%Y-%m-%d}"
    elif authority.revoked:
        does = f"issued {len(authority.issued):,}"
    else:
        does = f"issued {plural(len(authority.issued), 'certificate')}"
    if authority.revoked:
        does += f", revoked {len(authority.revoked):,}"
    return does


def _wide(name: str, does: str) -> float:
    """As wide as its words need, within limits."""
    return min(max(CARD, 66 + width(name, 12, bold=True), 66 + width(does, 12)), 2 * CARD)


def _authority(scene: Scene, name: str, does: str, wide: float, at: tuple[float, float]) -> Markup:
    certificate = scene.deployment.authorities[name].certificate
    seal = scene.seals.of_key(certificate)
    return group(
        tag("title", f"{name}: {does}"),
        box(0, 0, wide, _LOW, "cl-box", radius=24),
        draw(seal, 26, _LOW / 2, self_signed=certificate.is_self_issued),
        words(46, 20, name, bold=True, room=wide - 60),
        words(46, 37, does, class_="cl-muted", room=wide - 60),
        at=at,
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
            words(12, 110, "trusts", class_="cl-muted"),
            _tray(held, 54, 106, CARD - 62),
            _missing(missing, 66, 139, CARD - 74, after=54),
        ]
    else:
        room = CARD - 18
        taken = max(32, _STEP * len(held) + 4)
        least = min(taken, _STEP + 8 + width(f"+{len(held)}", 12))
        wanted = min(_STEP * len(missing) + _MISSING, room - least) if missing else 0
        start = min(taken, room - wanted)
        parts = [
            _tray(held, 12, 78, start if missing else room, alone=True),
            _missing(missing, 12 + start + _MISSING, 78, wanted - _MISSING, after=_MISSING - 5),
        ]
    return group(tag("title", says), *parts)


_MISSING = 59
"""Pixels that the word “missing” takes, with the space around it."""


def _tray(held: list[Seal], x: float, y: float, room: float, *, alone: bool = False) -> Markup:
    """The seals in a tray; of an empty one the word for it, where there is room."""
    if not held and room > 80:
        return words(x, y + 4, "trusts nobody" if alone else "nobody", class_="cl-muted")
    drawn, more = _as_many(held, room - 4)
    end = _STEP * len(drawn) + 2
    return group(
        box(x, y - 15, max(30, end + (width(more, 12) + 6 if more else 0)), 30, "cl-tray"),
        [draw(seal, x + 15 + _STEP * n, y) for n, seal in enumerate(drawn)],
        words(x + end + 1, y + 4, more, class_="cl-muted") if more else None,
    )


def _missing(seals: list[Seal], x: float, y: float, room: float, *, after: float) -> Markup | None:
    """Seals that are in no tray, dashed ``after`` so many pixels with the word for it."""
    if not seals:
        return None
    drawn, more = _as_many(seals, room)
    return group(
        words(x - after, y + 4, "missing", class_="cl-no"),
        [draw(seal, x + 13 + _STEP * n, y, missing=True) for n, seal in enumerate(drawn)],
        words(x + _STEP * len(drawn) + 2, y + 4, more, class_="cl-no") if more else None,
    )


def _as_many(seals: list[Seal], room: float) -> tuple[list[Seal], str]:
    """As many as there is room for, and how many more there are."""
    if _STEP * len(seals) <= room:
        return seals, ""
    kept = max(1, int((room - 30) // _STEP))
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
        if (top := verdict.path[-1]).malformed:
            continue
        wanted[top.key_fingerprint] = top
        reason = verdict.reason
        if reason and reason.remedy is Remedy.IMPORT_ANCHOR and top.key_fingerprint not in keys:
            seal = seals.on(top)  # of a self-signed one, its own
            missing[seal.name] = seal
    order = {key: place for place, key in enumerate(wanted)}
    anchors.sort(key=lambda c: order.get(c.key_fingerprint, len(order)))
    return [seals.of_key(anchor) for anchor in anchors], list(missing.values())
