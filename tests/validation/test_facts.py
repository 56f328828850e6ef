"""Dated facts hold from their day on."""

from datetime import UTC, date, datetime, timedelta

import pytest

from certlab.errors import UnknownName
from certlab.validation.facts import FACTS, Mark, fact, in_force


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2025, 1, 1), 398),
        (date(2026, 3, 14), 398),
        (date(2026, 3, 15), 200),
        (date(2027, 3, 14), 200),
        (date(2027, 3, 15), 100),
        (date(2029, 3, 15), 47),
    ],
)
def test_public_certificates_get_shorter_on_the_day_the_ballot_names(day, days):
    rule = in_force("public-validity", day)
    assert rule is not None
    assert rule.value == days


def test_a_moment_counts_as_its_day_in_utc():
    rule = fact("chrome-client-auth-end")
    assert not rule.holds(datetime(2027, 3, 14, 23, 59, tzinfo=UTC))
    assert rule.holds(datetime(2027, 3, 15, tzinfo=UTC))


def test_before_its_first_step_a_series_holds_nothing():
    assert in_force("lets-encrypt-validity", date(2027, 2, 9)) is None
    assert in_force("lets-encrypt-validity", date(2027, 2, 10)) is fact("lets-encrypt-validity-64")


def test_an_edited_table_is_asked_in_place_of_ours():
    edited = {**FACTS}
    del edited["public-validity-47"]
    rule = in_force("public-validity", date(2030, 1, 1), edited)
    assert rule is not None
    assert rule.value == 100


def test_every_fact_names_its_source_and_how_it_is_known():
    for key, found in FACTS.items():
        assert found.id == key
        assert found.words, key
        assert not found.words.endswith("."), key
        assert found.source, key
        assert found.mark in Mark, key


def test_a_series_never_has_two_steps_on_one_day():
    for name in {found.series for found in FACTS.values() if found.series}:
        steps = [found.effective for found in FACTS.values() if found.series == name]
        assert len(steps) == len(set(steps)), name


def test_an_unknown_fact_is_refused_with_the_ids_there_are():
    with pytest.raises(UnknownName, match="sha1-end"):
        fact("sha-1")


def test_a_rule_without_a_date_has_always_held():
    assert fact("rsa-minimum").holds(date.min + timedelta(days=1))
