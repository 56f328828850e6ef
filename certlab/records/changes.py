"""What has changed under a decision: its evidence then and now, item by item and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ..validation.facts import FACTS
from .evidence import Exhibit, counted, parts_of

_FEW = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One item that is not what it was. ``then`` or ``now`` is None where there was nothing."""

    group: str
    item: str
    then: str | None
    now: str | None

    @property
    def what(self) -> str:
        """“added”, “removed”, “changed”; of a store “filled” or “emptied”; of a date “passed”."""
        if self.group == "dates":
            return "passed"
        came, went = ("filled", "emptied") if self.group == "stores" else ("added", "removed")
        return came if self.then is None else went if self.now is None else "changed"


def changes(then: Iterable[Exhibit], now: Iterable[Exhibit]) -> tuple[Change, ...]:
    """What differs between two lots of evidence, each item once."""
    before, after = ({one.name: one for one in lot} for lot in (then, now))
    found: dict[Change, None] = {}
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            told = [None if it is None else it.headline for it in (one, other)]
            found[Change("evidence", name, *told)] = None
        elif one.digest != other.digest:
            found |= dict.fromkeys(_between(one.parts, other.parts))
    return tuple(found)


def _between(
    then: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]
) -> Iterable[Change]:
    for group in [*then, *(group for group in now if group not in then)]:
        one, other = then.get(group, {}), now.get(group, {})
        for item in [*one, *(item for item in other if item not in one)]:
            if one.get(item) != other.get(item):
                yield Change(group, item, one.get(item), other.get(item))


def facts_changed(exhibits: Iterable[Exhibit]) -> tuple[Change, ...]:
    """The facts of a record that this program knows differently today. It needs no live value."""
    found: dict[Change, None] = {}
    for one in exhibits:
        for id_, then in one.parts.get("facts", {}).items():
            known = FACTS.get(id_)
            now = parts_of(known)["facts"][id_] if known else None
            if now != then:
                found[Change("facts", id_, then, now)] = None
    return tuple(found)


def dates_passed(exhibits: Iterable[Exhibit], since: date, today: date) -> tuple[Change, ...]:
    """The facts that were still ahead when it was decided, and are in force today."""
    ids = {id_: None for one in exhibits for id_ in one.parts.get("facts", {})}
    return tuple(
        Change("dates", id_, f"ahead on {since}", f"in force since {known.effective}")
        for id_ in ids
        if (known := FACTS.get(id_)) and known.effective and since < known.effective <= today
    )


def in_words(found: Iterable[Change]) -> tuple[str, ...]:
    """Changes in sentences without a full stop: “3 IP gateways added: gw4, gw5 and gw6”."""
    sorts: dict[tuple[str, str, str], list[Change]] = {}
    for one in found:
        sorts.setdefault((one.group, one.what, _role(one)), []).append(one)
    return tuple(
        _sentence(group, what, role, several) for (group, what, role), several in sorts.items()
    )


def _sentence(group: str, what: str, role: str, several: list[Change]) -> str:
    head = f"{counted(role or group, len(several))} {what}"
    if what in ("changed", "passed") and len(several) <= _FEW and group != "fingerprints":
        return f"{head}: " + "; ".join(_then_and_now(change) for change in several)
    if group == "fingerprints" and what == "changed":
        head += " (other keys, or issued again)"
    names = [change.item for change in several]
    rest = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{head}: {', '.join(names[:_FEW])}{rest}"


def _then_and_now(change: Change) -> str:
    known = FACTS.get(change.item)
    name = known.words if known else change.item
    if change.what == "passed":
        return f"{name}, {change.now}"
    return f"{name} ({change.then or 'none'} then, {change.now or 'none'} now)"


def _role(change: Change) -> str:
    """What people call a device that came or went: “IP gateways”."""
    if change.group != "devices" or change.what == "changed":
        return ""
    return (change.then or change.now or "").partition(",")[0] + "s"
