"""The years played through: the same seed gives the same, and assumptions do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from certlab.deployment import InternalPKI, SelfSigned, ThirdPartyCA, read_inventory
from certlab.errors import InvalidInput
from certlab.planning import ASSUMPTIONS, effort, forecast

REGION = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "region.csv")
AT = "2026-11-24"
NOBODY_ERRS = ASSUMPTIONS.changed(late=0, mistakes=0, automated_mistakes=0)


def test_a_seed_repeats_and_another_seed_differs() -> None:
    one, same, other = (forecast(REGION, SelfSigned(), at=AT, seed=s) for s in (1, 1, 2))
    assert (one.draws["outages"] == same.draws["outages"]).all()
    assert not (one.draws["outages"] == other.draws["outages"]).all()


def test_when_nobody_errs_nothing_fails_and_the_touches_are_those_that_effort_counts() -> None:
    played = forecast(REGION, SelfSigned(), at=AT, assumptions=NOBODY_ERRS)
    assert played.spread("outages").p90.value == played.spread("link_hours").p90.value == 0
    rounds = len({wave.day for wave in played.waves})
    assert rounds == (5 * 365 - 1) // (365 - 30)
    (part,) = effort(REGION, SelfSigned(), at=AT).parts
    low, _, high = played.spread("touches")
    assert low.value == high.value == rounds * part.round.value
    assert played.spread("hours").p50.value == high.value * 0.5


def test_the_expected_number_of_outages_is_what_the_assumptions_multiply_to() -> None:
    certain = NOBODY_ERRS.changed(late=100, late_days=400, lead_days=0)
    played = forecast(REGION, SelfSigned(), at=AT, assumptions=certain)
    rounds = len({wave.day for wave in played.waves})
    assert played.spread("outages").p10.value == rounds * len(REGION), "everybody is late"
    half = forecast(REGION, SelfSigned(), at=AT, assumptions=NOBODY_ERRS.changed(mistakes=50))
    touches = sum(wave.touches for wave in half.waves)
    assert half.draws["outages"].sum(axis=0).mean() == pytest.approx(touches / 2, rel=0.02)


def test_the_list_of_an_offline_root_is_a_renewal_on_which_every_link_hangs() -> None:
    two, one = (forecast(REGION, InternalPKI(tiers=tiers), at=AT) for tiers in (2, 1))
    lists = [wave for wave in two.waves if wave.size == 1]
    assert [wave.links for wave in lists] == [len(REGION.links)] * 5
    assert not [wave for wave in one.waves if wave.size == 1]


def test_machines_rescue_short_lifetimes_and_do_nothing_for_self_signed() -> None:
    machines = ASSUMPTIONS.changed(automation=100)
    public = ThirdPartyCA(split=True)
    by_hand, by_itself = (
        forecast(REGION, public, at=AT, assumptions=assumed) for assumed in (ASSUMPTIONS, machines)
    )
    assert by_itself.spread("outages").p90.value < by_hand.spread("outages").p10.value
    assert by_itself.spread("hours").p90.value < by_hand.spread("hours").p10.value / 10
    own = [forecast(REGION, SelfSigned(), at=AT, assumptions=a) for a in (ASSUMPTIONS, machines)]
    assert own[0].spread("outages").p50.value == own[1].spread("outages").p50.value


def test_every_figure_tells_the_assumptions_it_rests_on() -> None:
    played = forecast(REGION, InternalPKI(), at=AT)
    told = "\n".join(played.yearly("link_hours")[1].p90.explain())
    assert "link hours in year 2, p90" in told
    for name in ("late", "mistakes", "outage_hours"):
        assert ASSUMPTIONS[name].words in told
    assert list(played.frame.columns) == ["p10", "p50", "p90"]


def test_what_cannot_be_played_is_refused() -> None:
    with pytest.raises(InvalidInput, match="10 to 100,000"):
        forecast(REGION, SelfSigned(), at=AT, runs=1)
    with pytest.raises(InvalidInput, match="outages, link_hours"):
        forecast(REGION, SelfSigned(), at=AT).spread("money")
    with pytest.raises(InvalidInput):
        forecast(REGION, SelfSigned(lifetime_days=5), at=AT)
