"""Two hundred learners each: no edition is unsolvable, and none is solved from the beginning."""

from __future__ import annotations

import pytest

from certlab.deployment import trust_matrix
from certlab.training import EXERCISES, Exercise, diagnose
from certlab.training.problems import Diagnosis, Repair

from .exercise_cases import SEEDS, problem_of, solve


@pytest.mark.parametrize("id_", EXERCISES)
def test_two_hundred_editions_are_each_open_and_solvable(id_: str) -> None:
    known = set()
    for seed in SEEDS:
        exercise = Exercise(EXERCISES[id_], seed)
        problem = problem_of(exercise)
        if id(problem) in known:
            continue  # a seed that picks an edition already seen is that very edition
        known.add(id(problem))
        if isinstance(problem, Repair):
            assert not exercise.check().correct
            assert exercise.check().words
        elif isinstance(problem, Diagnosis):
            assert diagnose(problem.lab, problem.at)
            assert {what for what, _ in problem.answers()} <= set(problem.keys)
        else:
            options = exercise.choices[0].options
            assert 0 < len(problem.answers()) < len(options)
        solve(exercise)
        assert exercise.solved, (seed, exercise.reply)
        if isinstance(problem, Repair):
            assert trust_matrix(exercise.deployment).all_accepted
    assert len(known) >= 4, "the seeds hardly vary"
