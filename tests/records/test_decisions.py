"""Decisions: written down beside their evidence, and compared with the world of a later day."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import mistune
import pytest

from certlab.deployment import (
    AddDevice,
    GenerateSelfSigned,
    InternalPKI,
    RemoveAnchor,
    Revoke,
    Role,
    SecurityMode,
    SelfSigned,
    SwitchDialPlan,
    begin,
    deploy,
    read_inventory,
    trust_matrix,
    why,
)
from certlab.errors import InvalidInput
from certlab.planning import (
    ASSUMPTIONS,
    MODELS,
    advise,
    compare,
    cost,
    effort,
    fact_timeline,
    forecast,
    outages,
    plan_for,
    runbook,
    what_if,
)
from certlab.records import (
    Freshness,
    Lab,
    State,
    as_markdown,
    changes,
    decide,
    decision_log,
    exhibit,
    read_decision,
)
from certlab.records.bundle import bundle_of
from certlab.records.madr import plain
from certlab.validation import POLICIES
from certlab.validation.facts import FACTS, Fact, Mark, fact

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")
DAY = "2026-11-24"
SAID = {
    "on": DAY,
    "context": "Whom do they believe?",
    "options": ["Self-signed", "Internal PKI"],
    "choice": "Internal PKI",
    "reasons": ["One root a machine"],
    "by": "Telephony",
    "state": "accepted",
}


@pytest.fixture(scope="module")
def lab():
    return deploy(OFFICE, InternalPKI(), at=DAY, seed="decisions")


def decided(folder, *evidence, title="An internal PKI", today=DAY, **said):
    return decide(title, **SAID | said, evidence=list(evidence), folder=folder, today=today)


def gateway(number):
    name = f"gw{number}"
    return AddDevice(name, f"{name}.office.example", Role.GATEWAY, ("office",))


def words(decision):
    return " | ".join(decision.told)


# --- still right, or not ------------------------------------------------------------------------


def test_a_decision_that_was_never_saved_says_that_nothing_can_be_compared(tmp_path, lab):
    decision = decided(tmp_path, lab)
    assert decision.freshness is Freshness.NEW
    assert list(tmp_path.iterdir()) == []


def test_run_again_on_the_same_evidence_a_decision_still_holds(tmp_path, lab):
    assert decided(tmp_path, lab, trust_matrix(lab)).save().freshness is Freshness.HOLDS
    same = deploy(OFFICE, InternalPKI(), at=DAY, seed="decisions")
    again = decided(tmp_path, same, trust_matrix(same))
    assert (again.number, again.freshness) == (1, Freshness.HOLDS)
    assert "Still holds" in again.headline


def test_three_gateways_that_joined_are_named_with_their_role(tmp_path, lab):
    decided(tmp_path, lab).save()
    later = decided(tmp_path, lab.run([gateway(n) for n in (7, 8, 9)]))
    assert later.freshness is Freshness.STALE
    assert "3 IP gateways added: gw7, gw8, gw9" in later.told


@pytest.mark.parametrize("plan", [effort, cost, forecast, compare, advise])
def test_gateways_that_joined_are_named_by_each_kind_of_plan(tmp_path, lab, plan):
    said = {} if plan in (compare, advise) else {"model": MODELS["internal"]}
    decided(tmp_path, plan(OFFICE, at=DAY, **said)).save()
    new = [gateway(n) for n in (7, 8, 9)]
    later = decided(tmp_path, plan(lab.run(new).inventory, at=DAY, **said))
    assert "3 IP gateways added: gw7, gw8, gw9" in later.told


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([RemoveAnchor("gw1", "Lab PKI root")], "1 trust store emptied: gw1, root store"),
        ([Revoke("Lab PKI", certificate_of="gw2")], "1 revocation added: Lab PKI, serial"),
        ([GenerateSelfSigned("gw1", present=False)], "1 request added: gw1 at itself"),
        ([SwitchDialPlan("office", SecurityMode.SECURED)], "1 dial plan changed: office"),
    ],
    ids=["a store", "a revocation", "a request", "a dial plan"],
)  # fmt: skip
def test_whatever_changes_in_the_deployment_is_named(tmp_path, lab, steps, said):
    decided(tmp_path, lab).save()
    assert said in words(decided(tmp_path, lab.run(steps)))


def test_a_plan_does_not_rest_on_the_keys_that_its_deployment_happens_to_have(tmp_path):
    procedure = InternalPKI().procedure(OFFICE)

    def planned():
        lab = deploy(OFFICE, InternalPKI(), at=DAY)
        begun = lab.run(AddDevice("gw9", "gw9.office.example", Role.GATEWAY, ("office",)))
        joins = what_if(lab, gateway(7), model=MODELS["internal"])
        return decided(tmp_path, outages(lab), runbook(begun, procedure), joins)

    assert planned().save().freshness is Freshness.HOLDS
    assert planned().freshness is Freshness.HOLDS


def test_a_list_from_outside_and_another_policy_change_the_evidence(tmp_path, lab):
    decided(tmp_path, lab).save()
    revoked = lab.run(Revoke("Lab PKI", certificate_of="gw2"))
    foreign = replace(lab, outside_crls=revoked.crls[:1])
    assert "1 outside revocation list added: CN=Lab PKI" in words(decided(tmp_path, foreign))
    assert "1 policy changed" in words(decided(tmp_path, lab.with_policy(POLICIES["openssl"])))


def test_another_model_change_the_evidence(tmp_path, lab):
    decided(tmp_path, lab).save()
    other = decided(tmp_path, deploy(OFFICE, SelfSigned(), at=DAY, seed="decisions"))
    assert "2 authorities removed: Lab PKI, Lab PKI root" in other.told
    assert "4 certificates presented changed: um1" in words(other)


def test_an_edited_assumption_is_named_with_its_value_then_and_now(tmp_path):
    model = MODELS["third-party"]
    decided(tmp_path, cost(OFFICE, model, at=DAY)).save()
    dearer = cost(OFFICE, model, at=DAY, assumptions=ASSUMPTIONS.changed(certificate_price=400))
    said = words(decided(tmp_path, dearer))
    assert "price of a public certificate for a year (100 USD then, 400 USD now)" in said
    assert "cost in all" in said or "figures changed" in said


def test_a_date_that_has_passed_makes_a_decision_stale(tmp_path, lab):
    rests_on = fact("chrome-client-auth-end")
    decided(tmp_path, rests_on).save()
    assert decided(tmp_path, rests_on, today="2027-03-14").freshness is Freshness.HOLDS
    passed = decided(tmp_path, rests_on, today="2027-03-15")
    assert passed.freshness is Freshness.STALE
    assert "in force since 2027-03-15" in words(passed)


def test_who_says_that_it_still_is_right_is_asked_again_only_about_later_dates(tmp_path):
    rests_on = fact("chrome-client-auth-end")
    decided(tmp_path, rests_on).save()
    decided(tmp_path, rests_on, today="2027-04-01").save(renew=True)
    renewed = decided(tmp_path, rests_on, today="2027-05-01")
    assert renewed.headline == "Still holds: all its evidence is as it was on 2027-04-01."
    assert "date: 2027-04-01" in (tmp_path / "0001-an-internal-pki.md").read_text("utf-8")


def test_two_facts_that_changed_are_told_a_year_later_even_without_the_notebook(
    tmp_path, lab, monkeypatch
):
    from types import MappingProxyType

    from certlab.records import changes as changes_module

    one, two = fact("sectigo-client-auth-end"), fact("public-validity-100")
    decided(tmp_path, lab, one, two).save()
    assert decision_log(tmp_path, today=DAY).decisions[0].freshness is Freshness.HOLDS
    known = dict(FACTS)
    known[one.id] = Fact(one.id, one.words, one.source, Mark.PRIMARY, date(2027, 6, 15))
    del known[two.id]
    monkeypatch.setattr(changes_module, "FACTS", MappingProxyType(known))
    (stale,) = decision_log(tmp_path, today=DAY)
    assert stale.freshness is Freshness.STALE
    assert {(c.item, c.then, c.now) for c in stale.changes} == {
        (one.id, "from 2027-02-10", "from 2027-06-15"),
        (two.id, "from 2027-03-15, 100 days", None),
    }
    assert f"1 fact changed: {one.words} (from 2027-02-10 then, from 2027-06-15 now)" in stale.told


def test_one_change_under_two_pieces_of_evidence_is_told_once(lab):
    later = lab.run(RemoveAnchor("gw1", certificate_of="Lab PKI root"))
    found = changes.changes(
        [exhibit("lab", lab), exhibit("matrix", trust_matrix(lab))],
        [exhibit("lab", later), exhibit("matrix", trust_matrix(later))],
    )
    assert len(found) == len(set(found))
    assert [c.item for c in found if c.group == "stores"] == ["gw1, root store"]


def test_the_moment_alone_changes_nothing_but_what_follows_from_it_does(tmp_path, lab):
    decided(tmp_path, trust_matrix(lab)).save()
    assert decided(tmp_path, trust_matrix(lab.moved_to("2026-12-24"))).freshness is Freshness.HOLDS
    assert "gw1 refuses um1" in words(decided(tmp_path, trust_matrix(lab.moved_to("2028-01-01"))))


def test_the_hours_of_a_runbook_rest_on_what_a_touch_is_assumed_to_take(tmp_path):
    def book(**assumed):
        return plan_for(OFFICE, at=DAY, assumptions=ASSUMPTIONS.changed(assumed)).runbook

    decided(tmp_path, book()).save()
    assert decided(tmp_path, book()).freshness is Freshness.HOLDS
    assert "hours per touch" in words(decided(tmp_path, book(hours_per_touch=1)))


def test_every_kind_of_value_is_evidence_with_a_headline(lab):
    model = MODELS["internal"]
    values = [
        lab, OFFICE, trust_matrix(lab), why(lab, "um1", trusts="gw1"),
        why(lab, "um1", trusts="gw1").verdict, InternalPKI().procedure(OFFICE), fact("curves"),
        cost(OFFICE, model, at=DAY), compare(OFFICE, at=DAY), advise(OFFICE, at=DAY),
        outages(lab), runbook(lab, InternalPKI().procedure(OFFICE)), fact_timeline(),
        what_if(lab, gateway(7), model=model),
    ]  # fmt: skip
    for value in values:
        shown = exhibit("it", value)
        assert shown.headline
        assert any(shown.parts.values()), shown.kind
        assert shown.digest == exhibit("other name", value).digest
    with pytest.raises(InvalidInput, match="str is not something a decision can rest on"):
        exhibit("it", "my opinion")


def test_a_lab_on_disk_counts_as_its_deployment_and_no_path_of_the_machine_is_kept(tmp_path):
    with Lab.open(tmp_path / "our-estate", start=begin(OFFICE, at=DAY)) as lab:
        lab.run(GenerateSelfSigned("um1"))
        decision = decided(tmp_path / "decisions", lab).save()
        (shown,) = decision.exhibits
        assert shown.name == "Lab our-estate, main"
        plain_value = exhibit("it", lab.deployment)
        assert (shown.kind, shown.headline) == ("Deployment", plain_value.headline)
        assert (shown.digest, shown.value) == (plain_value.digest, lab.deployment)
        assert shown.table is not None
    kept = [path for path in (tmp_path / "decisions").rglob("*") if path.is_file()]
    assert kept
    written = [path.read_bytes() for path in kept]
    with zipfile.ZipFile(io.BytesIO(bundle_of(decision, ""))) as bundle:
        written += [bundle.read(name) for name in bundle.namelist()]
    assert not [data for data in written if str(tmp_path).encode() in data]


# --- what is written ----------------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(InvalidInput) as caught:
        decide(" ", on="soon", options=["a"], choice="b", state="done", supersedes="last")
    assert {p.column for p in caught.value.problems} == {
        "title", "on", "choice", "state", "supersedes",
    }  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        decide("It", on=DAY, state="accepted")
    assert {p.column for p in caught.value.problems} == {"choice", "reasons", "by"}


def test_the_document_has_the_headings_and_front_matter_of_madr(tmp_path, lab):
    saved = decided(tmp_path, lab, consequences="A CA to run").save()
    text = (tmp_path / "0001-an-internal-pki.md").read_text("utf-8")
    assert text == as_markdown(saved)
    front, _, body = text.removeprefix("---\n").partition("---\n")
    assert front.splitlines() == [
        'status: "accepted"', "date: 2026-11-24", 'decision-makers: "Telephony"',
    ]  # fmt: skip
    heads = [line for line in body.splitlines() if line.startswith("#")]
    assert heads == [
        "# An internal PKI", "## Context and Problem Statement", "## Considered Options",
        "## Decision Outcome", "### Consequences", "### Confirmation", "## More Information",
        "### Evidence",
    ]  # fmt: skip
    assert 'Chosen option: "Internal PKI", because' in body


def test_options_come_from_the_comparison_with_what_each_costs():
    found = compare(OFFICE, at=DAY)
    options = decide("It", on=DAY, options=found).options
    assert [one.title for one in options] == [one.title for one in found.costs.values()]
    assert found.costs["internal"].total.text in options[1].words


def test_a_record_read_back_is_the_record_that_was_written(tmp_path, lab):
    saved = decided(tmp_path, lab, fact("curves")).save()
    read = read_decision(tmp_path / "0001-an-internal-pki.json")
    assert (read.title, read.choice, read.digest) == (saved.title, saved.choice, saved.digest)
    assert read.exhibits == saved.exhibits


def test_a_proposed_decision_may_change_and_one_that_is_decided_keeps_its_evidence(tmp_path, lab):
    later = lab.run(RemoveAnchor("gw1", certificate_of="Lab PKI root"))
    decided(tmp_path, lab, state="proposed").save()
    decided(tmp_path, later).save()  # now it is accepted, on this evidence
    kept = sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir())
    with pytest.raises(InvalidInput, match="its evidence has changed since"):
        decided(tmp_path, lab).save()
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == kept
    assert decided(tmp_path, lab).save(renew=True).freshness is Freshness.HOLDS
    assert decided(tmp_path, lab).freshness is Freshness.HOLDS


def test_one_that_supersedes_another_is_linked_both_ways(tmp_path, lab):
    decided(tmp_path, lab).save()
    decided(tmp_path, lab, title="Another way", supersedes="0001").save()
    old, new = decision_log(tmp_path)
    assert (old.state, old.superseded_by, new.supersedes) == (State.SUPERSEDED, 2, 1)
    assert "[0002](0002-another-way.md)" in (tmp_path / "0001-an-internal-pki.md").read_text(
        "utf-8"
    )
    assert "[0001](0001-an-internal-pki.md)" in (tmp_path / "0002-another-way.md").read_text(
        "utf-8"
    )
    assert decided(tmp_path, lab).headline == "Superseded by 0002."
    assert decided(None, lab, title="Another way").save(tmp_path).supersedes == 1
    for title, before, said in (
        ("A third", 1, "superseded by 0002 already"),
        ("A third", 9, "no record 0009"),
        ("An internal PKI", None, "this record is superseded"),
    ):
        with pytest.raises(InvalidInput, match=said):
            decided(tmp_path, lab, title=title, supersedes=before).save()
    assert len(decision_log(tmp_path)) == 2


def test_one_that_is_superseded_is_not_stale_any_more(tmp_path, lab):
    rests_on = fact("chrome-client-auth-end")
    decided(tmp_path, rests_on).save()
    assert decision_log(tmp_path, today="2028-01-01").headline == "1 decision, 1 stale"
    decided(tmp_path, rests_on, title="Another way", supersedes=1, on="2028-01-01").save()
    log = decision_log(tmp_path, today="2028-01-01")
    assert log.headline == "2 decisions, 0 stale"
    assert list(log.frame["evidence"]) == ["–", "holds"]


def test_a_crash_between_two_records_leaves_the_links_true(tmp_path, lab):
    decided(tmp_path, lab).save()
    before = (tmp_path / "0001-an-internal-pki.json").read_bytes()
    decided(tmp_path, lab, title="Another way", supersedes=1).save()
    (tmp_path / "0001-an-internal-pki.json").write_bytes(before)  # as if never written
    assert decision_log(tmp_path).decisions[0].superseded_by == 2


def test_a_document_edited_by_hand_is_not_written_over(tmp_path, lab):
    decided(tmp_path, lab, state="proposed").save()
    document = tmp_path / "0001-an-internal-pki.md"
    document.write_text(document.read_text("utf-8") + "My own words.\n", "utf-8")
    with pytest.raises(InvalidInput, match="edited by hand"):
        decided(tmp_path, lab).save()
    assert "My own words." in document.read_text("utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda kept: kept | {"version": 2}, "format version 2"),
        (lambda kept: kept | {"format": "something"}, "no record of a decision"),
        (lambda kept: kept | {"evidence_sha256": "0" * 64}, "no record of a decision"),
        (lambda kept: kept | {"number": "1"}, "no record of a decision"),
        (lambda kept: kept | {"evidence": [{}]}, "no record of a decision"),
        (lambda kept: [kept], "no record of a decision"),
    ],
    ids=["newer", "foreign", "edited evidence", "number", "no evidence", "a list"],
)
def test_a_record_that_is_not_known_is_refused_named_and_left_alone(tmp_path, lab, damage, said):
    decided(tmp_path, lab).save()
    record = tmp_path / "0001-an-internal-pki.json"
    record.write_text(json.dumps(damage(json.loads(record.read_bytes()))))
    damaged = record.read_bytes()
    with pytest.raises(InvalidInput, match=said):
        read_decision(record)
    log = decision_log(tmp_path)
    assert (len(log), log.problems[0].file) == (0, record.name)
    with pytest.raises(InvalidInput, match="a record there cannot be read"):
        decided(tmp_path, lab)
    with pytest.raises(InvalidInput, match="nothing is written"):
        decided(None, lab, title="Another").save(tmp_path)
    assert record.read_bytes() == damaged


def test_the_log_can_be_narrowed(tmp_path, lab):
    decided(tmp_path, lab).save()
    decided(tmp_path, lab, title="Roots by policy", state="proposed", choice="").save()
    log = decision_log(tmp_path, decided(tmp_path, lab.run(Revoke("Lab PKI", "gw1"))))
    assert [one.number for one in log.only(state="accepted")] == [1]
    assert [one.number for one in log.only(freshness="stale")] == [1]
    assert [one.number for one in log.only(words="POLICY")] == [2]
    assert list(log.frame["evidence"]) == ["stale", "holds"]


# --- hostile words ------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", "[click](javascript:alert(1))", "![x](http://192.0.2.1/x.png)",
    "`code` *bold* _it_ ~~s~~ $x$ | cell", "# heading", "- item", "1. item", "1) item", "> quote",
    "    indented", "a\\", "&lt;b&gt; &amp; &#x3c;", "---", "+ plus", "= rule", "<!-- -->", "a\nb",
    "http://[1]", "_x_", "**", "[a]: b", "<https://x.example>", "a\u202eb\x00",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_in_markdown(text):
    import html
    import re

    render = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url"])
    for before in ("", "* "):
        markup = render(before + plain(text))
        shown = re.sub(r"</?(?:p|ul|li)>|<a href=\"[^\"]*\">|</a>", "", markup).strip()
        assert "<" not in shown, "an element that nobody wrote"
        assert "javascript:" not in "".join(re.findall('href="([^"]*)', markup))
        expected = " ".join(text.split()).replace("\u202e", "\ufffd").replace("\x00", "\ufffd")
        assert html.unescape(shown) == expected


def test_hostile_titles_make_harmless_file_names(tmp_path, lab):
    for number, title in enumerate(("../../etc/passwd", "CON", "a\x00b", "😀", "x" * 500, ".."), 1):
        decided(tmp_path, lab, title=title).save()
        assert decision_log(tmp_path).decisions[-1].number == number
    for path in tmp_path.rglob("*"):
        assert path.parent == tmp_path
        assert path.name.isascii()
        assert len(path.name) < 80
