"""Effort: counted from the procedures, by the rules of each day, equal to the arithmetic."""

from __future__ import annotations

from datetime import date
from itertools import product
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
    TrustModel,
    deploy,
    moment,
    read_inventory,
)
from certlab.errors import InvalidInput
from certlab.planning import (
    ASSUMPTIONS,
    MODELS,
    Assumptions,
    effort,
    estate_of_size,
    plan_for,
    team_of,
    terms,
)
from certlab.planning.counting import tally
from certlab.planning.effort import ASSUMED
from certlab.validation import Purpose

AT = "2026-11-24"
DATA = Path(__file__).parents[2] / "notebooks" / "data"


def estate(servers: int, gateways: int, pbxs: int = 0, *plans: str) -> Inventory:
    """UM servers, gateways and PBXs that all share one secure plan, or are dealt to several."""
    names = plans or ("plan",)
    kinds = (Role.UM_SERVER, servers), (Role.GATEWAY, gateways), (Role.PBX, pbxs)
    devices = [
        Device(f"{role.value}{n}", f"{role.value}{n}.estate.example", role,
               (names[n % len(names)],), role is Role.UM_SERVER)
        for role, count in kinds for n in range(count)
    ]  # fmt: skip
    return Inventory.of(devices, [DialPlan(name, SecurityMode.SECURED) for name in names])


@pytest.mark.parametrize(
    ("n", "g", "p", "imports"), [(2, 3, 2, 22), (4, 10, 6, 140), (10, 50, 20, 1490)]
)
def test_self_signed_imports_are_those_of_the_facts(n: int, g: int, p: int, imports: int) -> None:
    inventory = estate(n, g, p)
    found = effort(inventory, SelfSigned(), at=AT)
    assert found.by_kind["import a certificate"][0] == imports == n * (n - 1) + 2 * n * (g + p)
    assert found.operations.value == n + g + p + imports


# Each row of the facts: one dial plan, so every UM server is linked with every device; one
# certificate for both roles; 30 days of lead at 365 and 200 days of life, 20 at 100, 10 at 47.
@pytest.mark.parametrize(
    ("model", "small", "large"),
    [
        (SelfSigned(), 174, 1711),
        (InternalPKI(), 65, 261),
        (InternalPKI(lifetime_days=200), 129, 515),
        (InternalPKI(lifetime_days=100), 274, 1095),
        (InternalPKI(lifetime_days=47), 592, 2368),
    ],
)
def test_touches_a_year_are_those_of_the_facts(
    model: SelfSigned | InternalPKI, small: int, large: int
) -> None:
    for inventory, told in ((estate(4, 16), small), (estate(10, 70), large)):
        for figure in effort(inventory, model, at=AT).touches:
            assert round(figure.value) == told


@pytest.mark.parametrize(
    ("at", "small", "large"),
    [("2026-03-15", 129, 515), ("2027-03-15", 274, 1095), ("2029-03-15", 592, 2368)],
)
def test_public_certificates_ask_for_that_many_touches_under_the_rules_of_each_year(
    at: str, small: int, large: int
) -> None:
    for inventory, told in ((estate(4, 16), small), (estate(10, 70), large)):
        public = effort(inventory, ThirdPartyCA(), at=at, years=1).parts[0]
        assert round(public.round.value * public.rates[0].value) == told


def test_any_to_any_is_what_servers_alone_make() -> None:
    for k in range(2, 9):
        found = effort(estate(k, 0), SelfSigned(), at=AT)
        assert found.by_kind["import a certificate"][0] == k * (k - 1)


def test_only_linked_devices_count_so_dial_plans_make_it_less() -> None:
    one = effort(estate(4, 16), SelfSigned(), at=AT).one_off.value
    four = effort(estate(4, 16, 0, "a", "b", "c", "d"), SelfSigned(), at=AT).one_off.value
    assert (one, four) == (20 + 12 + 2 * 4 * 16, 20 + 2 * 4 * 4)
    region = read_inventory(DATA / "region.csv")
    links = effort(region, SelfSigned(), at=AT).by_kind["import a certificate"][0]
    assert links == 2 * len(region.links)


def test_adding_a_device_or_a_um_server_costs_what_the_arithmetic_says() -> None:
    for n, d in product((1, 2, 5), (1, 4)):

        def operations(model: SelfSigned | InternalPKI, servers: int, devices: int) -> float:
            return effort(estate(servers, devices), model, at=AT).operations.value

        for model, device, server in (
            (SelfSigned(), 1 + 2 * n, 1 + 2 * n + 2 * d), (InternalPKI(), 4, 4)
        ):  # fmt: skip
            now = operations(model, n, d)
            assert operations(model, n, d + 1) - now == device
            assert operations(model, n + 1, d) - now == server


