"""Judging many pairs with few verdicts: what one depends on is the same for most verifiers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ..pki import Certificate
from ..validation import (
    Finding,
    FindingKind,
    Purpose,
    RevocationList,
    SignatureCache,
    Verdict,
    validate,
)
from .bulk import keeping_all
from .deployment import Deployment
from .stores import Presented, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CODES = ("accepted", "itself", "no certificate", *FindingKind)
"""What a code of ``TrustMatrix.codes`` says: accepted, or why not."""


class CellState(StrEnum):
    """What a cell of the matrix says."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NO_LINK = "no link"
    SELF = "self"


@dataclass(frozen=True)
class Cell:
    """Whether one device accepts another, and why not.

    There is one reason for a certificate that serves both roles, two where the subject presents
    one for each, and none when it has nothing to present or the pair is not judged; a reason is
    None where the certificate is accepted. The ``verdicts`` behind them are made when asked for:
    an estate has more of them than memory.
    """

    state: CellState
    reasons: tuple[Finding | None, ...] = field(default=(), repr=False)
    again: Callable[[], tuple[Verdict, ...]] = field(default=tuple, repr=False, compare=False)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One verdict for each reason, with its whole trace."""
        return self.again()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that tells most: the first that refuses, or else the first."""
        return most_telling(self.verdicts)

    @property
    def reason(self) -> Finding | None:
        """What explains a refusal first."""
        return next(filter(None, self.reasons), None)

    @property
    def short(self) -> str:
        """Two or three words for a table cell."""
        if self.state is CellState.ACCEPTED:
            return "trusted"
        if self.state is not CellState.REFUSED:
            return "–" if self.state is CellState.SELF else self.state.value
        return "no certificate" if self.reason is None else self.reason.short


SELF_CELL, NO_LINK, NO_CERTIFICATE = (
    Cell(CellState.SELF),
    Cell(CellState.NO_LINK),
    Cell(CellState.REFUSED),
)


class Bench:
    """Validates what devices present at a Deployment's moment, with the CRLs then in force."""

    def __init__(self, deployment: Deployment, signatures: SignatureCache | None = None) -> None:
        self.deployment = deployment
        self.crls = tuple(map(RevocationList, deployment.crls))
        self.signatures = SignatureCache() if signatures is None else signatures

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


def in_role(presented: tuple[Presented, ...], purpose: Purpose) -> tuple[Presented, ...]:
    """What of this is presented in one role, to be judged for that role alone."""
    if purpose is not Purpose.MUTUAL:
        presented = presented[-1:] if purpose is Purpose.CLIENT else presented[:1]
        presented = tuple(shown._replace(purpose=purpose) for shown in presented)
    return presented


