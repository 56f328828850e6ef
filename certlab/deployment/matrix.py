"""The trust matrix: who accepts whom, in both directions, over the links or over all pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from ..pki import Certificate
from ..validation import RevocationList, SignatureCache, Verdict, validate
from .deployment import Deployment
from .stores import Presented

if TYPE_CHECKING:
    import pandas as pd


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


_SELF, _NO_LINK, _NO_CERTIFICATE = (
    Cell(CellState.SELF),
    Cell(CellState.NO_LINK),
    Cell(CellState.REFUSED),
)


@dataclass(frozen=True)
class TrustMatrix:
    """Verdicts over the links of a Deployment (or over all pairs), for its moment and policy."""

    deployment: Deployment
    judged: Mapping[tuple[str, str], Cell] = field(repr=False)

    def cell(self, verifier: str, subject: str) -> Cell:
        """Whether ``verifier`` accepts ``subject``. Raises ``UnknownName``."""
        inventory = self.deployment.inventory
        one, other = inventory.device(verifier).name, inventory.device(subject).name
        return _SELF if one == other else self.judged.get((one, other), _NO_LINK)

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """The (verifier, subject) pairs that are refused, in inventory order."""
        return tuple(pair for pair, cell in self.judged.items() if cell.state is CellState.REFUSED)

    @property
    def all_accepted(self) -> bool:
        return not self.refused

    def link_counts(self) -> Counter[int]:
        """How many links work in 2, 1 and 0 directions."""
        return Counter(
            sum(self.cell(*pair).state is CellState.ACCEPTED for pair in link.directions)
            for link in self.deployment.inventory.links
        )

    @property
    def headline(self) -> str:
        """The state in words: “2 of 3 links work one way only”."""
        counts, total = self.link_counts(), len(self.deployment.inventory.links)
        if not total:
            return "No link needs mutual TLS"
        if counts[2] == total:
            return (
                "The one link works both ways"
                if total == 1
                else f"All {total} links work both ways"
            )
        parts = [
            f"{counts[n]} of {total} links work{'s' if counts[n] == 1 else ''} {words}"
            for n, words in ((2, "both ways"), (1, "one way only"))
            if counts[n]
        ]
        if counts[0] == total:
            return f"None of the {total} links works" if total > 1 else "The one link does not work"
        if counts[0] and counts[1]:
            parts.append(f"{counts[0]} not at all")
        return ", ".join(parts)

    @property
    def frame(self) -> pd.DataFrame:
        """The matrix as words: rows accept or refuse, columns are accepted or refused."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        names = list(self.deployment.inventory.devices)
        words = [[self.cell(row, column).short for column in names] for row in names]
        return pd.DataFrame(
            words, index=pd.Index(names, name="accepts"), columns=pd.Index(names, name="whom")
        )

    def __iter__(self) -> Iterator[tuple[tuple[str, str], Cell]]:
        return iter(self.judged.items())

    def __repr__(self) -> str:
        return f"TrustMatrix({self.headline}, at {self.deployment.at:%Y-%m-%d %H:%M} UTC)"


def trust_matrix(deployment: Deployment, pairs: Literal["links", "all"] = "links") -> TrustMatrix:
    """Judge every link in both directions, or every ordered pair of devices.

    A cell asks for both roles of mutual TLS: the subject may call, and may be called.
    """
    inventory = deployment.inventory
    wanted: Iterable[tuple[str, str]]
    if pairs == "all":
        wanted = ((a, b) for a in inventory.devices for b in inventory.devices if a != b)
    else:
        wanted = ((name, peer) for name in inventory.devices for peer in inventory.peers[name])
    judge = _Judge(deployment)
    return TrustMatrix(deployment, {pair: judge.cell(*pair) for pair in wanted})


class _Judge:
    """Judges many pairs with few verdicts: what one depends on is the same for most verifiers.

    Only certificates whose name some certificate on the way up gives as issuer (or that are on the
    way themselves) can matter. Verifiers that hold the same ones among these share a cell.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.bench = Bench(deployment)
        self.cells: dict[tuple[str, frozenset[str], frozenset[str]], Cell] = {}
        self.ways_up: dict[str, frozenset[str]] = {}
        self.by_subject: dict[tuple[str, ...], list[str]] = {}
        for fingerprint, certificate in deployment.certificates.items():
            if not certificate.malformed:
                named = self.by_subject.setdefault(certificate.comparable_subject, [])
                named.append(fingerprint)

    def cell(self, verifier: str, subject: str) -> Cell:
        presented = self.deployment.presented_by(subject)
        if not presented:
            return _NO_CERTIFICATE
        way_up = self.ways_up.get(subject)
        if way_up is None:
            way_up = self.ways_up[subject] = self._way_up(presented)
        store = self.deployment.store_of(verifier)
        roots = frozenset(found for found in way_up if found in store.root)
        between = frozenset(found for found in way_up if found in store.intermediate)
        cell = self.cells.get((subject, roots, between))
        if cell is None:
            verdicts = self.bench.verdicts(
                subject, presented, self._certificates(roots), self._certificates(between)
            )
            accepted = all(verdict.accepted for verdict in verdicts)
            cell = Cell(CellState.ACCEPTED if accepted else CellState.REFUSED, verdicts)
            self.cells[subject, roots, between] = cell
        return cell

    def _certificates(self, fingerprints: Iterable[str]) -> tuple[Certificate, ...]:
        return tuple(self.deployment.certificates[found] for found in sorted(fingerprints))

    def _way_up(self, presented: Iterable[Presented]) -> frozenset[str]:
        certificates = self.deployment.certificates
        ahead = [c for shown in presented for c in (shown.certificate, *shown.chain)]
        seen = {shown.certificate.fingerprint for shown in presented}
        while ahead:
            if (certificate := ahead.pop()).malformed:
                continue
            for fingerprint in self.by_subject.get(certificate.comparable_issuer, ()):
                if fingerprint not in seen:
                    seen.add(fingerprint)
                    ahead.append(certificates[fingerprint])
        return frozenset(seen)


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


def verify(deployment: Deployment, subject: str, anchors: Iterable[Certificate]) -> Verdict:
    """The most telling verdict on what ``subject`` presents, against these anchors alone."""
    presented = deployment.presented_by(subject)
    verdict = most_telling(Bench(deployment).verdicts(subject, presented, tuple(anchors), ()))
    assert verdict is not None, f"{subject} presents no certificate"
    return verdict
