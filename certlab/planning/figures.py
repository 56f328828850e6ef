"""Numbers that can tell where they come from: formula, inputs, and the facts they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import prod

from ..validation.facts import fact

_WHOLE = {"touches", "steps", "USD"}
"""Units of which nobody wants to read a part."""
_ROOM = 12
"""So many inputs of one figure are told; the others are counted."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, and how it came about.

    ``formula`` is in words that name the ``inputs``, which are Figures too, or “×” or “+” for the
    product or the sum of them; of one without inputs it says how it was counted or assumed.
    ``facts`` are ids of ``certlab.validation.facts``.
    """

    value: float
    unit: str = ""
    formula: str = field(default="", repr=False)
    inputs: tuple[Figure, ...] = field(default=(), repr=False)
    facts: tuple[str, ...] = field(default=(), repr=False)
    name: str = ""

    @property
    def text(self) -> str:
        """The value as people read it: “174 touches”, “4.56 renewals”, “12,300 USD”."""
        size = abs(self.value)
        near = abs(self.value - round(self.value)) < 1e-9
        whole = near or size >= 100 or self.unit in _WHOLE
        digits = 0 if whole else 1 if size >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}".rstrip()

    @property
    def all_facts(self) -> tuple[str, ...]:
        """The ids of the facts that this figure or any of its inputs rests on, each once."""
        found = dict.fromkeys(self.facts)
        for figure in self.inputs:
            found |= dict.fromkeys(figure.all_facts)
        return tuple(found)

    def explain(self) -> tuple[str, ...]:
        """Where it comes from, line by line; two spaces indent the inputs of a figure."""
        return tuple(_lines(self, 0, set()))

    @property
    def made(self) -> str:
        """The formula with the inputs by their names."""
        if self.formula not in ("×", "+"):
            return self.formula
        if len(self.inputs) > _ROOM:
            return f"the sum of {len(self.inputs):,} figures"
        return f" {self.formula} ".join(i.name for i in self.inputs) or "nothing to add"

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else self.text

    def __str__(self) -> str:
        return self.text


def times(name: str, unit: str, *factors: Figure) -> Figure:
    """The product of some Figures."""
    return Figure(prod([factor.value for factor in factors]), unit, "×", factors, (), name)


def total(name: str, unit: str, figures: Iterable[Figure]) -> Figure:
    """The sum of some Figures; those that are nothing are left out, and a single one is renamed."""
    terms = tuple([figure for figure in figures if figure.value])
    if len(terms) == 1:
        only = terms[0]
        return Figure(only.value, unit, only.formula, only.inputs, only.facts, name)
    return Figure(sum([figure.value for figure in terms]), unit, "+", terms, (), name)


def counted(name: str, value: float, unit: str, how: str) -> Figure:
    """A number that was counted; ``how`` says from what."""
    return Figure(value, unit, how, name=name)


def _lines(figure: Figure, depth: int, told: set[int]) -> Iterator[str]:
    head = f"{'  ' * depth}{figure.name or 'this'}: {figure.text}"
    if id(figure) in told:
        yield f"{head} (told above)"
        return
    told.add(id(figure))
    yield f"{head} = {figure.made}" if figure.formula else head
    for key in figure.facts:
        known = fact(key)
        since = f", from {known.effective}" if known.effective else ""
        yield f"{'  ' * depth}  fact {key}: {known.words}{since} [{known.mark}] {known.source}"
    for part in figure.inputs[:_ROOM]:
        yield from _lines(part, depth + 1, told)
    if len(figure.inputs) > _ROOM:
        yield f"{'  ' * depth}  and {len(figure.inputs) - _ROOM:,} more"
