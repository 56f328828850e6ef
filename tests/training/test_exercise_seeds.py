"""Whatever the seed, an exercise is open and can be solved: every edition there is, one by one."""

from __future__ import annotations

import pytest

from certlab.training import EDITIONS, EXERCISES, Exercise
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
        problem, answers = problem_of(exercise), problem_of(exercise).answers()
        lists = (crl.next_update_utc for crl in exercise.lab.crls)
        mends = problem.solution() if isinstance(problem, Repair) else answers
        given.add((exercise.question, exercise.lab.at, *lists, mends))
        if isinstance(problem, Repair):
            untouched = exercise.check()
            assert not untouched.correct
            assert untouched.words
        elif isinstance(problem, Diagnosis):
            assert answers
            assert all(what in problem.keys for what, _ in answers)
            assert all(where in problem.places for _, where in answers)
            assert len({where for _, where in answers}) == len(answers), "each at another place"
        else:
            assert 0 < len(answers) < len(exercise.choices[0].options)
        solve(exercise)
        assert exercise.solved, (seed, exercise.reply)
    assert len(given) >= 4, "the seeds hardly vary"
