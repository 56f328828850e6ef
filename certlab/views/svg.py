"""Pictures as SVG text: a frame with title and description, and the few shapes they are made of."""

from __future__ import annotations

from .text import Markup, shorten, tag


def picture(
    width: float,
    height: float,
    title: str,
    description: str,
    *parts: object,
    class_: str = "",
    style: str | None = None,
) -> Markup:
    """An SVG of this size in pixels that says in words what it shows."""
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description),
        *parts,
        class_=f"certlab cl-picture {class_}".rstrip(),
        style=style,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=round(width),
        height=round(height),
        role="img",
        aria_label=title,
    )


def chart(width: float, height: float, title: str, description: str, *parts: object) -> Markup:
    """A picture of numbers: in a wide place it grows, and it never shrinks below its own size."""
    return picture(width, height, title, description, *parts, class_="cl-chart",
                   style=f"--cl-wide: {width:.0f}px")  # fmt: skip


def group(*parts: object, at: tuple[float, float] | None = None, **attributes: object) -> Markup:
    """Parts that belong together, moved to ``at``."""
    where = f"translate({at[0]:g} {at[1]:g})" if at else None
    return tag("g", *parts, transform=where, **attributes)


def words(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    room: float | None = None,
    bold: bool = False,
    class_: str = "",
    anchor: str | None = None,
) -> Markup:
    """A line of text whose baseline is at ``y``; what ``room`` cannot hold ends in an ellipsis."""
    shown = text if room is None else shorten(text, room, size, bold=bold)
    return tag(
        "text",
        tag("title", text) if shown != text else None,
        shown,
        x=float(x),
        y=float(y),
        class_=f"cl-{size}{' cl-bold' if bold else ''} {class_}".rstrip(),
        text_anchor=anchor,
    )


def box(x: float, y: float, width: float, height: float, class_: str, radius: int = 8) -> Markup:
    """A rectangle with round corners."""
    return tag("rect", x=float(x), y=float(y), width=float(width), height=float(height),
               rx=radius, class_=class_)  # fmt: skip


def stroke(points: list[tuple[float, float]], class_: str) -> Markup:
    """A line through two points, or a curve when there are three or four."""
    first, *rest = [f"{x:.1f} {y:.1f}" for x, y in points]
    kind = {1: "L", 2: "Q", 3: "C"}[len(rest)]
    return tag("path", d=f"M{first}{kind}{' '.join(rest)}", class_=class_)
