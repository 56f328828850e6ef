"""The trust panel in JupyterLab: a refused cell is clicked, understood, repaired and taken back."""

import pytest
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

OFFICE = """
from certlab import SelfSigned, begin, explore, read_inventory, trust_matrix, why
office = read_inventory("data/small-office.csv")
plan = SelfSigned().procedure(office)
lab = begin(office, at="2026-11-24", seed="panel").run(plan.phases[0], plan.phases[1])
panel = explore(lab, plan)
panel
"""
LATER = """
same = {"lab": lab}
exec(panel.code, same)
len(panel.deployment.journal), same["lab"] == panel.deployment
"""
VALUES = (
    "lab", "trust_matrix(lab)", "why(lab, 'um1', trusts='gw1')", "office", "plan",
    "why(lab, 'um1', trusts='gw1').verdict", "lab.certificate_of('um1')",
    "lab.moved_to('2028-01-01')",
)  # fmt: skip
HOSTILE = r"""
from certlab import Device, DialPlan, Inventory, Role, SecurityMode, SelfSigned, begin, explore, why
names = ["um1", "<script>window.hacked=1</script>", '"><img src=x onerror="window.hacked=1">',
         "</style><svg onload=window.hacked=1>", "gw\u202e1\u2066\x00\x1b", "w" * 10_000]
devices = [Device(name, f"d{n}.office.example", Role.GATEWAY if n else Role.UM_SERVER, ("office",))
           for n, name in enumerate(names)]
office = Inventory.of(devices, [DialPlan("office", SecurityMode.SIP_SECURED)])
lab = begin(office, at="2026-11-24", seed="panel").run(SelfSigned().procedure(office).phases[0])
explore(lab)
"""
# What of a part the arrows do not lead to, from where Tab comes in.
NOT_REACHED = """part => {
  const all = [...part.querySelectorAll('[data-id][tabindex]')];
  const reached = new Set(all.filter(node => node.tabIndex === 0));
  for (const node of reached)
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
      node.focus();
      node.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
      reached.add(document.activeElement);
    }
  return all.filter(node => !reached.has(node)).map(node => node.ariaLabel);
}"""


@pytest.fixture
def panel(workbook) -> Locator:
    """The panel of a small office in which um1 trusts nobody yet."""
    workbook.write("panel.ipynb", OFFICE, LATER)
    workbook.open("panel.ipynb")
    workbook.run_all()
    return workbook.page.locator(".cl-panel")


def part(panel: Locator, name: str) -> Locator:
    return panel.locator(f'[data-part="{name}"]')


def cell(panel: Locator, words: str) -> Locator:
    return part(panel, "matrix").get_by_role("button", name=words, exact=True)


def test_a_refused_cell_is_clicked_understood_repaired_and_taken_back(workbook, panel):
    cell(panel, "um1 refuses gw2: not imported").click()
    why = part(panel, "why")
    expect(why.get_by_role("heading")).to_have_text("um1 refuses gw2")
    expect(why).to_contain_text("is self-signed, and the trust store does not hold it")
    expect(part(panel, "map").locator("svg text", has_text="not imported")).to_be_visible()
    expect(panel.locator("..").get_by_role("status")).to_have_text("um1 refuses gw2: not imported")
    workbook.screenshot("panel-refused", of=panel)

    why.get_by_role("button", name="Repair: um1 imports gw2’s certificate").click()
    expect(cell(panel, "um1 accepts gw2")).to_have_text("✓ trusted")
    expect(why.get_by_role("heading")).to_have_text("um1 accepts gw2")
    journal = part(panel, "journal")
    expect(journal).to_contain_text("um1 imports gw2’s certificate into its root store")
    journal.get_by_text("Show as code").click()
    expect(journal.locator("pre")).to_contain_text("lab = lab.run(ImportAnchor(")
    workbook.screenshot("panel-repaired", of=panel)

    expect(workbook.output(1)).to_contain_text("(1, True)")
    workbook.cell(1).locator(".cm-content").click()
    workbook.page.keyboard.press("Shift+Enter")
    workbook.settle()
    expect(workbook.output(1)).to_contain_text("(2, True)")


def wide(panel: Locator) -> list[float]:
    """How wide the columns of the matrix are."""
    heads = part(panel, "matrix").locator("thead th")
    return [box["width"] for box in (head.bounding_box() for head in heads.all()) if box]


def test_a_panel_has_no_scrollbar_beside_it_and_its_columns_stay_where_they_are(workbook, panel):
    output = workbook.output(0).locator(".jp-OutputArea-output").last
    assert output.evaluate("node => node.scrollHeight - node.clientHeight") == 0
    before = wide(panel)
    part(panel, "journal").get_by_role("button", name="Run the 3 remaining steps").click()
    expect(cell(panel, "um1 accepts gw1")).to_be_visible()
    assert wide(panel) == before


def test_from_the_cell_of_a_panel_two_tabs_lead_into_the_picture(workbook, panel):
    workbook.cell(0).locator(".cm-content").click()
    workbook.page.keyboard.press("Control+Enter")
    workbook.settle()
    for _ in range(2):
        workbook.page.keyboard.press("Tab")
    expect(part(panel, "map").locator(":focus")).to_have_attribute("data-id", "device:um1")


