"""What the tests of the exercises share: the wrong ways that tempt, and what the judge says."""

from __future__ import annotations

from certlab.deployment import (
    ImportAnchor,
    Renew,
    SecurityMode,
    SwitchDialPlan,
    trust_matrix,
)
from certlab.training import EXERCISES, Exercise, SetClock
from certlab.training.problems import Repair


def problem_of(exercise: Exercise):
    return EXERCISES[exercise.id].problem(exercise.seed)


def ids(grade: str) -> list[str]:
    return [id_ for id_, task in EXERCISES.items() if task.grade == grade]


def solve(exercise: Exercise) -> None:
    """Answer as the engine would."""
    problem = problem_of(exercise)
    if isinstance(problem, Repair):
        exercise.run(problem.steps)
        exercise.check()
        return
    answers = problem.answers()
    for answer in answers if exercise.grade == "diagnose" else answers[:1]:
        exercise.answer(*answer)


def _off(lab):
    return [SwitchDialPlan("office", SecurityMode.UNSECURED)]


def _leaf_as_root(lab):
    """Import the refused certificate itself wherever it is refused."""
    return [ImportAnchor(verifier, subject) for verifier, subject in trust_matrix(lab).refused]


def _issuing_as_root(lab):
    return [ImportAnchor(verifier, "Lab PKI") for verifier, _ in trust_matrix(lab).refused]


def _renew_all(lab):
    return [Renew(device, "Lab PKI") for device in lab.inventory.devices]


def _all_roots(lab):
    return [ImportAnchor(device, other) for device in lab.inventory.devices
            for other in lab.authorities if other.endswith(("root", "Root"))]  # fmt: skip


TEMPTING = {
    "repair-1": (lambda lab: [SetClock("2026-11-20")], "the clock stands at 2026-11-20"),
    "repair-2": (_leaf_as_root, "a leaf stands among the trusted roots"),
    "repair-3": (_issuing_as_root, "an issuing CA stands among the trusted roots"),
    "repair-4": (_leaf_as_root, "a leaf stands among the trusted roots"),
    "repair-5": (_off, "No link is checked any more"),
    "repair-6": (lambda lab: [SetClock("2026-10-01")], "the clock stands at 2026-10-01"),
    "repair-7": (_leaf_as_root, "a leaf stands among the trusted roots"),
    "repair-8": (_leaf_as_root, "a device can now sign for anybody"),
    "repair-9": (_off, "No link is checked any more"),
    "repair-10": (lambda lab: [*_all_roots(lab), *_renew_all(lab)], "no link needs it"),
}
"""By exercise: the Steps that tempt, and what is said against them."""