def most_telling(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """The first verdict that refuses, or else the first; None of none."""
    return next((v for v in verdicts if not v.accepted), verdicts[0] if verdicts else None)


Held = frozenset[tuple[Store, str]]
"""Certificates in a verifier's root or intermediate store, by fingerprint."""

_NOTHING: Held = frozenset()
_FIRST_KIND = CODES.index(next(iter(FindingKind)))


class Judge:
    """Gives the cell of any pair of a Deployment.

    Only what a subject sends, and held certificates whose name some certificate on the way up gives
    as issuer, can matter to it. Verifiers that hold the same of these share a cell.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._bench = Bench(deployment)
        self._cells: dict[tuple[str, Held], Cell] = {}
        self._apart: dict[str, bool] = {}
        self._holdings: dict[str, Mapping[str, Held]] = {}
        self._shared: dict[frozenset[str], Mapping[str, Held]] = {}
        self._holders: dict[str, list[tuple[str, Store]]] = defaultdict(list)
        for device in deployment.inventory.devices:
            stores = deployment.store_of(device)
            for store in (Store.ROOT, Store.INTERMEDIATE):
                for fingerprint in stores.of(store):
                    self._holders[fingerprint].append((device, store))
        self._named: dict[tuple[str, ...], list[Certificate]] = defaultdict(list)
        for certificate in map(deployment.certificates.__getitem__, self._holders):
            if not certificate.malformed:
                self._named[certificate.comparable_subject].append(certificate)

    def moved_to(self, at: datetime) -> Judge:
        """The judge of the same holdings at another moment: nothing is gathered again."""
        other = copy(self)
        other.deployment, other._cells = self.deployment.moved_to(at), {}
        other._bench = Bench(other.deployment, self._bench.signatures)
        return other

    def cell(self, verifier: str, subject: str) -> Cell:
        """Whether the verifier accepts the subject."""
        return self.judged(subject, self.holdings(subject).get(verifier, _NOTHING))

    def way_up(self, subject: str) -> set[str]:
        """The fingerprints of what a path from this subject can lead through, itself included."""
        return self._way_up(self.deployment.presented_by(subject))

    def holdings(self, subject: str) -> Mapping[str, Held]:
        """What matters to the subject and is held, by verifier; those with nothing left out."""
        found = self._holdings.get(subject)
        if found is None:
            relevant = frozenset(fp for fp in self.way_up(subject) if fp in self._holders)
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
        if known is None:
            known, presented = NO_CERTIFICATE, self.deployment.presented_by(subject)
            if presented:
                again = partial(self._shared_by_all, subject, held, presented)
                found = self._verdicts(subject, held, presented)
                reasons = tuple(verdict.reason for verdict in found)
                state = CellState.REFUSED if any(reasons) else CellState.ACCEPTED
                known = Cell(state, reasons, again)
            self._cells[subject, held] = known
        return known

    def code(self, subject: str, held: Held, purpose: Purpose) -> int:
        """The place in ``CODES`` of what such a verifier makes of the subject in that role."""
        cell = self.judged(subject, held)
        if not cell.reasons:
            return CODES.index("no certificate")
        reason = cell.reason
        if purpose is not Purpose.MUTUAL:
            if len(cell.reasons) > 1:
                reason = cell.reasons[purpose is Purpose.CLIENT]
            elif reason is not None and self._tells_roles_apart(subject):
                asked = in_role(self.deployment.presented_by(subject), purpose)
                reason = self._verdicts(subject, held, asked)[0].reason
        return _FIRST_KIND + reason.kind.rank if reason else 0

    def _tells_roles_apart(self, subject: str) -> bool:
        """Whether some certificate on the way states uses, and not both of those that links need.

        Where none does, all three roles fail by the same findings.
        """
        if subject not in self._apart:
            presented, known = self.deployment.presented_by(subject), self.deployment.certificates
            sent = (c for shown in presented for c in (shown.certificate, *shown.chain))
            above = (known[found] for found in self._way_up(presented))
            self._apart[subject] = not all(map(_serves_both_or_any, (*sent, *above)))
        return self._apart[subject]

    def _verdicts(
        self, subject: str, held: Held, presented: Iterable[Presented]
    ) -> tuple[Verdict, ...]:
        return self._bench.verdicts(
            subject, presented, self._those(held, Store.ROOT), self._those(held, Store.INTERMEDIATE)
        )

    def _shared_by_all(
        self, subject: str, held: Held, presented: Iterable[Presented]
    ) -> tuple[Verdict, ...]:
        """The verdicts of a cell: verifiers that share it may hold other anchors beside these."""
        found = self._verdicts(subject, held, presented)
        return tuple(replace(verdict, anchors=None) for verdict in found)

    def _those(self, held: Held, store: Store) -> tuple[Certificate, ...]:
        known = self.deployment.certificates
        return tuple(known[found] for found in sorted(fp for where, fp in held if where is store))

    def _way_up(self, presented: Iterable[Presented]) -> set[str]:
        ahead = [c for shown in presented for c in (shown.certificate, *shown.chain)]
        seen = {certificate.fingerprint for certificate in ahead}
        while ahead:
            if (certificate := ahead.pop()).malformed:
                continue
            for issuer in self._named.get(certificate.comparable_issuer, ()):
                if issuer.fingerprint not in seen:
                    seen.add(issuer.fingerprint)
                    ahead.append(issuer)
        return seen


def _serves_both_or_any(certificate: Certificate) -> bool:
    if certificate.malformed or (uses := certificate.extended_key_usage) is None:
        return True
    return set(uses).issuperset(Purpose.MUTUAL.uses)


class AllPairs(Mapping[tuple[str, str], Cell]):
    """The cell of every ordered pair of devices, none of them stored.

    Ten thousand devices make a hundred million pairs and some twenty thousand verdicts.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._names = tuple(judge.deployment.inventory.devices)
        self._coded: dict[Purpose, tuple[NDArray[np.uint8], Counter[str]]] = {}

    def codes(self, purpose: Purpose) -> NDArray[np.uint8]:
        """What each row makes of each column, in inventory order, as places in ``CODES``."""
        return self._all(purpose)[0]

    def counts(self, purpose: Purpose) -> Counter[str]:
        """How many pairs have each code, in words."""
        return self._all(purpose)[1]

    def _all(self, purpose: Purpose) -> tuple[NDArray[np.uint8], Counter[str]]:
        if purpose not in self._coded:
            with keeping_all():
                self._coded[purpose] = self._code_all(purpose)
        return self._coded[purpose]

    def _code_all(self, purpose: Purpose) -> tuple[NDArray[np.uint8], Counter[str]]:
        import numpy as np  # when asked for: it takes longer to import than certlab

        judge, size = self._judge, len(self._names)
        places = {name: place for place, name in enumerate(self._names)}
        codes = np.empty((size, size), np.uint8, order="F")  # filled column by column
        counts = [0] * len(CODES)
        shared: dict[int, list[tuple[Held, NDArray[np.intp]]]] = {}

        def together(holdings: Mapping[str, Held]) -> list[tuple[Held, NDArray[np.intp]]]:
            """What of this is held, each with the places of those who hold it."""
            found: dict[Held, list[int]] = defaultdict(list)
            for name, held in holdings.items():
                found[held].append(places[name])
            return [(held, np.array(those)) for held, those in found.items()]

        for place, subject in enumerate(self._names):
            holdings, column = judge.holdings(subject), codes[:, place]
            # The judge keeps them, so an id stays its own; what few hold is soon gathered again.
            found = shared.get(id(holdings)) or together(holdings)
            if len(holdings) > size // 100:
                shared[id(holdings)] = found
            others = size - len(holdings)
            usual = judge.code(subject, _NOTHING, purpose) if others else 0
            column.fill(usual)
            counts[usual] += others
            for held, those in found:
                code = judge.code(subject, held, purpose)
                counts[code] += len(those)
                if code != usual:
                    column[those] = code
            counts[column[place]] -= 1
            column[place] = CODES.index("itself")
        codes.flags.writeable = False
        return codes, Counter({str(CODES[code]): many for code, many in enumerate(counts) if many})

    @property
    def refused(self) -> Iterator[tuple[str, str]]:
        """The pairs that are refused, row by row."""
        for verifier, row in zip(self._names, self.codes(Purpose.MUTUAL), strict=True):
            for place in (row > CODES.index("itself")).nonzero()[0]:
                yield verifier, self._names[place]

    def __getitem__(self, pair: tuple[str, str]) -> Cell:
        devices = self._judge.deployment.inventory.devices
        if pair[0] == pair[1] or not all(name in devices for name in pair):
            raise KeyError(pair)
        return self._judge.cell(*pair)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((one, other) for one in self._names for other in self._names if one != other)

    def __len__(self) -> int:
        return len(self._names) * (len(self._names) - 1)
