"""Curves of effort over the size of an estate, with the places where they cross."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

from ..planning import Growth
from ..planning.growth import AXES
from .parts import more, row_head, table
from .svg import chart, group, stroke, words
from .text import Markup, plural, tag, width

PLOT, HEIGHT = 440, 340
TOP, BOTTOM = 32, 48
DASHES = ("", "8 4", "2 4", "12 4 2 4")


def growth_view(growth: Growth) -> Markup:
    """The curves, the crossings in words, and the counts as a table."""
    return tag(
        "div",
        tag("p", _headline(growth), class_="cl-heading"),
        tag("div", curve_picture(growth), class_="cl-across"),
        more("The counts as a table", _table(growth), key="growth"),
        class_="certlab",
    )


def curve_picture(growth: Growth) -> Markup:
    """One line for each model: told apart by dashes and by the name at its end."""
    most = max(1, *map(max, growth.counts.values()))
    step = round_step(most, 8)
    top = math.ceil(most / step) * step
    first, last = growth.sizes[0], growth.sizes[-1]
    left = 16 + width(f"{top:,}", 12)
    right = left + PLOT
    ends = {name: f"{name}: {counts[-1]:,.0f}" for name, counts in growth.counts.items()}
    room = max(96, *(min(width(said, 13, bold=True), 200) for said in ends.values()))

    def at(devices: int, count: float) -> tuple[float, float]:
        return (
            left + PLOT * (devices - first) / (last - first),
            TOP + (HEIGHT - TOP - BOTTOM) * (1 - count / top),
        )

    rules = [
        group(
            stroke([at(first, value), at(last, value)], "cl-rule"),
            words(left - 8, at(first, value)[1] + 4, f"{value:,}", class_="cl-muted", anchor="end"),
        )
        for value in range(0, top + 1, step)
    ]
    ticks = [
        words(
            at(count, 0)[0], HEIGHT - BOTTOM + 20, f"{count:,}", class_="cl-muted", anchor="middle"
        )
        for count in _ticks(first, last)
    ]
    lines: list[Markup] = []
    heights: dict[str, float] = {}
    for number, (name, counts) in enumerate(growth.counts.items()):
        points = [at(*pair) for pair in zip(growth.sizes, counts, strict=True)]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        lines.append(tag("path", d=path, class_=f"cl-curve cl-curve-{number % 4}",
                         stroke_dasharray=DASHES[number % 4] or None))  # fmt: skip
        heights[name] = points[-1][1] + 4
    above = -math.inf
    for name in sorted(heights, key=heights.__getitem__):
        above = heights[name] = max(heights[name], above + 18)
    below = HEIGHT - BOTTOM + 18.0
    for name in sorted(heights, key=heights.__getitem__, reverse=True):
        below = heights[name] = min(heights[name], below - 18)
    labels = [
        words(right + 8, heights[name], said, size=13, bold=True, room=room,
              class_=f"cl-curve-word-{number % 4}")
        for number, (name, said) in enumerate(ends.items())
    ]  # fmt: skip
    crossings = [
        tag("circle", cx=at(devices, 0)[0], cy=at(devices, _count(growth, dearer, devices))[1],
            r=5, class_="cl-crossing")
        for dearer, _, devices in growth.crossings
        if devices > first
    ]  # fmt: skip
    axis = group(
        words(left + PLOT / 2, HEIGHT - 6, AXES[growth.varies], class_="cl-muted", anchor="middle"),
        words(0, 14, growth.what, class_="cl-muted"),
    )
    title = f"{growth.what.capitalize()}, {_beside(growth)}"
    drawn = (*rules, *ticks, axis, _yours(growth, at), *lines, *crossings, *labels)
    return chart(right + 8 + room, HEIGHT, title, _headline(growth), *drawn)


def _yours(growth: Growth, at: Callable[[int, float], tuple[float, float]]) -> Markup | None:
    """An upright line where the reader's own estate stands."""
    if not growth.yours:
        return None
    x, low = at(growth.yours, 0)
    late = growth.yours - growth.sizes[0] > (growth.sizes[-1] - growth.sizes[0]) / 2
    return group(
        stroke([(x, TOP - 8), (x, low)], "cl-yours"),
        words(x + (-6 if late else 6), TOP - 6, f"yours: {growth.yours:,}", bold=True,
              anchor="end" if late else None),
    )  # fmt: skip


def _headline(growth: Growth) -> str:
    kind = growth.varies.removesuffix("s")
    told = [
        f"{dearer} asks for more than {cheaper} from {plural(devices, kind)} on"
        if devices > growth.sizes[0]
        else f"{dearer} always asks for more than {cheaper}"
        for dearer, cheaper, devices in growth.crossings
    ]
    told += [
        f"{one} and {other} ask for the same, so their lines lie on each other"
        for one, other in combinations(growth.counts, 2)
        if growth.counts[one] == growth.counts[other]
    ]
    own = ""
    if growth.yours:
        at_yours = (
            f"{name} {counts[growth.sizes.index(growth.yours)]:,.0f}"
            for name, counts in growth.counts.items()
        )
        own = f" Yours, {growth.yours:,}: {', '.join(at_yours)}."
    return (
        f"{growth.what.capitalize()}, with {_beside(growth)}: "
        + ("; ".join(told) or f"at {plural(growth.sizes[-1], kind)} no model asks for more")
        + f".{own}"
    )


def _beside(growth: Growth) -> str:
    """What does not rise."""
    kind = "UM server" if growth.varies == "devices" else "device"
    return f"{plural(growth.fixed, kind)} {growth.where}"


def _count(growth: Growth, model: str, devices: int) -> float:
    return growth.counts[model][growth.sizes.index(devices)]


def round_step(most: float, rules: int = 5) -> int:
    """A round distance between at most so many rules."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most / (size * factor) <= rules:
                return size * factor
        size *= 10


def _ticks(first: int, last: int) -> list[int]:
    """Round numbers along the axis, and the first."""
    step = round_step(last - first, 10)
    return [first, *(n for n in range(0, last + 1, step) if n >= first + step / 2)]


def _table(growth: Growth) -> Markup:
    rows = [
        (row_head(f"{size:,}"), *(f"{counts[row]:,.0f}" for counts in growth.counts.values()))
        for row, size in enumerate(growth.sizes)
    ]
    return table(growth.what, (AXES[growth.varies], *growth.counts), rows, long=len(rows) > 16)
