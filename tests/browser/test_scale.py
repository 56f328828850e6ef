"""Hundreds of devices in JupyterLab: found in the table, seen at once in the whole matrix."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ESTATE = """
from certlab import SelfSigned, begin, device_table, read_inventory, trust_matrix
from certlab.views import whole_matrix
from certlab.widgets import Canvas
estate = read_inventory("data/enterprise.csv")
lab = begin(estate, at="2026-11-24").run(SelfSigned().procedure(estate).phases[:2])
table = device_table(lab)
table
"""
WHOLE = 'Canvas(parts={"whole": whole_matrix(trust_matrix(lab))}, label="Who accepts whom")'


def test_a_device_is_found_among_hundreds_and_the_whole_matrix_is_one_table(workbook):
    workbook.write("scale.ipynb", ESTATE, "len(table.devices), table.selected", WHOLE)
    workbook.open("scale.ipynb")
    workbook.run_all()
    page, table = workbook.page, workbook.output(0)
    expect(table).to_contain_text("400 devices")
    table.get_by_label("Search").press_sequentially("gw1")
    table.get_by_label("Verdict").select_option("not imported")
    devices = table.get_by_role("region", name="Devices", exact=True)
    expect(devices.get_by_role("heading")).to_have_text("75 of 400 devices")
    expect(table.get_by_label("Search")).to_have_value("gw1")
    devices.get_by_role("button", name="Later devices").press("Enter")
    expect(devices).to_contain_text("Devices 51 to 75 of 75")
    devices.get_by_role("button", name="gw175", exact=True).press("Enter")
    expect(table.get_by_role("region", name="Device", exact=True)).to_contain_text("gw175")
    table.get_by_text("Show as code").click()
    expect(table.locator("pre")).to_contain_text("text='gw1', verdict='not imported'")
    workbook.screenshot("device-table", of=table, height=1400)
    workbook.cell(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(workbook.output(1)).to_contain_text("(75, 'gw175')")

    whole = workbook.output(2).locator(".cl-whole")
    whole.scroll_into_view_if_needed()
    assert whole.locator("tbody tr").count() == 400
    first = whole.locator("[data-id='pair:um01:um13']")
    expect(first).to_have_attribute("aria-label", "um01 accepts um13, and so on to um37: 3 alike")
    assert whole.evaluate("t => t.querySelector('td').getBoundingClientRect().height") == 14
    assert whole.locator("thead th").nth(9).evaluate("t => t.getBoundingClientRect().width") == 14
    workbook.screenshot("whole-matrix", of=workbook.output(2).locator(".cl-scroll"))
    assert workbook.accessibility_faults(".certlab") == []
