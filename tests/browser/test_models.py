"""The benches of the trust models, touched in a real JupyterLab, in both themes."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TALL = 2000  # pixels: a bench is seen whole

SET_UP = """from certlab import *

office = read_inventory("data/small-office.csv")
lab = begin(office, at="2026-11-24", seed="models")
"""
MODELS = {
    "self-signed": ("SelfSigned()", 10),
    "internal-two-tier": ("InternalPKI()", 17),
    "internal-one-tier": ("InternalPKI(tiers=1)", 17),
    "third-party": ("ThirdPartyCA()", 17),
    "split-pair": ("ThirdPartyCA(split=True)", 34),
}


def open_bench(workbook, name, *lines, after="print(trust_matrix(desk.deployment).headline)"):
    workbook.write(f"{name}.ipynb", SET_UP + "\n".join(lines) + "\ndesk", after)
    workbook.open(f"{name}.ipynb")
    workbook.page.keyboard.press("Control+b")  # the file browser makes room
    workbook.run_all()
    return workbook.output(0)


def press(workbook, desk, name):
    desk.get_by_role("button", name=name).first.click()
    workbook.settle()


def asked_again(workbook):
    """The second cell, run once more: what it then says of the bench's deployment."""
    workbook.cell(1).click()
    workbook.page.keyboard.press("Control+Enter")
    workbook.settle()
    return workbook.output(1)


