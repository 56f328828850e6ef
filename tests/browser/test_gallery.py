"""The gallery of scenarios, searched and opened in a real JupyterLab."""

import pytest
from playwright.sync_api import expect

from certlab.training import EXERCISES

pytestmark = pytest.mark.browser

WORK = """
from certlab import EXERCISES, Exercise, collect, keep_progress, progress
keep_progress()
for name, hints in (("lena", 0), ("jonas", 2)):
    for task in EXERCISES.values():
        one = Exercise(task, name)
        [one.hint() for _ in range(hints)]
        if task.grade == "predict":
            one.answer(next(iter(one.choices[0].options)))
        elif task.grade == "repair":
            one.check()
    progress().export(name)
"""


def test_a_reader_searches_the_gallery_reads_a_scenario_and_opens_it_in_a_lab(workbook):
    code = "from certlab import gallery\n\nshelf = gallery('2026-11-24')\nshelf"
    after = "from certlab import trust_matrix\n\nprint(trust_matrix(shelf.deployment).headline)"
    workbook.write("gallery.ipynb", code, after, WORK, "progress()", "collect('.')")
    workbook.open("gallery.ipynb")
    workbook.page.keyboard.press("Shift+Enter")
    workbook.settle()
    output = workbook.output(0)
    expect(output.get_by_role("heading", name="48 scenarios")).to_be_visible()
    workbook.screenshot("gallery", of=output, height=1900)

    output.get_by_label("First finding").select_option("expired")
    expect(output.get_by_role("heading", name="3 of 48 scenarios")).to_be_visible()
    output.get_by_role("textbox", name="Search").fill("imported")
    expect(output.get_by_role("heading", name="1 of 48 scenarios")).to_be_visible()
    expect(output.get_by_role("heading", name="Imported, and expired all the same")).to_be_visible()
    output.get_by_role("textbox", name="Search").fill("")
    expect(output.get_by_role("heading", name="3 of 48 scenarios")).to_be_visible()

    output.get_by_label("Ask first").check()
    verdict = output.get_by_role("button", name="Show the verdict")
    expect(verdict).to_be_visible()
    expect(output.get_by_text("What each verifier says")).to_have_count(0)
    expect(output.get_by_role("heading", name="A call to um01.example.com")).to_be_visible()
    expect(output.get_by_label("First finding")).to_have_count(0)
    workbook.screenshot("gallery-asked", of=output, height=1300)
    verdict.click()
    expect(output.get_by_role("heading", name="What each verifier says")).to_be_visible()
    output.get_by_label("Ask first").uncheck()
    output.get_by_label("First finding").select_option("expired")
    expect(output.get_by_role("heading", name="3 of 48 scenarios")).to_be_visible()

    # From here on with the keyboard alone.
    first = output.locator("[data-part=list] [data-id][tabindex='0']")
    first.focus()
    for _ in range(3):
        workbook.page.keyboard.press("ArrowUp")
    workbook.page.keyboard.press("Enter")
    expect(output.get_by_role("heading", name="4 · The certificate has expired")).to_be_visible()
    opens = output.get_by_role("button", name="Open in a lab")
    for _ in range(12):
        workbook.page.keyboard.press("Tab")
        if opens.evaluate("button => button === document.activeElement"):
            break
    workbook.page.keyboard.press("Enter")
    expect(output.locator("[data-part=lab] svg")).to_be_visible()
    expect(output.get_by_role("status")).to_contain_text("Opened in a lab")
    output.get_by_text("Show as code").click()
    expect(output.locator("pre.cl-code").last).to_contain_text("scenario('leaf-expired'")
    workbook.screenshot("gallery-lab", of=output, height=2200)

    workbook.cell(1).click()
    for _ in range(4):
        workbook.page.keyboard.press("Shift+Enter")
    workbook.settle()
    expect(workbook.output(1)).to_contain_text("works one way only")
    done = f"of {len(EXERCISES)} exercises solved"
    expect(workbook.output(3).get_by_role("heading", name=done)).to_be_visible()
    expect(workbook.output(4).get_by_role("heading", name="2 learners")).to_be_visible()
    workbook.screenshot("progress", of=workbook.output(3), height=1900)
    workbook.screenshot("overview", of=workbook.output(4), height=1900)
    assert workbook.accessibility_faults(".certlab") == []
