"""Evidence: any value of the lab in a form that is kept, compared later and handed on.

An exhibit is compact and harmless: names, dates, figures and fingerprints. Private keys and seeds
take no part in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, singledispatch
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256

from ..deployment import (
    Deployment,
    Explanation,
    Inventory,
    Procedure,
    Store,
    TrustMatrix,
    trust_matrix,
)
from ..deployment.steps import plural, printable
from ..errors import InvalidInput, UnknownName
from ..pki import Certificate
from ..planning import Advice, Comparison, Cost, Effort, Figure, Runbook, Timeline, WhatIf
from ..validation import Purpose, Verdict
from ..validation.facts import Fact, fact
from .exhibit_tables import table_of
from .lab import Lab

if TYPE_CHECKING:
    import pandas as pd

Parts = dict[str, dict[str, str]]
"""What a value rests on: by group (“devices”, “facts”), the items by name, each in words."""

NOUNS = {
    "certificates": ("certificate presented", "certificates presented"),
    "stores": ("trust store", "trust stores"),
    "authorities": ("authority", "authorities"),
    "policies": ("policy", "policies"),
    "evidence": ("piece of evidence", "pieces of evidence"),
    "dates": ("date", "dates"),
}
"""Groups in words, where the singular is not the plural without its s."""

LONGEST = 300
"""Characters of one item; of a longer one the beginning is kept, and a digest of it all."""


@dataclass(frozen=True)
class Exhibit:
    """One piece of evidence. ``value`` is the live value; of a record read from disk it is None."""

    name: str
    kind: str
    headline: str
    parts: Mapping[str, Mapping[str, str]] = field(repr=False)
    value: object = field(default=None, repr=False, compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of what it rests on; headline and picture follow from that."""
        return digest_of(self.parts)

    @property
    def table(self) -> pd.DataFrame | None:
        """The live value as a table, where it has one."""
        return table_of(self.value)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates behind the live value, each once, in a fixed order."""
        value = self.value
        found: Iterable[Certificate] = ()
        if isinstance(value, Verdict):
            found = (value.certificate, *value.path)
        elif isinstance(lab := getattr(value, "deployment", value), Deployment):
            found = lab.certificates.values()
        return tuple(sorted(set(found), key=lambda one: (one.label, one.fingerprint)))


def exhibit(name: str, value: object) -> Exhibit:
    """A value of the lab as evidence under this name.

    It may be a Deployment, a Lab (it counts as its present deployment), TrustMatrix, Explanation,
    Verdict, Inventory, Procedure or Fact, or any value that has a ``headline`` and a ``frame``,
    ``assumptions``, ``facts`` or ``deployment``.
    Raises ``InvalidInput`` for anything else.
    """
    if isinstance(value, Lab):
        value = value.deployment
    parts = parts_of(value)
    if not any(parts.values()):
        raise InvalidInput(
            f"{type(value).__name__} is not something a decision can rest on",
            where=f"evidence {printable(name)!r}",
            expected="a deployment, a matrix, a verdict, a plan, a cost, a forecast or a fact",
        )
    kept = {
        group: {str(item): _short(text) for item, text in items.items()}
        for group, items in parts.items()
        if items
    }
    return Exhibit(name, type(value).__name__, _headline(value), kept, value)


def exhibits(evidence: object) -> tuple[Exhibit, ...]:
    """A mapping of name to value, one value or several as exhibits; two of a kind are numbered."""
    if isinstance(evidence, Mapping):
        return tuple(exhibit(str(name), value) for name, value in evidence.items())
    several = evidence if isinstance(evidence, list | tuple) else [evidence]
    named: dict[str, object] = {}
    for value in several:
        stem = name = _usual_name(value)
        number = 2
        while name in named:
            name, number = f"{stem} {number}", number + 1
        named[name] = value
    return tuple(exhibit(name, value) for name, value in named.items())


def counted(group: str, count: int) -> str:
    """“1 authority”, “3 devices”."""
    return plural(count, *NOUNS.get(group, (group.removesuffix("s"), group)))


def digest_of(parts: object) -> str:
    """SHA-256 (hexadecimal) of JSON in one fixed form."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# --- what each kind of value rests on -----------------------------------------------------------


@singledispatch
def parts_of(value: object) -> Parts:
    """What a value rests on. Any value that tells its figures and assumptions is understood.

    What is planned or counted on a deployment does not rest on which keys that happens to have.
    """
    parts: Parts = {}
    for attribute in ("inventory", "deployment", "procedure"):
        found = getattr(value, attribute, None)
        if isinstance(found, (Inventory, Deployment, Procedure)):
            parts |= _without_fingerprints(found)
    assumptions = getattr(value, "assumptions", None)
    if isinstance(assumptions, Mapping):
        parts["assumptions"] = {
            one.words: f"{one.value:g} {one.unit}".strip() for one in assumptions.values()
        }
    parts["facts"] = {}
    for one in _facts_of(value):
        parts["facts"] |= parts_of(one)["facts"]
    frame = getattr(value, "frame", None)
    if frame is not None:
        parts["figures"] = dict(_figures(frame))
    return parts


