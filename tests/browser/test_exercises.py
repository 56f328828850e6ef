"""Exercises and the panel that breaks a lab, done by keyboard in a real JupyterLab."""

import pytest
from playwright.sync_api import expect

from certlab.training import EXERCISES, FAULTS

pytestmark = pytest.mark.browser

TALL = 2600  # pixels: a panel is seen whole
WATCH = """() => {
  window.flicker = 0;
  let chosen;
  document.addEventListener('input', ({ target }) => { chosen = target; }, true);
  const look = () => {
    window.flicker += Boolean(chosen) && !chosen.checked;
    requestAnimationFrame(look);
  };
  look();
}"""
"""Counts the pictures on which the radio button that was chosen last is not the one that is on."""


def open_exercise(workbook, id_):
    name = f"exercise-{id_}.ipynb"
    made = f"one = exercise({id_!r}, seed='browser')"
    # As in a lesson: below it stands an output with a style sheet of its own.
    after = "from certlab import trust_matrix\n\ntrust_matrix(one.exercise.lab)"
    workbook.write(name, f"from certlab import exercise\n\n{made}\none", after)
    workbook.open(name)
    workbook.page.keyboard.press("Control+b")  # the file browser makes room
    workbook.run_all()
    desk = workbook.output(0)
    desk.locator("select, input").first.focus()  # from here on, by keyboard
    return desk


def reach(workbook, target):
    """Go to it with Tab or back with Shift+Tab, whatever there is on the way."""
    way = (
        "node => { const here = document.activeElement; return node === here ? '' :"
        " here.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING"
        " ? 'Tab' : 'Shift+Tab'; }"
    )
    for _ in range(60):
        if not (key := target.evaluate(way)):
            return
        workbook.page.keyboard.press(key)
    expect(target).to_be_focused()


def press(workbook, desk, name):
    """Reach a button by keyboard alone, and press it."""
    reach(workbook, desk.get_by_role("button", name=name))
    workbook.page.keyboard.press("Enter")
    workbook.settle()


def choose(workbook, field, words):
    """Reach a list by keyboard alone, and type what to choose."""
    reach(workbook, field)
    workbook.page.keyboard.type(words)


