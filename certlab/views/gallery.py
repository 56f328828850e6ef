"""The gallery: scenarios as a list, and one of them as a card with all that verifiers say."""

from __future__ import annotations

from collections.abc import Container, Sequence
from textwrap import dedent
from urllib.parse import quote

from ..live import Opinion
from ..pki import Certificate
from ..training import Played
from ..validation import POLICIES, Finding, FindingKind, Purpose, Remedy, Verdict
from .bench import as_code, button, buttons, card
from .ladders import chain_picture
from .parts import more, row_head, table
from .seals import Seals, called
from .signs import ACCEPTED, NOTED, OPEN, REFUSED, Sign, mark
from .text import Markup, escape, join, plural, tag
from .verdicts import trace_list

OUTCOMES = {
    "": "All",
    "accepted": "Accepted",
    "refused": "Refused",
    "disputed": "Verifiers differ",
}
"""What the list can be narrowed to, and how that is called."""


def scenario_id(key: str) -> str:
    """The id of a scenario that can be selected."""
    return f"scenario:{quote(key, safe='')}"


def neutral_title(one: Played) -> str:
    """What a scenario is called before its verdict: its number and who meets whom."""
    case = one.case
    way = "from" if case.purpose is Purpose.CLIENT else "to"
    return f"{one.scenario.number} · A call {way} {case.name}"


def _title(one: Played) -> str:
    return f"{one.scenario.number} · {one.scenario.title}"


def gallery_list(shown: Sequence[Played], of: int, selected: str, told: Container[str]) -> Markup:
    """The scenarios found; those ``told``, by their keys, with title and outcome."""
    title = plural(of, "scenario") if len(shown) == of else f"{len(shown)} of {of} scenarios"
    head = tag("h3", title, class_="cl-title")
    if not shown:
        said = "Nothing has all of these words. Search for fewer, or choose All."
        return card(head, tag("p", said, class_="cl-text"), label="Scenarios")
    lines = [_line(one, one.scenario.key == selected, one.scenario.key in told) for one in shown]
    inside = tag("ul", lines, class_="cl-list cl-shelf")
    return card(head, tag("div", inside, class_="cl-scroll cl-long"), label="Scenarios")


def _line(one: Played, on: bool, told: bool) -> Markup:
    sign, said = _told(one) if told else (OPEN, "")
    title = _title(one) if told else neutral_title(one)
    name = tag("span", title, class_="cl-bold" if on else None)
    short = tag("span", f" {said}", class_="cl-muted cl-small") if said else None
    text = tag("span", name, short, class_="cl-pick", data_id=scenario_id(one.scenario.key),
               aria_current="true" if on else None)  # fmt: skip
    return tag("li", mark(sign), text)


def _told(one: Played) -> tuple[Sign, str]:
    if one.case.key_fits:
        return _outcome(one.verdict)
    return REFUSED, "not installed, key of another"


def _outcome(verdict: Verdict) -> tuple[Sign, str]:
    first = next(iter(verdict.findings), None)
    if not verdict.accepted:
        return REFUSED, first.short if first else "refused"
    return (NOTED, f"accepted, {first.short}") if first else (ACCEPTED, "accepted")


def scenario_view(one: Played, actions: Markup | None = None, code: str = "") -> Markup:
    """A scenario as a card: story, chain, what each verifier says, the finding, the repair."""
    verdict = one.verdict
    return join(
        _head(one, _title(one)),
        _story(one.scenario.story.split("\n\n")),
        tag("div", _chain(one), tag("div", _finding(one)), class_="cl-two"),
        tag("h4", "What each verifier says", class_="cl-heading"),
        _policies(one),
        more("Every check", trace_list(verdict), key="trace"),
        actions,
        as_code(code),
    )


def question_view(one: Played) -> Markup:
    """A scenario before its verdict: what is the case, and neither what follows nor why."""
    return join(
        _head(one, neutral_title(one)),
        _story(one.scenario.question.split("\n\n")),
        tag("p", "Will it be accepted? Decide before you look.", class_="cl-text cl-bold"),
        buttons(button("Show the verdict", "do:verdict", primary=True)),
    )


def _head(one: Played, title: str) -> Markup:
    case = one.case
    name = f" It was called as {case.name}." if case.name else ""
    asked = f"Judged as {case.purpose} on {one.at:%Y-%m-%d}.{name}"
    return join(
        tag("h3", title, class_="cl-title"),
        tag("p", asked, class_="cl-text cl-small cl-muted"),
    )