@parts_of.register
def _(value: Inventory) -> Parts:
    return {
        "devices": {
            one.name: ", ".join(
                (
                    one.role.title,
                    one.fqdn,
                    f"dial plans {' '.join(one.dial_plans) or 'none'}",
                    "in the domain" if one.domain_joined else "not in the domain",
                    f"ships with {', '.join(one.ships_roots) or 'no root'}",
                )
            )
            for one in value
        },
        "dial plans": {one.name: one.security.value for one in value.dial_plans.values()},
    }


@parts_of.register
def _(value: Deployment) -> Parts:
    presented = {
        name + (" as client" if shown.purpose is Purpose.CLIENT else ""): shown
        for name in value.inventory.devices
        for shown in value.presented_by(name)
    }
    stores = {
        f"{name}, {store.value} store": held
        for name in value.inventory.devices
        for store in (Store.ROOT, Store.INTERMEDIATE)
        if (held := value.held_in(name, store))
    }
    authorities = dict(sorted(value.authorities.items()))
    return {
        **parts_of(value.inventory),
        "certificates": {
            name: f"{_certificate(shown.certificate)}, sends {len(shown.chain)} beside it"
            for name, shown in presented.items()
        },
        "stores": {
            name: f"{len(held)} held: " + ", ".join(sorted(one.label for one in held))
            for name, held in stores.items()
        },
        "authorities": {
            name: f"{_certificate(one.certificate)}, {len(one.issued)} issued, "
            f"list {one.crl_number} of {one.published:%Y-%m-%d}, every {one.crl_days} days, "
            f"rules {one.rules!r}"
            for name, one in authorities.items()
        },
        "revocations": {
            f"{name}, serial {_start(entry.serial)}": f"{entry.reason.value}, {entry.at:%Y-%m-%d}"
            for name, one in authorities.items()
            for entry in one.revoked.values()
        },
        "requests": {
            f"{device} at {authority}": "issued, not installed yet" if one.issued else "waits"
            for (device, authority), one in sorted(value.requests.items())
        },
        "outside revocation lists": {
            crl.issuer.rfc4514_string(): f"{crl.last_update_utc:%Y-%m-%d}, {len(crl)} entries, "
            + crl.fingerprint(SHA256()).hex()[:16]
            for crl in value.outside_crls
        },
        "policies": {"verifiers": value.policy.title},
        # Apart: of a deployment that was made again with other keys, these change and no more.
        "fingerprints": {
            **{name: shown.certificate.fingerprint[:16] for name, shown in presented.items()},
            **{name: one.certificate.fingerprint[:16] for name, one in authorities.items()},
            **{
                name: digest_of([one.fingerprint for one in held])[:16]
                for name, held in stores.items()
            },
        },
    }


@parts_of.register
def _(value: TrustMatrix) -> Parts:
    refused = {f"{one} refuses {two}": value.cell(one, two).short for one, two in value.refused}
    return {**parts_of(value.deployment), "refusals": refused}


@parts_of.register
def _(value: Explanation) -> Parts:
    said = value.reason.short if value.reason else "no certificate"
    said = "accepted" if value.accepted else said
    answer = {f"{value.subject}, judged by {value.verifier}": said}
    return {**parts_of(value.deployment), "verdicts": answer}


@parts_of.register
def _(value: Verdict) -> Parts:
    asked = f"{value.certificate.label} as {value.purpose}"
    return {
        "verdicts": {asked: value.reason.short if value.reason else "accepted"},
        "policies": {"verifier": value.policy.title},
        "certificates": {one.label: _certificate(one) for one in value.path},
        "fingerprints": {one.label: one.fingerprint[:16] for one in value.path},
    }


@parts_of.register
def _(value: Procedure) -> Parts:
    steps = [repr(step) for step in value]
    told = f"{len(steps)} steps, {value.touches} touches, digest {digest_of(steps)[:16]}"
    return {"procedures": {value.title: told}}


@parts_of.register
def _(value: Fact) -> Parts:
    when = f"from {value.effective}" if value.effective else "always"
    number = f", {value.value} {value.unit}" if value.value is not None else ""
    dated = value.effective or value.value is not None
    return {"facts": {value.id: f"{when}{number}" if dated else value.words}}


@parts_of.register
def _(value: Figure) -> Parts:
    return _figured({value.name or "figure": value})


@parts_of.register
def _(value: Effort) -> Parts:
    first = {figure.name: figure for figure in (value.operations, value.one_off)}
    years = {f"touches in year {n}": one for n, one in enumerate(value.touches, start=1)}
    return {**parts_of(value.inventory), **_figured({**first, **years})}


