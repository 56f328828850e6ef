"""What a claim is, and what its check hands back."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ...errors import CertlabError, UnknownName
from ...validation.words import text_of


class Standing(StrEnum):
    """How a claim of 2007 stands today."""

    HOLDS = "holds"
    IF = "if"
    INEXACT = "inexact"
    DATED = "dated"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    Standing.HOLDS: "the check shows it",
    Standing.IF: "holds under a condition, which the check shows",
    Standing.INEXACT: "people put it this way; the check shows what really happens",
    Standing.DATED: "true then, changed since",
}

Seen = Iterator[tuple[str, object, object]]
"""What a check yields: what was looked at, what was seen, and what the ledger expects."""


class Observation(NamedTuple):
    """One thing that a check looked at: what was seen, and what the ledger expects."""

    what: str
    seen: object
    expected: object

    @property
    def agrees(self) -> bool:
        return self.seen == self.expected

    @property
    def seen_text(self) -> str:
        return _text(self.seen)

    @property
    def expected_text(self) -> str:
        return _text(self.expected)


def _text(value: object) -> str:
    return text_of(frozenset(value) if isinstance(value, set) else value)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, in our own words, how it stands, and the notebook section that shows it.

    ``show`` is its check: it does what its docstring says and yields what it sees.
    """

    id: str
    text: str
    standing: Standing
    notebook: str
    heading: str
    show: Callable[[], Seen] = field(repr=False)

    @property
    def done(self) -> str:
        """What the check does, in a sentence or two."""
        return " ".join((inspect.getdoc(self.show) or "").split())

    def check(self) -> CheckedClaim:
        """Do it, and see. What cannot be done is seen too, and is not what the ledger expects."""
        found: list[Observation] = []
        try:
            found.extend(Observation(*seen) for seen in self.show())
        except CertlabError as error:
            found.append(Observation("then it went no further", error.what, "to the end"))
        return CheckedClaim(self, tuple(found))


@dataclass(frozen=True, repr=False)
class CheckedClaim:
    """A claim after its check."""

    claim: Claim
    observations: tuple[Observation, ...]

    @property
    def as_told(self) -> bool:
        """Whether everything came out as the ledger says; with nothing seen, nothing is shown."""
        return bool(self.observations) and all(seen.agrees for seen in self.observations)

    @property
    def headline(self) -> str:
        """“C32 holds”, or that the check came out otherwise."""
        claim = self.claim
        said = {Standing.HOLDS: "holds", Standing.IF: "holds, if …"}.get(
            claim.standing, f"is {claim.standing}"
        )
        return f"{claim.id} {said}" if self.as_told else f"{claim.id} came out otherwise"

    def __repr__(self) -> str:
        lines = [f"{self.headline}: {self.claim.text}.", self.claim.done]
        for one in self.observations:
            otherwise = "" if one.agrees else f" (expected: {one.expected_text})"
            sign = "✓" if one.agrees else "✗"
            lines.append(f"  {sign} {one.what} → {one.seen_text}{otherwise}")
        return "\n".join(lines)


@dataclass(frozen=True, repr=False)
class Ledger:
    """Claims in their order. ``where`` picks some of them."""

    claims: tuple[Claim, ...]

    def where(self, standing: Standing | str | None = None, notebook: str = "") -> Ledger:
        """The claims of this standing, in the notebook whose name begins so (“03”).

        Raises ``UnknownName`` for another standing than holds, if, inexact and dated.
        """
        if standing is not None and standing not in tuple(Standing):
            expected = "one of " + ", ".join(Standing)
            raise UnknownName(f"no claim is called {standing!r}", expected=expected)
        return Ledger(
            tuple(
                claim
                for claim in self
                if standing in (None, claim.standing) and claim.notebook.startswith(notebook)
            )
        )

    @property
    def counts(self) -> Counter[Standing]:
        """How many claims stand how."""
        return Counter(claim.standing for claim in self)

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def __repr__(self) -> str:
        counts = self.counts
        each = ", ".join(f"{counts[standing]} {standing}" for standing in Standing)
        return f"Ledger({len(self)} claims: {each})"
