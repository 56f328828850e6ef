"""The panel of an exercise as Python sees it: it delegates, shows code, keeps its secret."""

from __future__ import annotations

import html
import json
import re

import pytest

from certlab.deployment import (
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    RemoveAnchor,
    Role,
    SelfSigned,
    SendChain,
    ThirdPartyCA,
    deploy,
    trust_matrix,
)
from certlab.errors import InvalidInput, UnknownName
from certlab.pki import KeyType
from certlab.training import EXERCISES, FAULTS
from certlab.widgets import break_it, exercise
from tests.views.estates import estate, texts

EACH = ("predict-1", "diagnose-3", "repair-2", "design-3")
each = pytest.mark.parametrize("id_", EACH)


def words(panel, part):
    return texts(panel.parts[part])


def plainly(said):
    """What the judge says without where it stands, which is shown in small after it."""
    return re.sub(r" ?\((RFC (?:[^()]|\([^()]*\))*)\)", "", texts(f"<p>{html.escape(said)}</p>"))


def answer_by_fields(panel):
    """Do on the page what solves it."""
    problem = EXERCISES[panel.exercise.id].problem(panel.exercise.seed)
    if not panel.exercise.choices:
        panel.fill("tool", "chain")
        panel.fill("at", problem.steps[0].device)
        panel.press("do:step")
    else:
        for field, value in zip(panel.exercise.choices, problem.answers()[0], strict=True):
            panel.fill(field.name, value)
    panel.press("do:check")


@each
def test_an_exercise_is_done_by_its_fields_and_the_code_does_the_same(id_):
    panel = exercise(id_, "anna")
    answer_by_fields(panel)
    assert panel.exercise.solved
    assert "Right." in words(panel, "judge")
    assert panel.status.startswith("Right.")
    names = {}
    exec(panel.code, names)
    assert names["one"].exercise.solved
    assert names["one"].deployment == panel.deployment


@pytest.mark.parametrize(
    "model",
    [
        SelfSigned(KeyType.EC_P384, ca=True),
        InternalPKI("House", roles=tuple(Role)[:3], crl_days=1),
        ThirdPartyCA(split=True),
    ],
)
def test_a_design_of_ones_own_is_in_the_code_as_it_was_given(model):
    panel = exercise("design-4", "anna")
    said = panel.answer(model)
    names = {}
    exec(panel.code, names)
    assert repr(names["one"].exercise.reply) == repr(said)
    assert f"one.answer({model!r})" in panel.code


@pytest.mark.parametrize("id_", [id_ for id_ in EXERCISES if not id_.startswith("repair")])
def test_what_is_on_the_page_gives_nothing_away_before_the_answer(id_):
    panel = exercise(id_, "anna")
    problem = EXERCISES[id_].problem("anna")
    state = panel.get_state()
    assert "deployment" not in state
    shown = html.unescape(json.dumps(state, default=str, ensure_ascii=False))
    assert problem.solution() not in shown
    if id_.startswith("diagnose"):
        reasons = [
            check.words
            for _, cell in trust_matrix(problem.lab)
            for verdict in cell.verdicts
            for check in verdict.findings
        ]
        assert reasons
        for reason in reasons:
            assert reason not in shown
    if id_.startswith("predict"):
        _, reason = problem.ask(problem.after())
        assert reason not in shown
    answer_by_fields(panel)
    assert panel.exercise.over or panel.exercise.reply.left


def test_the_reasons_of_a_diagnosis_are_not_selected_on_the_page_before_it_is_over():
    panel = exercise("diagnose-3", "anna")
    (verifier, subject), *_ = trust_matrix(panel.deployment).refused
    panel.press(f"pair:{verifier}:{subject}")
    assert panel.selected == ()
    answer_by_fields(panel)
    panel.press(f"pair:{verifier}:{subject}")
    assert panel.selected == (verifier, subject)
    assert f"{verifier} refuses {subject}" in words(panel, "map")


