"""What stops working when, if nobody does anything: judged at the moments at which things change.

An outage is what validation itself says at that date. Between two moments at which a certificate
begins or ends, or a revocation list is published or ends, no verdict can change (no verdict hangs
on a dated rule: those bind issuers); so each device is judged at its own such moments alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from ..deployment import (
    Authority,
    Cell,
    CellState,
    Deployment,
    TrustMatrix,
    moment,
    trust_matrix,
)
from ..deployment.judging import Held, Judge
from ..deployment.steps import listed, plural
from ..errors import InvalidInput
from ..pki import Certificate
from ..validation import Finding, FindingKind
from .ics import calendar

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]
SECOND = timedelta(seconds=1)
"""Certificates and revocation lists count whole seconds, and the last one still counts."""
FIVE_YEARS = timedelta(days=5 * 365)


@dataclass(frozen=True)
class LinkEvent:
    """A moment at which links stop working, or begin to, and why.

    ``broken`` are the directions (verifier, subject) refused from then on, for the reason of
    ``finding``; ``mended`` those accepted from then on. ``certificate`` is the one all of them
    share that is to blame, such as a CA's; None where each device's own is. ``working`` of
    ``total`` links work both ways from then on.
    """

    at: datetime
    finding: Finding | None
    certificate: Certificate | None
    broken: tuple[Pair, ...] = field(repr=False)
    mended: tuple[Pair, ...] = field(repr=False)
    working: int
    total: int

    @property
    def subjects(self) -> tuple[str, ...]:
        """The devices that are refused, or accepted again."""
        return tuple(dict.fromkeys(subject for _, subject in self.broken or self.mended))

    @property
    def title(self) -> str:
        """What happens, in a line."""
        who, many = listed(self.subjects), len(self.subjects) > 1
        if self.finding is None:
            return f"{who}: accepted from now on"
        blamed = self.certificate.label if self.certificate is not None else None
        match self.finding.kind, blamed:
            case FindingKind.EXPIRED, None:
                return f"{len(self.subjects):,} certificates expire: {who}" if many else (
                    f"{who}’s certificate expires")  # fmt: skip
            case FindingKind.EXPIRED, _:
                return f"The CA certificate “{blamed}” expires"
            case FindingKind.REVOCATION_STALE, None:
                return f"The revocation list that tells of {who} is not refreshed"
            case FindingKind.REVOCATION_STALE, _:
                return f"The revocation list that tells of “{blamed}” is not refreshed"
            case FindingKind.REVOKED, _:
                return f"The revocation of {f'“{blamed}”' if blamed else who} becomes known"
        return f"{who}: {self.finding.short}"

    @property
    def effect(self) -> str:
        """What it does to the links, in a sentence."""
        if not self.broken:
            return f"{self.working:,} of {self.total:,} links work both ways from then on."
        ways = "direction is" if len(self.broken) == 1 else "directions are"
        left = f"{self.working:,} of {self.total:,} links still work both ways."
        return f"{len(self.broken):,} {ways} refused from then on; {left}"


@dataclass(frozen=True)
class _Column:
    """What the peers of one subject make of it over time.

    ``judged[n]`` holds from ``since[n]`` on. Cells are by what a verifier holds.
    """

    held: Mapping[str, Held]
    since: list[datetime]
    judged: list[Mapping[Held, Cell]]

    def cell(self, verifier: str, at: datetime) -> Cell:
        return self.judged[max(0, bisect_right(self.since, at) - 1)][self.held[verifier]]


@dataclass(frozen=True)
class OutageCalendar:
    """What fails from the Deployment's moment until ``until`` (UTC) if nobody does anything.

    ``events`` are in order of time. ``matrix_on`` gives the links on any day without judging
    anything again.
    """

    deployment: Deployment
    until: datetime
    events: tuple[LinkEvent, ...]
    columns: Mapping[str, _Column] = field(repr=False)

    @property
    def start(self) -> datetime:
        return self.deployment.at

    @property
    def outages(self) -> tuple[LinkEvent, ...]:
        """The events at which something stops working."""
        return tuple(event for event in self.events if event.broken)

    @property
    def next(self) -> LinkEvent | None:
        """What fails first, or None."""
        return next(iter(self.outages), None)

    def after(self, at: datetime | date | str) -> LinkEvent | None:
        """The next event after a moment, or None."""
        return next((event for event in self.events if event.at > moment(at)), None)

    def before(self, at: datetime | date | str) -> LinkEvent | None:
        """The last event before a moment, or None."""
        return next((event for event in reversed(self.events) if event.at < moment(at)), None)

    def matrix_on(self, at: datetime | date | str) -> TrustMatrix:
        """Who accepts whom over the links at a moment from ``start`` to ``until``.

        Raises ``InvalidInput`` for a moment outside.
        """
        when = moment(at)
        if not self.start <= when <= self.until:
            raise InvalidInput(
                "this calendar does not reach there",
                where=f"{when:%Y-%m-%d}",
                expected=f"a day from {self.start:%Y-%m-%d} to {self.until:%Y-%m-%d}",
            )
        peers = self.deployment.inventory.peers
        cells = {
            (verifier, subject): self.columns[subject].cell(verifier, when)
            for verifier in self.deployment.inventory.devices
            for subject in peers[verifier]
        }
        return TrustMatrix(self.deployment.moved_to(when), cells)

    @cached_property
    def steps(self) -> tuple[tuple[datetime, int], ...]:
        """How many links work both ways from each moment on, beginning with ``start``."""
        found = {self.start: self.matrix_on(self.start).link_counts()[2]}
        found |= {event.at: event.working for event in self.events}
        return tuple(found.items())

    def working_on(self, day: date) -> int:
        """How many links work both ways at the end of that day (UTC)."""
        end = moment(day) + timedelta(days=1) - SECOND
        place = bisect_right(self.steps, (end, len(self.deployment.inventory.links)))
        return self.steps[max(0, place - 1)][1]

    def spans(self, a: str, b: str) -> tuple[tuple[datetime, int, str], ...]:
        """Of the link between two devices: from when on how many directions work, and why not.

        Raises ``UnknownName``, and ``InvalidInput`` where they have no link with mutual TLS.
        """
        inventory = self.deployment.inventory
        pairs = (inventory.device(a).name, inventory.device(b).name), (b, a)
        if b not in inventory.peers[a]:
            raise InvalidInput("these two have no link that needs mutual TLS", where=f"{a}, {b}",
                               expected=f"a peer of {a}: {listed(inventory.peers[a])}")  # fmt: skip
        moments = sorted({at for _, s in pairs for at in self.columns[s].since})
        found: list[tuple[datetime, int, str]] = []
        for at in moments:
            cells = [self.columns[subject].cell(verifier, at) for verifier, subject in pairs]
            short = next((c.short for c in cells if c.state is CellState.REFUSED), "")
            state = at, sum(c.state is CellState.ACCEPTED for c in cells), short
            if not found or found[-1][1:] != state[1:]:
                found.append(state)
        return tuple(found)

    @property
    def lists_by_hand(self) -> tuple[tuple[str, datetime], ...]:
        """The authorities whose next list somebody must publish, and when the last one ends."""
        found = (
            (name, authority.published + timedelta(days=authority.crl_days))
            for name, authority in self.deployment.authorities.items()
            if not authority.publishes_itself
        )
        return tuple((name, ends) for name, ends in found if self.start < ends <= self.until)

    @property
    def has_dates(self) -> bool:
        """Whether there is anything to put into a calendar."""
        return bool(self.outages or self.lists_by_hand)

    @property
    def taken_for_granted(self) -> str:
        """Whose lists go on by themselves, and whose must be published before anything fails."""
        names = [
            name
            for name, authority in self.deployment.authorities.items()
            if authority.rules is not None and authority.publishes_itself
        ]
        taken = "is" if len(names) == 1 else "are"
        said = [f"{listed(names)} {taken} taken to publish CRLs on schedule."] if names else []
        said += (
            f"Somebody must publish the CRL of {name} by {ends:%Y-%m-%d}."
            for name, ends in self.lists_by_hand
            if self.next is None or ends <= self.next.at
        )
        return " ".join(said)

    @property
    def headline(self) -> str:
        """What fails next, in a sentence."""
        first = self.next
        if first is None:
            return f"Nothing that works now stops working until {self.until:%Y-%m-%d}"
        return f"Next, in {plural((first.at - self.start).days, 'day')}: {first.title}"

    def ics(self, remind_days: int = 30) -> str:
        """The outages as an iCalendar file (RFC 5545), each with a reminder so many days before.

        Revocation lists that somebody must publish by hand are events too.
        Write it with ``Path("outages.ics").write_bytes(calendar.ics().encode())``: its lines end as
        the standard wants them.
        """
        return calendar(self, remind_days)

    @property
    def frame(self) -> pd.DataFrame:
        """The events as a table, indexed by their moments (UTC)."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        rows = [(e.title, len(e.broken), len(e.mended), e.working) for e in self.events]
        index = pd.DatetimeIndex([e.at for e in self.events], name="at", tz="UTC")
        columns = ["what", "directions refused", "accepted again", "links that work"]
        return pd.DataFrame(rows, index=index, columns=columns)

    def __repr__(self) -> str:
        return f"OutageCalendar({len(self.outages)} outages until {self.until:%Y-%m-%d})"


