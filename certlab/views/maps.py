"""The map of a Deployment: devices with their seals and trays, and links as two half lines."""

from __future__ import annotations

from collections.abc import Sequence

from ..deployment import Deployment, Device, TrustMatrix
from ..pki import Certificate
from ..validation import Remedy
from .groups import plan_map, scope
from .layout import CARD, Layout, Line, lay_out
from .seals import Seal, Seals, draw, monogram
from .signs import ACCEPTED, OPEN, Sign, badge, device_id, pair_id, sign_of, told
from .svg import box, group, picture, stroke, words
from .text import Markup, listed, plural, shorten, tag, width

BADGED = 12
"""Up to so many links, every half line carries its sign; beyond, only the selected ones."""


def trust_map(
    matrix: TrustMatrix,
    *,
    selected: Sequence[str] = (),
    opened: str | None = None,
    seals: Seals | None = None,
) -> Markup:
    """The map as SVG. ``selected`` is a device, or a (verifier, subject) pair; or nothing.

    Over about 30 devices it shows the dial plans in sums, or the devices of the one ``opened``.
    """
    deployment = matrix.deployment
    shown = scope(matrix, opened)
    if shown is None:
        return plan_map(matrix, selected)
    if not shown.devices:
        empty = words(0, 36, "There is no device yet.", size=13, class_="cl-muted")
        return picture(WIDE, 64, "No device", "The inventory is empty.", empty)
    seals = seals or Seals.of(deployment)
    names = {device.name for device in shown.devices}
    links = [x for x in deployment.inventory.all_links if x.a in names and x.b in names]
    layout = lay_out(shown.devices, links)
    dense = len(links) > BADGED
    lines = [_line(line, matrix, selected, dense) for line in layout.lines]
    on_top = [line for line, is_on in lines if is_on]
    cards = [
        _card(
            place.device,
            matrix,
            seals,
            layout,
            (place.x, place.y),
            on=bool(selected) and selected[0] == place.device.name,
        )
        for place in layout.places.values()
    ]
    rest = (
        words(0, layout.height + 24, f"and {shown.left_out}", size=12, class_="cl-muted")
        if shown.left_out
        else None
    )
    return picture(
        layout.width,
        layout.height + (32 if rest else 0),
        matrix.headline,
        _description(matrix),
        [line for line, is_on in lines if not is_on],
        cards,
        on_top,
        rest,
        class_="cl-map cl-zoom" if layout.height > 480 else "cl-map",
    )


WIDE = 416


def _description(matrix: TrustMatrix) -> str:
    deployment = matrix.deployment
    refused = [told(*pair, matrix.cell(*pair)) for pair in matrix.refused[:6]]
    if len(matrix.refused) > 6:
        refused.append(f"{len(matrix.refused) - 6} more are refused")
    return (
        f"{plural(len(deployment.inventory), 'device')}, judged for {deployment.at:%Y-%m-%d %H:%M} "
        f"UTC. {'. '.join(refused) if refused else 'No one is refused'}."
    )


# --- links ----------------------------------------------------------------------------------------


def _line(
    line: Line, matrix: TrustMatrix, selected: Sequence[str], dense: bool
) -> tuple[Markup, bool]:
    """The two halves of a link, and whether they concern what is selected."""
    link, pair = line.link, tuple(selected)
    is_on = pair in link.directions
    near = is_on or (len(pair) == 1 and pair[0] in (link.a, link.b))
    halves = []
    for verifier, subject in sorted(link.directions, key=lambda half: half == pair):
        first, this = verifier == link.a, pair == (verifier, subject)
        cell = matrix.judged.get((verifier, subject))
        sign = sign_of(cell)
        text = told(verifier, subject, cell)
        marker: Markup | None = None
        if this and cell:
            marker = _label(line, first, sign, cell.short)
        elif is_on:
            marker = _opposite(line, first, sign, matrix.cell(*pair).short)
        elif near or not dense:
            marker = badge(sign, *line.at((0.36 if dense else 0.28) * (1 if first else -1) % 1))
        look = "cl-open" if sign is OPEN else sign.class_
        half = group(
            tag("title", text),
            stroke(line.half(first), "cl-hit"),
            stroke(line.half(first), f"cl-half {look}{' cl-on' if this else ''}"),
            marker if cell else None,
            data_id=pair_id(verifier, subject),
            aria_label=text,
            aria_current="true" if this else None,
        )
        halves.append(half)
    return group(*halves, class_="cl-faint" if dense and pair and not near else None), near


