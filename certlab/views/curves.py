"""Curves of effort over the size of an estate, with the places where they cross."""

from __future__ import annotations

import math
from itertools import combinations

from ..planning import Growth
from ..planning.growth import AXES
from .parts import more, row_head, table
from .svg import group, picture, stroke, words
from .text import Markup, plural, tag

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 168, 16, 48
DASHES = ("", "8 4", "2 4", "12 4 2 4")


def growth_view(growth: Growth) -> Markup:
    """The curves, the crossings in words, and the counts as a table."""
    return tag(
        "div",
        tag("p", _headline(growth), class_="cl-heading"),
        curve_picture(growth),
        more("The counts as a table", _table(growth), key="growth"),
        class_="certlab",
    )


def curve_picture(growth: Growth) -> Markup:
    """One line for each model: told apart by dashes and by the name at its end."""
    most = max(max(counts) for counts in growth.counts.values())
    step = round_step(most)
    top = math.ceil(most / step) * step
    first, last = growth.sizes[0], growth.sizes[-1]

    def at(devices: int, operations: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - RIGHT) * (devices - first) / (last - first),
            TOP + (HEIGHT - TOP - BOTTOM) * (1 - operations / top),
        )

    rules = [
        group(
            stroke([at(first, value), at(last, value)], "cl-rule"),
            words(LEFT - 8, at(first, value)[1] + 4, f"{value:,}", class_="cl-muted", anchor="end"),
        )
        for value in range(0, top + 1, step)
    ]
    ticks = [
        words(
            at(count, 0)[0], HEIGHT - BOTTOM + 20, f"{count:,}", class_="cl-muted", anchor="middle"
        )
        for count in _ticks(growth.sizes)
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
    labels = [
        words(WIDTH - RIGHT + 8, heights[name], f"{name}: {counts[-1]:,.0f}", size=13, bold=True,
              room=RIGHT - 8, class_=f"cl-curve-word-{number % 4}")
        for number, (name, counts) in enumerate(growth.counts.items())
    ]  # fmt: skip
    crossings = [
        tag("circle", cx=at(devices, 0)[0], cy=at(devices, _count(growth, dearer, devices))[1],
            r=5, class_="cl-crossing")
        for dearer, _, devices in growth.crossings
        if devices > first
    ]  # fmt: skip
    axis = words((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, AXES[growth.varies], class_="cl-muted",
                 anchor="middle")  # fmt: skip
    title = f"{growth.what.capitalize()}, {_beside(growth)}"
    drawn = (*rules, *ticks, axis, *lines, *crossings, *labels)
    return picture(WIDTH, HEIGHT, title, _headline(growth), *drawn)


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
    return (
        f"{growth.what.capitalize()}, with {_beside(growth)}: "
        + ("; ".join(told) or "no model asks for more than another")
        + "."
    )


def _beside(growth: Growth) -> str:
    """What does not rise."""
    return plural(growth.fixed, "UM server" if growth.varies == "devices" else "device")


def _count(growth: Growth, model: str, devices: int) -> float:
    return growth.counts[model][growth.sizes.index(devices)]


def round_step(most: float) -> int:
    """A round distance between about four rules."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most / (size * factor) <= 5:
                return size * factor
        size *= 10


def _ticks(devices: tuple[int, ...]) -> list[int]:
    step = round_step(devices[-1] - devices[0]) if len(devices) > 6 else 1
    return [count for count in devices if count % step == 0 or count == devices[0]]


def _table(growth: Growth) -> Markup:
    rows = [
        (row_head(f"{size:,}"), *(f"{counts[row]:,.0f}" for counts in growth.counts.values()))
        for row, size in enumerate(growth.sizes)
    ]
    return table(growth.what, (AXES[growth.varies], *growth.counts), rows, long=len(rows) > 16)