def test_renewing_costs_one_and_a_visit_to_each_peer_without_a_ca_and_three_with_one() -> None:
    n, d = 3, 4
    inventory = estate(n, d)
    alone, under_ca = tally(inventory, SelfSigned()), tally(inventory, InternalPKI())
    assert alone.rounds["itself"] == n * (1 + (n - 1) + d) + d * (1 + n)
    assert under_ca.rounds["Lab PKI"] == 3 * (n + d)


def test_a_public_certificate_of_april_2027_lives_a_hundred_days_and_calls_nobody() -> None:
    public, private = terms(ThirdPartyCA(), "2027-04-01")
    assert (public.days, public.purpose) == (100, Purpose.SERVER)
    assert public.facts == ("public-validity-100", "chrome-client-auth-end")
    assert (private.issuer, private.purpose) == ("Client PKI", Purpose.CLIENT)
    lab = deploy(estate(1, 1), ThirdPartyCA(split=True), at="2027-04-01")
    shown = lab.certificate_of("gateway0", Purpose.SERVER)
    assert shown is not None
    assert (shown.not_after - shown.not_before).days == public.days - 1  # both ends count
    assert "clientAuth" not in str(shown.extended_key_usage)
    (before,) = terms(ThirdPartyCA(), "2027-03-14")
    assert (before.days, before.purpose) == (200, Purpose.MUTUAL)
    assert terms(ThirdPartyCA(operator="Let's Encrypt"), "2026-11-24")[1].purpose is Purpose.CLIENT


def test_a_shorter_lifetime_of_ones_own_choice_stands_until_the_rules_are_shorter_still() -> None:
    short = ThirdPartyCA(lifetime_days=90)
    assert [terms(short, day)[0].days for day in (AT, "2027-04-01", "2029-04-01")] == [90, 90, 47]


def test_the_plan_moves_to_shorter_lifetimes_as_certificates_are_issued_anew() -> None:
    found = effort(estate(4, 16), ThirdPartyCA(), at=AT)
    public = found.parts[0]
    assert [(found.day(p.first), p.terms.days) for p in public.periods if p.first] == [
        (date(2027, 3, 15), 100), (date(2029, 3, 15), 47)
    ]  # fmt: skip
    yearly = [rate.value for rate in public.rates]
    assert yearly == sorted(yearly)
    assert yearly[-1] == pytest.approx(365 / 37, rel=0.01)
    # In the first 111 days 200-day certificates come back; those stay in force until they do.
    assert 365 / 170 < yearly[0] < 365 / 80


def test_the_private_half_is_set_up_when_public_certificates_stop_calling() -> None:
    inventory = estate(4, 16)
    found = effort(inventory, ThirdPartyCA(), at=AT)
    assert [(part.issuer, found.day(part.first)) for part in found.parts] == [
        ("Example Public CA", date(2026, 11, 24)), ("Client PKI", date(2027, 3, 15))
    ]  # fmt: skip
    later = found.touches[0].value - found.renewals[0].value
    split = ThirdPartyCA(split=True).procedure(inventory)
    assert found.one_off.value + later == split.touches
    after = effort(inventory, ThirdPartyCA(), at="2027-03-15")
    assert after.one_off.value == split.touches
    assert after.operations.value == len(split)
    assert sum(part.certificates.value for part in after.parts) == 2 * len(inventory)
    assert after.touches[0].value == pytest.approx(after.renewals[0].value)


@pytest.mark.parametrize("name", ["small-office", "region", "enterprise"])
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_kinds_teams_and_years_are_one_sum_and_the_procedures(
    name: str, model: SelfSigned | InternalPKI | ThirdPartyCA
) -> None:
    inventory = read_inventory(DATA / f"{name}.csv")
    found = effort(inventory, model, at=AT)
    procedure = model.procedure(inventory)
    assert (found.operations.value, found.one_off.value) == (len(procedure), procedure.touches)
    for table in (found.by_kind, found.by_team):
        sums = [sum(column) for column in zip(*table.values(), strict=True)]
        assert sums == pytest.approx([found.one_off.value, *(f.value for f in found.touches)])
    assert set(found.by_team) <= {"Exchange", "telephony", "PKI", "directory"}
    assert set(found.by_device) >= {step.place for step in procedure}
    assert list(found.frame.columns)[:2] == ["set up", "year 1"]


def test_teams_follow_the_place_of_the_step() -> None:
    inventory = estate(1, 1)
    teams = {type(step).__name__: team_of(step, inventory)
             for step in InternalPKI().procedure(inventory)}  # fmt: skip
    assert teams["PushRoot"] == "directory"
    assert teams["ImportAnchor"] == "telephony"
    assert teams["IssueCertificate"] == teams["CreateAuthority"] == "PKI"
    assert "Exchange" in {team_of(s, inventory) for s in SelfSigned().procedure(inventory)}


