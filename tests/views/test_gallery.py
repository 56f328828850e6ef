"""The gallery: every scenario as a card, at any moment, and searchable."""

from datetime import UTC, datetime

import pytest

from certlab.deployment import trust_matrix, why
from certlab.errors import StepRefused, UnknownName
from certlab.training import SCENARIOS, scenario, scenarios
from certlab.validation import POLICIES, Remedy
from certlab.views import escape, scenario_view

from .estates import texts

AT = datetime(2026, 11, 24, tzinfo=UTC)
each = pytest.mark.parametrize("key", SCENARIOS)


@pytest.mark.parametrize(
    ("key", "which"),
    [
        ("issuing-ca-pinned", "the certificate of CN=Example Root CA"),
        ("leaf-pinned", "the root certificate above CN=Example Issuing CA"),
        ("self-signed-not-imported", "the certificate of um01.example.com"),
        ("same-name-other-key", "the new certificate of um01.example.com"),
        ("root-of-the-same-name", "the new certificate of Example Root CA"),
    ],
)
def test_a_repair_by_import_says_which_certificate_and_into_which_store(key, which):
    card = texts(scenario_view(scenario(key, AT)))
    assert f"Repair Get {which} and compare its fingerprint" in card
    assert "then import it into the verifier’s trusted root store" in card


@each
def test_a_card_tells_story_chain_every_verifier_finding_and_repair(key):
    one = scenario(key, AT)
    card = scenario_view(one)
    assert escape(one.scenario.title) in card
    assert card.count("<svg") >= 1
    assert all(f">{policy.title}<" in card for policy in POLICIES.values())
    if one.finding:
        assert one.finding.section in card
    reason = one.verdict.reason
    if reason and reason.remedy is not Remedy.IMPORT_ANCHOR:
        assert escape(reason.remedy.advice) in card
    elif not reason:
        assert "accepted" in card
    assert ("key of another" in card) is (key == "key-of-another")
    assert "Repair" in card or not (one.finding or key == "key-of-another")


@each
@pytest.mark.parametrize("at", ["2007-03-01", "2038-01-20"])
def test_a_card_is_never_out_of_date(key, at):
    then = scenario(key, at)
    assert then.verdict.accepted is scenario(key, AT).verdict.accepted
    assert f"on {at}" in scenario_view(then)


@each
def test_a_lab_says_what_its_scenario_says(key):
    one = scenario(key, AT)
    if not one.has_lab:
        with pytest.raises(StepRefused, match="Go on with the values"):
            one.lab()
        return
    matrix = trust_matrix(one.lab())
    cell = matrix.cell("gw1", "um1")
    assert cell.verdict.accepted is one.case.expected.accepted
    if one.verdict.reason:
        assert cell.reason.kind is one.verdict.reason.kind
        assert cell.reason.certificate == one.verdict.reason.certificate
    assert matrix.cell("um1", "gw1").verdict.accepted, "the other direction is in order"


def test_most_scenarios_open_in_a_lab():
    without = {key for key in SCENARIOS if not scenario(key, AT).has_lab}
    assert {key for key in without if not key.startswith("ocsp-")} == {
        "address-permitted", "address-not-permitted", "reached-by-address",  # called by address
        "imported-ca-mints", "key-of-another",
    }  # fmt: skip


def test_a_lab_can_be_repaired_by_the_step_it_proposes():
    lab = scenario("leaf-expired", AT).lab()
    fix = why(lab, "gw1", trusts="um1").fix
    assert why(lab.run(fix), "gw1", trusts="um1").reason is not None, "a new key has to be imported"
    missing = scenario("self-signed-not-imported", AT).lab()
    repaired = missing.run(why(missing, "gw1", trusts="um1").fix)
    assert not trust_matrix(repaired).refused


def test_a_search_needs_every_word_and_narrows_by_outcome_and_finding():
    def keys(*words, **narrow):
        return [one.scenario.key for one in scenarios(AT, *words, **narrow)]

    assert len(keys()) == len(SCENARIOS)
    assert keys("ROOT same NAME key") == ["root-of-the-same-name"]
    assert keys("no such words") == []
    assert set(keys(outcome="accepted")) | set(keys(outcome="refused")) == set(SCENARIOS)
    assert keys(kind="expired") == ["leaf-expired", "issuing-ca-expired", "pinned-and-expired"]
    for one in scenarios(AT, outcome="disputed"):
        assert len({verdict.accepted for verdict in one.verdicts.values()}) == 2


def test_a_key_that_fits_no_certificate_is_told_on_the_card():
    assert "no machine can install the two" in scenario_view(scenario("key-of-another", AT))
    assert "no machine can install" not in scenario_view(scenario("leaf-expired", AT))


def test_a_scenario_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(UnknownName, match="leaf-expired"):
        scenario("leaf-expierd", AT)
