"""The table of assumptions: what it accepts, how it refuses, and that it can be written down."""

from __future__ import annotations

import pytest

from certlab.errors import InvalidInput, UnknownName
from certlab.planning import ASSUMPTIONS
from certlab.validation.facts import Mark


def test_every_assumption_is_within_its_range_and_has_a_source_and_a_date() -> None:
    for key, row in ASSUMPTIONS.items():
        assert key == row.id
        assert row.least <= row.low <= row.value <= row.high <= row.most, key
        assert row.words
        assert row.source
        assert row.checked
        assert row.figure.value == row.value
        assert row.source in row.figure.formula


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        ("ca_service_month", 400, 50, 400),
        ("ca_service_certificate", 0.75, 0, 1),
        ("certificate_price", 100, 50, 250),
        ("hsm_price", 20_000, 10_000, 100_000),
        ("automated_minutes", 2, 1, 10),
    ],
)
def test_prices_are_within_what_their_sources_tell(
    name: str, value: float, low: float, high: float
) -> None:
    row = ASSUMPTIONS[name]
    assert (row.value, row.low, row.high) == (value, low, high)
    assert row.mark is not Mark.KNOWN


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("rate", -1, "out of range"),
        ("rate", "", "blank"),
        ("rate", "   ", "blank"),
        ("rate", "much", "no number"),
        ("rate", "0,5", r"a comma does not part decimals.*Type 0\.5\."),
        ("hours_per_touch", "0,25", r"Type 0\.25\."),
        ("hours_per_touch", "1,000", r"Type 1\.000\."),
        ("rate", "1.000", r"in two ways.*Type 1000, or 1\."),
        ("hsm_price", "1.000.000", r"in two ways.*Type 1000000\."),
        ("lead_days", "1.000", "in two ways"),
        ("rate", "90%", "Type digits alone, such as 75"),
        ("rate", "90 EUR", "Type digits alone"),
        ("rate", "nan", "no number"),
        ("rate", float("inf"), "no number"),
        ("rate", None, "no number"),
        ("rate", True, "no number"),
        ("automation", 101, "out of range"),
        ("hsm_count", 1.5, "whole number"),
        ("lead_days", 200, "out of range"),
        ("lead_days_100", 100, "out of range"),
        ("lead_days_47", 45, "out of range"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field_with_the_range(
    name: str, given: object, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        ASSUMPTIONS.changed({name: given})
    (problem,) = caught.value.problems
    assert problem.column == name
    assert ASSUMPTIONS[name].range in problem.remedy


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("rate", "1,000", 1000),
        ("rate", "1 000.50", 1000.5),
        ("ca_server_price", "4,000 USD", 4000),
        ("hsm_price", "1,000,000", 1_000_000),
        ("automation", "90%", 90),
        ("automation", "12.5 %", 12.5),
        ("hours_per_touch", "1.125", 1.125),
        ("ca_service_certificate", "0.750", 0.75),
    ],
)
def test_a_number_is_read_as_people_write_it_where_it_can_be_only_one(name, given, read):
    assert ASSUMPTIONS.changed({name: given}).value(name) == read


def test_a_value_of_ones_own_says_so_and_what_the_default_is():
    other = ASSUMPTIONS.changed(rate=95)
    assert ASSUMPTIONS["rate"].origin.startswith("assumed; a round number")
    said = "assumed; your value, in place of 75 USD by default (a round number to begin with [K]"
    assert other["rate"].origin.startswith(said)
    assert said in other.figure("rate").explain()[0]
    assert said in other.frame.loc["rate", "origin"]
    assert other["lead_days"].origin == ASSUMPTIONS["lead_days"].origin


def test_ten_wrong_values_are_named_together_and_nothing_is_changed() -> None:
    wrong = dict.fromkeys(list(ASSUMPTIONS)[:10], "wrong")
    with pytest.raises(InvalidInput) as caught:
        ASSUMPTIONS.changed({**wrong, "outsiders": 3})
    assert [problem.column for problem in caught.value.problems] == list(wrong)
    assert ASSUMPTIONS.value("outsiders") == 0


def test_an_assumption_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(UnknownName, match="'wage'"):
        ASSUMPTIONS.changed(wage=3)


def test_a_changed_table_tells_its_changes_and_the_cell_that_makes_it() -> None:
    other = ASSUMPTIONS.changed(rate="80", lead_days=20)
    assert other.changes == {"rate": 80, "lead_days": 20}
    assert eval(other.code, {"ASSUMPTIONS": ASSUMPTIONS}) == other
    assert other.changed(rate=75, lead_days=30) == ASSUMPTIONS
    assert ASSUMPTIONS.code == "ASSUMPTIONS"
    assert other.frame.loc["rate", "value"] == 80