def test_undo_and_the_remaining_steps(workbook, panel):
    journal = part(panel, "journal")
    expect(journal.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    journal.get_by_role("button", name="Run the 3 remaining steps").click()
    expect(part(panel, "map").get_by_role("heading")).to_have_text(
        "Self-signed: all 3 links work both ways"
    )
    expect(journal.get_by_role("button", name="Run the")).to_have_count(0)
    journal.get_by_role("button", name="Undo").click()
    expect(cell(panel, "um1 refuses gw1: not imported")).to_be_visible()
    expect(part(panel, "map").get_by_role("heading")).to_contain_text("one way only")


def test_everything_is_done_with_the_keyboard_alone(workbook, panel):
    page = workbook.page
    cell(panel, "um1 refuses gw1: not imported").focus()
    page.keyboard.press("ArrowRight")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("data-id", "pair:um1:gw2")
    page.keyboard.press("Enter")
    expect(part(panel, "why").get_by_role("heading")).to_have_text("um1 refuses gw2")
    expect(focused).to_have_attribute("data-id", "pair:um1:gw2")  # kept after the redraw
    assert page.evaluate("jupyterapp.shell.currentWidget.content.mode") == "command"

    repair = part(panel, "why").get_by_role("button", name="Repair")
    repair.focus()
    page.keyboard.press("Enter")
    expect(cell(panel, "um1 accepts gw2")).to_be_visible()
    expect(focused).to_have_text("Show the next refusal")
    page.keyboard.press(" ")
    expect(part(panel, "why").get_by_role("heading")).to_have_text("um1 refuses gw1")

    part(panel, "map").get_by_role("button", name="gw1, IP gateway").focus()
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_attribute("data-id", "device:gw2")
    page.keyboard.press("Enter")
    expect(part(panel, "why").get_by_role("heading")).to_have_text("gw2: nothing refused")
    part(panel, "why").get_by_role("button", name="um1 accepts gw2").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    for name in ("map", "matrix"):
        assert part(panel, name).evaluate(NOT_REACHED) == []


def test_a_selection_leaves_what_was_unfolded_and_scrolled_as_it_was(workbook, panel):
    why = part(panel, "why")
    why.get_by_text("checks that did not apply").click()
    expect(why.get_by_text("Not asked of", exact=False).first).to_be_visible()
    other = cell(panel, "gw2 accepts um1")
    other.evaluate("node => { node.kept = true }")
    cell(panel, "um1 refuses pbx1: not imported").click()
    expect(why.get_by_role("heading")).to_have_text("um1 refuses pbx1")
    assert other.evaluate("node => node.kept"), "what has not changed is not drawn again"
    expect(why.get_by_text("Not asked of", exact=False).first).to_be_visible()


def test_values_and_panel_have_no_fault_that_axe_finds(workbook):
    workbook.write("shown.ipynb", OFFICE, *VALUES)
    workbook.open("shown.ipynb")
    workbook.run_all()
    for number in range(1 + len(VALUES)):
        expect(workbook.output(number).locator(".certlab").first).to_be_visible()
    for details in workbook.page.locator(".certlab details").all():
        details.evaluate("details => { details.open = true }")
    assert workbook.accessibility_faults(".certlab") == []
    workbook.page.set_viewport_size({"width": 1280, "height": 5200})
    workbook.page.wait_for_timeout(500)
    workbook.screenshot("values")


def test_hostile_names_are_text_and_run_nothing(workbook):
    workbook.write("hostile.ipynb", HOSTILE, "lab", "why(lab, 'um1', trusts=names[1])", "office")
    workbook.open("hostile.ipynb")
    workbook.run_all()
    matrix = workbook.page.locator('.cl-panel [data-part="matrix"]')
    expect(matrix).to_contain_text("<script>window.hacked=1</script>")
    expect(matrix).to_contain_text("gw⟨U+202E⟩1⟨U+2066⟩⟨U+0000⟩⟨U+001B⟩")
    for refused in matrix.get_by_role("button", name="um1 refuses").all():
        refused.click()
    workbook.settle()
    assert workbook.page.evaluate("window.hacked") is None
    assert workbook.page.locator(".certlab script, .certlab img").count() == 0
    workbook.screenshot("hostile-names", of=workbook.page.locator(".cl-panel"))


def test_a_large_estate_opens_by_dial_plan_and_zooms(workbook):
    workbook.write("large.ipynb", OFFICE.replace("small-office", "enterprise"))
    workbook.open("large.ipynb")
    workbook.run_all()
    panel = workbook.page.locator(".cl-panel")
    part(panel, "map").get_by_role("button", name="amsterdam:").click()
    expect(part(panel, "map").get_by_role("button", name="um01, UM server")).to_be_visible()
    workbook.screenshot("panel-large", of=panel)
    svg = part(panel, "map").locator("svg.cl-zoom")
    before = svg.get_attribute("viewBox")
    part(panel, "map").get_by_role("button", name="Zoom in").click()
    zoomed = svg.get_attribute("viewBox")
    assert zoomed != before
    part(panel, "map").get_by_role("button", name="um01, UM server").focus()
    for key in ["+"] * 4 + ["ArrowDown"] * 3:
        workbook.page.keyboard.press(key)
    seen = svg.bounding_box()
    there = workbook.page.locator(":focus").bounding_box()
    assert seen["y"] < there["y"] + there["height"] / 2 < seen["y"] + seen["height"]
    zoomed = svg.get_attribute("viewBox")
    part(panel, "matrix").get_by_role("button", name="um01 accepts um13").click()
    expect(part(panel, "why").get_by_role("heading")).to_have_text("um01 accepts um13")
    assert svg.get_attribute("viewBox") == zoomed
    part(panel, "map").get_by_role("button", name="Show all").click()
    assert svg.get_attribute("viewBox") == before
    part(panel, "map").get_by_role("button", name="All dial plans").click()
    expect(part(panel, "map").get_by_role("button", name="bergen:")).to_be_visible()