@each
def test_hints_reveal_and_starting_again(id_):
    panel = exercise(id_, "anna")
    said = [panel.hint() for _ in range(3)]
    panel.press("do:hint")
    assert all(plainly(one) in words(panel, "help") for one in said)
    assert "3 of 3 taken" in words(panel, "help")
    panel.press("do:reveal")
    panel.press("do:reveal")
    assert "Solution:" in words(panel, "judge")
    panel.press("do:restart")
    assert (panel.exercise.over, panel.parts["judge"], panel.exercise.seed) == (False, "", "anna")
    panel.press("do:another")
    panel.press("do:another")
    assert panel.exercise.seed.startswith("anna-")
    answer_by_fields(panel)
    assert panel.exercise.solved


def test_steps_are_run_and_taken_back_on_the_bench_and_in_the_attempt():
    panel = exercise("repair-2", "anna")
    broken = panel.deployment
    subject = trust_matrix(broken).refused[0][1]
    panel.run(SendChain(subject))
    assert panel.exercise.deployment is panel.deployment is not broken
    panel.press("do:undo")
    assert panel.exercise.deployment is panel.deployment is broken
    panel.fill("tool", "renew")
    panel.fill("of", "Lab PKI root")
    panel.press("do:step")
    assert "issues to no device" in words(panel, "trouble")
    assert "do:undo" in panel.parts["actions"]


def test_a_repair_is_judged_only_after_a_step_and_the_judgement_goes_with_the_next():
    panel = exercise("repair-3", "anna")
    panel.press("do:check")
    assert panel.exercise.attempts == 0
    assert "cl-primary" not in panel.parts["actions"]
    assert "do a step first" in words(panel, "actions")
    lab = panel.deployment
    well = next(name for name in lab.inventory.devices if lab.anchors_of(name))
    panel.run(RemoveAnchor(well, "Lab PKI root"))
    assert "cl-primary" in panel.parts["actions"]
    assert "do a step first" not in words(panel, "actions")
    panel.press("do:check")
    assert "Not yet." in words(panel, "judge")
    panel.run(ImportAnchor(well, "Lab PKI root"))
    assert panel.parts["judge"] == ""
    panel.press("do:check")
    panel.press("do:undo")
    assert panel.parts["judge"] == ""


def test_what_is_shown_beside_a_prediction_says_of_when_it_is():
    panel = exercise("predict-6", "anna")
    for part in ("look", "map"):
        assert "The office BEFORE what the question tells" in words(panel, part)
    answer_by_fields(panel)
    for part in ("look", "map"):
        assert "The office after what the question tells" in words(panel, part)


@pytest.mark.parametrize("id_", [id_ for id_ in EXERCISES if id_.startswith("predict")])
def test_every_prediction_is_chosen_in_the_same_way(id_):
    for seed in ("anna", "bert", "cleo"):
        assert "<select" not in exercise(id_, seed).parts["answer"]


def test_the_verdict_stands_right_below_the_button_that_asks_for_it():
    panel = exercise("repair-3", "anna")
    order = list(panel.parts)
    assert order.index("judge") == order.index("actions") + 1 < order.index("help")
    assert "do:hint" in panel.parts["help"]
    assert "do:check" in panel.parts["actions"]


def test_who_refuses_whom_stays_in_sight_after_a_diagnosis():
    panel = exercise("diagnose-1", "anna")
    before = panel.parts["state"]
    answer_by_fields(panel)
    assert panel.exercise.solved
    assert panel.parts["state"] == before != ""


def test_where_an_rfc_says_so_comes_last_and_once():
    panel = exercise("diagnose-3", "anna")
    reply = panel.answer("early", EXERCISES["diagnose-3"].problem("anna").answers()[0][1])
    section = re.search(r"\((RFC .*)\)", reply.words)[1]
    assert panel.parts["judge"].count(section) == 1
    assert words(panel, "judge").rstrip().endswith(section)


def test_a_fault_is_explained_where_it_is_chosen():
    panel = exercise("diagnose-4", "anna")
    assert panel.notes["what"] == ""
    for key in panel.exercise.choices[0].options:
        panel.fill("what", key)
        assert html.escape(FAULTS[key].plain) in panel.notes["what"]