def test_automation_spares_touches_under_a_ca_and_none_without() -> None:
    most = ASSUMPTIONS.changed(automation=90)
    for key, share in (("internal", 0.1), ("self-signed", 1)):
        before = effort(estate(4, 16), MODELS[key], at=AT)
        after = effort(estate(4, 16), MODELS[key], at=AT, assumptions=most)
        assert after.touches[1].value == pytest.approx(share * before.touches[1].value)
        watched = after.hours[1].value - after.touches[1].value * 0.5
        assert watched == pytest.approx((1 - share) * 20 * 365 / 335 * 2 / 60)


def test_hours_are_touches_by_the_hours_that_each_takes() -> None:
    found = effort(estate(4, 16), SelfSigned(), at=AT,
                   assumptions=ASSUMPTIONS.changed(hours_per_touch=0.25))  # fmt: skip
    assert found.set_up_hours.value == 160 / 4
    assert found.hours[0].value == pytest.approx(found.touches[0].value / 4)


def another(table: Assumptions, name: str) -> Assumptions:
    """The table with another plausible value of this assumption."""
    row = table[name]
    return table.changed({name: row.low if row.value != row.low else row.high})


def test_no_other_assumption_changes_the_effort() -> None:
    inventory = estate(2, 3)
    some = ASSUMPTIONS.changed(automation=50)
    for key, model in MODELS.items():
        known = effort(inventory, model, at=AT, assumptions=some)
        for name in set(some) - set(ASSUMED):
            other = effort(inventory, model, at=AT, assumptions=another(some, name))
            assert other == known, (key, name)
    changed = {
        name for name in some for model in MODELS.values()
        if effort(inventory, model, at=AT, assumptions=another(some, name)).hours
        != effort(inventory, model, at=AT, assumptions=some).hours
    }  # fmt: skip
    assert changed == set(ASSUMED)


def test_a_lead_as_long_as_a_lifetime_is_refused_with_the_lifetime() -> None:
    with pytest.raises(InvalidInput, match="live 7 days only") as caught:
        effort(estate(1, 1), InternalPKI(lifetime_days=7), at=AT)
    assert [problem.column for problem in caught.value.problems] == ["lead_days_47"]
    with pytest.raises(InvalidInput, match="years=0"):
        effort(estate(1, 1), InternalPKI(), at=AT, years=0)


def test_an_inventory_is_counted_once_for_each_model(monkeypatch: pytest.MonkeyPatch) -> None:
    inventory, model = estate(2, 3), SelfSigned()
    first = effort(inventory, model, at=AT)

    def again(self: SelfSigned, inventory: Inventory) -> None:
        raise AssertionError("counted twice")

    monkeypatch.setattr(SelfSigned, "procedure", again)
    other = effort(inventory, model, at="2027-01-01", assumptions=ASSUMPTIONS.changed(rate=1))
    assert other.one_off == first.one_off
    with pytest.raises(AssertionError, match="twice"):
        effort(estate_of_size(2, 3), model, at=AT)


def test_a_figure_tells_its_formula_its_inputs_and_the_facts_behind_them() -> None:
    found = effort(estate(4, 16), ThirdPartyCA(), at=AT)
    said = "\n".join(found.touches[4].explain())
    for part in ("touches of one round of renewals: 60 touches", "lifetime from day 842: 47 days",
                 "fact public-validity-47", "from 2029-03-15 [P]", "SC-081v3",
                 "lead time, lifetimes under 100 days: 10 days"):  # fmt: skip
        assert part in said
    assert "lifetime from day 0: 200 days" not in said
    assert {"public-validity-47", "chrome-client-auth-end"} <= set(found.touches[4].all_facts)
    assert float(found.one_off) == 60 + 1 + 16 + 1  # one push serves the four UM servers
    assert f"{found.one_off}" == "78 touches"
    assert f"{found.touches[4]:,.1f}" == "658.3"


def test_a_lifetime_that_is_assumed_counts_where_a_model_states_no_other() -> None:
    inventory, longer = estate(2, 8), ASSUMPTIONS.changed(self_signed_days=1500, pki_days=730)

    def yearly(model: TrustModel, assumptions: Assumptions = ASSUMPTIONS) -> float:
        return effort(inventory, model, at=AT, assumptions=assumptions).renewals[0].value

    assert yearly(SelfSigned(), longer) == yearly(SelfSigned(lifetime_days=1500))
    assert yearly(SelfSigned(), longer) < yearly(SelfSigned()) / 4
    assert yearly(InternalPKI(), longer) == yearly(InternalPKI(lifetime_days=730))
    assert yearly(SelfSigned(lifetime_days=90), longer) == yearly(SelfSigned(lifetime_days=90))
    plan = plan_for(inventory, at=AT, assumptions=longer, model="self-signed")
    years = plan.deployed()
    assert years is not None
    assert years.outages.next is not None
    assert (years.outages.next.at - moment(AT)).days in (1500, 1501)