def status_on(deployment: Deployment, at: datetime | date | str) -> TrustMatrix:
    """Who accepts whom over the links on that day (UTC), if nobody does anything until then."""
    return trust_matrix(deployment.moved_to(at))


def outages(deployment: Deployment, until: datetime | date | str | None = None) -> OutageCalendar:
    """What fails until a day (UTC; five years when left out) if nobody does anything, and why.

    Raises ``InvalidInput`` when that day is not after the Deployment's own moment.
    """
    start, end = deployment.at, deployment.at + FIVE_YEARS if until is None else moment(until)
    if end <= start:
        raise InvalidInput("there is no time in between", where=f"{end:%Y-%m-%d}",
                           expected=f"a day after {start:%Y-%m-%d}")  # fmt: skip
    judge, peers = Judge(deployment), deployment.inventory.peers
    lists = {at for at in _list_moments(deployment, end) if start < at <= end}
    columns: dict[str, _Column] = {}
    visits: dict[datetime, list[str]] = defaultdict(list)
    for subject, verifiers in peers.items():
        holdings = judge.holdings(subject)
        held = {verifier: holdings.get(verifier, frozenset()) for verifier in verifiers}
        cells = {those: judge.judged(subject, those) for those in set(held.values())}
        columns[subject] = _Column(held, [start], [cells])
        for at in _moments(deployment, judge, subject, lists, start, end):
            visits[at].append(subject)
    told: list[LinkEvent] = []
    down = {
        (verifier, subject)
        for subject, column in columns.items()
        for verifier, held_ in column.held.items()
        if column.judged[0][held_].state is CellState.REFUSED
    }
    counting = _Counting(len(deployment.inventory.links), down)
    for at in sorted(visits):
        then = judge.moved_to(at)
        changes: list[_Change] = []
        for subject in visits[at]:
            column = columns[subject]
            before = column.judged[-1]
            cells = {held: then.judged(subject, held) for held in before}
            if cells != before:
                column.since.append(at)
                column.judged.append(cells)
                own = {shown.certificate for shown in deployment.presented_by(subject)}
                changes += _changes(subject, own, column, before, cells)
        told += counting.events(at, changes)
    return OutageCalendar(deployment, end, tuple(told), columns)


