"""The form in which a decision is written, and the cell that it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from ..errors import Problem
from ..records import Decision, State
from ..validation.facts import FACTS
from .bench import card
from .decisions import decision_view
from .fields import check, check_group, field, select_field, text_field
from .parts import listing, more
from .signs import OPEN, REFUSED, mark
from .text import Markup, tag

FACT = "fact "
"""How the name of a field begins that stands for a fact."""


def decision_fields(prefix: str, options: Iterable[str], evidence: Mapping[str, str]) -> Markup:
    """Everything that a decision says; ``evidence`` has what each value says, by its name."""
    known = list(options)
    choices = [("", "nothing yet"), *((one, one) for one in known)]
    return card(
        text_field(prefix, "title", "Title", "what was asked, and what is the answer"),
        field(prefix, "context", "Context", "textarea", rows=3),
        select_field(prefix, "choice", "Choice", choices)
        if known
        else text_field(prefix, "choice", "Choice"),
        field(prefix, "reasons", "Reasons, one a line", "textarea", rows=3),
        field(prefix, "consequences", "Consequences, one a line", "textarea", rows=3),
        text_field(prefix, "by", "Decided by"),
        field(prefix, "on", "On", "input", type="date"),
        select_field(prefix, "state", "State", [s for s in State if s is not State.SUPERSEDED]),
        text_field(prefix, "supersedes", "Supersedes number"),
        check_group(prefix, "evidence", "Evidence", "", *(check(*one) for one in evidence.items())),
        label="The decision",
    )


def fact_fields() -> Markup:
    """The facts of the outside world that it may rest on."""
    facts = [check(f"{FACT}{one.id}", f"{one.words} ({one.effective or 'always'})")
             for one in FACTS.values()]  # fmt: skip
    inside = tag("div", facts, class_="cl-columns")
    return card(more("Facts of the outside world that it rests on", inside, key="facts"),
                label="Facts")  # fmt: skip


def decision_preview(decision: Decision | None, problems: Iterable[Problem]) -> Markup:
    """How it will look; or what is still missing."""
    lines = [tag("li", mark(REFUSED), tag("span", str(one))) for one in problems]
    if decision is None:
        return card(
            tag("p", mark(OPEN), " Not ready to be written down", class_="cl-text cl-bold"),
            tag("ul", lines, class_="cl-list"),
            label="How it will look",
        )
    return card(decision_view(decision), label="How it will look")


def decision_cell(code: str) -> Markup:
    """The cell, ready to be copied."""
    said = "Copy this into a cell below, or run write_cell(). The cell is the document."
    return card(
        tag("h3", "The cell that says this", class_="cl-heading"),
        tag("p", said, class_="cl-text cl-muted"),
        listing(code, "The cell that writes this decision down"),
        label="The cell",
    )


def decision_code(
    texts: Mapping[str, str],
    options: object,
    evidence: Iterable[str],
    facts: Iterable[str],
    folder: str,
    name: str,
) -> str:
    """The cell that writes this decision down; every text in it is a Python literal."""
    facts = list(facts)
    lines = {
        "on": repr(texts["on"] or str(date.min)),
        "context": repr(texts["context"]),
        "options": options if isinstance(options, str) else repr(options),
        "choice": repr(texts["choice"]),
        "reasons": _list(map(repr, _lines(texts["reasons"]))),
        "consequences": _list(map(repr, _lines(texts["consequences"]))),
        "by": repr(texts["by"]),
        "state": repr(texts["state"]),
        "supersedes": texts["supersedes"] and repr(texts["supersedes"]),
        "evidence": _list([*evidence, *(f"fact({id_!r})" for id_ in facts)]),
        "folder": repr(folder),
    }
    inside = "".join(
        f"    {key}={value},\n"
        for key, value in lines.items()
        if value not in ("", "''", "[]", "()", "{}")
    )
    names = "decide, fact" if facts else "decide"
    return (
        f"from certlab import {names}\n\n"
        f"{name} = decide(\n    {texts['title']!r},\n{inside})\n{name}"
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _list(items: Iterable[str]) -> str:
    found = list(items)
    whole = f"[{', '.join(found)}]"
    if len(whole) < 80:
        return whole
    return "[\n" + "".join(f"        {one},\n" for one in found) + "    ]"
