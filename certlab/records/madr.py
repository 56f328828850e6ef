"""A decision as Markdown: the headings and front matter of MADR 4 (adr.github.io/madr)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from ..deployment.steps import printable
from ..validation.facts import FACTS
from .decision import Decision
from .evidence import Exhibit, counted

_MOST = 12
"""Items of one piece of evidence that the document lists; the rest is in the bundle's tables."""


def as_markdown(decision: Decision, names: dict[int, str] | None = None) -> str:
    """The record as a document. ``names`` are the files of the other records by their numbers."""
    return "\n".join(_lines(decision, names or {})) + "\n"


def plain(text: str) -> str:
    """Text as Markdown that shows exactly this text: nothing in it marks up, links or runs."""
    text = printable(" ".join(text.split()))
    text = (
        re.sub(r"([\\`*_\[\]~|$]|:(?=//))", r"\\\1", text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
    )
    return re.sub(r"^([-+=#>:]|\d+(?=[.)](?:\s|$)))", _escaped, text)


def _escaped(start: re.Match[str]) -> str:
    """The start of a line that would begin a list or a heading."""
    return f"{start[1]}\\" if start[1].isdigit() else f"\\{start[1]}"


def _lines(decision: Decision, names: dict[int, str]) -> Iterator[str]:
    yield "---"
    yield f"status: {json.dumps(decision.status)}"
    yield f"date: {decision.since}"
    if decision.by:
        yield f"decision-makers: {json.dumps(printable(decision.by))}"
    yield "---"
    yield ""
    yield f"# {plain(decision.title)}"
    yield from _section("## Context and Problem Statement", *_paragraphs(decision.context))
    if decision.options:
        yield from _section("## Considered Options", *_bullets(o.title for o in decision.options))
    reasons = decision.reasons
    because = ", because" if reasons else ""
    chosen = f'Chosen option: "{plain(decision.choice)}"{because}' if decision.choice else (
        "Nothing is chosen yet.")  # fmt: skip
    yield from _section("## Decision Outcome", chosen, "", *_bullets(reasons))
    if decision.consequences:
        yield from _section("### Consequences", *_bullets(decision.consequences))
    yield from _section(
        "### Confirmation",
        "Run the cell of the notebook that wrote this record. It compares the evidence below with",
        "what it finds then, and says what has changed.",
    )
    told = [option for option in decision.options if option.words]
    if told:
        yield "\n## Pros and Cons of the Options"
        for option in told:
            yield from _section(f"### {plain(option.title)}", plain(option.words))
    yield from _section("## More Information", *_links(decision, names), "### Evidence", "")
    if not decision.exhibits:
        yield "This decision rests on no evidence."
    for one in decision.exhibits:
        yield from _exhibit(one)
    yield f"SHA-256 of all the evidence: `{decision.digest}`"


def _exhibit(one: Exhibit) -> Iterator[str]:
    yield f"- **{plain(one.name)}**: {plain(one.headline)}"
    shown = [
        f"  - {plain(_called(group, item))}: {plain(text)}"
        for group in ("facts", "assumptions", "verdicts", "refusals", "procedures")
        for item, text in one.parts.get(group, {}).items()
    ]
    yield from shown[:_MOST]
    if len(shown) > _MOST:
        yield f"  - and {len(shown) - _MOST} more"
    counts = [counted(group, len(items)) for group, items in one.parts.items()]
    yield f"  - rests on {', '.join(counts)}; SHA-256 `{one.digest[:16]}…`"
    yield ""


def _called(group: str, item: str) -> str:
    known = FACTS.get(item) if group == "facts" else None
    return f"{known.words} ({known.source})" if known else item


def _links(decision: Decision, names: dict[int, str]) -> Iterator[str]:
    for words, number in (
        ("Supersedes", decision.supersedes),
        ("Superseded by", decision.superseded_by),
    ):
        if number is not None:
            file = names.get(number)
            yield f"{words} [{number:04}]({file})." if file else f"{words} {number:04}."
            yield ""


def _section(heading: str, *lines: str) -> Iterator[str]:
    yield ""
    yield heading
    yield ""
    yield from lines
    if not lines:
        yield "Nothing is written here yet."


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(filter(str.strip, re.split(r"\n\s*\n", text))):
        if number:
            yield ""
        yield plain(paragraph)


def _bullets(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"* {plain(line)}" for line in lines)