def _moments(
    deployment: Deployment,
    judge: Judge,
    subject: str,
    lists: set[datetime],
    start: datetime,
    end: datetime,
) -> list[datetime]:
    """When what its peers make of this device can change.

    Once a certificate that it presents has ended, nothing can change any more.
    """
    presented = deployment.presented_by(subject)
    if not presented:
        return []
    concerned = [deployment.certificates[found] for found in judge.way_up(subject)]
    found = lists | {
        at
        for certificate in concerned
        if not certificate.malformed
        for at in (certificate.not_before, certificate.not_after + SECOND)
    }
    ends = [s.certificate.not_after + SECOND for s in presented if not s.certificate.malformed]
    last = min([end, *ends])
    return [at for at in found if start < at <= last]


def _list_moments(deployment: Deployment, end: datetime) -> Iterator[datetime]:
    """When the revocation lists in force begin, end, or first tell of something."""
    for crl in deployment.outside_crls:
        yield crl.last_update_utc
        if crl.next_update_utc is not None:
            yield crl.next_update_utc + SECOND
    for authority in deployment.authorities.values():
        yield authority.published
        if not authority.publishes_itself:
            yield authority.published + timedelta(days=authority.crl_days) + SECOND
        yield from _tidings(authority)


def _tidings(authority: Authority) -> Iterator[datetime]:
    """When an authority that publishes by itself first tells of each revocation."""
    if authority.publishes_itself:
        for entry in authority.revoked.values():
            told = authority.next_crl(entry.at)
            if told is not None:
                yield told


_Change = tuple[bool, Finding | None, Certificate | None, Pair]


def _changes(
    subject: str,
    own: set[Certificate],
    column: _Column,
    before: Mapping[Held, Cell],
    after: Mapping[Held, Cell],
) -> Iterator[_Change]:
    """The directions that break or are mended, each with the finding and whom to blame for it."""
    for verifier, held in column.held.items():
        was, now = (cells[held].state is CellState.ACCEPTED for cells in (before, after))
        if was and not now:
            finding = after[held].reason
            blamed = finding.certificate if finding is not None else None
            yield True, finding, None if blamed in own else blamed, (verifier, subject)
        elif now and not was:
            yield False, None, None, (verifier, subject)


class _Counting:
    """Counts the links that work both ways while directions break and are mended."""

    def __init__(self, total: int, down: Iterable[Pair]) -> None:
        self._total = self._working = total
        self._down: dict[Pair, int] = defaultdict(int)
        for pair in down:
            self._count(pair, 1)

    def events(self, at: datetime, changes: Iterable[_Change]) -> list[LinkEvent]:
        """The events of one moment: what breaks for one reason is one event."""
        groups: dict[object, list[_Change]] = defaultdict(list)
        for change in changes:
            breaks, finding, shared, pair = change
            self._count(pair, 1 if breaks else -1)
            groups[breaks, finding.kind if finding else None, shared].append(change)
        told = []
        for group in groups.values():
            breaks, finding, shared, _ = group[0]
            pairs = tuple(pair for *_, pair in group)
            broken, mended = (pairs, ()) if breaks else ((), pairs)
            told.append(LinkEvent(at, finding, shared, broken, mended, self._working, self._total))
        return told

    def _count(self, pair: Pair, more: int) -> None:
        link = min(pair), max(pair)
        before = self._down[link]
        self._down[link] = before + more
        self._working += (before > 0) - (before + more > 0)
