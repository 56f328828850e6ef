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
    # JupyterLab looks for a heading before a notebook that it opens has any: it is open now.
    workbook.page.get_by_role("tab", name="ledger.ipynb").click()
    link.click()
    expect(heading).to_be_in_viewport()
