"""Where the map's devices and links lie: nothing overlaps, and no link runs behind a device.

UM servers stand in the middle. Gateways stand on their right, PBXs and Exchange servers on their
left, so every link crosses one open lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import dist
from typing import NamedTuple

from ..deployment import Device, Link, Role

WIDTH = 808
"""What a notebook has room for on a small screen: so no word gets smaller than it was drawn."""
CARD, FULL, COMPACT = 180, 158, 102
"""A card's width, and its height when drawn in full and when compact, in pixels."""
FEW = 8
"""Up to so many devices the cards are drawn in full, beyond that compact."""

Point = tuple[float, float]


class Place(NamedTuple):
    """Where a device's card lies: its column, counted from the left, and its upper left corner."""

    device: Device
    column: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A link as drawn: from ``a`` to ``b``, over ``bend`` when it is no straight line.

    ``lane`` is the open strip between two columns that it stays in, or None for a line that runs
    straight down between two cards.
    """

    link: Link
    a: Point
    b: Point
    bend: Point | None
    lane: tuple[float, float] | None

    def at(self, t: float) -> Point:
        """The point at this part of the way from a (0) to b (1)."""
        (ax, ay), (bx, by) = self.a, self.b
        cx, cy = self.bend or ((ax + bx) / 2, (ay + by) / 2)
        u = 1 - t
        return (u * u * ax + 2 * u * t * cx + t * t * bx, u * u * ay + 2 * u * t * cy + t * t * by)

    def half(self, first: bool) -> list[Point]:
        """The half that leaves a, or the half that leaves b."""
        end = self.a if first else self.b
        if self.bend is None:
            return [end, self.at(0.5)]
        between = (end[0] + self.bend[0]) / 2, (end[1] + self.bend[1]) / 2
        return [end, between, self.at(0.5)]


@dataclass(frozen=True, slots=True)
class Layout:
    """Every device's place and every link's line, in a picture of this size."""

    width: float
    height: float
    card_height: int
    places: dict[str, Place]
    lines: tuple[Line, ...]


def spread(lines: Sequence[Line], apart: float = 24) -> dict[tuple[str, str], Point]:
    """Where each half line carries its sign, by direction: so that no two lie on one another."""
    found: dict[tuple[str, str], Point] = {}
    for line in lines:
        a, b = line.link.a, line.link.b
        for direction, first in (((a, b), True), ((b, a), False)):
            places = [line.at(part if first else 1 - part) for part in _PARTS]
            free = (p for p in places if all(dist(p, other) >= apart for other in found.values()))
            found[direction] = next(free, places[0])
    return found


_PARTS = 0.28, 0.2, 0.36, 0.12, 0.43
"""How far along a line a sign may stand: the first of these where there is room."""


def lay_out(devices: Sequence[Device], links: Sequence[Link]) -> Layout:
    """Places for these devices and lines for these links."""
    columns = _columns(devices)
    few = len(devices) <= FEW
    height, gap = (FULL, 24) if few else (COMPACT, 12)
    joined = {link.a for link in links} & {link.b for link in links}
    apart = max(gap, 64) if joined else gap  # room for two signs between servers that are linked
    lane: float = 16
    if links:
        lane = (WIDTH - CARD * 3) / 2 if len(columns) == 3 else 240
    tall = max(
        len(column) * height + (len(column) - 1) * (apart if _servers(column) else gap)
        for column in columns or [[]]
    )
    places = {}
    for number, column in enumerate(columns):
        own: float = apart if _servers(column) else gap
        taken = len(column) * height + (len(column) - 1) * own
        if _servers(column) and len(column) > 1:  # spread over the height of their neighbours
            own += (tall - taken) / (len(column) + 1)
            taken = len(column) * height + (len(column) - 1) * own
        top = (tall - taken) / 2
        for row, device in enumerate(column):
            places[device.name] = Place(
                device, number, number * (CARD + lane) + 1, top + row * (height + own) + 1
            )
    drawn = [link for link in links if link.a in places and link.b in places]
    width = len(columns) * CARD + max(0, len(columns) - 1) * lane + 2
    return Layout(width, max(tall, 0) + 2, height, places, _lines(drawn, places, height, lane))


def _columns(devices: Sequence[Device]) -> list[list[Device]]:
    servers = [device for device in devices if device.role is Role.UM_SERVER]
    right = [device for device in devices if device.role is Role.GATEWAY]
    left = [device for device in devices if device not in servers and device not in right]
    if not servers:
        others = [*right, *left]
        width = min(4, max(1, len(others)))
        return [others[number::width] for number in range(width)] if others else []
    if not left and not right:
        half = (len(servers) + 1) // 2
        return [column for column in (servers[:half], servers[half:]) if column]
    if abs(len(left) - len(right)) > 6:  # one long column and an empty one waste the picture
        both = [*left, *right]
        left, right = both[: len(both) // 2], both[len(both) // 2 :]
    if not right:
        return [servers, left]
    return [column for column in (left, servers, right) if column]


def _servers(column: Sequence[Device]) -> bool:
    return bool(column) and column[0].role is Role.UM_SERVER


def _lines(
    links: Sequence[Link], places: dict[str, Place], height: float, lane: float
) -> tuple[Line, ...]:
    edges: dict[tuple[str, int], list[tuple[float, Link]]] = {}
    straight: list[Link] = []
    arcs: list[Link] = []
    across: list[Link] = []
    rows = {
        name: sorted(p.y for p in places.values() if p.column == place.column).index(place.y)
        for name, place in places.items()
    }
    for link in links:
        a, b = places[link.a], places[link.b]
        if a.column == b.column:
            (straight if abs(rows[link.a] - rows[link.b]) == 1 else arcs).append(link)
            continue
        across.append(link)
        side = 1 if b.column > a.column else -1
        edges.setdefault((link.a, side), []).append((b.y, link))
        edges.setdefault((link.b, -side), []).append((a.y, link))
    port = {}
    for (name, side), attached in edges.items():
        place = places[name]
        attached.sort(key=lambda pair: pair[0])
        for number, (_, link) in enumerate(attached, 1):
            x = place.x + (CARD if side > 0 else 0)
            port[name, id(link)] = (x, place.y + height * number / (len(attached) + 1))
    lines = []
    for link in across:
        a_point, b_point = port[link.a, id(link)], port[link.b, id(link)]
        strip = min(a_point[0], b_point[0]), max(a_point[0], b_point[0])
        lines.append(Line(link, a_point, b_point, None, strip))
    for link in straight:
        upper, lower = sorted((places[link.a], places[link.b]), key=lambda place: place.y)
        ends = (upper.x + CARD / 2, upper.y + height), (lower.x + CARD / 2, lower.y)
        if upper.device.name != link.a:
            ends = ends[1], ends[0]
        lines.append(Line(link, ends[0], ends[1], None, None))
    last = max((place.column for place in places.values()), default=0)
    for link in arcs:
        a, b = places[link.a], places[link.b]
        side = 1 if a.column < last else -1
        x = a.x + (CARD if side > 0 else 0)
        ends = (x, a.y + height / 2), (x, b.y + height / 2)
        reach = min(lane * 1.5, 48 * abs(rows[link.a] - rows[link.b]))
        bend = x + side * reach, (ends[0][1] + ends[1][1]) / 2
        strip = (x, x + lane) if side > 0 else (x - lane, x)
        lines.append(Line(link, ends[0], ends[1], bend, strip))
    return tuple(lines)
