"""What the journal of a lab tells: states of a Deployment, one from the other, and who did it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..deployment import Deployment, Entry, Inventory, Step
from ..errors import InvalidInput
from ..pki import Certificate, KeyStore
from .journal import Journal
from .writing import SENSELESS, Notation

NOTHING = Deployment(Inventory({}, {}), datetime(1970, 1, 1, tzinfo=UTC))
_STEPS = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a lab's history. ``at`` is when it was kept, aware UTC."""

    number: int
    at: datetime
    who: str
    told: str
    note: str = ""
    undone: bool = False

    def __str__(self) -> str:
        note = f" — {self.note}" if self.note else ""
        undone = " (undone)" if self.undone else ""
        return f"{self.number}. {self.at:%Y-%m-%d %H:%M} {self.who}: {self.told}{undone}{note}"


class History(tuple[Line, ...]):
    """What was done in a lab, oldest first."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


class State(NamedTuple):
    """The Deployment after a line."""

    line: int
    deployment: Deployment


class Story:
    """The states that a journal's records tell, one from the other."""

    def __init__(self, keys: KeyStore) -> None:
        self.notation = Notation(keys)
        self.empty = replace(NOTHING, keys=keys)
        self.done: list[State] = []
        self.undone: list[State] = []
        self.gone: set[int] = set()
        """The lines that were undone and cannot be done again."""
        self.lines: list[tuple[Line, Entry | None]] = []
        self.keys: set[str] = set()
        """The fingerprints of the private keys that were written."""

    @property
    def now(self) -> Deployment:
        return self.done[-1].deployment if self.done else self.empty

    def read(self, record: dict[str, Any]) -> None:
        """Take in a record from disk. Raises ``InvalidInput`` for one that means nothing."""
        try:
            self.take(*self._read(record))
        except SENSELESS as error:
            raise InvalidInput(f"it means nothing ({type(error).__name__}: {error})") from None

    def _read(self, record: dict[str, Any]) -> tuple[Line, Entry | None, Deployment | int]:
        line = Line(
            len(self.lines) + 1,
            self.notation.read(datetime, record["when"]),
            self.notation.read(str, record["who"]),
            self.notation.read(str, record.get("told", "")),
            self.notation.read(str, record.get("note", "")),
        )
        if "turn" in record:
            return line, None, self.notation.read(int, record["turn"])
        for text in record.get("certificates", ()):
            certificate = Certificate.from_der(base64.b64decode(text, validate=True))
            self.notation.known[certificate.fingerprint] = certificate
        self.keys |= set(self.notation.read(tuple[str, ...], record.get("keys", [])))
        before, after = self.now, self.now
        if record.get("changes") is not None:
            after = self.notation.changed(Deployment, before, record["changes"])
        if "steps" not in record:
            return line, None, after
        entry = Entry(self.notation.read(_STEPS, record["steps"]))
        return line, entry, replace(after, previous=before, entry=entry)

    def take(self, line: Line, entry: Entry | None, after: Deployment | int) -> None:
        """Go on: to the next Deployment, or so many lines back (below zero) or forth."""
        self.lines.append((line, entry))
        if isinstance(after, Deployment):
            self.done.append(State(line.number, after))
            self.gone |= {state.line for state in self.undone}
            self.undone.clear()
            return
        source, target = (self.done, self.undone) if after < 0 else (self.undone, self.done)
        if not 0 < abs(after) <= len(source) - (after < 0):
            raise InvalidInput("so much was not done")
        for _ in range(abs(after)):
            target.append(source.pop())

    def check(self) -> None:
        """Raise ``InvalidInput`` where it came to something that does not hold together."""
        now, who, plans = self.now, self.now.inventory.devices, self.now.inventory.dial_plans
        shown = [*now.credentials.values()]
        shown += [one.client for one in shown if one.client]
        meant = {
            f for store in now.stores.values() for part in _PARTS for f in getattr(store, part)
        }
        meant |= {f for one in shown for f in (one.certificate, *one.chain)}
        strange = meant - set(now.certificates)
        strange |= {plan for one in who.values() for plan in one.dial_plans} - set(plans)
        strange |= {*now.stores, *now.credentials} - set(who)
        strange |= {
            name
            for held in (who, plans, now.authorities)
            for name, one in held.items()
            if name != one.name
        }
        if strange:
            raise InvalidInput(f"it names what is not there: {', '.join(sorted(strange)[:3])}")


_PARTS = ("root", "intermediate", "personal")


def read_story(journal: Journal, keys: KeyStore) -> Story:
    """What a journal tells, up to the first record that means nothing, which it then rejects."""
    story = Story(keys)
    try:
        for record in journal.records:
            story.read(record)
    except InvalidInput as error:
        journal.reject(len(story.lines) + 1, str(error))
    return story
