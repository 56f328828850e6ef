"""Whatever the seed, an exercise is open and can be solved: every edition there is, one by one."""

from __future__ import annotations

import pytest

from certlab.training import EDITIONS, EXERCISES, Exercise, diagnose
from certlab.training.problems import Diagnosis, Repair

from .exercise_cases import problem_of, solve

LEARNERS = [f"learner {number}" for number in range(4000)]
"""So many that every edition is picked by one of them."""


@pytest.mark.parametrize("id_", EXERCISES)
def test_two_hundred_seeds_are_each_open_and_solved_by_the_engine(id_: str) -> None:
    seeds = {EXERCISES[id_].edition(seed): seed for seed in LEARNERS}.values()
    assert len(seeds) == EDITIONS == 200
    given = set()
    for seed in seeds:
        exercise = Exercise(EXERCISES[id_], seed)
        problem = problem_of(exercise)
        lists = (crl.next_update_utc for crl in exercise.lab.crls)
        given.add((exercise.question, problem.solution(), exercise.lab.at, *lists))
        if isinstance(problem, Repair):
            assert not exercise.check().correct
            assert exercise.check().words
        elif isinstance(problem, Diagnosis):
            assert {what for what, _ in problem.answers()} <= set(problem.keys)
            assert {where for _, where in problem.answers()} <= set(problem.places)
            assert diagnose(problem.lab, problem.at)
        else:
            options = exercise.choices[0].options
            assert 0 < len(problem.answers()) < len(options)
        solve(exercise)
        assert exercise.solved, (seed, exercise.reply)
    assert len(given) >= 4, "the seeds hardly vary"