def _label(line: Line, first: bool, sign: Sign, short: str) -> Markup:
    """The sign of the selected half with its short reason, inside the lane."""
    left, right = line.lane or (line.a[0] - CARD / 2, line.a[0] + CARD / 2)
    text = shorten(short, right - left - 40, 12)
    wide = width(text, 12) + 32
    x, y = line.at(0.42 if first else 0.58)
    x = min(max(x, left + 4 + wide / 2), right - 4 - wide / 2)
    pill = tag("rect", x=-wide / 2, y=-11, width=wide, height=22, rx=11,
               class_=f"cl-badge cl-on {sign.class_}")  # fmt: skip
    move = f"translate({13 - wide / 2:.1f} 0)"
    return group(
        pill,
        tag("path", d=sign.shape, class_=f"cl-sign {sign.class_}", transform=move),
        words(23 - wide / 2, 4, text, class_=sign.class_),
        at=(round(x, 1), round(y, 1)),
    )


def _opposite(line: Line, first: bool, sign: Sign, short: str) -> Markup | None:
    """The sign of the half opposite a label, where the label leaves it room."""
    left, right = line.lane or (0, CARD)
    if width(short, 12) > right - left - 58:
        return None
    return badge(sign, *line.at(0.08 if first else 0.92))


# --- devices --------------------------------------------------------------------------------------


def _card(
    device: Device,
    matrix: TrustMatrix,
    seals: Seals,
    layout: Layout,
    at: tuple[float, float],
    *,
    on: bool,
) -> Markup:
    full = layout.card_height > 100
    role = device.role.title
    role_room = width(role, 12) + 8
    certificate = matrix.deployment.certificate_of(device.name)
    head = [
        box(0, 0, CARD, layout.card_height, "cl-box-on cl-box" if on else "cl-box"),
        words(12, 24, device.name, size=14, bold=True, room=CARD - 24 - role_room),
        words(CARD - 12, 24, role, class_="cl-muted", anchor="end"),
    ]
    if full:
        body = [
            words(12, 42, device.fqdn, room=CARD - 24, class_="cl-muted"),
            words(12, 69, "holds", class_="cl-muted"),
            _certificate(certificate, device, matrix.deployment, seals, 68, 65),
            words(12, 95, "trusts", class_="cl-muted"),
            _tray(device, matrix, seals, 56, 91, CARD - 64),
        ]
    else:
        body = [
            _certificate(certificate, device, matrix.deployment, seals, 22, 44, brief=True),
            _tray(device, matrix, seals, 118, 44, CARD - 126),
        ]
    return group(
        *head,
        *body,
        at=at,
        data_id=device_id(device.name),
        aria_label=_card_in_words(device, matrix, certificate),
        aria_current="true" if on else None,
    )


def _card_in_words(device: Device, matrix: TrustMatrix, certificate: Certificate | None) -> str:
    peers = matrix.deployment.inventory.peers[device.name]
    accepts = sum(sign_of(matrix.cell(device.name, peer)) is ACCEPTED for peer in peers)
    by = sum(sign_of(matrix.cell(peer, device.name)) is ACCEPTED for peer in peers)
    held = "no certificate" if certificate is None else validity(certificate, matrix.deployment)[0]
    return (
        f"{device.name}, {device.role.title}, {held}, accepts {accepts} and is accepted by {by} "
        f"of {plural(len(peers), 'peer')}"
    )


