"""The self-signed lesson as a reader has it: opened, run, and repaired by hand in the panel."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_reader_makes_um1_and_gw1_trust_each_other_in_the_lesson(workbook):
    workbook.open("02-self-signed.ipynb")
    workbook.run_all()
    answer = workbook.cell(14).locator("details")
    workbook._in_notebook("await panel.content.scrollToItem(14)")
    expect(answer.get_by_text("None does")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.get_by_text("None does")).to_be_visible()

    panel = workbook.page.locator(".cl-panel")
    matrix, why, journal = (
        panel.locator(f'[data-part="{name}"]') for name in ("matrix", "why", "journal")
    )

    matrix.get_by_role("button", name="um1 refuses gw1: not imported", exact=True).click()
    expect(why.get_by_role("heading")).to_have_text("um1 refuses gw1")
    expect(why).to_contain_text("is self-signed, and the trust store does not hold it")
    why.get_by_role("button", name="Repair: um1 imports gw1’s certificate").click()

    accepted = matrix.get_by_role("button", name="um1 accepts gw1", exact=True)
    expect(accepted).to_have_text("✓ trusted")
    expect(matrix.get_by_role("button", name="gw1 accepts um1", exact=True)).to_be_visible()
    expect(journal).to_contain_text("um1 imports gw1’s certificate into its root store")
    workbook.screenshot("lesson-repaired", of=panel)


def test_a_notebook_that_is_closed_takes_its_kernel_with_it(workbook):
    workbook.write("closing.ipynb", "1 + 1")
    workbook.open("closing.ipynb")
    workbook.run_all()
    page = workbook.page
    (before,) = workbook.server.ask("GET", "/api/sessions")
    workbook.save()
    page.evaluate("jupyterapp.commands.execute('application:close')")
    for _ in range(100):
        kernels = [kernel["id"] for kernel in workbook.server.ask("GET", "/api/kernels")]
        if before["kernel"]["id"] not in kernels:
            break
        page.wait_for_timeout(200)
    assert before["kernel"]["id"] not in kernels
    page.wait_for_timeout(500)
    # JupyterLab's debugger asks the kernel that is going, and says on the console that it went.
    said = [error for error in workbook.errors if "restore the debugger state" not in error]
    assert not said
    workbook.errors.clear()