def test_only_the_fields_that_a_step_takes_are_shown():
    hidden = {
        key: [("hidden" in part) for part in re.findall(r"<div[^>]*><div", filled(key))[-2:]]
        for key in ("import", "chain", "publish", "unsecured")
    }
    assert hidden == {"import": [False, False], "chain": [False, True],
                      "publish": [True, False], "unsecured": [True, True]}  # fmt: skip
    assert "Which authority" in filled("renew")
    assert 'value="gw1"' not in filled("renew").partition("Which authority")[2]


def filled(tool):
    panel = exercise("repair-2", "anna")
    panel.fill("tool", tool)
    return panel.parts["answer"]


def test_no_device_is_asked_to_import_its_own_certificate():
    panel = exercise("repair-1", "anna")
    panel.fill("tool", "import")
    assert panel.notes["step"].startswith('<p class="cl-hint">um1 imports gw1')
    panel.fill("at", "gw1")
    assert panel.notes["step"].startswith('<p class="cl-hint">gw1 imports um1')
    assert 'value="renew"' not in panel.parts["answer"], "there is no authority here"


def test_the_time_counts_from_the_first_choice():
    panel = exercise("repair-1", "anna")
    assert panel.exercise._begun is None
    panel.press("do:check")  # there is nothing to judge yet
    assert panel.exercise._begun is None
    panel.fill("tool", "sign")
    assert panel.exercise._begun is not None
    panel.press("do:restart")
    assert panel.exercise._begun is None


def test_nothing_is_committed_before_everything_is_chosen():
    panel = exercise("diagnose-1", "anna")
    panel.fill("what", "root")
    panel.press("do:check")
    assert panel.exercise.attempts == 0


def test_what_is_found_stays_in_sight_while_one_looks_for_the_rest():
    panel = exercise("diagnose-6", "anna")
    first, second = EXERCISES["diagnose-6"].problem("anna").answers()
    assert panel.answer(*first).left == 1
    assert words(panel, "judge").count(": found") == 1
    panel.answer("clock", "the clock")
    panel.answer(*first)
    assert words(panel, "judge").count(": found") == 1
    assert panel.answer(*second).correct
    assert words(panel, "judge").count(": found") == 2
    panel.press("do:restart")
    assert words(panel, "judge") == ""


def lines(panel):
    """What the judge has said, the topmost first."""
    return [texts(f"<p>{line}</p>")
            for line in re.findall("<li[^>]*>(.*?)</li>", panel.parts["judge"])]  # fmt: skip


def test_a_wrong_claim_carries_a_cross_and_a_right_one_a_tick():
    panel = exercise("diagnose-6", "anna")
    first, _ = EXERCISES["diagnose-6"].problem("anna").answers()
    panel.answer("clock", "the clock")
    panel.answer(*first)
    right, wrong = lines(panel)
    assert right.startswith("✓")
    assert ": found, and 1 more to find" in right
    assert wrong.startswith("✗")
    assert "Clock set back: not so." in wrong


def test_every_claim_is_named_and_the_newest_is_on_top_and_seen_to_be_said_again():
    panel = exercise("diagnose-7", "anna")
    for place in ("um1", "um2", "gw1"):
        panel.answer("root", "Lab PKI" if place == "gw1" else place)
        assert re.search(r"Root removed at (\S+|Lab PKI): ", lines(panel)[0])
    assert len({*lines(panel)}) == 3, "no two claims are answered with the same line"
    before = panel.parts["judge"]
    panel.answer("root", "um1")
    assert "Root removed at um1" in lines(panel)[0]
    assert "You said so 2 times." in lines(panel)[0]
    panel.answer("root", "um1")
    assert "You said so 3 times." in lines(panel)[0]
    assert len(lines(panel)) == 3
    assert panel.parts["judge"] != before
    for claim in EXERCISES["diagnose-7"].problem("anna").answers():
        panel.answer(*claim)
    assert "Right." in lines(panel)[0]
    assert panel.parts["judge"].index("data-attend") < panel.parts["judge"].index("Right.")


