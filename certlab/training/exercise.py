"""An exercise: a broken Deployment, and a goal that the trust matrix itself decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..deployment import CellState, Deployment, trust_matrix


@dataclass(frozen=True, slots=True)
class Exercise:
    """A task on a Deployment. ``goal`` says for (verifier, subject) whether to accept.

    An empty goal asks for every link to work both ways. It is solved when the matrix says so,
    whatever way led there.
    """

    title: str
    task: str
    start: Deployment = field(repr=False)
    goal: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    def open_pairs(self, answer: Deployment) -> tuple[tuple[str, str], ...]:
        """The (verifier, subject) pairs that are not yet as the goal wants them."""
        matrix = trust_matrix(answer)
        if not self.goal:
            return matrix.refused
        return tuple(
            pair
            for pair, wanted in self.goal.items()
            if (matrix.cell(*pair).state is CellState.ACCEPTED) is not wanted
        )

    def is_solved(self, answer: Deployment) -> bool:
        """Whether this Deployment reaches the goal."""
        return not self.open_pairs(answer)
