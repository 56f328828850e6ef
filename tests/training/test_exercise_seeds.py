"""Whatever the seed, an exercise is open and can be solved: every edition there is, one by one."""

from __future__ import annotations

import pytest

from certlab.deployment import trust_matrix
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


def test_one_cause_makes_many_refusals_in_every_edition_and_is_not_always_the_same() -> None:
    task, editions = EXERCISES["diagnose-4"], {}
    for seed in LEARNERS:
        editions.setdefault(task.edition(seed), task.problem(seed))
    assert len(editions) == EDITIONS
    for problem in editions.values():
        assert len(problem.answers()) == 1
        assert len(trust_matrix(problem.lab).refused) >= 3
    assert len({problem.answers() for problem in editions.values()}) >= 12
