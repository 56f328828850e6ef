"""The claim ledger in JupyterLab: a table, and links that lead to the section they name."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SECTION = "What did you really allow?"


def test_a_claim_leads_to_the_section_that_shows_it(workbook):
    workbook.write("ledger.ipynb", "from certlab import *\nclaim_ledger()", "check_claim('C32')")
    workbook.open("ledger.ipynb")
    workbook.run_all()
    expect(workbook.output(1)).to_contain_text("C32 holds")
    assert workbook.accessibility_faults(".jp-OutputArea-output .certlab") == []
    workbook.screenshot("ledger")
    link = workbook.output(0).get_by_role("link", name=SECTION)
    heading = workbook.page.get_by_role("heading", name=SECTION)
    link.click()
    expect(heading).to_be_attached()
    workbook.await_notebook()
    # JupyterLab looks for a heading before a notebook that it opens has any, and while it still
    # lays it out the heading moves away again: a reader goes back and follows the link once more.
    for wait in (3_000, 3_000, 15_000):
        workbook.page.get_by_role("tab", name="ledger.ipynb").click()
        link.click()
        try:
            expect(heading).to_be_in_viewport(timeout=wait)
            break
        except AssertionError:
            workbook.await_notebook()
    expect(heading).to_be_in_viewport()