def test_a_step_that_is_done_already_says_so_in_sight():
    panel = exercise("repair-1", "anna")
    assert panel.notes["step"] == "", "no step is chosen before somebody chooses one"
    assert off(panel, "do:step")
    panel.press("do:step")
    assert panel.deployment is panel.exercise.lab
    for tool in ("import", "clock"):
        panel.fill("tool", tool)
        assert "That is done already" in panel.notes["step"]
        assert off(panel, "do:step")
    panel.fill("tool", "sign")
    panel.fill("at", EXERCISES["repair-1"].problem("anna").steps[0].device)
    assert "done" not in panel.notes["step"]
    assert not off(panel, "do:step")
    panel.press("do:step")
    assert "Done." in panel.notes["step"]
    assert "That is done already" not in panel.notes["step"]


def off(panel, id_):
    """Whether a button that is there does nothing."""
    shown = "".join(panel.parts.values())
    (attributes,) = re.findall(f'<button[^>]*data-id="{id_}"[^>]*>', shown)
    return 'aria-disabled="true"' in attributes


@each
def test_check_keeps_its_place_when_it_is_over_and_a_second_press_erases_nothing(id_):
    panel = exercise(id_, "anna")
    before = re.findall('data-id="([^"]*)"', panel.parts["actions"])
    answer_by_fields(panel)
    said = panel.parts["judge"]
    assert re.findall('data-id="([^"]*)"', panel.parts["actions"]) == before
    for id_ in before:
        assert off(panel, id_)
        panel.press(id_)
    assert panel.parts["judge"] == said != ""
    assert panel.exercise.attempts == 1
    assert not off(panel, "do:restart")


@pytest.mark.parametrize("id_", ["predict-1", "predict-3", "predict-7"])
def test_what_was_predicted_stays_marked_and_cannot_be_changed_any_more(id_):
    panel = exercise(id_, "anna")
    first, *_, last = panel.exercise.choices[0].options
    panel.fill("answer", first)
    assert "disabled" not in panel.parts["answer"]
    panel.press("do:check")
    assert '<fieldset class="cl-field" disabled' in panel.parts["answer"]
    panel.fill("answer", last)
    assert panel.values["answer"] == first
    panel.fill("look", "gw2")
    assert panel.values["look"] == "gw2", "there is still something to look at"
    panel.press("do:restart")
    assert "disabled" not in panel.parts["answer"]
    assert panel.values["answer"] == ""
    panel.answer(last)
    assert panel.values["answer"] == last


def test_nobody_reveals_by_one_slip():
    panel = exercise("diagnose-1", "anna")
    panel.press("do:reveal")
    assert not panel.exercise.over
    assert "This ends the exercise" in words(panel, "help")
    panel.fill("look", "gw1")
    assert "This ends the exercise" not in words(panel, "help")
    panel.press("do:reveal")
    panel.press("do:hint")
    panel.press("do:reveal")
    assert not panel.exercise.over
    panel.press("do:reveal")
    assert panel.exercise.revealed
    panel.press("do:reveal")
    assert off(panel, "do:reveal"), "and what stands beside it did not move under the finger"


def test_the_first_new_key_is_the_second_of_its_name_and_has_a_colour_of_its_own():
    for seed in ("anna", "bert", "cleo", "dora"):
        panel = exercise("repair-1", seed)
        who = EXERCISES["repair-1"].problem(seed).steps[0].device
        panel.run(GenerateSelfSigned(who))
        keys = {one.key_fingerprint: one for one in panel.deployment.certificates.values()}
        seals = [panel._seals.of_key(one) for one in keys.values()]
        assert len({seal.hue for seal in seals}) == len(seals) == 5
        new = panel._seals.of_key(panel.deployment.certificate_of(who))
        assert new.name == f"{who} (second key)"
        assert new.monogram.count("\N{PRIME}") == 1


def test_what_is_hard_to_read_is_folded_behind_the_plain_reason():
    panel = exercise("predict-3", "anna")
    panel.answer("0")
    plain, _, full = panel.parts["judge"].partition("<details")
    assert "A name proves nothing; the key does." in plain
    assert "points to the key" in full
    assert "points to the key" not in plain


