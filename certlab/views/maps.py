"""The map of a Deployment: devices with their seals and trays, and links as two half lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..deployment import Link, TrustMatrix
from .cards import Scene, authority_row, card
from .groups import plan_map, scope
from .layout import CARD, COMPACT, Line, Point, lay_out, spread
from .seals import Seals
from .signs import OPEN, REFUSED, Sign, badge, pair_id, sign_of, told
from .svg import group, picture, stroke, words
from .text import Markup, plural, shorten, tag, width

BADGED = 12
"""Up to so many links, every half line carries its sign.

Beyond, what is accepted is drawn faintly, and the signs stand on what is selected, on what changed,
and on what is refused while that is no more.
"""


def trust_map(
    matrix: TrustMatrix,
    *,
    selected: Sequence[str] = (),
    opened: str | None = None,
    seals: Seals | None = None,
    changed: Collection[tuple[str, str]] = (),
) -> Markup:
    """The map as SVG. ``selected`` is a device, or a (verifier, subject) pair; or nothing.

    Over about 30 devices it shows the dial plans in sums, or the devices of the one ``opened``.
    The directions that ``changed`` are marked by a second ring, or counted as those that differ.
    """
    deployment = matrix.deployment
    shown = scope(matrix, opened)
    if shown is None:
        return plan_map(matrix, selected, changed)
    if not shown.devices:
        empty = words(0, 36, "There is no device yet.", size=13, class_="cl-muted")
        return picture(WIDE, 64, "No device", "The inventory is empty.", empty)
    names = {device.name for device in shown.devices}
    links = [x for x in deployment.inventory.all_links if x.a in names and x.b in names]
    layout = lay_out(shown.devices, links)
    halves = [half for link in links for half in link.directions]
    refused = {half for half in halves if sign_of(matrix.judged.get(half)) is REFUSED}
    scene = Scene(
        matrix,
        seals or Seals.of(deployment),
        tuple(selected),
        full=layout.card_height > COMPACT,
        dense=len(links) > BADGED,
        changed=changed,
        marked={*changed, *(refused if len(refused) <= 2 * BADGED else ())},
    )
    spots = spread([line for line in layout.lines if _is_marked(scene, line)])
    over = sorted(layout.lines, key=lambda line: not refused.isdisjoint(line.link.directions))
    lines = [_line(scene, line, spots) for line in over]
    authorities, height, right = authority_row(scene, layout.height + 24)
    if authorities is None:
        height = layout.height
    rest = None
    if shown.left_out:
        rest, height = (
            words(0, height + 24, f"and {shown.left_out}", class_="cl-muted"),
            height + 32,
        )
    return picture(
        max(layout.width, right),
        height,
        matrix.headline,
        _description(matrix),
        [drawn for drawn, is_near in lines if not is_near],
        [card(scene, place, layout.card_height) for place in layout.places.values()],
        [drawn for drawn, is_near in lines if is_near],
        authorities,
        rest,
        class_=f"{'cl-zoom ' if height > 480 else ''}{'cl-broad' if layout.width > 600 else ''}",
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


def _is_near(scene: Scene, link: Link) -> bool:
    """Whether the link, or a device at its end, is selected."""
    pair = scene.selected
    return pair in link.directions or (len(pair) == 1 and pair[0] in (link.a, link.b))


def _is_marked(scene: Scene, line: Line) -> bool:
    """Whether the halves of this link carry their signs."""
    if not scene.dense or _is_near(scene, line.link):
        return True
    return any(half in scene.marked for half in line.link.directions)


def _line(scene: Scene, line: Line, spots: Mapping[tuple[str, str], Point]) -> tuple[Markup, bool]:
    """The two halves of a link, and whether it is drawn over the cards."""
    link, pair = line.link, scene.selected
    near = _is_near(scene, link)
    halves = []
    for verifier, subject in sorted(link.directions, key=lambda half: half == pair):
        first, this = verifier == link.a, pair == (verifier, subject)
        cell = scene.matrix.judged.get((verifier, subject))
        sign = sign_of(cell)
        changed = (verifier, subject) in scene.changed
        text = told(verifier, subject, cell) + (", changed" if changed else "")
        marker: Markup | None = None
        if this and cell:
            opposite = spots[subject, verifier]
            marker = _label(line, sign, cell.short, spots[verifier, subject], opposite)
        elif near or not scene.dense or (verifier, subject) in scene.marked:
            marker = badge(sign, *spots[verifier, subject], twice=changed)
        look = "cl-open" if sign is OPEN else sign.class_
        if scene.dense and not near and sign is not REFUSED:
            look += " cl-faint"
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
    return group(*halves), near


def _label(line: Line, sign: Sign, short: str, spot: Point, opposite: Point) -> Markup:
    """The sign of the selected half with its short reason, inside the lane.

    It stands where the sign alone would, or so far above or below that the sign of the opposite
    half stays in sight; then this half keeps its sign, too.
    """
    left, right = line.lane or (line.a[0] - CARD / 2, line.a[0] + CARD / 2)
    text = shorten(short, right - left - 36, 12)
    wide = width(text, 12) + 32
    x, y = spot
    x = min(max(x, left + 2 + wide / 2), right - 2 - wide / 2)
    if abs(x - opposite[0]) < wide / 2 + _BESIDE and abs(y - opposite[1]) < _CLEAR:
        y = opposite[1] + (_CLEAR if y > opposite[1] else -_CLEAR)
    pill = tag("rect", x=-wide / 2, y=-11, width=wide, height=22, rx=11,
               class_=f"cl-badge cl-on {sign.class_}")  # fmt: skip
    move = f"translate({13 - wide / 2:.1f} 0)"
    label = group(
        pill,
        tag("path", d=sign.shape, class_=f"cl-sign {sign.class_}", transform=move),
        words(23 - wide / 2, 4, text, class_=sign.class_),
        at=(round(x, 1), round(y, 1)),
    )
    return group(badge(sign, *spot, on=True) if abs(y - spot[1]) > _CLEAR - 1 else None, label)


_BESIDE, _CLEAR = 11, 22
"""Pixels from the edge, and from the middle line, of a label to the middle of a sign beside it."""
