"""The trust matrix: who accepts whom, in both directions, over the links or over all pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from ..pki import Certificate
from ..validation import Purpose, Verdict, validate
from .deployment import Deployment
from .stores import Credential

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
    """Whether one device accepts another, with the verdict behind it.

    There is no verdict when the subject has nothing to present, and for pairs that are not judged.
    """

    state: CellState
    verdict: Verdict | None = field(default=None, repr=False)

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

    Only anchors whose name some certificate on the way up gives as issuer (or that are on the way
    themselves) can matter. Verifiers that hold the same ones among these share a verdict.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.verdicts: dict[tuple[str, frozenset[str]], Cell] = {}
        self.by_subject: dict[str, list[str]] = {}
        for fingerprint, certificate in deployment.certificates.items():
            self.by_subject.setdefault(_name_key(certificate.subject), []).append(fingerprint)
        self.ways_up: dict[str, frozenset[str]] = {}

    def cell(self, verifier: str, subject: str) -> Cell:
        credential = self.deployment.credentials.get(subject)
        if credential is None:
            return _NO_CERTIFICATE
        way_up = self.ways_up.get(subject)
        if way_up is None:
            way_up = self.ways_up[subject] = self._way_up(credential)
        store = self.deployment.stores.get(verifier)
        held = (
            frozenset(fingerprint for fingerprint in way_up if fingerprint in store.root)
            if store
            else frozenset()
        )
        key = (subject, held)
        found = self.verdicts.get(key)
        if found is None:
            certificates = self.deployment.certificates
            verdict = verify(
                self.deployment,
                subject,
                tuple(certificates[fingerprint] for fingerprint in sorted(held)),
            )
            state = CellState.ACCEPTED if verdict.accepted else CellState.REFUSED
            found = self.verdicts[key] = Cell(state, verdict)
        return found

    def _way_up(self, credential: Credential) -> frozenset[str]:
        certificates, seen = self.deployment.certificates, {credential.certificate}
        ahead = [credential.certificate, *credential.chain]
        while ahead:
            issuer = _name_key(certificates[ahead.pop()].issuer)
            for fingerprint in self.by_subject.get(issuer, ()):
                if fingerprint not in seen:
                    seen.add(fingerprint)
                    ahead.append(fingerprint)
        return frozenset(seen)


def verify(
    deployment: Deployment,
    subject: str,
    anchors: Iterable[Certificate],
    *,
    purpose: Purpose = Purpose.MUTUAL,
) -> Verdict:
    """Validate what ``subject`` presents against these anchors, at the Deployment's moment."""
    certificate = deployment.certificate_of(subject)
    assert certificate is not None, f"{subject} presents no certificate"
    return validate(
        certificate,
        intermediates=deployment.chain_of(subject),
        anchors=anchors,
        at=deployment.at,
        purpose=purpose,
        name=deployment.inventory.device(subject).fqdn,
        policy=deployment.policy,
    )


def _name_key(name: str) -> str:
    """A key under which names that any verifier takes for equal meet (RFC 5280 section 7.1)."""
    return " ".join(name.casefold().split())