@parts_of.register
def _(value: Cost) -> Parts:
    years = {f"cost of year {n}": one for n, one in enumerate(value.by_year, start=1)}
    figures = {**value.by_item, **years, "cost in all": value.total}
    return {**parts_of(value.effort.inventory), **_figured(figures)}


@parts_of.register
def _(value: Comparison) -> Parts:
    costs = {f"cost of {one.title}": one.total for one in value.costs.values()}
    touches = {f"touches of {value.costs[key].title}": one for key, one in value.touches.items()}
    return {**parts_of(value.inventory), **_figured({**costs, **touches})}


@parts_of.register
def _(value: Advice) -> Parts:
    said = {"recommended": value.title, "confidence": value.confidence}
    return {**parts_of(value.comparison), "advice": said}


@parts_of.register
def _(value: Runbook) -> Parts:
    told = f"{len(value)} steps, {value.touches} touches, digest "
    steps = digest_of([task.step.tell() for task in value])[:16]
    procedures = {value.title: told + steps}
    hours = _figured({"hours": value.hours}) if value.hours else {}
    return {**_without_fingerprints(value.deployment), "procedures": procedures, **hours}


@parts_of.register
def _(value: WhatIf) -> Parts:
    return {**_without_fingerprints(value.before.deployment), **parts_of(value.procedure)}


def _without_fingerprints(value: object) -> Parts:
    return {group: items for group, items in parts_of(value).items() if group != "fingerprints"}


def _figured(figures: Mapping[str, Figure]) -> Parts:
    """Figures with the assumptions and facts that they come from, however far down."""
    assumed: dict[str, str] = {}
    facts: dict[str, str] = {}
    ahead, seen = list(figures.values()), set()
    while ahead:
        one = ahead.pop()
        if id(one) not in seen:
            seen.add(id(one))
            ahead += one.inputs
            if one.formula.startswith(("assumed", "your value")):
                assumed[one.name] = one.text
            for id_ in one.facts:
                facts |= parts_of(fact(id_))["facts"]
    return {  # causes before effects: so are changes told
        "facts": dict(sorted(facts.items())),
        "assumptions": dict(sorted(assumed.items())),
        "figures": {name: one.text for name, one in figures.items()},
    }


def _facts_of(value: object) -> Iterator[Fact]:
    """The facts a value names, as such or by their ids."""
    named = getattr(value, "facts", ())
    for one in named.values() if isinstance(named, Mapping) else named:
        try:
            yield one if isinstance(one, Fact) else fact(str(one))
        except UnknownName:
            continue


def _figures(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """The cells of a table, each by its row and column."""
    for row, cells in zip(frame.index, frame.to_dict("records"), strict=True):
        for column, cell in cells.items():
            yield f"{row}, {column}", f"{cell:,.2f}" if isinstance(cell, float) else str(cell)


def _start(serial: int) -> str:
    """A serial number as a table can hold it: up to 160 bits are allowed, and mostly random."""
    whole = f"{serial:x}"
    return whole if len(whole) <= 16 else f"{whole[:16]}…"


def _certificate(one: Certificate) -> str:
    signer = "itself" if one.is_self_signed else one.issuer
    return f"{one.label}, by {signer}, until {one.not_after:%Y-%m-%d}"


def _headline(value: object) -> str:
    match value:
        case Deployment():
            said = trust_matrix(value).headline
        case Verdict():
            said = f"{value.certificate.label} is " + (
                f"refused: {value.reason.short}" if value.reason else "accepted"
            )
        case Inventory():
            said = f"{len(value)} devices, {len(value.links)} links that need mutual TLS"
        case Fact():
            said = value.words
        case Effort():
            said = f"{value.title}: {value.one_off.text} {value.beginning}"
        case Cost():
            said = f"{value.title}: {value.total.text} in {value.years} years"
        case Comparison():
            best = value.costs[value.choice]
            said = f"{best.title} costs {best.total.text} in {value.years} years"
        case Runbook():
            said = f"{value.title}: {len(value)} steps, {value.touches} touches"
        case Timeline():
            said = f"{len(value.facts)} dated facts from {value.start} to {value.end}"
        case WhatIf():
            said = value.statement
        case _:
            said = getattr(value, "headline", "") or getattr(value, "title", "") or repr(value)
    return printable(said.partition("\n")[0])[:LONGEST]


def _usual_name(value: object) -> str:
    if isinstance(value, Fact):
        return f"Fact {value.id}"
    if isinstance(value, Lab):  # not its path, which is this machine's business
        return printable(f"Lab {value.folder.name}, {value.name}")
    name = type(value).__name__
    return name[0] + "".join(f" {c.lower()}" if c.isupper() else c for c in name[1:])


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}… {digest_of(text)[:16]}"
