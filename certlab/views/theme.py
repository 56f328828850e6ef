"""One design language: colours and sizes as CSS custom properties, taken from JupyterLab's own.

The style sheet beside this file holds them all. In JupyterLab the notebook's theme decides between
light and dark, in VS Code its body class, elsewhere what the reader's system prefers.
"""

from __future__ import annotations

import re
from pathlib import Path

from .text import Markup, tag

STYLE_SHEET = Path(__file__).with_name("theme.css")
CSS = re.sub(r"\s*\n\s*|/\*.*?\*/", "", STYLE_SHEET.read_text("utf-8"), flags=re.DOTALL)
"""The style sheet in one line, without comments."""

FORM_CSS = Path(__file__).with_name("form.css").read_text("utf-8")
"""What fields, benches and exercises need beside it: in a widget, and in a report of one."""

STYLED = tag("style", Markup(CSS))
"""The style sheet as an element of a page."""


def static(*parts: object) -> Markup:
    """A view as HTML that stands alone: its style goes along, and no script."""
    return tag("div", STYLED, *parts, class_="certlab cl-static")


def standalone(svg: Markup) -> Markup:
    """A picture as an SVG file that stands alone, inside it the rules of style that it needs."""
    used = set(re.findall(r"\bcl-[\w-]+", svg))

    def needed(rule: re.Match[str]) -> str:
        each = (set(re.findall(r"\.(cl-[\w-]+)", one)) for one in rule[1].split(","))
        return rule[0] if any(classes <= used for classes in each) else ""

    css = re.sub(r"([^{}]*)\{[^{}]*\}", needed, CSS)
    start = svg.index(">") + 1
    head = svg[:start]
    if "xmlns" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return Markup(f"{head}<style>{css}</style>{svg[start:]}")
