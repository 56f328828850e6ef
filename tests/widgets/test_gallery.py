"""The gallery widget: what a click does is a call, and the cell it shows does the same."""

import pytest

from certlab import SCENARIOS, gallery
from certlab.deployment import trust_matrix
from certlab.errors import StepRefused, UnknownName
from certlab.views import escape


@pytest.fixture
def shelf():
    return gallery("2026-11-24")


def test_a_press_shows_a_scenario_and_the_status_says_its_outcome(shelf):
    shelf.press("scenario:leaf-revoked")
    assert shelf.played.scenario.key == "leaf-revoked"
    assert "revoked" in shelf.status
    assert "The certificate was revoked" in shelf.parts["story"]
    assert 'aria-current="true"' in shelf.parts["list"]


def test_a_search_shows_what_it_found_and_says_so_when_that_is_nothing(shelf):
    shelf.fill("kind", "expired")
    assert shelf.status == "3 of 48 scenarios"
    assert shelf.played.scenario.key == "leaf-expired", "the first one found is shown"
    choice = shelf.parts["choice"]
    shelf.fill("words", "nowhere to be found")
    assert "Nothing has all of these words" in shelf.parts["list"]
    assert "story" not in shelf.parts
    assert shelf.parts["choice"] == choice, "fields are not redrawn under the fingers"
    shelf.fill("words", "")
    assert "story" in shelf.parts


@pytest.mark.parametrize("key", ["issuing-ca-not-sent", "ocsp-stale"])
@pytest.mark.parametrize("at", ["2026-11-24", "2026-11-24T09:30:00+00:00"])
def test_the_cell_that_is_shown_gives_the_same_certificates(key, at):
    shelf = gallery(at, show=key)
    ran = {}
    exec(shelf.code.replace("explore(lab)", ""), ran)
    case = shelf.played.case
    if shelf.played.has_lab:
        assert ran["lab"].certificate_of("um1") == case.certificate
        assert ran["lab"].at == case.at
    else:
        assert ran["case"].certificate == case.certificate


def test_a_lab_is_opened_for_the_next_cell_and_left_behind_with_the_next_scenario(shelf):
    shelf.press("scenario:wrong-name")
    shelf.press("do:open")
    assert trust_matrix(shelf.deployment).refused == (("gw1", "um1"),)
    assert "<svg" in shelf.parts["lab"]
    shelf.press("scenario:maze")
    assert shelf.deployment is None
    assert "lab" not in shelf.parts


def test_asked_first_nothing_gives_the_verdict_away_before_it_is_shown():
    shelf = gallery("2026-11-24", show="root-of-the-same-name", ask=True)
    before = shelf.parts["story"] + shelf.parts["list"] + shelf.status
    assert "The office made its root anew" in shelf.parts["story"]
    for given_away in ("✗", "✓", "refused", "cl-no", "<svg", "Every check", "this key signed"):
        assert given_away not in before
    shelf.press("do:verdict")
    assert "What each verifier says" in shelf.parts["story"]
    assert "✗" in shelf.parts["story"]
    assert shelf.parts["list"].count("✗") == 1, "the others are still to be asked"
    shelf.press("scenario:leaf-expired")
    assert "Repair" not in shelf.parts["story"]
    assert shelf.status == "4 · A call to um01.example.com"
    shelf.press("scenario:root-of-the-same-name")
    assert "Repair" in shelf.parts["story"], "what was told stays told"
    shelf.fill("ask", value=False)
    assert "Repair" in shelf.parts["story"]
    assert "✗" in shelf.parts["list"]


@pytest.mark.parametrize("key", SCENARIOS)
def test_asked_first_a_scenario_is_known_by_its_number_and_who_calls_until_it_is_answered(key):
    shelf, title = gallery("2026-11-24", show=key, ask=True), str(escape(SCENARIOS[key].title))
    shown = " ".join([*shelf.parts.values(), shelf.status])
    number = SCENARIOS[key].number
    assert f"{number} · A call " in shelf.parts["list"]
    assert f"{number} · A call " in shelf.parts["story"]
    assert not [one for one in SCENARIOS.values() if f"· {escape(one.title)}" in shown]
    assert shelf.played.verdict.reason is None or shelf.played.verdict.reason.words not in shown
    shelf.show_verdict()
    assert title in shelf.parts["story"]
    assert shelf.parts["list"].count(title) == 1


def test_asked_first_nothing_can_be_found_by_its_outcome(shelf):
    shelf.fill("outcome", "accepted")
    shelf.fill("ask", value=True)
    assert "48 scenarios" in shelf.parts["list"]
    assert "First finding" not in shelf.parts["choice"]
    assert "Outcome" not in shelf.parts["choice"]
    shelf.fill("words", "expired on")
    assert "0 of 48 scenarios" in shelf.parts["list"]
    shelf.fill("words", "4")
    shelf.press("scenario:leaf-expired")
    shelf.press("do:verdict")
    shelf.fill("words", "expired on")
    assert "1 of 48 scenarios" in shelf.parts["list"], "what was told can be found"
    shelf.fill("ask", value=False)
    shelf.fill("words", "expired on")
    assert "4 of 48 scenarios" in shelf.parts["list"]


def test_a_lab_opened_by_a_call_shows_the_verdict_that_was_withheld():
    shelf = gallery("2026-11-24", show="leaf-expired", ask=True)
    shelf.open_lab()
    assert "Repair" in shelf.parts["story"]


def test_where_two_machines_cannot_tell_it_the_button_is_off_and_the_call_says_why(shelf):
    shelf.show("ocsp-stale")
    assert 'data-id="do:open" class="cl-button" aria-disabled="true"' in shelf.parts["story"]
    with pytest.raises(StepRefused, match="Go on with the values"):
        shelf.open_lab()


def test_the_engines_of_this_computer_are_asked_on_request(shelf):
    shelf.show("leaf-expired")
    assert "engines" not in shelf.parts
    shelf.press("do:ask")
    assert "pyca/cryptography" in shelf.parts["engines"]
    assert any(one.accepted is False for one in shelf.ask())


def test_neither_parts_nor_code_hold_a_private_key(shelf):
    for key in SCENARIOS:
        shelf.show(key)
        pair = shelf.played.case.key
        number = getattr(pair.private_key.private_numbers(), "private_value", None)
        number = number or pair.private_key.private_numbers().d
        state = " ".join([*shelf.parts.values(), shelf.code, shelf.status, repr(shelf)])
        assert str(number) not in state
        assert f"{number:x}" not in state.lower()


def test_a_scenario_that_does_not_exist_is_named(shelf):
    with pytest.raises(UnknownName, match="no scenario is called 'nothing'"):
        shelf.show("nothing")
