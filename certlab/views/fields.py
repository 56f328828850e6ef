"""Fields of a form: a label, the control, its section, and the place of what is said about it.

The markup holds neither values nor notes: a widget puts them in, and leaves alone what is being
typed. ``prefix`` keeps the ids of two forms on one page apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from .text import Markup, tag


def field(
    prefix: str,
    name: str,
    label: str,
    kind: str,
    *children: object,
    section: str = "",
    **attributes: object,
) -> Markup:
    """A labelled control of this kind: input, textarea or select."""
    id_ = f"{prefix}-{name}"
    control = tag(kind, *children, id=id_, data_field=name, class_="cl-input", spellcheck="false",
                  aria_describedby=f"{id_}-note", **attributes)  # fmt: skip
    head = tag("div", tag("label", label, for_=id_, class_="cl-label"), section_of(section),
               class_="cl-head")  # fmt: skip
    return tag("div", head, control, _note(id_, name), class_="cl-field")


def select_field(
    prefix: str, name: str, label: str, options: Iterable[str | tuple[str, str]], section: str = ""
) -> Markup:
    """A choice among options; a pair is the value and what is shown for it."""
    pairs = [option if isinstance(option, tuple) else (option, option) for option in options]
    inside = [tag("option", shown, value=value) for value, shown in pairs]
    return field(prefix, name, label, "select", inside, section=section)


def text_field(
    prefix: str, name: str, label: str, placeholder: str = "", *, at_once: bool = False
) -> Markup:
    """A line of text. What answers ``at_once`` is told sooner what is being typed."""
    return field(prefix, name, label, "input", type="text", placeholder=placeholder or None,
                 data_pause=50 if at_once else None)  # fmt: skip


def check_group(prefix: str, name: str, label: str, section: str, *controls: Markup) -> Markup:
    """Check boxes under one legend."""
    id_ = f"{prefix}-{name}"
    legend = tag("legend", label, section_of(section), class_="cl-label cl-head")
    return tag("fieldset", legend, *controls, _note(id_, name), class_="cl-field",
               aria_describedby=f"{id_}-note")  # fmt: skip


def check(name: str, label: str) -> Markup:
    """A check box beside what it stands for."""
    box = tag("input", type="checkbox", data_field=name)
    return tag("label", box, tag("span", label), class_="cl-check")


def section_of(number: str) -> Markup | None:
    """Where RFC 5280 speaks of it, in small."""
    return tag("span", f"RFC 5280 {number}", class_="cl-section") if number else None


def _note(id_: str, name: str) -> Markup:
    return tag("div", id=f"{id_}-note", data_note=name)
