"""Judging many pairs with few verdicts: what one depends on is the same for most verifiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..pki import Certificate
from ..validation import RevocationList, SignatureCache, Verdict, validate
from .deployment import Deployment
from .stores import Presented, Store


class CellState(StrEnum):
    """What a cell of the matrix says."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NO_LINK = "no link"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether one device accepts another, with the verdicts behind it.

    There is one verdict for a certificate that serves both roles, two where the subject presents
    one for each, and none when it has nothing to present or the pair is not judged.
    """

    state: CellState
    verdicts: tuple[Verdict, ...] = field(default=(), repr=False)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that tells most: the first that refuses, or else the first."""
        return most_telling(self.verdicts)

    @property
    def short(self) -> str:
        """Two or three words for a table cell."""
        if self.state is CellState.ACCEPTED:
            return "trusted"
        if self.state is not CellState.REFUSED:
            return "–" if self.state is CellState.SELF else self.state.value
        reason = None if self.verdict is None else self.verdict.reason
        return "no certificate" if reason is None else reason.short


SELF_CELL, NO_LINK, NO_CERTIFICATE = (
    Cell(CellState.SELF),
    Cell(CellState.NO_LINK),
    Cell(CellState.REFUSED),
)


class Bench:
    """Validates what devices present at a Deployment's moment, with the CRLs then in force."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.crls = tuple(map(RevocationList, deployment.crls))
        self.signatures = SignatureCache()

    def verdicts(
        self,
        subject: str,
        presented: Iterable[Presented],
        anchors: Iterable[Certificate],
        intermediates: Iterable[Certificate],
    ) -> tuple[Verdict, ...]:
        """One verdict for each certificate, given what the verifier holds."""
        return tuple(
            validate(
                shown.certificate,
                intermediates=(*shown.chain, *intermediates),
                anchors=anchors,
                at=self.deployment.at,
                purpose=shown.purpose,
                name=self.deployment.inventory.device(subject).fqdn,
                crls=self.crls,
                policy=self.deployment.policy,
                signatures=self.signatures,
            )
            for shown in presented
        )


def most_telling(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """The first verdict that refuses, or else the first; None of none."""
    return next((v for v in verdicts if not v.accepted), verdicts[0] if verdicts else None)


Held = frozenset[tuple[Store, str]]
"""Certificates in a verifier's root or intermediate store, by fingerprint."""

_NOTHING: Held = frozenset()


class Judge:
    """Gives the cell of any pair of a Deployment.

    Only certificates whose name some certificate on the way up gives as issuer (or that are on the
    way themselves) can matter to a subject. Verifiers that hold the same of these share a cell.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._bench = Bench(deployment)
        self._cells: dict[tuple[str, Held], Cell] = {}
        self._holdings: dict[str, Mapping[str, Held]] = {}
        self._shared: dict[frozenset[str], Mapping[str, Held]] = {}
        self._named: dict[tuple[str, ...], list[Certificate]] = defaultdict(list)
        for certificate in deployment.certificates.values():
            if not certificate.malformed:
                self._named[certificate.comparable_subject].append(certificate)
        self._holders: dict[str, list[tuple[str, Store]]] = defaultdict(list)
        for device, stores in deployment.stores.items():
            for store in (Store.ROOT, Store.INTERMEDIATE):
                for fingerprint in stores.of(store):
                    self._holders[fingerprint].append((device, store))

    def cell(self, verifier: str, subject: str) -> Cell:
        """Whether the verifier accepts the subject."""
        return self.judged(subject, self.holdings(subject).get(verifier, _NOTHING))

    def holdings(self, subject: str) -> Mapping[str, Held]:
        """What matters to the subject and is held, by verifier; those with nothing left out."""
        found = self._holdings.get(subject)
        if found is None:
            way_up = self._way_up(self.deployment.presented_by(subject))
            relevant = frozenset(fp for fp in way_up if fp in self._holders)
            found = self._shared.get(relevant)
            if found is None:
                gathered: dict[str, set[tuple[Store, str]]] = defaultdict(set)
                for fingerprint in relevant:
                    for device, store in self._holders[fingerprint]:
                        gathered[device].add((store, fingerprint))
                same: dict[Held, Held] = {}
                held = {device: frozenset(those) for device, those in gathered.items()}
                found = {device: same.setdefault(those, those) for device, those in held.items()}
                self._shared[relevant] = found
            self._holdings[subject] = found
        return found

    def judged(self, subject: str, held: Held) -> Cell:
        """What a verifier with these holdings makes of the subject."""
        known = self._cells.get((subject, held))
        if known is not None:
            return known
        cell, presented = NO_CERTIFICATE, self.deployment.presented_by(subject)
        if presented:
            verdicts = self._bench.verdicts(
                subject,
                presented,
                self._those(held, Store.ROOT),
                self._those(held, Store.INTERMEDIATE),
            )
            accepted = all(verdict.accepted for verdict in verdicts)
            cell = Cell(CellState.ACCEPTED if accepted else CellState.REFUSED, verdicts)
        self._cells[subject, held] = cell
        return cell

    def _those(self, held: Held, store: Store) -> tuple[Certificate, ...]:
        known = self.deployment.certificates
        return tuple(known[found] for found in sorted(fp for where, fp in held if where is store))

    def _way_up(self, presented: Iterable[Presented]) -> set[str]:
        ahead = [c for shown in presented for c in (shown.certificate, *shown.chain)]
        seen = {shown.certificate.fingerprint for shown in presented}
        while ahead:
            if (certificate := ahead.pop()).malformed:
                continue
            for issuer in self._named.get(certificate.comparable_issuer, ()):
                if issuer.fingerprint not in seen:
                    seen.add(issuer.fingerprint)
                    ahead.append(issuer)
        return seen


class AllPairs(Mapping[tuple[str, str], Cell]):
    """The cell of every ordered pair of devices, none of them stored: all verdicts are made here.

    A thousand devices make a million pairs and some thousand verdicts.
    """

    def __init__(self, judge: Judge) -> None:
        self._names = tuple(judge.deployment.inventory.devices)
        self._columns = {subject: self._column(judge, subject) for subject in self._names}

    def _column(self, judge: Judge, subject: str) -> tuple[Mapping[str, Held], dict[Held, Cell]]:
        holdings = judge.holdings(subject)
        kinds = {holdings.get(verifier, _NOTHING) for verifier in self._names}
        return holdings, {held: judge.judged(subject, held) for held in kinds}

    def __getitem__(self, pair: tuple[str, str]) -> Cell:
        verifier, subject = pair
        if verifier == subject or verifier not in self._columns:
            raise KeyError(pair)
        holdings, cells = self._columns[subject]
        return cells[holdings.get(verifier, _NOTHING)]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((one, other) for one in self._names for other in self._names if one != other)

    def __len__(self) -> int:
        return len(self._names) * (len(self._names) - 1)

    def items(self) -> ItemsView[tuple[str, str], Cell]:
        return _Items(self)


class _Items(ItemsView[tuple[str, str], Cell]):
    """Every pair with its cell, without looking each up anew."""

    _mapping: AllPairs

    def __iter__(self) -> Iterator[tuple[tuple[str, str], Cell]]:
        columns = list(self._mapping._columns.items())
        for verifier in self._mapping._names:
            for subject, (holdings, cells) in columns:
                if verifier != subject:
                    yield (verifier, subject), cells[holdings.get(verifier, _NOTHING)]
