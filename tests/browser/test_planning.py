"""What planning computes, shown in a real JupyterLab in both themes, with where it comes from."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SET_UP = """from certlab import *

region = read_inventory("data/region.csv")
"""
CELLS = (
    'advise(region, at="2026-11-24")',
    'compare(region, at="2026-11-24")',
    "ASSUMPTIONS.changed(rate=80)",
    "fact_timeline()",
    'effort(region, MODELS["third-party"], at="2026-11-24")',
    'grow(MODELS, servers=4, devices=range(1, 31), at="2026-11-24")',
)


def test_planning_shows_itself_and_each_figure_unfolds_to_its_origin(workbook):
    workbook.write("planning.ipynb", SET_UP + CELLS[0], *CELLS[1:])
    workbook.open("planning.ipynb")
    workbook.page.keyboard.press("Control+b")
    workbook.run_all()
    advice = workbook.output(0)
    expect(advice.get_by_role("heading", name="Internal PKI for the 22 devices")).to_be_visible()
    why = advice.get_by_text("Where this comes from").first
    why.click()
    expect(
        advice.get_by_text("cost of Internal PKI over 5 years: 45,671 USD =").first
    ).to_be_visible()
    workbook.screenshot("planning", advice, height=2000)
    for number in range(len(CELLS)):
        workbook.cell(number).scroll_into_view_if_needed()
        expect(workbook.output(number).locator(".certlab").first).to_be_visible()
    assert workbook.accessibility_faults(".certlab") == []
