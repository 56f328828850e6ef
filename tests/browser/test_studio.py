"""The certificate studio and the workbook's check, touched in a real JupyterLab."""

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DESK = "from certlab import studio\n\ndesk = studio('2026-11-24'{seed})\ndesk"


def open_desk(workbook, *cells, seed=""):
    workbook.write("studio.ipynb", DESK.format(seed=seed), *cells)
    workbook.open("studio.ipynb")
    workbook.page.keyboard.press("Control+b")  # the file browser makes room
    workbook.run_all()
    return workbook.output(0)


def test_the_check_turns_to_works_when_the_page_answers(workbook):
    workbook.write("check.ipynb", "from certlab import check_workbook\n\ncheck_workbook()")
    workbook.open("check.ipynb")
    workbook.run_all()
    card = workbook.output(0)
    expect(card.get_by_text("Everything works")).to_be_visible()
    expect(card).to_contain_text("live: this page answered")
    expect(card).to_contain_text("Kernel connection: encrypted")
    workbook.screenshot("check", card)
    assert workbook.accessibility_faults(".certlab") == []


def test_every_field_is_seen_before_signing_and_a_problem_stands_at_its_field(workbook):
    desk = open_desk(workbook)
    draft = desk.get_by_role("region", name="Before signing")
    names = desk.get_by_label("Names, one a line")
    expect(draft).to_contain_text("CN=gw1.office.example")
    workbook.screenshot("studio-draft")
    assert workbook.accessibility_faults(".certlab") == []

    names.click()
    names.press("Control+End")
    workbook.page.keyboard.type("\n10.0.0.999")
    expect(desk.locator("[data-note=names]")).to_contain_text("Line 2: '10.0.0.999'")
    expect(names).to_have_attribute("aria-invalid", "true")
    expect(desk.get_by_role("button", name="Generate")).to_have_attribute("aria-disabled", "true")
    workbook.screenshot("studio-problem")
    assert workbook.accessibility_faults(".certlab") == []

    names.press("Backspace")
    names.press("Backspace")
    expect(draft).to_contain_text("gw1.office.example, 10.0.0.9")
    expect(names).to_be_focused()
    expect(names).to_have_attribute("aria-invalid", "false")


def test_the_keyboard_alone_makes_a_certificate_that_is_a_value_for_the_next_cell(workbook):
    desk = open_desk(
        workbook, "print(desk.certificate and (desk.certificate.label, desk.certificate.is_ca))"
    )
    expect(workbook.output(1)).to_have_text("None")
    desk.get_by_label("Purpose").focus()
    workbook.page.keyboard.press("Tab")
    expect(desk.get_by_label("Names, one a line")).to_be_focused()
    workbook.page.keyboard.press("Control+a")
    workbook.page.keyboard.type("um1.office.example")
    workbook.page.keyboard.press("Tab")  # JupyterLab must leave the key to the form
    expect(desk.get_by_label("Common name")).to_be_focused()
    desk.get_by_label("a CA (CA:TRUE)").press("Space")
    expect(desk.get_by_role("region", name="Before signing")).to_contain_text("a CA")
    desk.get_by_role("button", name="Generate").press("Enter")
    made = desk.get_by_role("region", name="What was made")
    expect(made).to_contain_text(
        "Made: a CA certificate for um1.office.example, valid until 2027-11-24"
    )
    expect(desk.get_by_role("status")).to_contain_text("Made: a CA certificate")
    expect(desk.get_by_role("button", name="Generate")).to_be_focused()
    desk.get_by_role("button", name="Show as code").press("Enter")
    expect(made).to_contain_text("certificate = self_signed(draft, key)")
    workbook.screenshot("studio-made")
    assert workbook.accessibility_faults(".certlab") == []

    workbook.cell(1).click()
    workbook.page.keyboard.press("Control+Enter")
    expect(workbook.output(1)).to_have_text("('um1.office.example', True)")
    desk.get_by_role("button", name="Undo").click()
    workbook.settle()
    workbook.cell(1).click()
    workbook.page.keyboard.press("Control+Enter")
    expect(workbook.output(1)).to_have_text("None")


def test_a_large_rsa_key_shows_that_it_takes_a_moment(workbook):
    desk = open_desk(workbook)
    seen = workbook.page.evaluate_handle(
        """() => { const seen = [];
        new MutationObserver(() => document.querySelector(".certlab progress") && seen.push(1))
          .observe(document.body, { childList: true, subtree: true }); return seen; }"""
    )
    desk.get_by_label("Key", exact=True).select_option("RSA 4096")
    desk.get_by_role("button", name="Generate").click()
    made = desk.get_by_role("region", name="What was made")
    expect(made.get_by_text("RSA 4096")).to_be_visible()
    assert seen.evaluate("seen => seen.length") > 0
    expect(desk.locator("progress")).to_have_count(0)


def test_a_request_is_made_and_neither_page_nor_file_holds_a_private_key(workbook):
    desk = open_desk(workbook, seed=", seed='lesson'")
    desk.get_by_role("button", name="As a request").click()
    made = desk.get_by_role("region", name="What was made")
    expect(made).to_contain_text("its key signed it")
    workbook.screenshot("studio-request")
    saved = json.dumps(workbook.save())
    state = workbook.page.evaluate("document.documentElement.outerHTML")
    for text in (saved, state):
        assert "PRIVATE KEY" not in text
        assert "LessonKeys('lesson')" not in text
