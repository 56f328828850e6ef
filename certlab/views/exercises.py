"""An exercise on the page: its question, what can be looked at, and what the judge says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zlib import crc32

from ..deployment import CellState, Deployment, TrustMatrix
from ..pki import Certificate
from ..training import TOOLS, Exercise, Grade, Reply
from ..training.diagnosis import IN_FULL
from .bench import button, buttons, card
from .fields import select_field
from .holdings import stores_card
from .parts import more, row_head, table
from .seals import Seals, called
from .sheets import certificate_sheet
from .signs import ACCEPTED, NOTED, REFUSED, mark
from .text import Markup, join, listed, tag


def question_card(exercise: Exercise) -> Markup:
    """The question, and which exercise and edition it belongs to."""
    return card(
        tag(
            "p",
            f"{exercise.grade.title()} · {exercise.id} · seed {exercise.seed}",
            class_="cl-hint cl-flush",
        ),
        tag("h3", exercise.title, class_="cl-title"),
        tag("p", _whole(exercise.question), class_="cl-text cl-prose"),
        label="The question",
    )


def answer_fields(exercise: Exercise, prefix: str) -> Markup:
    """One field for each part of an answer; where there is but one, its choices are in sight."""
    if len(exercise.choices) == 1:
        (only,) = exercise.choices
        return radio_group(prefix, only.name, only.label, only.options)
    return join(
        select_field(prefix, f.name, f.label, (("", "choose…"), *f.options.items()))
        for f in exercise.choices
    )


def tool_fields(prefix: str, key: str, at: str, lab: Deployment) -> Markup:
    """What to do, and what this takes: where, and with whose certificate."""
    tools = [(other, tool.title) for other, tool in TOOLS.items() if not tool.of or
             tool.choices(lab, at)]  # fmt: skip
    fields = select_field(prefix, "tool", "What to do", (("", "choose…"), *tools))
    if not key:
        return fields
    tool = TOOLS[key]
    return join(
        fields,
        tag("div", select_field(prefix, "at", "At which device", lab.inventory.devices),
            class_="cl-field", hidden=None if tool.at else "hidden"),
        tag("div", select_field(prefix, "of", tool.of, tool.choices(lab, at)),
            class_="cl-field", hidden=None if tool.of else "hidden"),
        tag("div", data_note="step"),
    )  # fmt: skip


def radio_group(prefix: str, name: str, label: str, options: Mapping[str, str]) -> Markup:
    """One choice among some, each in sight; short ones stand side by side."""
    short = all(len(text) <= _SHORT for text in options.values())
    lines = [
        tag("label", tag("input", type="radio", name_=f"{prefix}-{name}", value=value,
                         data_field=name), tag("span", text), class_="cl-check")
        for value, text in options.items()
    ]  # fmt: skip
    return tag("fieldset", tag("legend", label, class_="cl-label cl-head"),
               tag("div", lines, class_="cl-beside" if short else None),
               class_="cl-field")  # fmt: skip


_SHORT = 8
"""Characters of a choice that needs no line of its own."""


def actions_card(
    exercise: Exercise, *, ready: bool, can_undo: bool = False, can_do: bool = False
) -> Markup:
    """What is pressed to be judged. It all keeps its place when it is over, and then does nothing.

    So a second press of Check never starts again.
    """
    over, repair = exercise.over, exercise.grade is Grade.REPAIR
    steps = (button("Do this step", "do:step", off=over or not can_do),
             button("Undo", "do:undo", off=over or not can_undo))  # fmt: skip
    ready = ready and not over
    wait = ""
    if over:
        wait = "It is over. To go on: Start again or Another edition, below."
    elif repair and not ready:
        wait = "Check judges what you did: do a step first."
    return card(
        buttons(*(steps if repair else ()),
                button("Check", "do:check", primary=ready, off=not ready)),
        tag("p", wait, class_="cl-hint") if wait else None,
        label="What you can do",
    )  # fmt: skip


def reply_card(exercise: Exercise, replies: Iterable[tuple[Reply, int]], solution: str) -> Markup:
    """What the judge says, the newest first; each reply with how often it was asked for."""
    lines = [(NOTED, f"Solution: {solution}", 1)] if solution else []
    for reply, times in replies:
        verdict, sign = reply.verdict, ACCEPTED if reply.correct or reply.found else REFUSED
        if exercise.grade is Grade.PREDICT and not reply.correct:
            verdict, sign = "Not what happens.", NOTED
        lines.append((sign, f"{verdict} {reply.words}".lstrip(), times))
    if not lines:
        return Markup("")
    return card(
        tag("h3", "The judge", class_="cl-heading"),
        tag("ul", (
            tag("li", mark(sign), tag("span", _whole(said), _times(times)),
                data_attend=None if place else "yes")
            for place, (sign, said, times) in enumerate(lines)
        ), class_="cl-list cl-prose"),
        label="The judge",
    )  # fmt: skip


def _times(times: int) -> Markup | None:
    return tag("span", f"You said so {times} times.", class_="cl-hint") if times > 1 else None


def help_card(exercise: Exercise, hints: Iterable[str], asked: bool) -> Markup:
    """The hints taken, and what else there is: another hint, the solution, a new beginning.

    Once ``asked`` for the solution, it says what that ends; the button waits where it was.
    """
    lines = [tag("li", mark(NOTED), tag("span", _whole(f"Hint: {hint}"))) for hint in hints]
    hint = f"Hint ({exercise.hints_taken} of 3 taken)"
    warning = "This ends the exercise. To see the solution all the same, press Reveal again."
    return card(
        tag("ul", lines, class_="cl-list cl-prose") if lines else None,
        buttons(button(hint, "do:hint", off=exercise.over),
                button("Reveal", "do:reveal", off=exercise.over),
                button("Start again", "do:restart"), button("Another edition", "do:another")),
        tag("p", mark(NOTED), f" {warning}", class_="cl-text cl-after") if asked else None,
        label="Help",
    )  # fmt: skip


def _whole(text: str) -> list[str | Markup]:
    """Sentence by sentence: of one long text only the beginning would be shown.

    What an RFC says about it comes last, in small; what is said in full is folded.
    """
    text, _, full = text.partition(IN_FULL)
    if full:
        return [*_whole(text), more("In full", *_whole(full), key=f"full-{crc32(full.encode())}")]
    sections = dict.fromkeys(_SECTION.findall(text))
    told: list[str | Markup] = re.split(r"(?<=[.;:?] )", _SECTION.sub("", text))
    return [*told, tag("span", ", ".join(sections), class_="cl-hint")] if sections else told


_SECTION = re.compile(r" ?\((RFC (?:[^()]|\([^()]*\))*)\)")
"""Where it stands, as a reason ends with it: “(RFC 5280 6.1.3 (a)(1))”."""


def symptoms_card(matrix: TrustMatrix) -> Markup:
    """Who refuses whom, and not why: what monitoring would say."""
    rows = []
    for device in matrix.deployment.inventory.devices:
        cells = {p: c for p, c in matrix if p[0] == device}
        refused = [p[1] for p, c in cells.items() if c.state is CellState.REFUSED]
        accepted = [p[1] for p, c in cells.items() if c.state is CellState.ACCEPTED]
        rows.append((row_head(device), *(
            (mark(sign), " ", listed(names, 9)) if names else "nobody"
            for sign, names in ((ACCEPTED, accepted), (REFUSED, refused))
        )))  # fmt: skip
    return card(
        tag("h3", matrix.headline, class_="cl-title"),
        tag("p", f"The clock of the office stands at {matrix.deployment.at:%Y-%m-%d %H:%M} UTC.",
            class_="cl-text"),
        table("Who accepts and refuses whom", ("Device", "accepts", "refuses"), rows),
        label="Symptoms",
    )  # fmt: skip


def when_shown(exercise: Exercise) -> str:
    """Of when the pictures are, where the question tells of a change."""
    if exercise.grade is not Grade.PREDICT:
        return ""
    return f"The office {'after' if exercise.over else 'BEFORE'} what the question tells"


def look_field(prefix: str, exercise: Exercise) -> Markup:
    """Which device to look at, and when."""
    when = when_shown(exercise)
    wait = "Nothing of it has happened yet: think it into what you see here."
    return card(
        tag("h3", when, class_="cl-heading") if when else None,
        tag("p", wait, class_="cl-text") if when and not exercise.over else None,
        select_field(prefix, "look", "Look at", exercise.lab.inventory.devices),
        label="Look",
    )


def evidence_cards(lab: Deployment, device: str, seals: Seals) -> Markup:
    """What an engineer sees at a device: what it presents and sends, its stores, the lists."""
    presented = [
        join(
            tag("h3", f"{device} presents {called(shown.certificate)} ({_role(shown.purpose)})",
                class_="cl-heading"),
            tag("p", f"Along with it, it sends {_sent(shown.chain)}.", class_="cl-text"),
            more("Every field of it", certificate_sheet(shown.certificate, seals=seals),
                 key=f"sheet-{shown.purpose}"),
        )
        for shown in lab.presented_by(device)
    ]  # fmt: skip
    return join(
        card(presented or tag("p", f"{device} presents nothing.", class_="cl-text"),
             label="What it presents"),
        stores_card(lab, device, seals, editable=False),
        _lists_card(lab),
    )  # fmt: skip


def _sent(chain: Sequence[Certificate]) -> str:
    """The certificates sent along, in words."""
    if not chain:
        return "nothing"
    return f"the certificate{'s' * (len(chain) > 1)} of {listed(map(called, chain))}"


def _role(purpose: str) -> str:
    return "as server and client" if purpose == "mutual" else f"as {purpose}"


def _day(moment: datetime) -> Markup:
    return tag("td", f"{moment:%Y-%m-%d}", class_="cl-once")


def _lists_card(lab: Deployment) -> Markup | None:
    if not lab.crls:
        return None
    rows = [
        (row_head(crl.issuer.rfc4514_string()), _day(crl.last_update_utc),
         _day(crl.next_update_utc) if crl.next_update_utc else "not said",
         tag("td", listed((f"{entry.serial_number:x}" for entry in crl), 6), class_="cl-code"))
        for crl in lab.crls
    ]  # fmt: skip
    heads = ("Issuer", "Published", "Next due", "Serial numbers revoked")
    return card(tag("h3", "Revocation lists", class_="cl-heading"),
                table("Revocation lists", heads, rows), label="Revocation lists")  # fmt: skip
