"""The planner without a browser: what is filled in, what is refused, and what follows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from certlab import InternalPKI, SelfSigned, deploy, planner, read_inventory, what_if
from certlab.errors import InvalidInput
from certlab.live.programs import wait_until
from certlab.planning import Plan
from certlab.views.planner_tabs import TABS

DATA = Path(__file__).parents[2] / "notebooks" / "data"
TODAY = "2026-11-24"


@pytest.fixture
def desk(monkeypatch):
    monkeypatch.chdir(DATA.parent)
    made = planner("data/region.csv", at=TODAY)
    made.errand.wait()
    return made


def read(desk, source, name=""):
    desk.read(source, name)
    desk.errand.wait()


def test_it_begins_with_nothing_and_an_example_makes_a_plan(monkeypatch):
    monkeypatch.chdir(DATA.parent)
    desk = planner(at=TODAY)
    assert desk.plan is None
    assert desk.code == ""
    assert "Choose an example" in desk.parts["answer"]
    desk.fill("example", "small-office.csv")
    desk.errand.wait()
    assert len(desk.plan.inventory) == 4
    assert desk.values["example"] == "small-office.csv"


def test_the_answer_has_the_model_the_reason_the_work_the_cost_and_what_fails_first(desk):
    plan, answer = desk.plan, desk.parts["answer"]
    assert plan.cost.title in answer
    assert plan.advice.reasons[0].words in answer.replace("&#x27;", "'")
    assert plan.touches_in(1).text in answer
    assert float(plan.touches_in(1)) == float(plan.effort.one_off) + float(plan.effort.touches[0])
    assert plan.touches_in(2).text in answer
    assert plan.cost.total.text in answer
    assert desk.years.outages.next.title in answer


def test_the_answer_counts_a_new_installation_and_names_whose_list_somebody_publishes(desk):
    assert "Counted for a new installation" in desk.parts["answer"]
    assert "choose “What is there today”" in desk.parts["answer"]
    assert "publish the CRL of Lab PKI root by 2027-11-24" in desk.parts["answer"]


def test_touches_that_are_not_those_of_the_answer_say_so_in_their_tab(desk):
    yearly = desk.plan.touches_in(2).text
    desk.press("tab:effort")
    assert "These are the touches of the answer" in desk.parts["body"]
    for tab in ("forecast", "due"):
        desk.press(f"tab:{tab}")
        said = f"The answer’s {yearly} next year are renewals spread evenly, 1.09 rounds a year"
        assert said in desk.parts["body"]
    assert f"one round: {desk.years.due.procedure.touches} touches" in desk.parts["body"]
    assert "about 5 such rounds" in desk.parts["body"]
    assert "come due within 1,825 days as they stand today" in desk.parts["body"]
    desk.fill("lead_days", "60")
    assert desk.plan.touches_in(2).text != yearly
    assert f"The answer’s {desk.plan.touches_in(2).text} next year" in desk.parts["body"]


def test_a_changed_assumption_changes_the_numbers_and_the_cell(desk):
    before = float(desk.plan.cost.total)
    desk.fill("rate", "150")
    assert float(desk.plan.cost.total) > before
    assert desk.plan.cost.total.text in desk.parts["answer"]
    assert "ASSUMPTIONS.changed(rate=150" in desk.code
    desk.press("do:defaults")
    assert float(desk.plan.cost.total) == before


def test_a_value_of_ones_own_is_called_so_and_an_unusual_one_is_taken_with_a_word(desk):
    desk.fill("rate", "95")
    said = "cost of an hour: 95 USD = assumed; your value, in place of 75 USD"
    assert said in desk.parts["answer"]
    desk.fill("hours_per_touch", "2")
    assert desk.plan.assumptions.value("hours_per_touch") == 2
    assert "taken, though unusual; plausible: 0.1 to 1 h" in desk.notes["hours_per_touch"]
    desk.fill("hours_per_touch", "0.5")
    assert "unusual" not in desk.notes["hours_per_touch"]


@pytest.mark.parametrize("wrong", ["", "much", "-1", "nan", "1e99"])
def test_a_value_that_cannot_be_is_refused_at_its_field_and_not_used(desk, wrong):
    before = desk.plan
    desk.fill("rate", wrong)
    assert "cl-problem" in desk.notes["rate"]
    assert "from 0 to 10,000 USD" in desk.notes["rate"].replace("10000", "10,000")
    assert "stays at 75 USD" in desk.notes["rate"]
    assert desk.plan is before
    assert desk.values["rate"] == wrong, "what was typed is still there to be mended"
    desk.fill("rate", "80")
    assert "cl-problem" not in desk.notes["rate"]
    assert desk.plan.assumptions.value("rate") == 80


def test_a_file_with_mistakes_is_reported_whole_and_the_plan_stays(desk):
    before = desk.plan
    read(desk, b"name,fqdn,role,dial_plans,security\n<b>,a,um,p,Secured\nc,d,x,p,No\n", "mine.csv")
    trouble = desk.parts["trouble"]
    assert desk.plan is before
    assert "mine.csv: the inventory was not read: 3 problems" in trouble
    assert "The plan below is still the one for region.csv." in trouble
    assert desk.values["example"] == "region.csv"
    assert "mine.csv was not read. The plan below is" in desk.notes["files"]
    assert trouble.count("<tr>") == 4
    assert ">2 rows: 2, 3</td>" in trouble
    assert ">a, d</td>" in trouble
    assert "<b>" not in trouble
    rows = b"".join(b"a%d,a%d.a.example,um,p,%s\n" % (n, n, b"Secured;" * (n + 2))
                    for n in range(20))  # fmt: skip
    read(desk, b"name,fqdn,role,dial_plans,security\n" + rows, "mine.csv")
    assert "8 problems more" in desk.parts["trouble"]
    assert "cl-long" not in desk.parts["trouble"], "the page alone scrolls"
    read(desk, b"\xff\xfe", "mine.csv")
    assert "UTF-16, not UTF-8" in desk.parts["trouble"]
    read(desk, Path("nowhere.csv"))
    assert "cannot be opened" in desk.parts["trouble"]
    read(desk, "data/small-office.csv")
    assert desk.parts["trouble"] == ""
    assert len(desk.plan.inventory) == 4


def test_an_upload_is_read_and_one_the_browser_did_not_send_is_named(desk):
    data = (DATA / "small-office.csv").read_bytes()
    desk._heard(desk, {"kind": "files", "left": 0}, [])
    desk._heard(desk, {"kind": "file", "id": "office.csv", "size": len(data)}, [memoryview(data)])
    desk._heard(desk, {"kind": "press", "id": "do:read"}, [])
    desk.errand.wait()
    assert len(desk.plan.inventory) == 4
    assert "# Put your file there first" in desk.code
    assert "read_inventory('data/office.csv')" in desk.code
    assert "office.csv: 4 devices read" in desk.notes["files"]
    desk.fill("path", " ")
    desk.press("do:path")
    assert "Write the path of a file." in desk.notes["path"]
    assert desk.parts["trouble"] == ""
    assert "columns not used" not in desk.notes["files"]
    read(desk, data.replace(b"\n", b",<i>\n"), "own.csv")
    assert "own.csv: 4 devices read" in desk.notes["files"]
    assert "columns not used: &lt;i&gt;" in desk.notes["files"]
    read(desk, data, "office.csv")
    desk.fill("path", "data/region.csv")
    desk.press("do:path")
    assert desk.notes["path"] == ""
    desk.errand.wait()
    assert "Put your file" not in desk.code
    desk._heard(desk, {"kind": "file", "id": "huge.csv", "size": 9_000_000}, [])
    assert "huge.csv is too large" in desk.parts["trouble"]


@pytest.mark.parametrize("tab", TABS)
def test_the_cell_of_every_tab_runs_and_gives_what_the_tab_shows(desk, tab):
    desk.press(f"tab:{tab}")
    assert f'aria-label="{TABS[tab]}"' in desk.parts["body"]
    lines, names = desk.code.splitlines(), {}
    exec("\n".join(lines[:-1]), names)
    value = eval(lines[-1], names)
    same = {"advice": "advice", "cost": "comparison", "assumptions": "assumptions"}
    assert value is not None
    if tab in same:
        assert repr(value) == repr(getattr(desk.plan, same[tab]))


def test_of_the_days_that_are_tried_out_only_the_last_few_are_kept(desk):
    for day in range(1, 8):
        desk.fill("at", f"2026-12-{day:02}")
        desk.errand.wait()
        assert f"{desk.years.deployment.at:%Y-%m-%d}" == f"2026-12-{day:02}"
    assert len(desk._worked) < 7
    years = desk.years
    desk.fill("at", "2026-12-06")
    assert f"{desk.years.deployment.at:%Y-%m-%d}" == "2026-12-06", "at hand, not worked out anew"
    desk.fill("at", "2026-12-07")
    assert desk.years is years


def test_the_model_the_day_and_the_models_compared_are_chosen(desk):
    desk.fill("chosen", "self-signed")
    desk.errand.wait()
    assert desk.plan.key == "self-signed"
    assert "You chose it" in desk.parts["answer"]
    desk.fill("model-self-signed", False)
    desk.errand.wait()
    assert list(desk.plan.models) == ["internal", "third-party"]
    assert desk.plan.chosen == ""
    assert "Self-signed is not compared any more, so the plan is for" in desk.notes["chosen"]
    desk.fill("chosen", "self-signed")
    assert "Compare Self-signed to plan for it" in desk.notes["chosen"]
    assert desk.values["chosen"] == ""
    desk.fill("chosen", "third-party")
    assert desk.notes["chosen"] == ""
    desk.fill("chosen", "")
    assert 'models={"internal": MODELS["internal"]' in desk.code
    desk.fill("at", "2027-04-01")
    desk.errand.wait()
    assert f"{desk.plan.at:%Y-%m-%d}" == "2027-04-01"
    for wrong in ("tomorrow", "0202-01-01", "9999-12-31", ""):
        desk.fill("at", wrong)
        assert "stays at 2027-04-01" in desk.notes["at"]
    assert f"{desk.plan.at:%Y-%m-%d}" == "2027-04-01"
    desk.fill("model-internal", False)
    assert "Why</dt><dd>It is the only one compared" in desk.parts["answer"]
    assert "fewest touches" not in desk.parts["answer"]
    desk.fill("model-third-party", False)
    assert "one at least: Third party stays" in desk.notes["models"]
    assert desk.values["model-third-party"] is True, "the box is ticked again"
    assert list(desk.plan.models) == ["third-party"]
    desk.fill("model-internal", True)
    assert desk.notes["models"] == ""
    assert list(desk.plan.models) == ["internal", "third-party"]


def test_the_runbook_of_a_team_is_saved_in_each_form(desk, monkeypatch):
    sent = []
    monkeypatch.setattr(desk, "send", lambda content, buffers: sent.append((content, buffers)))
    desk.press("tab:runbook")
    place = 1 + desk.plan.runbook.teams.index("PKI")
    desk.press(f"team:{place}")
    begin = {"html": "<!DOCTYPE html>", "markdown": "# Runbook", "csv": "\ufeffstep,"}
    end = {"html": "html", "markdown": "md", "csv": "csv"}
    for form, begins in begin.items():
        desk.press(f"save:{form}")
        desk.errand.wait()
        content, (data,) = sent[-1]
        assert data.decode().startswith(begins)
        assert "for PKI" in data.decode() or form == "csv"
        assert content["name"] == f"runbook-Internal_PKI-PKI.{end[form]}"
    desk.press("save:ics")
    desk.errand.wait()
    assert sent[-1][1][0].startswith(b"BEGIN:VCALENDAR")
    assert sent[-1][0]["name"] == "outages-Internal_PKI.ics"
    assert ".for_team('PKI')" in desk.code
    desk.fill("chosen", "self-signed")  # nobody runs a CA there, so everybody's is shown
    desk.errand.wait()
    assert desk.code.endswith("plan.runbook")


def test_a_device_that_is_pressed_has_its_own_part_of_the_runbook(desk, monkeypatch):
    desk.press("tab:devices")
    desk.press("device:gw1")
    assert "Runbook: Internal PKI, for gw1" in desk.parts["body"]
    assert desk.code.endswith("plan.runbook.for_device('gw1')")
    assert {task.device for task in desk.plan.runbook.for_device("gw1")} == {"gw1"}
    monkeypatch.setattr(desk, "send", lambda content, buffers: None)
    name, text = desk.save("markdown")
    assert name == "runbook-Internal_PKI-gw1.md"
    assert text.startswith("# Runbook: Internal PKI, for gw1\n")
    desk.press("team:0")
    assert desk.code.endswith("plan.runbook")


def test_devices_are_searched_for_and_the_cell_finds_the_same(desk):
    desk.press("tab:devices")
    everybody = desk.parts["body"]
    desk.fill("role", "gateway")
    desk.fill("text", "gw10")
    assert desk.status == "1 device found"
    assert "1 of 22 devices" in desk.parts["body"]
    assert "um1.region.example" not in desk.parts["body"]
    made = "find_devices(plan.deployed().deployment, text='gw10', role=Role.GATEWAY)"
    assert desk.code.endswith(made)
    fields = desk.parts["filters"]
    desk.fill("text", "nobody of that name")
    assert "No device answers to all of this" in desk.parts["body"]
    assert desk.parts["filters"] == fields, "or whoever types would be thrown out of the field"
    desk.press("tab:due")
    assert "filters" not in desk.parts
    desk.press("tab:devices")
    desk.fill("text", "")
    desk.fill("role", "")
    assert desk.parts["body"] == everybody
    read(desk, DATA / "small-office.csv")
    assert {desk.values[field] for field in ("text", "role", "plan", "verdict")} == {""}


def test_beside_the_assumptions_stand_the_rules_that_change_while_the_plan_runs(desk):
    desk.press("tab:assumptions")
    found = [fact.id for fact in desk.plan.rules.facts]
    assert {"public-validity-100", "public-validity-47", "chrome-client-auth-end"} <= set(found)
    said = f"{len(found)} rules change between 2026-11-24 and 2031-11-23"
    assert said in desk.parts["body"]
    desk.fill("at", "2029-06-01")
    desk.errand.wait()
    assert "0 rules change between 2029-06-01" in desk.parts["body"]


def test_devices_without_a_secure_link_are_not_counted_as_planned_for(desk):
    rows = "a,a.x.example,um,p,Secured\nb,b.x.example,gateway,p,Secured\nc,c.x.example,um,q,"
    read(desk, f"name,fqdn,role,dial_plans,security\n{rows}Unsecured\n".encode(), "three.csv")
    assert "for 2 of 3 devices, 1 link that needs mutual TLS" in desk.parts["answer"]


def test_a_change_over_of_what_is_live_is_counted_and_has_its_runbook(desk):
    fresh, plan = desk.plan.effort.one_off, desk.plan
    desk.fill("today", "self-signed")
    desk.errand.wait()
    change, answer = desk.plan.change_over, desk.parts["answer"]
    lab = deploy(plan.inventory, SelfSigned(), at=TODAY)
    way = what_if(lab, model=InternalPKI())
    assert float(desk.plan.comparison.efforts["internal"].one_off) == way.touches > float(fresh)
    assert float(desk.plan.comparison.efforts["self-signed"].one_off) == 0
    assert f"{float(desk.plan.touches_in(1, 'internal')):,.0f}" in answer
    assert "Counted from what is there today, Self-signed" in answer
    assert "Self-signed, to stay" in answer
    desk.fill("chosen", "internal")
    desk.errand.wait()
    change, answer = desk.plan.change_over, desk.parts["answer"]
    assert "The change-over from Self-signed: " in answer
    assert "the change-over included" in answer
    assert "No link that works stops working on the way." in answer
    desk.press("tab:runbook")
    assert "Runbook: From Self-signed to Internal PKI" in desk.parts["body"]
    assert "Remove the old anchors" in {job.title for job in change.runbook.jobs}
    assert "today='self-signed'" in desk.code
    names = {}
    exec("\n".join(desk.code.splitlines()[:-1]), names)
    assert len(names["plan"].runbook) == len(change.runbook)
    assert names["plan"].cost.total == desk.plan.cost.total
    desk.press("team:1")
    assert f"for {change.runbook.teams[0]}" in desk.parts["body"]
    desk.press("team:0")
    assert f"which is {change.runbook.touches / 2:.0f} h at 0.50 h a touch" in desk.parts["body"]
    desk.fill("hours_per_touch", "2")
    desk.errand.wait()
    assert f"which is {change.runbook.touches * 2:.0f} h at 2 h a touch" in desk.parts["body"]
    desk.fill("today", "internal")
    desk.errand.wait()
    assert "You stay with Internal PKI" in desk.parts["answer"]
    assert "change-over included" not in desk.parts["answer"]
    desk.fill("today", "")
    desk.errand.wait()
    assert "Counted for a new installation" in desk.parts["answer"]
    assert desk.plan.change_over is None


def test_a_changed_assumption_does_not_work_the_way_over_out_again(desk, monkeypatch):
    desk.fill("today", "self-signed")
    desk.errand.wait()
    monkeypatch.setattr("certlab.planning.plan.what_if", None)
    before = desk.plan.cost.total
    desk.fill("rate", "150")
    desk.errand.wait()
    assert float(desk.plan.cost.total) > float(before)


def test_a_model_that_cannot_be_there_today_is_refused_at_the_field(desk):
    rows = b"name,fqdn,role,dial_plans,security\n"
    rows += b"a,a.corp.local,um,p,Secured\nb,b.corp.local,gateway,p,Secured\n"
    read(desk, rows, "local.csv")
    desk.fill("today", "third-party")
    desk.errand.wait()
    assert "cannot be there on that day" in desk.notes["today"]
    assert "may not certify an internal name" in desk.notes["today"]
    assert desk.values["today"] == desk.plan.today == ""
    assert "Counted for a new installation" in desk.parts["answer"]
    desk.fill("today", "self-signed")
    desk.errand.wait()
    assert desk.plan.today == "self-signed"
    assert "cannot be there" not in desk.notes["today"]


def test_what_cannot_be_tried_out_says_why_and_the_page_goes_on(desk):
    rows = b"name,fqdn,role,dial_plans,security\n"
    rows += b"a,a.corp.local,um,p,Secured\nb,b.corp.local,gateway,p,Secured\n"
    read(desk, rows, "local.csv")
    desk.fill("chosen", "third-party")
    desk.errand.wait()
    assert "a public CA may not certify an internal name" in desk.parts["trouble"]
    assert desk.parts["busy"] == ""
    desk.fill("chosen", "internal")
    desk.errand.wait()
    assert desk.parts["trouble"] == ""
    assert desk.years is not None


def test_what_is_short_is_explained_where_it_stands(desk):
    said = {"forecast": "half of the runs stay at or below it", "due": "one device judging another",
            "outages": "one device judging another", "assumptions": "[S] in somebody"}  # fmt: skip
    for tab, words in said.items():
        desk.press(f"tab:{tab}")
        assert words in desk.parts["body"]
    assert "[P] was read in the text itself" in desk.parts["answer"]


def test_without_links_there_is_nothing_to_plan_and_without_a_plan_nothing_to_save(monkeypatch):
    monkeypatch.chdir(DATA.parent)
    desk = planner(at=TODAY)
    with pytest.raises(InvalidInput, match="no plan yet"):
        desk.save("html")
    lonely = b"name,fqdn,role,dial_plans,security\na,a.x.example,um,p,Unsecured\n"
    read(desk, read_inventory(lonely))
    assert "No link needs mutual TLS" in desk.parts["answer"]
    for tab in TABS:
        desk.press(f"tab:{tab}")


def test_what_is_under_way_can_be_cancelled_and_asked_for_again(monkeypatch):
    monkeypatch.chdir(DATA.parent)
    deployed = Plan.deployed

    def slow(plan, progress, cancelled):
        while not cancelled():
            progress(1, 9)
            time.sleep(0.01)
        return deployed(plan, progress, cancelled)

    monkeypatch.setattr(Plan, "deployed", slow)
    desk = planner(at=TODAY)
    desk.read("data/region.csv")
    assert wait_until(lambda: "1 of 9" in desk.parts["busy"], 30)
    assert "22 devices" in desk.parts["answer"], "what is known already is shown"
    assert "being worked out" in desk.parts["answer"]
    desk.press("do:cancel")
    desk.errand.wait()
    assert desk.years is None
    assert desk.parts["busy"] == ""
    assert "not worked out" in desk.parts["answer"]
    monkeypatch.setattr(Plan, "deployed", deployed)
    desk.press("do:years")
    desk.errand.wait()
    assert desk.years is not None
