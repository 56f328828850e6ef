"""What was tried for real, beside what our verdicts said beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..validation import Finding, Verdict
from .handshake import Exchange
from .parties import Party

Verdicts = tuple[Verdict | None, Verdict | None]
"""The caller's on the one called, and the other's on the caller; None of one with nothing."""


class Foretold:
    """What the verdicts of two ends say of a call between them, made or not."""

    caller: Party
    called: Party
    verdicts: Verdicts

    @property
    def predicted_refusal(self) -> str | None:
        """Who refuses by our verdicts, or None. The caller judges first."""
        by_caller, by_called = self.verdicts
        if by_caller is None:
            return self.called.name  # it has nothing to present, so it cannot even begin
        if not by_caller.accepted:
            return self.caller.name
        return None if by_called is not None and by_called.accepted else self.called.name

    @property
    def finding(self) -> Finding | None:
        """The finding that explains the refusal first, or None."""
        refused = (v for v in self.verdicts if v is not None and not v.accepted)
        return next((verdict.reason for verdict in refused), None)

    @property
    def prediction(self) -> str:
        """What the verdicts say, in a few words."""
        refuser, finding = self.predicted_refusal, self.finding
        if refuser is None:
            return "answered"
        return f"{refuser} refuses: {finding.short if finding else 'no certificate to present'}"


@dataclass(frozen=True)
class Tried(Foretold):
    """A call that was made, and what the verdicts said of it.

    It is answered when the application's answer arrived. ``verdicts`` hold for ``at``, this
    computer's clock.
    """

    caller: Party = field(repr=False)
    called: Party = field(repr=False)
    exchange: Exchange
    verdicts: Verdicts = field(repr=False)
    at: datetime

    @property
    def answered(self) -> bool:
        return self.exchange.answered

    @property
    def agrees(self) -> bool:
        """Whether it went as predicted: answered or not, and refused by the same side."""
        return self.exchange.refused_by == self.predicted_refusal and self.answered is (
            self.predicted_refusal is None
        )

    @property
    def outcome(self) -> str:
        """What came of it, in a few words, the other software's own where it refused."""
        if self.exchange.refused_by is not None:
            return f"{self.exchange.refused_by} refuses: {self.words}"
        return "answered" if self.answered else self.words or "no answer"

    @property
    def words(self) -> str:
        """The words of whoever refused, else the first line of the answer."""
        return self.exchange.words

    def __repr__(self) -> str:
        lines = [
            f"{self.caller.name} calls {self.called.name}: {self.outcome}",
            f"predicted: {self.prediction}{'' if self.agrees else ' (not what happened)'}",
        ]
        if self.exchange.version:
            lines.append(f"{self.exchange.version}, {self.exchange.cipher}")
        return "\n".join((*lines, *self.exchange.timeline, *self._remarks()))

    def _remarks(self) -> tuple[str, ...]:
        """What else is worth a line."""
        return ()
