"""Every scenario ends as its story says: verdict, reason, certificate, values, remedy."""

import re
from datetime import UTC, datetime
from textwrap import dedent

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certlab.training import SCENARIOS
from certlab.validation import POLICIES

AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
WITH_RANDOM_KEYS = {"sha1-signature", "short-rsa-key"}

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda s: s.key)


@each_scenario
def test_a_scenario_ends_in_the_verdict_its_story_tells(scenario):
    case = scenario.build(AT)
    verdict = case.validate()
    assert verdict.accepted is case.expected.accepted, verdict.reason and verdict.reason.words


@each_scenario
def test_the_first_finding_names_what_is_at_fault_and_what_was_seen(scenario):
    case = scenario.build(AT)
    expected = case.expected
    first = next(iter(case.validate().findings), None)
    if expected.kind is None:
        assert first is None, first.words
        return
    assert first is not None
    assert first.kind is expected.kind, first.words
    assert expected.at_fault in (None, first.certificate)
    for value in expected.mentions:
        assert value in first.words


@each_scenario
def test_what_is_refused_comes_with_the_remedy(scenario):
    case = scenario.build(AT)
    reason = case.validate().reason
    if case.expected.accepted:
        assert reason is None
    else:
        assert reason.remedy is case.expected.remedy
        assert reason.section
        assert reason.remedy.advice


@each_scenario
def test_other_verifiers_differ_exactly_where_the_scenario_says(scenario):
    case = scenario.build(AT)
    differ = {
        key
        for key, policy in POLICIES.items()
        if case.validate(policy).accepted is not case.expected.accepted
    }
    assert differ == case.expected.elsewhere


@pytest.mark.parametrize(
    "at", [datetime(2019, 2, 28, tzinfo=UTC), datetime(2041, 7, 1, tzinfo=UTC)]
)
@each_scenario
def test_a_scenario_never_goes_out_of_date(scenario, at):
    case = scenario.build(at)
    verdict = case.validate()
    assert verdict.accepted is case.expected.accepted
    assert (verdict.findings[0].kind if verdict.findings else None) is case.expected.kind


@each_scenario
def test_the_same_clock_gives_the_same_bytes(scenario):
    if scenario.key in WITH_RANDOM_KEYS:
        return
    one, two = scenario.build(AT), scenario.build(AT)
    assert one.certificate == two.certificate
    assert one.intermediates == two.intermediates
    assert one.anchors == two.anchors
    assert one.crls == two.crls
    assert [answer.public_bytes(Encoding.DER) for answer in one.ocsp] == [
        answer.public_bytes(Encoding.DER) for answer in two.ocsp
    ]


@each_scenario
def test_a_key_beside_a_certificate_is_its_own_but_where_the_story_says_otherwise(scenario):
    case = scenario.build(AT)
    assert case.key_fits is case.expected.key_fits
    assert case.key_fits is (scenario.key != "key-of-another")


def test_each_scenario_has_a_number_of_its_own():
    assert [scenario.number for scenario in SCENARIOS.values()] == list(range(1, 49))


@each_scenario
def test_a_scenario_tells_a_story_in_sentences(scenario):
    assert re.fullmatch(r"[a-z0-9-]+", scenario.key)
    assert not scenario.title.endswith(".")
    first_line = scenario.story.splitlines()[0]
    assert first_line[0].isupper()
    assert scenario.story.rstrip()[-1] in ".)" or "\n    " in scenario.story


@each_scenario
def test_what_is_drawn_with_characters_fits_into_the_gallery_of_a_small_screen(scenario):
    for part in scenario.story.split("\n\n"):
        if part.startswith(" "):
            assert max(map(len, dedent(part).splitlines())) <= 60


def test_a_case_shows_no_private_key():
    case = SCENARIOS["whole-chain-as-server"].build(AT)
    secret = case.key.private_key.private_numbers().private_value
    assert str(secret) not in repr(case)
    assert f"{secret:x}" not in repr(case)