def _certificate(
    certificate: Certificate | None,
    device: Device,
    deployment: Deployment,
    seals: Seals,
    x: float,
    y: float,
    *,
    brief: bool = False,
) -> Markup:
    if certificate is None:
        seal = Seal(None, monogram(device.name), f"{device.name} has no certificate")
        return group(
            group(draw(seal, x, y, missing=True), class_="cl-absent"),
            words(x + 17, y + 4, "none yet", class_="cl-muted"),
        )
    text, good = validity(certificate, deployment)
    if brief:
        word, _, day = text.partition(" ")
        text = day if good else {"ended": "ended", "from": "not yet"}.get(word, "unreadable")
    self_signed = not certificate.malformed and certificate.is_self_signed
    return group(
        draw(seals.on(certificate), x, y, self_signed=self_signed, stale=not good),
        words(x + 17, y + 4, text, class_="" if good else "cl-no"),
    )


def validity(certificate: Certificate, deployment: Deployment) -> tuple[str, bool]:
    """“to 2027-11-24” and whether the certificate is valid at the Deployment's moment."""
    if certificate.malformed:
        return "cannot be read", False
    if certificate.not_after < deployment.at:
        return f"ended {certificate.not_after:%Y-%m-%d}", False
    if deployment.at < certificate.not_before:
        return f"from {certificate.not_before:%Y-%m-%d}", False
    return f"to {certificate.not_after:%Y-%m-%d}", True


def _tray(
    device: Device, matrix: TrustMatrix, seals: Seals, x: float, y: float, room: float
) -> Markup:
    """The seals this device trusts, and dashed those of peers that it would have to trust."""
    held, missing = trayed(device.name, matrix, seals)
    drawn = [(seal, False) for seal in held] + [(seal, True) for seal in missing]
    more = ""
    if len(drawn) > room // 22:
        kept = int((room - 30) // 22)
        more, drawn = f"+{len(drawn) - kept}", drawn[:kept]
    missed = f", without {listed(seal.name for seal in missing)}" if missing else ""
    end = 22 * len(drawn) + 2
    return group(
        tag("title", f"{device.name} trusts {listed(seal.name for seal in held)}{missed}"),
        box(x, y - 12, max(24, end + (width(more, 12) + 6 if more else 0)), 24, "cl-tray"),
        [draw(seal, x + 12 + 22 * n, y, missing=out) for n, (seal, out) in enumerate(drawn)],
        words(x + end + 1, y + 4, more, class_="cl-muted") if more else None,
        None if drawn else words(x + 32, y + 4, "nobody", class_="cl-muted", room=room - 32),
    )


def trayed(name: str, matrix: TrustMatrix, seals: Seals) -> tuple[list[Seal], list[Seal]]:
    """The seals in a device's tray, its peers' first, and those missing for peers it refuses."""
    deployment = matrix.deployment
    anchors = deployment.anchors_of(name)
    keys = {c.key_fingerprint for c in anchors if not c.malformed}
    wanted: dict[str, Certificate] = {}
    missing: dict[str, Seal] = {}
    for peer in deployment.inventory.peers[name]:
        verdict = matrix.cell(name, peer).verdict
        if verdict is None or not verdict.path:
            continue
        top = verdict.path[-1]
        if top.malformed:
            continue
        wanted[top.key_fingerprint] = top
        reason = verdict.reason
        if reason and reason.remedy is Remedy.IMPORT_ANCHOR and top.key_fingerprint not in keys:
            missing[top.key_fingerprint] = seals.of_key(top)
    order = {key: place for place, key in enumerate(wanted)}
    by_use = sorted(
        anchors,
        key=lambda c: len(order) if c.malformed else order.get(c.key_fingerprint, len(order)),
    )
    return [seals.of_key(anchor) for anchor in by_use], list(missing.values())