def test_a_wrong_claim_is_never_listed_among_what_was_found():
    panel = exercise("diagnose-6", "anna")
    first, second = EXERCISES["diagnose-6"].problem("anna").answers()
    wrong = first[0], next(place for place in panel.exercise.choices[1].options
                           if place not in (first[1], second[1]))  # fmt: skip
    assert "not so" in repr(panel.answer(*wrong))
    assert "accepted" not in panel.parts["judge"]
    panel.answer(*first)
    right, claim = words(panel, "judge").split("refused")
    assert "accepted" in right
    assert ": found" in right
    assert "not so" in claim
    assert "accepted" not in claim


def test_the_evidence_is_what_an_engineer_sees():
    panel = exercise("diagnose-4", "anna")
    panel.fill("look", "pbx1")
    shown = words(panel, "evidence")
    assert "pbx1 presents pbx1.office.example" in shown
    assert "Revocation lists" in shown
    assert "remove:" not in panel.parts["evidence"]


@pytest.mark.parametrize("id_", EXERCISES)
def test_whatever_the_judge_says_is_shown_to_its_end(id_):
    panel = exercise(id_, "anna")
    said = [panel.exercise.question, *(panel.hint() for _ in range(3)), panel.reveal()]
    shown = "".join(words(panel, part) for part in ("question", "judge", "help"))
    assert "characters)" not in shown
    for one in said:
        assert plainly(one)[-40:] in shown


def test_an_exercise_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(UnknownName, match="predict-1"):
        exercise("predict-99")


# --- break it -----------------------------------------------------------------------------------

LAB = deploy(estate(1, 2, 1), InternalPKI(), at="2026-11-24", seed="break it")


@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_is_applied_told_undone_and_shown_as_code(fault):
    panel = break_it(LAB)
    panel.fill("fault", fault)
    panel.fill("presenter", "gw1")
    panel.fill("verifier", "um1")
    panel.press("do:break")
    if fault == "key":
        assert "so a new key of gw1 is accepted" in words(panel, "trouble")
        assert panel.deployment is LAB
        return
    assert panel.selected == ("um1", "gw1")
    names = {"lab": LAB}
    exec(panel.code, names)
    assert names["lab"] == panel.deployment
    panel.press("do:undo")
    assert panel.deployment is LAB


def test_who_judges_a_certificate_is_chosen_among_the_peers_of_its_holder():
    panel = break_it(LAB)
    panel.fill("presenter", "um1")
    _, judges = panel.parts["break"].split("Who judges it")
    assert re.findall(r'<option value="([^"]*)"', judges) == ["gw1", "gw2", "pbx1"]
    panel.fill("verifier", "gw2")
    panel.fill("presenter", "gw2")
    assert panel.values["verifier"] == "um1"


@pytest.mark.parametrize(("presenter", "verifier"), [("um1", "um1"), ("gw1", "gw2")])
def test_who_does_not_judge_a_device_is_refused_in_sight_before_anything_is_done(
    presenter, verifier
):
    panel = break_it(LAB)
    panel.apply("expired", presenter, verifier)
    assert f"{verifier} does not judge what {presenter} presents" in words(panel, "trouble")
    assert panel.deployment is LAB
    assert panel.parts["map"] == break_it(LAB).parts["map"]


def test_no_bench_shows_a_device_that_judges_itself():
    panel = break_it(LAB)
    with pytest.raises(InvalidInput, match="um1 does not judge itself"):
        panel.select("um1", "um1")
    assert panel.selected == ()


def test_a_single_device_cannot_be_broken_this_way():
    with pytest.raises(InvalidInput, match="no link to break"):
        break_it(deploy(estate(1, 0, 0), InternalPKI(), at="2026-11-24", seed="alone"))


@each
def test_where_no_widget_can_live_the_question_is_still_read(id_):
    panel = exercise(id_, "anna")
    shown = panel._repr_mimebundle_()
    bundle = shown[0] if isinstance(shown, tuple) else shown
    assert html.escape(panel.exercise.question) in bundle["text/html"]
