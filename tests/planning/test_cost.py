"""Money: what a model costs, what drives it, what would change the choice, and the advice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from certlab.deployment import (
    Device,
    DialPlan,
    InternalPKI,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    ThirdPartyCA,
    read_inventory,
)
from certlab.errors import InvalidInput
from certlab.planning import (
    ASSUMPTIONS,
    MODELS,
    advise,
    compare,
    cost,
    estate_of_size,
    fact_timeline,
)
from certlab.planning.cost import IDLE, ITEMS
from certlab.validation.facts import FACTS

AT = "2026-11-24"
DATA = Path(__file__).parents[2] / "notebooks" / "data"
SMALL, REGION, LARGE = (
    read_inventory(DATA / f"{name}.csv") for name in ("small-office", "region", "enterprise")
)


def test_a_small_estate_by_hand_arithmetic() -> None:
    """One UM server with three devices: 10 touches a round at half an hour and 75 USD."""
    alone = cost(SMALL, SelfSigned(), at=AT)
    year = 10 * 365 / 335 * 0.5 * 75
    assert [figure.value for figure in alone.by_year] == pytest.approx([375 + year, *[year] * 4])
    pki = cost(SMALL, InternalPKI(), at=AT)
    assert pki.by_item["setting up a CA"].value == 40 * 75 + 2 * 4_000
    assert pki.by_item["running a CA"].value == 5 * 2 * 24 * 75
    one_tier = cost(SMALL, InternalPKI(tiers=1), at=AT)
    assert one_tier.by_item["setting up a CA"].value == 40 * 75 + 4_000
    assert one_tier.by_item["work to set up"].value == pki.by_item["work to set up"].value - 37.5


def test_a_ca_service_takes_the_place_of_servers_and_modules() -> None:
    given = ASSUMPTIONS.changed(ca_service=1, hsm_count=2)
    found = cost(SMALL, InternalPKI(), at=AT, assumptions=given)
    issued = 4 + 4 * 365 / 335
    assert found.by_item["setting up a CA"].value == 40 * 75
    assert found.items["running a CA"][0].value == pytest.approx(12 * 400 + 0.75 * issued)
    own = cost(SMALL, InternalPKI(), at=AT, assumptions=given.changed(ca_service=0))
    assert own.by_item["setting up a CA"].value == 40 * 75 + 2 * 4_000 + 2 * 20_000


def test_a_third_party_pays_for_certificates_and_shows_its_domains_ever_more_often() -> None:
    found = cost(SMALL, ThirdPartyCA(), at=AT)
    assert [figure.value for figure in found.items["certificates bought"]] == [400] * 5
    said = "\n".join(found.items["work on renewals"][4].explain())
    assert "times each domain is shown again: 36.5 times" in said
    assert "domain-reuse-10" in said
    # Its private CA is set up on the day that client authentication ends, and runs from then on.
    assert found.items["running a CA"][0].value == pytest.approx(2 * 24 * 75 * (365 - 111) / 365)


@pytest.mark.parametrize("key", MODELS)
def test_years_and_items_are_one_sum(key: str) -> None:
    found = cost(REGION, MODELS[key], at=AT)
    assert list(found.items) == list(ITEMS)
    assert sum(figure.value for figure in found.by_year) == pytest.approx(found.total.value)
    assert sum(figure.value for figure in found.by_item.values()) == pytest.approx(
        found.total.value
    )
    assert float(found.frame.to_numpy().sum()) == pytest.approx(found.total.value)


def test_every_figure_of_a_cost_comes_from_counts_assumptions_and_facts() -> None:
    """Recomputed from its own explanation: each sum and product is that of its inputs."""
    from certlab.planning import Figure

    def check(figure: Figure) -> int:
        values = [part.value for part in figure.inputs]
        if figure.formula == "+":
            assert figure.value == pytest.approx(sum(values))
        elif figure.formula == "×":
            product = 1.0
            for value in values:
                product *= value
            assert figure.value == pytest.approx(product)
        assert figure.name
        assert figure.formula
        return 1 + sum(check(part) for part in figure.inputs)

    for model in MODELS.values():
        assert check(cost(REGION, model, at=AT).total) > 30


def test_the_break_even_is_where_the_running_sums_cross() -> None:
    given = ASSUMPTIONS.changed(rate=120)
    found = compare(REGION, at=AT, assumptions=given)
    (even,) = found.break_even
    assert (even.first, even.later) == ("self-signed", "internal")
    sums = [[0.0], [0.0]]
    for row, key in zip(sums, ("self-signed", "internal"), strict=True):
        for figure in found.costs[key].by_year:
            row.append(row[-1] + figure.value)
    whole = int(even.years.value)
    assert sums[0][whole] < sums[1][whole]
    assert sums[0][whole + 1] >= sums[1][whole + 1]
    assert compare(SMALL, at=AT).break_even == ()


def test_what_drives_the_cost_is_found_by_moving_one_assumption_at_a_time() -> None:
    found = compare(REGION, at=AT)
    swings = found.sensitivity("internal")
    assert [s.width for s in swings] == sorted((s.width for s in swings), reverse=True)
    for swing in swings[:4]:
        for end, figure in ((swing.assumption.low, swing.low), (swing.assumption.high, swing.high)):
            changed = ASSUMPTIONS.changed({swing.assumption.id: end})
            again = cost(REGION, InternalPKI(), at=AT, assumptions=changed).total
            assert figure.value == pytest.approx(again.value)
    for name in IDLE:
        row = ASSUMPTIONS[name]
        for key, model in MODELS.items():
            again = cost(REGION, model, at=AT, assumptions=ASSUMPTIONS.changed({name: row.high}))
            assert again.total.value == found.costs[key].total.value, name
    assert "certificate_price" not in {swing.assumption.id for swing in swings}
    assert "late" not in {swing.assumption.id for swing in swings}
    with pytest.raises(InvalidInput, match="'none'"):
        found.sensitivity("none")


@pytest.mark.parametrize("inventory", [REGION, LARGE], ids=["region", "large"])
def test_a_flip_changes_the_choice_and_a_little_less_does_not(inventory: Inventory) -> None:
    def choice(name: str, value: float) -> str:
        changed = ASSUMPTIONS.changed({name: value})
        return compare(inventory, at=AT, assumptions=changed).choice

    found = compare(inventory, at=AT)
    assert len(found.flips()) >= 3
    for flip in found.flips():
        row = flip.assumption
        assert choice(row.id, flip.value) == flip.becomes != found.choice
        way = flip.value - row.value
        less = flip.value - (way / abs(way) if row.whole else way * 0.01)
        assert choice(row.id, less) == found.choice, flip.sentence
        assert flip.plausible is (row.low <= flip.value <= row.high)


def test_no_single_assumption_makes_a_ca_worth_while_for_three_devices_but_more_servers_do() -> (
    None
):
    found = compare(SMALL, at=AT)
    assert found.flips() == ()
    (flip,) = found.size_flips()  # more devices alone do not: with one server it is linear
    assert flip.becomes == "internal"
    assert "UM servers in one dial plan" in flip.sentence
    at = round(flip.value)
    assert compare(estate_of_size(at, 3), at=AT).choice == "internal"
    assert compare(estate_of_size(at - 1, 3), at=AT).choice == "self-signed"
    assert advise(SMALL, at=AT).flips == (flip,)


def test_small_medium_and_large_get_clear_and_different_advice() -> None:
    small, region, large = (advise(inventory, at=AT) for inventory in (SMALL, REGION, LARGE))
    assert [small.model, region.model, large.model] == ["self-signed", "internal", "internal"]
    assert small.confidence == large.confidence == "high"
    assert region.confidence == "low"  # both cost nearly the same: touches decide
    assert region.comparison.cheapest == "self-signed"
    for advice in (small, region, large):
        assert advice.reasons
        assert advice.against
        assert set(advice.others) == set(MODELS) - {advice.model}
        third = advice.others["third-party"]
        assert "2027-03-15" in third.words
        assert {"chrome-client-auth-end", "public-validity-47"} <= set(third.facts)
        assert advice.headline.startswith(advice.title)
    assert any("removed by hand, from up to 3 stores" in r.words for r in small.against)
    assert any("270 imports" in reason.words for reason in large.against)
    assert any("renew by themselves" in reason.words for reason in large.also)


def test_near_costs_are_decided_by_touches_and_that_is_an_assumption() -> None:
    strict = ASSUMPTIONS.changed(near=0)
    assert advise(REGION, at=AT, assumptions=strict).model == "self-signed"


def test_outsiders_get_a_public_certificate_for_the_answering_side_alone() -> None:
    advice = advise(REGION, at=AT, assumptions=ASSUMPTIONS.changed(outsiders=2))
    (said,) = [reason for reason in advice.also if "outsiders" in reason.words]
    assert said.figure is not None
    assert said.figure.value == 200
    assert said.facts == ("chrome-client-auth-end",)


def test_the_adviser_follows_the_dates_of_the_operator() -> None:
    models = {**MODELS, "third-party": ThirdPartyCA(operator="DigiCert")}
    advice = advise(REGION, at=AT, models=models)
    assert "2027-03-01" in advice.others["third-party"].words
    alone = advise(REGION, at=AT, models={"third-party": ThirdPartyCA()})
    assert any("Split each pair by 2027-03-15" in reason.words for reason in alone.also)


def test_a_house_with_names_of_its_own_cannot_have_a_third_party() -> None:
    plan = DialPlan("plan", SecurityMode.SECURED)
    roles = (Role.UM_SERVER, Role.GATEWAY)
    hosts = [Device(r.value, f"{r.value}.corp.local", r, ("plan",)) for r in roles]
    inventory = Inventory.of(hosts, [plan])
    many = [replace(d, fqdn=f"{d.name}.corp.local") for d in REGION]
    large = Inventory.of(many, REGION.dial_plans.values())
    free = ASSUMPTIONS.changed(near=100, hours_per_touch=0)
    found = compare(inventory, at=AT, assumptions=free)
    assert found.unfit == ("um", "gateway")
    assert found.choice != "third-party"
    said = advise(inventory, at=AT).others["third-party"]
    assert "no public CA may certify the names of um, gateway" in said.words
    assert "internal-names" in said.facts
    assert compare(SMALL, at=AT).unfit == ()
    both = {key: MODELS[key] for key in ("self-signed", "third-party")}
    dear = ASSUMPTIONS.changed(rate=150, hours_per_touch=1)
    for models, said in ((MODELS, "It costs least: "), (both, "It is the only one that can be: ")):
        then = advise(large, at="2025-06-01", years=1, assumptions=dear, models=models)
        costs = {key: cost.total.value for key, cost in then.comparison.costs.items()}
        assert min(costs, key=costs.__getitem__) == "third-party"
        assert then.model == then.comparison.cheapest != "third-party"
        assert then.reasons[0].words.startswith(said)


def test_the_advice_of_last_year_may_have_been_another() -> None:
    """For one year of 2025 a public certificate still served both roles, and lived 398 days."""
    then = advise(REGION, at="2025-06-01", years=1, assumptions=ASSUMPTIONS.changed(rate=150))
    assert then.model == "third-party"
    assert "ended on 2027-03-15" in advise(REGION, at="2028-01-01").others["third-party"].words


def test_an_estate_without_a_secure_plan_needs_no_model() -> None:
    inventory = estate_of_size(1, 2).with_security("plan", SecurityMode.UNSECURED)
    advice = advise(inventory, at=AT)
    assert (advice.model, advice.flips) == ("", ())
    assert "needs no" in advice.headline or "No link needs" in advice.headline


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(InvalidInput, match="no model"):
        compare(SMALL, at=AT, models={})


def test_the_time_line_tells_the_facts_in_the_order_of_their_dates() -> None:
    line = fact_timeline("2026-03-15", "2027-03-15")
    days = [fact.effective for fact in line.facts]
    assert days == sorted(day for day in days if day)
    ids = [fact.id for fact in line.facts]
    assert ids[0] == "public-validity-200"
    assert {"public-validity-100", "chrome-client-auth-end"} <= set(ids)
    assert {fact.id for fact in line.before} | set(ids) < set(FACTS)
    assert "public-validity-47" not in ids
    with pytest.raises(InvalidInput, match="ends before"):
        fact_timeline("2027-01-01", "2026-01-01")
