"""Text from anywhere, made safe to show: escaped once, here, and nothing in it invisible."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable

from ..deployment.steps import plural as plural  # noqa: PLC0414 - all views count with it

MOST = 400
"""Characters of one text that are shown; the rest of a longer one is counted, not shown."""


class Markup(str):
    """HTML or SVG that is already escaped. ``tag`` escapes every other string."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """One element. A child that is not ``Markup`` is text; None and False leave a thing out.

    An attribute's underscores become hyphens, and one at its end is dropped: ``data_id``.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inside = join(*children)
    if not inside and name in _EMPTY:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{inside}</{name}>")


_EMPTY = {"path", "line", "rect", "circle", "use", "input", "br", "col", "hr", "img"}


def join(*children: object) -> Markup:
    """Children side by side, flattened; text among them is escaped."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, Iterable) and not isinstance(child, str):
            parts.append(join(*child))
        elif child is not None and child is not False:
            parts.append(escape(str(child)))
    return Markup("".join(parts))


def escape(text: str) -> Markup:
    """Text as it may stand in an element or an attribute, with what is invisible made visible."""
    return Markup(html.escape(visible(text)))


def dotted(name: str) -> Markup:
    """A name of a host, which may be broken after each of its dots."""
    return Markup(escape(name).replace(".", ".<wbr/>"))


def visible(text: str, most: int = MOST) -> str:
    """Text in which control, bidirectional, zero-width and lone surrogate characters are seen.

    Of a text longer than ``most`` characters the beginning is shown, and how long it is.
    """
    if len(text) > most:
        text, rest = text[: most - 1], f"… ({len(text):,} characters)"
    else:
        rest = ""
    if not text.isprintable():
        text = "".join(map(_seen, text))
    return text + rest


def _seen(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return f"⟨U+{ord(character):04X}⟩"
    return character


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide this text is in pixels: for a wide font, so that a narrower one fits too."""
    return size * (1.09 if bold else 1) * sum(map(_advance, text))


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text if ``room`` pixels hold it, else as much as they hold and an ellipsis."""
    text = visible(text)
    if width(text, size, bold=bold) <= room:
        return text
    left = room - width("…", size, bold=bold)
    for place, character in enumerate(text):
        left -= width(character, size, bold=bold)
        if left < 0:
            return text[:place].rstrip(" .-") + "…"
    return text


def _advance(character: str) -> float:
    if character in "iljI.,:;'’|!()[] ftr-/":
        return 0.38
    if character in "mwMW@%—…":
        return 0.95
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.71 if character.isupper() else 0.63


def _attribute(value: object) -> str:
    """A number as short as it can be drawn with; anything else as text, escaped if need be."""
    if isinstance(value, float):
        return f"{value:.1f}".rstrip("0").rstrip(".")
    if isinstance(value, Markup) and '"' not in value:
        return value
    return "" if value is True else escape(str(value))


def listed(words: Iterable[str], most: int = 4) -> str:
    """“um1, gw1 and gw2”, or the first few and how many more."""
    every = list(words)
    if len(every) > most:
        every = [*every[: most - 1], f"{len(every) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(every[:-1]), every[-1]))) if every else "none"