def _chain(one: Played) -> Markup:
    case = one.case
    seals = Seals.among((*one.verdict.path, *case.anchors))
    tray = [seals.of_key(anchor) for anchor in case.anchors]
    return chain_picture(one.verdict, tray=tray, seals=seals)


def _story(story: Sequence[str]) -> list[Markup]:
    """Paragraphs as text, and what is drawn in characters as it is drawn."""
    parts = []
    for part in story:
        if part.startswith(" "):
            drawn = Markup("\n".join(map(escape, dedent(part).splitlines())))
            parts.append(tag("pre", drawn, class_="cl-drawing", tabindex=0,
                             aria_label="The same, drawn with characters"))  # fmt: skip
        else:
            parts.append(tag("p", part.replace("\n", " "), class_="cl-text cl-prose"))
    return parts


def _finding(one: Played) -> Markup:
    found = one.finding
    sign, said = _told(one)
    head = tag("p", mark(sign), f" {said}", class_="cl-text cl-bold")
    if not one.case.key_fits:
        told = [tag("p", said, class_="cl-text") for said in _ANOTHERS_KEY]
    elif found is None:
        told = [tag("p", "Every check passed: there is nothing to repair.", class_="cl-text")]
    else:
        where = called(found.certificate) if found.certificate else "the chain"
        facts = {
            "Certificate": where,
            "Seen": found.seen_text,
            "Expected": found.expected_text,
            "Rule": found.section,
            "Repair": _repair(found),
        }
        lines = [join(tag("dt", fact), tag("dd", value)) for fact, value in facts.items() if value]
        told = [tag("p", found.words, class_="cl-text"),
                tag("dl", lines, class_="cl-facts-list")]  # fmt: skip
    return join(head, told)


def _repair(found: Finding) -> str:
    """What to do; of an import, which certificate goes where."""
    if found.remedy is not Remedy.IMPORT_ANCHOR or found.certificate is None:
        return found.remedy.advice
    match found.kind:
        case FindingKind.PARTIAL_CHAIN:
            which = f"the certificate of {found.seen_text}"
        case FindingKind.PINNED_LEAF:
            which = f"the root certificate above {found.seen_text}"
        case FindingKind.SAME_NAME_OTHER_KEY if isinstance(found.expected, Certificate):
            which = f"the new certificate of {called(found.expected)}"
        case _:
            which = f"the certificate of {called(found.certificate)}"
    return (
        f"Get {which} and compare its fingerprint with its owner by another way, then import it "
        "into the verifier’s trusted root store."
    )


_ANOTHERS_KEY = (
    "Every check of the certificate passes.",
    "The private key beside it is another’s, so no machine can install the two.",
    "Repair: look for the key of this request, or make a new one and ask for a new certificate.",
)


def _policies(one: Played) -> Markup:
    rows = []
    for key, verdict in one.verdicts.items():
        sign, said = _outcome(verdict)
        cell = tag("td", mark(sign), f" {said}", class_=f"{sign.class_} cl-once")
        rows.append((row_head(POLICIES[key].title), cell, POLICIES[key].explanation))
    return table("What each verifier says", ("Verifier", "Says", "How it judges"), rows)


def engines_view(asked: Sequence[Opinion]) -> Markup:
    """What the other engines of this computer said, in their own words."""
    rows = []
    for one in asked:
        sign = OPEN if one.accepted is None else ACCEPTED if one.accepted else REFUSED
        word = "not asked" if one.accepted is None else sign.word
        cell = tag("td", mark(sign), f" {word}", class_=f"{sign.class_} cl-once")
        rows.append((row_head(f"{one.engine} {one.version}"), cell, one.words))
    return join(
        tag("h4", "Engines of this computer", class_="cl-heading"),
        table("What other engines say", ("Engine", "Says", "In its words"), rows),
    )


def gallery_actions(one: Played, *, asked: bool, opened: bool) -> Markup:
    """What can be done with the scenario that is shown."""
    lab = button("Open in a lab", "do:open", primary=one.has_lab and not opened,
                 off=opened or not one.has_lab)  # fmt: skip
    hint = None
    if not one.has_lab:
        said = "Two machines alone cannot tell this one. The cell below has the values to go on."
        hint = tag("p", said, class_="cl-hint")
    return join(buttons(lab, button("Ask the engines here", "do:ask", off=asked)), hint)


def kinds_found(every: Sequence[Played]) -> list[tuple[str, str]]:
    """The kinds of first findings among these, as options, in the order in which they rank."""
    kinds: set[FindingKind] = {one.finding.kind for one in every if one.finding}
    return [("", "Any"), *((kind, kind) for kind in sorted(kinds, key=lambda kind: kind.rank))]
