"""Two trust models on one inventory, side by side: maps, matrix, and what each costs in steps."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..deployment import (
    GenerateSelfSigned,
    ImportInto,
    InternalPKI,
    Inventory,
    IssueCertificate,
    Migration,
    SelfSigned,
    ThirdPartyCA,
    TrustMatrix,
    TrustModel,
)
from .bench import as_code, button, buttons, card
from .effects import changed_marks, difference_table
from .parts import more, table
from .sheets import procedure_list
from .signs import ACCEPTED, NOTED, REFUSED, mark
from .text import Markup, join, tag


class Choice(NamedTuple):
    """A model that can be chosen: its title, itself, and how a cell makes it."""

    title: str
    model: TrustModel | None
    code: str


CHOICES: dict[str, Choice] = {
    "nothing": Choice("Nothing done yet", None, ""),
    "self-signed": Choice("Self-signed", SelfSigned(), "SelfSigned()"),
    "two-tier": Choice("Internal PKI, two tiers", InternalPKI(), "InternalPKI()"),
    "one-tier": Choice("Internal PKI, one tier", InternalPKI(tiers=1), "InternalPKI(tiers=1)"),
    "third-party": Choice("Third party, one certificate as in 2007", ThirdPartyCA(),
                          "ThirdPartyCA()"),
    "split": Choice("Third party, split pair", ThirdPartyCA(split=True),
                    "ThirdPartyCA(split=True)"),
}  # fmt: skip
"""What can be compared, by key."""


def counts_card(inventory: Inventory, chosen: tuple[str, str]) -> Markup:
    """What each model asks for on this inventory: steps, touches, imports, certificates."""
    rows = []
    for key, choice in CHOICES.items():
        if choice.model is None:
            continue
        procedure = choice.model.procedure(inventory)
        imports = sum(isinstance(step, ImportInto) for step in procedure)
        made = sum(isinstance(step, GenerateSelfSigned | IssueCertificate) for step in procedure)
        where = [word for word, one in zip(("before", "after"), chosen, strict=True) if one == key]
        name = tag("th", choice.title, tag("span", f" {' and '.join(where)}" if where else "",
                   class_="cl-muted cl-small"), scope="row")  # fmt: skip
        rows.append((name, *(_number(n) for n in (
            len(procedure), procedure.touches, imports, made))))  # fmt: skip
    counted = ("Steps", "Touches", "Imports", "Certificates")
    heads = ("Model", *(tag("th", head, scope="col", class_="cl-number") for head in counted))
    return card(
        tag("h3", "What each model asks for here", class_="cl-heading"),
        table("Steps, touches, imports and certificates of each model", heads, rows),
        tag("p", "Counted from the procedures. A touch is one certificate made, installed, "
            "imported or removed by hand; a push by policy is one touch for many imports.",
            class_="cl-hint"),
        label="Counts",
    )  # fmt: skip


def titled(key: str, matrix: TrustMatrix) -> str:
    """A model and the state of its links, as one headline."""
    return f"{CHOICES[key].title}: {matrix.headline[0].lower()}{matrix.headline[1:]}"


def _number(count: int) -> Markup:
    return tag("td", f"{count:,}", class_="cl-number")


def difference_card(
    before: TrustMatrix, after: TrustMatrix, chosen: tuple[str, str], at: datetime
) -> Markup:
    """What the second model changes in who accepts whom, and what the rules of the day add."""
    title = f"From “{CHOICES[chosen[0]].title}” to “{CHOICES[chosen[1]].title}”"
    model = CHOICES[chosen[1]].model
    notes = model.notes(at) if isinstance(model, ThirdPartyCA) else ()
    return card(
        tag("h3", title, class_="cl-heading"),
        changed_marks(before, after),
        tag("ul", [tag("li", mark(NOTED), tag("span", note)) for note in notes], class_="cl-list")
        if notes else None,
        difference_table(before, after),
        label="The difference",
    )  # fmt: skip


def way_card(migration: Migration | None, code: str) -> Markup:
    """How to come from the one to the other without an outage, when somebody asked for it."""
    if migration is None:
        way: Markup = buttons(button("Plan the way from one to the other", "do:way"))
    else:
        sign = ACCEPTED if migration.exists else REFUSED
        steps = more("The steps", procedure_list(migration.procedure), key="way")
        way = join(tag("p", mark(sign), f" {migration.statement}", class_="cl-text"), steps)
    return card(tag("h3", "The way there", class_="cl-heading"), way, as_code(code),
                label="The way there")  # fmt: skip


def code(chosen: tuple[str, str], at: datetime, *, seeded: bool) -> str:
    """The cell that makes both deployments of ``inventory``."""
    when = f"{at:%Y-%m-%d}" if f"{at:%H:%M:%S}" == "00:00:00" else at.isoformat()
    given = f', at="{when}"' + (", seed=seed" if seeded else "")
    lines = [
        f"{name} = deploy(inventory, {CHOICES[key].code}{given})"
        if CHOICES[key].code
        else f"{name} = begin(inventory{given})"
        for name, key in zip(("before", "after"), chosen, strict=True)
    ]
    text = "\n".join(lines)
    names = [n for n in ("InternalPKI", "SelfSigned", "ThirdPartyCA", "begin", "deploy")
             if f"{n}(" in text]  # fmt: skip
    return (
        f"from certlab import {', '.join([*names, 'trust_matrix'])}\n\n{text}\ntrust_matrix(after)"
    )
