"""The trust matrix: who accepts whom, in both directions, over the links or over all pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..errors import InvalidInput
from ..pki import Certificate
from ..validation import Purpose, Verdict
from .bulk import keeping_all
from .deployment import Deployment
from .judging import (
    NO_LINK,
    SELF_CELL,
    AllPairs,
    Bench,
    Cell,
    CellState,
    Judge,
    most_telling,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TrustMatrix:
    """Verdicts over the links of a Deployment (or over all pairs), for its moment and policy."""

    deployment: Deployment
    judged: Mapping[tuple[str, str], Cell] = field(repr=False)

    def cell(self, verifier: str, subject: str) -> Cell:
        """Whether ``verifier`` accepts ``subject``. Raises ``UnknownName``."""
        inventory = self.deployment.inventory
        one, other = inventory.device(verifier).name, inventory.device(subject).name
        return SELF_CELL if one == other else self.judged.get((one, other), NO_LINK)

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """The (verifier, subject) pairs that are refused, in inventory order."""
        if isinstance(self.judged, AllPairs):
            return tuple(self.judged.refused)
        return tuple(pair for pair, cell in self.judged.items() if cell.state is CellState.REFUSED)

    @property
    def all_accepted(self) -> bool:
        if isinstance(self.judged, AllPairs):
            return next(self.judged.refused, None) is None
        return all(cell.state is not CellState.REFUSED for cell in self.judged.values())

    def codes(self, purpose: Purpose | str = Purpose.MUTUAL) -> NDArray[np.uint8]:
        """Every pair as one byte, its place in ``CODES``: rows judge columns, in inventory order.

        ``purpose`` is the role a column plays: server, client, or both. Raises ``InvalidInput``
        for a matrix of the links alone.
        """
        return self._all_pairs.codes(Purpose(purpose))

    def counts(self, purpose: Purpose | str = Purpose.MUTUAL) -> Counter[str]:
        """How many pairs are accepted, and how many are refused for each reason; as ``codes``."""
        return self._all_pairs.counts(Purpose(purpose))

    @property
    def _all_pairs(self) -> AllPairs:
        if not isinstance(self.judged, AllPairs):
            raise InvalidInput(
                "this matrix judges the links alone", remedy='Ask trust_matrix(lab, "all").'
            )
        return self.judged

    def link_counts(self) -> Counter[int]:
        """How many links work in 2, 1 and 0 directions."""
        return Counter(
            sum(self.cell(*pair).state is CellState.ACCEPTED for pair in link.directions)
            for link in self.deployment.inventory.links
        )

    @cached_property
    def headline(self) -> str:
        """The state in words: “2 of 3 links work one way only”."""
        counts, total = self.link_counts(), len(self.deployment.inventory.links)
        if not total:
            return "No link needs mutual TLS"
        if counts[2] == total:
            return (
                "The one link works both ways"
                if total == 1
                else f"All {total:,} links work both ways"
            )
        if counts[0] == total:
            none = f"None of the {total:,} links works"
            return none if total > 1 else "The one link does not work"
        said = ((2, "both ways"), (1, "one way only" if not counts[2] else "only one way"),
                (0, "not at all" if counts[1] else ""))  # fmt: skip
        first, *rest = [(counts[n], words) for n, words in said if counts[n] and words]
        verb = "works" if first[0] == 1 else "work"
        parts = (f"{count:,} {words}" for count, words in rest)
        return ", ".join((f"{first[0]:,} of {total:,} links {verb} {first[1]}", *parts))

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
    with keeping_all():
        judge = Judge(deployment)
        if pairs == "all":
            return TrustMatrix(deployment, AllPairs(judge))
        wanted = ((name, peer) for name in inventory.devices for peer in inventory.peers[name])
        return TrustMatrix(deployment, {pair: judge.cell(*pair) for pair in wanted})


def verify(deployment: Deployment, subject: str, anchors: Iterable[Certificate]) -> Verdict:
    """The most telling verdict on what ``subject`` presents, against these anchors alone."""
    presented = deployment.presented_by(subject)
    verdict = most_telling(Bench(deployment).verdicts(subject, presented, tuple(anchors), ()))
    assert verdict is not None, f"{subject} presents no certificate"
    return verdict