@pytest.mark.parametrize("model", MODELS)
def test_a_procedure_is_walked_from_nothing_to_full_trust(workbook, model):
    code, count = MODELS[model]
    desk = open_bench(workbook, f"walk-{model}", f"desk = walk(lab, {code}.procedure(office))")
    list_, step = (desk.get_by_role("region", name=n) for n in ("The procedure", "The step"))
    expect(workbook.output(1)).to_contain_text("None of the 3 links works")
    expect(list_).to_contain_text(f"0 of {count} steps done")
    expect(step).to_contain_text("Who")

    press(workbook, desk, "Do this step")
    expect(list_).to_contain_text(f"1 of {count} steps done")
    press(workbook, desk, "Do the phase")
    press(workbook, desk, "Undo")
    expect(list_).to_contain_text(f"1 of {count} steps done")
    if model in ("self-signed", "internal-two-tier"):
        press(workbook, desk, "Do the phase")
        press(workbook, desk, "Do the phase")
        workbook.screenshot(f"walk-{model}", height=TALL)
    press(workbook, desk, "Do all that is left")
    expect(list_).to_contain_text(f"{count} of {count} steps done")
    expect(desk.get_by_role("region", name="Map")).to_contain_text("All 3 links work both ways")
    expect(desk.get_by_role("status")).to_contain_text("All 3 links work both ways")
    expect(asked_again(workbook)).to_contain_text("All 3 links work both ways")
    workbook.screenshot(f"walk-{model}-done", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []


def test_the_keyboard_alone_walks_a_procedure(workbook):
    desk = open_bench(workbook, "walk-keys", "desk = walk(lab, InternalPKI().procedure(office))")
    list_ = desk.get_by_role("region", name="The procedure")
    desk.get_by_role("button", name="Do this step").focus()
    for done in range(1, 4):
        workbook.page.keyboard.press("Enter")
        expect(list_).to_contain_text(f"{done} of 17 steps done")
        expect(desk.get_by_role("button", name="Do this step")).to_be_focused()
    desk.locator("[data-part=steps] [data-id][tabindex='0']").focus()
    workbook.page.keyboard.press("ArrowDown")
    workbook.page.keyboard.press("Enter")
    expect(desk.get_by_role("region", name="The step")).to_contain_text("pbx1 requests")


def test_a_step_out_of_turn_says_in_sight_why_it_is_refused(workbook):
    desk = open_bench(workbook, "walk-turn", "desk = walk(lab, InternalPKI().procedure(office))")
    press(workbook, desk, "Show phase 4")
    press(workbook, desk, "Do this step")
    refused = desk.get_by_role("region", name="Refused")
    expect(refused).to_be_visible()
    expect(refused).to_contain_text("IssueCertificate")
    workbook.screenshot("walk-refused", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []


def test_the_authority_console_refuses_a_bad_request_and_revokes(workbook):
    desk = open_bench(
        workbook,
        "console",
        "pki = InternalPKI().procedure(office)",
        "lab = lab.run(pki.phases[0], RequestCertificate('um1', 'Lab PKI'),",
        "              RequestCertificate('gw1', 'Lab PKI', names=('um1.office.example',)))",
        "desk = authority_console(lab)",
        after="print([(line.device, line.approved) for line in"
        " desk.deployment.authority('Lab PKI').log])",
    )
    waiting = desk.get_by_role("region", name="Requests waiting")
    expect(waiting).to_contain_text("um1.office.example is um1’s name, not gw1’s")
    expect(desk.get_by_role("button", name="Approve gw1")).to_have_attribute(
        "aria-disabled", "true"
    )
    workbook.screenshot("console-waiting", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []

    press(workbook, desk, "Approve um1")
    press(workbook, desk, "Refuse gw1")
    expect(waiting).to_contain_text("None.")
    log = desk.get_by_role("region", name="Registration log")
    expect(log).to_contain_text("refused gw1: um1.office.example is um1’s name, not gw1’s")
    desk.get_by_label("Reason for revoking").select_option("key compromise")
    revoke = desk.get_by_role("button", name="Revoke um1’s certificate")
    assert revoke.bounding_box()["height"] < 30, "no button breaks a word"
    press(workbook, desk, "Revoke um1’s certificate")
    issued = desk.get_by_role("region", name="Issued")
    expect(issued).to_contain_text("revoked 2026-11-24, key compromise")
    expect(issued.get_by_role("button", name="Revoke um1’s certificate")).to_be_focused()
    workbook.screenshot("console-done", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []
    expect(asked_again(workbook)).to_contain_text("[('um1', True), ('gw1', False)]")


def test_two_models_stand_side_by_side_with_the_difference_marked(workbook):
    desk = open_bench(
        workbook,
        "compare",
        "desk = compare_models(office, at='2027-06-01')",
        after="print(desk.before == desk.after)",
    )
    desk.get_by_label("After", exact=True).select_option("third-party")
    workbook.settle()
    difference = desk.get_by_role("region", name="The difference")
    expect(difference).to_contain_text("6 directions lost")
    expect(difference).to_contain_text("not for clients")
    expect(desk.get_by_role("region", name="Map").last).to_contain_text("A second ring")
    expect(desk.get_by_label("After", exact=True)).to_have_value("third-party")
    workbook.screenshot("compare-2027", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []
    desk.get_by_label("After", exact=True).select_option("split")
    workbook.settle()
    expect(difference).to_contain_text("Who accepts whom stays as it was")
    press(workbook, desk, "Plan the way")
    expect(desk.get_by_role("region", name="The way there")).to_contain_text("stops working")
    workbook.screenshot("compare-way", height=TALL)


def test_a_store_takes_a_certificate_after_its_fingerprint_was_compared(workbook):
    desk = open_bench(
        workbook,
        "stores",
        "lab = deploy(office, SelfSigned(), at='2026-11-24', seed='models')",
        "desk = stores(lab.run(RemoveAnchor('um1', 'gw1')), 'um1')",
        after="print(lab.certificate_of('gw1').fingerprint)",
    )
    fingerprint = workbook.output(1).inner_text().split()[-1]
    held = desk.get_by_role("region", name="The three stores")
    expect(held).to_contain_text("um1 trusts 2 keys")
    desk.get_by_label("Whose certificate").select_option("gw1")
    field = desk.get_by_label("Fingerprint, as its owner reads it out")
    field.fill("00" + fingerprint[2:])
    expect(desk.locator("[data-note=read]")).to_contain_text("do not import it")
    press(workbook, desk, "Import")
    expect(desk.get_by_role("region", name="Refused")).to_contain_text("Do not import it")
    workbook.screenshot("stores-refused", height=TALL)
    assert workbook.accessibility_faults(".certlab") == []

    field.fill(fingerprint)
    expect(desk.locator("[data-note=read]")).to_contain_text("the same as the file in hand")
    press(workbook, desk, "Import")
    expect(held).to_contain_text("um1 trusts 3 keys")
    expect(desk.get_by_role("region", name="Who accepts whom")).to_contain_text(
        "Now accepted: um1 accepts gw1."
    )
    workbook.screenshot("stores-imported", height=TALL)
    press(workbook, desk, "Remove gw1.office.example from the root store")
    expect(held).to_contain_text("um1 trusts 2 keys")


def test_the_rule_of_selection_shows_itself(workbook):
    workbook.write(
        "selection.ipynb",
        SET_UP + "lab = lab.run(InternalPKI().procedure(office), GenerateSelfSigned('um1'))\n"
        "select_certificate(lab, 'um1')",
    )
    workbook.open("selection.ipynb")
    workbook.run_all()
    shown = workbook.output(0)
    expect(shown).to_contain_text("um1 takes “um1.office.example”, PKI or bought")
    expect(shown).to_contain_text("kept, but another comes first")
    workbook.screenshot("selection", shown)
    assert workbook.accessibility_faults(".certlab") == []


def test_a_dated_day_and_four_hundred_devices_still_fit(workbook):
    desk = open_bench(
        workbook,
        "walk-large",
        "office = read_inventory('data/enterprise.csv')",
        "lab = begin(office, at='2026-11-24')",
        "desk = walk(lab, InternalPKI().procedure(office))",
    )
    press(workbook, desk, "Do the phase")
    press(workbook, desk, "Do the phase")
    expect(desk.get_by_role("region", name="The procedure")).to_contain_text("301 of 1,201")
    workbook.screenshot("walk-enterprise", height=TALL)
    press(workbook, desk, "Do all that is left")
    expect(desk.get_by_role("region", name="The procedure")).to_contain_text("1,201 of 1,201")
    assert workbook.accessibility_faults(".certlab") == []
