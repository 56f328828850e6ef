"""The years of an estate, travelled in a real JupyterLab, in both themes."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SET_UP = """from certlab import *

office = read_inventory("data/small-office.csv")
lab = deploy(office, SelfSigned(), at="2026-11-24", seed="time").moved_to("2027-03-01")
old = lab.certificate_of("gw1").fingerprint
lab = lab.run(GenerateSelfSigned("gw1", instead_of=old), ImportAnchor("um1", certificate_of="gw1"))
machine = time_machine(lab, until="2029-01-01")
machine.pace = 0.1
machine"""


def test_a_day_is_chosen_links_are_refused_with_their_reason_and_the_years_play(workbook):
    workbook.write("years.ipynb", SET_UP, "print(machine.deployment.at, machine.playing)")
    workbook.open("years.ipynb")
    workbook.page.keyboard.press("Control+b")
    workbook.run_all()
    desk = workbook.output(0)
    now = desk.get_by_role("region", name="On this day")
    expect(now).to_contain_text("2027-03-01: All 3 links work both ways")
    expect(now).to_contain_text("Next, in 268 days: 3 certificates expire: um1, gw2, pbx1")

    desk.get_by_label("Day (UTC, its end)").fill("2027-12-01")
    expect(now).to_contain_text("2027-12-01: 1 of 3 links work")
    expect(now).to_contain_text("expired on 2027-11-24")
    workbook.settle()
    workbook.screenshot("time-machine", height=1900)
    assert workbook.accessibility_faults(".jp-Notebook .certlab") == []

    desk.get_by_role("button", name="Back to the beginning").click()
    expect(now).to_contain_text("All 3 links work both ways")
    desk.get_by_role("button", name="Next event").press("Enter")
    expect(now).to_contain_text("2027-11-24: 1 of 3 links work")
    day = desk.locator('[data-id="day:2027-11-23"]')
    day.click()
    expect(now).to_contain_text("2027-11-23: All 3 links work both ways")

    desk.get_by_role("button", name="Play", exact=True).click()
    expect(now).to_contain_text("2028-02-29: None of the 3 links works")
    expect(now).to_contain_text("Nothing else changes")
    expect(desk.get_by_role("button", name="Play", exact=True)).to_be_disabled()
    workbook.settle()

    with workbook.page.expect_download() as waiting:
        desk.get_by_role("link", name="Download outages.ics").click()
    assert waiting.value.suggested_filename == "outages.ics"
    written = waiting.value.path().read_bytes()
    assert written.startswith(b"BEGIN:VCALENDAR\r\n")
    assert written.count(b"BEGIN:VEVENT") == 2

    workbook.cell(1).click()
    workbook.page.keyboard.press("Control+Enter")
    workbook.settle()
    expect(workbook.output(1)).to_contain_text("2028-02-29 00:00:01+00:00 False")
