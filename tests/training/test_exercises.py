"""Every exercise can be solved as meant, refuses what tempts, and gives nothing away."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from certlab.deployment import (
    ImportAnchor,
    InternalPKI,
    RemoveAnchor,
    Renew,
    SelfSigned,
    Store,
    trust_matrix,
)
from certlab.errors import InvalidInput, UnknownName
from certlab.training import EXERCISES, Exercise, diagnose, observe, unobserve
from certlab.validation import IGNORES_REVOCATION

from .exercise_cases import TEMPTING, ids, problem_of, solve

each = pytest.mark.parametrize("id_", EXERCISES)


def start(id_: str, seed: str = "a test") -> Exercise:
    return Exercise(EXERCISES[id_], seed)


def test_there_are_exercises_of_four_grades_for_every_notebook_that_teaches() -> None:
    assert len(EXERCISES) >= 24
    assert {task.grade for task in EXERCISES.values()} == {
        "predict",
        "diagnose",
        "repair",
        "design",
    }
    assert {task.notebook for task in EXERCISES.values()} == {f"{n:02}" for n in range(1, 9)}
    assert all(task.cures and task.hint and task.title for task in EXERCISES.values())


@each
def test_an_exercise_is_solved_in_the_way_that_was_meant(id_: str) -> None:
    exercise = start(id_)
    assert not exercise.over
    solve(exercise)
    assert exercise.solved, exercise.reply


@pytest.mark.parametrize("id_", ids("predict"))
def test_every_wrong_prediction_is_told_what_happens_instead(id_: str) -> None:
    (field,) = start(id_).choices
    ((truth,),) = problem_of(start(id_)).answers()
    for wrong in set(field.options) - {truth}:
        exercise = start(id_)
        reply = exercise.answer(wrong)
        assert not reply.correct
        problem = problem_of(exercise)
        assert reply.words.endswith(problem.ask(problem.after())[1])
        assert not exercise.solved
        assert exercise.over, "who has committed is shown what happens"
        assert not exercise.revealed, "and did not ask for it"
        exercise.answer(truth)
        assert not exercise.solved, "one commits once"


def test_a_wrong_prediction_names_the_check_that_passed_on_this_very_certificate() -> None:
    for number in range(40):
        exercise = start("predict-1", f"seed {number}")
        if problem_of(exercise).answers() == (("accepted",),):
            presenter, verifier = problem_of(exercise).pair
            said = exercise.answer("expired").words
            name = f"“{presenter}.office.example”"
            found = f"{verifier} looks at {presenter} and finds: {name} is valid at"
            assert said.startswith(f"You said “no: expired”. {found}")
            return
    pytest.fail("no edition of it ends well")


def test_no_device_is_told_off_for_the_list_of_its_authority() -> None:
    for seed in map(str, range(20)):
        reply = start("predict-8", seed).answer("revocation stale")
        assert "matter of" not in reply.words


@pytest.mark.parametrize("id_", ids("diagnose"))
def test_every_claim_that_is_not_so_is_refuted_and_reveals_no_fault(id_: str) -> None:
    exercise = start(id_)
    what, where = exercise.choices
    truth = set(problem_of(exercise).answers())
    for claim in {(key, place) for key in what.options for place in where.options} - truth:
        reply = exercise.answer(*claim)
        assert not reply.correct
        assert reply.left == len(truth), claim
        assert re.match(r"[^:]+(:TRUE)?[^:]*: not (so|that|quite)\. ", reply.words), reply
        assert reply.found is False
        assert what.options[claim[0]] in reply.words.partition(": not")[0], "each with its claim"
        assert claim[1] in reply.words or claim[1] == "the clock"
    assert not exercise.over


@pytest.mark.parametrize("id_", ids("repair"))
def test_a_repair_that_tempts_is_refused_and_the_hole_it_opens_is_named(id_: str) -> None:
    steps, reason = TEMPTING[id_]
    exercise = start(id_)
    exercise.run(steps(exercise.lab))
    reply = exercise.check()
    assert not reply.correct
    assert reason in reply.words
    assert not exercise.over
    exercise.undo()
    assert exercise.deployment is exercise.lab


@pytest.mark.parametrize("id_", ids("repair"))
def test_no_step_of_a_repair_can_be_left_out(id_: str) -> None:
    steps = problem_of(start(id_)).steps
    for one in steps:
        exercise = start(id_)
        exercise.run(*(step for step in steps if step is not one))
        assert not exercise.check().correct, one


def test_more_steps_than_needed_are_counted() -> None:
    exercise = start("repair-3")
    root = problem_of(exercise).steps[0].certificate_of
    other = next(name for name in ("gw1", "gw2") if exercise.lab.anchors_of(name))
    exercise.run(problem_of(exercise).steps, RemoveAnchor(other, root), ImportAnchor(other, root))
    assert "You took 3 steps; 1 step is enough" in exercise.check().words


def test_another_policy_is_no_repair() -> None:
    exercise = start("repair-6")
    exercise.deployment = exercise.lab.with_policy(IGNORES_REVOCATION)
    assert not trust_matrix(exercise.deployment).refused
    assert "nobody asks" in exercise.check().words


@pytest.mark.parametrize("id_", ids("design"))
def test_a_design_that_fails_a_demand_is_told_which_and_why(id_: str) -> None:
    (field,) = start(id_).choices
    right = {key for (key,) in problem_of(start(id_)).answers()}
    assert right < set(field.options)
    for wrong in set(field.options) - right:
        reply = start(id_).answer(wrong)
        assert not reply.correct
        assert ": not met. " in reply.words
        assert reply.left


def test_a_design_of_ones_own_is_judged_as_well() -> None:
    assert start("design-4").answer(InternalPKI("House", crl_days=1)).correct
    assert "touches" in start("design-4").answer(SelfSigned()).words


@each
def test_nothing_is_given_away_by_the_deployment_or_by_what_it_looks_like(id_: str) -> None:
    exercise = start(id_)
    assert exercise.lab.previous is None
    assert exercise.lab.entry is None
    assert exercise.lab.journal == ()
    solution = EXERCISES[id_].answer("a test")
    assert solution not in repr(exercise)
    assert "Step" not in repr(problem_of(exercise))
    if exercise.grade == "diagnose":
        for _, place in diagnose(exercise.lab, problem_of(exercise).at):
            assert place not in repr(exercise)


@each
def test_what_completion_offers_of_an_exercise_holds_no_answer(id_: str) -> None:
    exercise = start(id_)
    solution = EXERCISES[id_].answer("a test")
    offered = {name for name in dir(exercise) if not name.startswith("_")}
    for name in offered - {"outcome"}:
        value = getattr(exercise, name)
        assert not hasattr(value, "answers"), name
        assert solution not in (value if isinstance(value, str) else repr(value)), name
    with pytest.raises(InvalidInput, match="when the exercise is over"):
        _ = exercise.outcome


@pytest.mark.parametrize("id_", ids("diagnose"))
def test_what_a_diagnosis_lets_one_choose_is_the_same_whatever_the_fault_is(id_: str) -> None:
    assert len({repr(start(id_, f"seed {number}").choices) for number in range(40)}) == 1


def test_under_a_wrong_clock_a_claim_is_refuted_by_what_holds_at_the_true_time() -> None:
    exercise = next(
        one
        for one in (start("diagnose-4", f"seed {number}") for number in range(40))
        if one.lab.at != problem_of(one).at
    )
    assert "is valid at 2026-11-24" in exercise.answer("early", "gw1").words
    assert "all follow “the clock”" in exercise.answer("clock", "gw1").words
    assert exercise.answer("clock", "the clock").correct


def test_a_fault_is_never_the_matter_of_a_place_that_has_no_part_in_it() -> None:
    said = start("diagnose-3").answer("purpose", "Lab PKI").words
    assert "a matter of whoever presents a certificate, and Lab PKI does not" in said


def test_refusals_for_one_reason_are_told_once() -> None:
    said = EXERCISES["predict-10"].answer("workbook")
    assert said.count("“um1.office.example” expired") <= 1


def test_a_new_key_under_an_old_name_is_told_in_plain_words_before_its_numbers() -> None:
    for reply in (half_renewed().check(), start("predict-3").answer("0")):
        plain, _, full = reply.words.partition(" In full: ")
        assert "A name proves nothing; the key does." in plain
        assert not re.search(r"[0-9a-f]{16}|RFC", plain)
        assert re.search(r"points to the key [0-9a-f]{16}", full)


def half_renewed() -> Exercise:
    """Somebody has a new certificate, and nobody was told of it."""
    exercise = start("repair-1")
    return exercise.run(problem_of(exercise).steps[0])


def test_who_refuses_whom_is_said_in_words() -> None:
    exercise = start("diagnose-3")
    ((fault, place),) = problem_of(exercise).answers()
    verifier = next(pair[0] for pair in trust_matrix(exercise.lab).refused if pair[1] == place)
    assert f": found. {verifier} refuses {place}: " in exercise.answer(fault, place).words


def test_a_lab_knows_no_certificate_but_those_that_are_seen_in_it() -> None:
    """What somebody had before it began would count as a key of theirs."""
    for number in range(6):
        lab = start("repair-1", f"seed {number}").lab
        there = {one for name in lab.inventory.devices for store in Store
                 for one in lab.held_in(name, store)}  # fmt: skip
        assert set(lab.certificates.values()) == there


def test_what_limits_a_design_is_said_where_it_is_chosen_and_where_it_fails() -> None:
    exercise = start("design-5")
    (field,) = exercise.choices
    assert "may certify only names of the house" in field.options["internal"]
    assert "may certify any name" in field.options["any-name"]
    assert "says for which names it may sign" in exercise.answer("any-name").words
    said = exercise.answer("bought").words
    assert "No certificate is bought: not met. The certificates cost " in said


def test_how_many_steps_it_took_is_said_as_people_say_it() -> None:
    exercise = half_renewed()
    exercise.run(problem_of(exercise).steps)
    assert re.search(r"no hole is open, in \d steps: fewer would not do", exercise.check().words)
    one = start("repair-2")
    one.run(problem_of(one).steps)
    assert "in 1 step: fewer would not do" in one.check().words
    for number in range(9):
        assert "peers" not in start("repair-2", f"seed {number}").question


@each
def test_what_a_device_believes_is_called_its_trusted_roots(id_: str) -> None:
    for number in range(5):
        exercise = start(id_, f"seed {number}")
        said = [exercise.question, exercise.hint(), *(
            text for field in exercise.choices for text in field.options.values())]  # fmt: skip
        assert not re.search("root store|trust store|tray|over night", " ".join(said))


@each
def test_hints_come_in_three_stages_and_repeat_the_last(id_: str) -> None:
    exercise = start(id_)
    hints = [exercise.hint() for _ in range(4)]
    assert len(set(hints)) == 3
    assert hints[3] == hints[2]
    assert exercise.hints_taken == 3


@pytest.mark.parametrize("id_", ids("diagnose"))
def test_the_last_hint_of_a_diagnosis_says_where_to_look_and_what_for(id_: str) -> None:
    exercise = start(id_)
    *_, last = (exercise.hint() for _ in range(3))
    place, _, what = last.removeprefix("Look at ").partition(": ")
    assert place in exercise.choices[1].options
    assert len(what.split()) >= 5


def test_an_exercise_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(UnknownName, match=r"no exercise is called 'repair-99'.*predict-1"):
        _ = EXERCISES["repair-99"]


@each
def test_the_same_seed_is_the_same_edition_and_others_get_another(id_: str) -> None:
    def given(exercise: Exercise) -> object:
        bytes_ = sorted(exercise.lab.certificates)
        lab, lists = exercise.lab, [crl.last_update_utc for crl in exercise.lab.crls]
        return exercise.question, bytes_, lab.stores, lab.at, lab.policy, lists

    assert given(start(id_)) == given(start(id_))
    questions = [given(start(id_, f"seed {number}")) for number in range(24)]
    assert any(one != questions[0] for one in questions)


@each
def test_another_edition_is_never_the_one_before(id_: str) -> None:
    exercise = start(id_)
    for _ in range(6):
        before = exercise.question, exercise.lab
        exercise.another()
        assert (exercise.question, exercise.lab) != before
        assert exercise.seed.startswith("a test-")
        assert not exercise.over
    assert start(id_, exercise.seed).lab == exercise.lab


def test_revealing_ends_an_exercise_unsolved_and_starting_again_opens_it() -> None:
    exercise = start("diagnose-1")
    with pytest.raises(InvalidInput, match="shown when the exercise is over"):
        _ = exercise.outcome
    assert exercise.reveal() == EXERCISES["diagnose-1"].answer("a test")
    solve(exercise)
    assert not exercise.solved
    exercise.restart("another")
    assert (exercise.over, exercise.seed, exercise.attempts) == (False, "another", 0)
    solve(exercise)
    assert exercise.solved


def test_found_faults_of_one_learner_are_not_those_of_another() -> None:
    first, second = start("diagnose-6"), start("diagnose-6")
    claim = problem_of(first).answers()[0]
    assert first.answer(*claim).left == 1
    assert first.answer(*claim).left == 1, "the same fault twice is one fault"
    assert second.answer(*problem_of(second).answers()[1]).left == 1


def test_observers_hear_what_is_done_and_never_the_answer() -> None:
    heard: list[tuple[object, ...]] = []
    observe(heard.append)
    observe(heard.append)
    try:
        exercise = Exercise(EXERCISES["repair-3"], "me", clock=iter(range(100)).__next__)
        exercise.hint()
        exercise.check()
        solve(exercise)
        exercise.restart()
    finally:
        unobserve(heard.append)
    exercise.hint()
    told = [(event.kind, event.correct, event.hints) for event in heard]
    assert told == [("start", None, 0), ("hint", None, 1), ("answer", False, 1),
                    ("answer", True, 1), ("restart", None, 0)]  # fmt: skip
    assert all(event.exercise == "repair-3" and event.seed == "me" for event in heard)
    assert all("Lab PKI" not in str(event) for event in heard)


def test_a_misused_exercise_says_what_it_wants() -> None:
    with pytest.raises(InvalidInput, match="wants an answer"):
        start("predict-1").check()
    with pytest.raises(InvalidInput, match="Steps by run"):
        start("repair-1").answer("gw1")
    with pytest.raises(InvalidInput, match="is no answer here"):
        start("diagnose-1").answer("nonsense", "um1")
    with pytest.raises(InvalidInput, match="is no answer here"):
        start("diagnose-1").answer("root", "nobody")
    for no_model in ("nonsense", 3, SelfSigned):
        with pytest.raises(InvalidInput, match="one of self-signed, internal"):
            start("design-1").answer(no_model)


def test_the_seed_of_a_class_comes_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTLAB_SEED", "class 7")
    assert Exercise(EXERCISES["predict-1"]).seed == "class 7"
    monkeypatch.delenv("CERTLAB_SEED")
    assert Exercise(EXERCISES["predict-1"]).seed == "workbook"


def test_the_judge_is_validation_and_no_written_answer() -> None:
    """Mended behind its back, a broken lab has no fault left to find."""
    exercise = start("diagnose-3")
    problem = problem_of(exercise)
    ((fault, place),) = problem.answers()
    mended = replace(problem, lab=problem.lab.run(Renew(place, "Lab PKI")))
    assert mended.answers() == ()
    assert not mended.judge(fault, place, found=set()).correct
