"""Whatever the seed, an exercise is open and can be solved: every edition there is, one by one."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from certlab.deployment import Store, trust_matrix
from certlab.deployment.selection import faults_of
from certlab.errors import CertlabError
from certlab.training import EDITIONS, EXERCISES, TOOLS, Exercise
from certlab.training.problems import Diagnosis, Repair

from .exercise_cases import ids, problem_of, solve

LEARNERS = [f"learner {number}" for number in range(4000)]
"""So many that every edition is picked by one of them."""


def spare(lab):
    """What a device could go back to: certificates that serve, are valid and are not presented."""
    for device in lab.inventory.devices:
        shown = {presented.certificate for presented in lab.presented_by(device)}
        held = set(lab.held_in(device, Store.PERSONAL)) - shown
        yield from (one for one in held if not faults_of(lab, device, one))


def editions_of(id_):
    """The editions of an exercise, each when it is wanted."""
    task = EXERCISES[id_]
    return map(task.problem, {task.edition(seed): seed for seed in LEARNERS}.values())


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
        assert not [*spare(exercise.lab)], "there would be a shorter way"
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


@pytest.mark.parametrize("id_", ids("repair"))
def test_a_repair_of_several_steps_cannot_be_had_in_one(id_: str) -> None:
    kinds = {(problem.question, problem.solution()): problem for problem in editions_of(id_)}
    for problem in islice((one for one in kinds.values() if len(one.steps) > 1), 6):
        lab = problem.lab
        for key, tool in TOOLS.items():
            for at in lab.inventory.devices:
                for of in (*lab.authorities, *lab.inventory.devices):
                    try:
                        after = lab.run(tool.make(lab, at, of))
                    except CertlabError:
                        continue
                    assert not problem.judge(after, found=set()).correct, (key, at, of)


def test_what_was_mended_leaves_an_expired_root_behind_only_where_it_says_so() -> None:
    for problem in islice(editions_of("repair-1"), 9):
        mended = problem.after()
        who = problem.steps[0].device
        for peer in mended.inventory.peers[who]:
            known = [one for one in mended.anchors_of(peer) if one.label.startswith(who)]
            assert len(known) == 2, "the expired one, and the new one"
        assert "the expired certificate" in problem.judge(mended, found=set()).words


def test_who_signs_for_himself_and_is_refused_is_never_at_fault_in_the_first_diagnosis() -> None:
    problems = [*editions_of("diagnose-1")]
    for problem in problems:
        ((_, place),) = problem.answers()
        ((verifier, subject),) = trust_matrix(problem.lab).refused
        assert place == verifier != subject
    assert len({(p.answers(), trust_matrix(p.lab).refused) for p in problems}) >= 12


@pytest.mark.parametrize("id_", ids("diagnose"))
def test_a_wrong_claim_is_answered_with_the_direction_that_is_refused(id_: str) -> None:
    """Not with a link that works, and nobody asked about."""
    for problem in islice(editions_of(id_), 4):
        refused = trust_matrix(problem.lab.moved_to(problem.at)).refused
        asked = {f"{verifier} refuses {subject}, " for verifier, subject in refused}
        for what in (key for key in problem.keys if key != "ca"):
            for where in problem.places:
                reply = problem.judge(what, where, found=set())
                if refused and re.match(
                    r".*: not so\. \S+ (looks at|refuses) \S+[, ]", reply.words
                ):
                    assert any(words in reply.words for words in asked), reply


def test_one_cause_makes_many_refusals_in_every_edition_and_is_not_always_the_same() -> None:
    editions = [*editions_of("diagnose-4")]
    for problem in editions:
        assert len(problem.answers()) == 1
        assert len(trust_matrix(problem.lab).refused) >= 3
    assert len({problem.answers() for problem in editions}) >= 12