def test_a_prediction_is_chosen_and_committed_by_keyboard(workbook):
    desk = open_exercise(workbook, "predict-1")
    expect(desk.get_by_role("button", name="Check")).to_have_attribute("aria-disabled", "true")
    question, look = (desk.get_by_role("region", name=name).bounding_box()
                      for name in ("The question", "Look"))  # fmt: skip
    assert abs(question["y"] - look["y"]) < 4, "what there is to look at is beside the question"
    assert question["x"] + question["width"] < look["x"]
    workbook.screenshot("exercise-predict", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []
    reach(workbook, desk.get_by_role("radio").first)
    workbook.page.keyboard.press("Space")
    workbook.page.keyboard.press("ArrowDown")
    workbook.settle()
    expect(desk.get_by_role("radio").nth(1)).to_be_checked()
    press(workbook, desk, "Check")
    judge = desk.get_by_role("region", name="The judge")
    expect(judge).to_contain_text("RFC")
    check = desk.get_by_role("button", name="Check")
    expect(check).to_be_focused()
    expect(check).to_have_attribute("aria-disabled", "true")
    workbook.page.keyboard.press("Enter")
    workbook.settle()
    expect(judge).to_contain_text("RFC")
    expect(desk.get_by_role("radio").nth(1)).to_be_checked()
    expect(desk.get_by_role("radio").nth(1)).to_be_disabled()
    workbook.screenshot("exercise-predicted", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []


def test_what_somebody_chose_last_stays_chosen_however_slow_the_kernel_is(workbook):
    desk = open_exercise(workbook, "predict-1")
    answers = desk.get_by_role("radio")
    reach(workbook, answers.first)
    workbook.page.keyboard.press("Space")
    workbook.settle()
    workbook.page.evaluate(WATCH)
    for key in ("ArrowDown", "ArrowUp") * 8 + ("ArrowDown",):
        workbook.page.keyboard.press(key)
    expect(answers.nth(1)).to_be_checked()
    workbook.settle()
    expect(answers.nth(1)).to_be_checked()
    expect(answers.nth(1)).to_be_focused()
    assert workbook.page.evaluate("() => window.flicker") == 0, "an older choice never comes back"


def test_a_whole_diagnosis_is_made_by_keyboard_and_every_wrong_claim_has_its_reason(workbook):
    desk = open_exercise(workbook, "diagnose-3")
    expect(desk.get_by_role("region", name="Symptoms")).to_contain_text("refuses")
    what, where = desk.get_by_label("What is wrong"), desk.get_by_label("Where", exact=True)
    look = desk.get_by_label("Look at")
    reach(workbook, look)
    workbook.page.keyboard.press("ArrowDown")
    workbook.settle()
    expect(desk.get_by_role("region", name="What it presents")).to_contain_text("gw1 presents")
    press(workbook, desk, "Hint")
    judge = desk.get_by_role("region", name="The judge")
    helped = desk.get_by_role("region", name="Help")
    expect(helped).to_contain_text("Hint: Find the device that others refuse")
    workbook.screenshot("exercise-diagnose", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []

    ((fault, place),) = EXERCISES["diagnose-3"].problem("browser").answers()
    choose(workbook, what, FAULTS["early" if fault != "early" else "expired"].title)
    choose(workbook, where, place)
    workbook.settle()
    press(workbook, desk, "Check")
    expect(judge).to_contain_text("RFC 5280")
    choose(workbook, what, FAULTS[fault].title)
    choose(workbook, where, place)
    workbook.settle()
    press(workbook, desk, "Check")
    newest = judge.get_by_role("listitem").first
    expect(newest).to_contain_text(f"Right. {FAULTS[fault].title} at {place}: found.")
    expect(desk.get_by_role("region", name="Map")).to_be_visible()
    expect(desk.get_by_role("region", name="Symptoms")).to_be_visible()
    workbook.screenshot("exercise-diagnosed", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []


def test_the_verdict_is_in_sight_when_check_was_pressed(workbook):
    workbook.page.set_viewport_size({"width": 1280, "height": 900})
    desk = open_exercise(workbook, "diagnose-1")
    desk.get_by_label("What is wrong").select_option("root")
    expect(desk.get_by_text(FAULTS["root"].plain)).to_be_visible()
    desk.get_by_label("Where", exact=True).select_option("the clock")
    workbook.settle()
    check = desk.get_by_role("button", name="Check")
    check.evaluate("node => node.scrollIntoView({ block: 'end' })")  # at the very edge of the page
    check.click()
    judge = desk.get_by_role("region", name="The judge")
    expect(judge).to_be_in_viewport(ratio=0.9)
    below = judge.bounding_box()["y"] - check.bounding_box()["y"]
    assert 0 < below < 100, "right below the button"


def test_a_repair_that_opens_a_hole_is_refused_and_the_right_one_taken(workbook):
    desk = open_exercise(workbook, "repair-2")
    expect(desk.get_by_role("button", name="Check")).to_have_attribute("aria-disabled", "true")
    expect(desk.get_by_text("do a step first")).to_be_visible()
    workbook.screenshot("exercise-repair-begun", height=TALL)
    step = EXERCISES["repair-2"].problem("browser").steps[0]
    desk.get_by_label("What to do").select_option("import")
    workbook.settle()
    peer = desk.get_by_label("At which device")
    peer.select_option("um1" if step.device != "um1" else "gw1")
    desk.get_by_label("Whose certificate").select_option(step.device)
    workbook.settle()
    press(workbook, desk, "Do this step")
    press(workbook, desk, "Check")
    judge = desk.get_by_role("region", name="The judge")
    expect(judge).to_contain_text("a leaf stands among the trusted roots")
    workbook.screenshot("exercise-hole", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []
    press(workbook, desk, "Undo")
    expect(judge).to_have_count(0)
    desk.get_by_label("What to do").select_option("unsecured")
    expect(peer).to_be_hidden()
    desk.get_by_label("What to do").select_option("chain")
    expect(desk.get_by_label("Whose certificate")).to_be_hidden()
    peer.select_option(step.device)
    workbook.settle()
    press(workbook, desk, "Do this step")
    press(workbook, desk, "Check")
    expect(judge).to_contain_text("Every link works and no hole is open")
    workbook.screenshot("exercise-repaired", height=TALL)


def test_a_design_is_judged_by_its_demands(workbook):
    desk = open_exercise(workbook, "design-3")
    reach(workbook, desk.get_by_role("radio").first)
    workbook.page.keyboard.press("Space")
    workbook.settle()
    press(workbook, desk, "Check")
    judge = desk.get_by_role("region", name="The judge")
    expect(judge).to_contain_text("is self-signed, and the trust store does not hold it")
    workbook.screenshot("exercise-design", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []
    press(workbook, desk, "Reveal")
    reveal = desk.get_by_role("button", name="Reveal")
    expect(reveal).to_be_focused()
    expect(desk.get_by_role("region", name="Help")).to_contain_text("This ends the exercise.")
    workbook.page.keyboard.press("Enter")
    expect(judge).to_contain_text("Solution: Public CA to answer, own PKI to call")
    press(workbook, desk, "Another edition")
    expect(desk.get_by_role("region", name="The question")).to_contain_text("seed browser-")


def test_a_lab_is_broken_and_mended_again(workbook):
    workbook.write(
        "break-it.ipynb",
        "from certlab import *\n\noffice = read_inventory('data/small-office.csv')\n"
        "desk = break_it(deploy(office, InternalPKI(), at='2026-11-24', seed='break'))\ndesk",
    )
    workbook.open("break-it.ipynb")
    workbook.page.keyboard.press("Control+b")
    workbook.run_all()
    desk = workbook.output(0)
    desk.get_by_label("What goes wrong").select_option("store")
    workbook.settle()
    press(workbook, desk, "Break it")
    expect(desk.get_by_role("region", name="Map")).to_contain_text("only the root store makes")
    workbook.screenshot("break-it", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []
    press(workbook, desk, "Undo")
    expect(desk.get_by_role("status")).to_contain_text("All 3 links work both ways")
