"""Notebook 6 in a real JupyterLab: predict, call, break by one click, and carry files."""

import json

import pytest
from playwright.sync_api import Locator, expect

from certlab.live import PEERS

pytestmark = pytest.mark.browser

LAB = """
from certlab import InternalPKI, call_panel, clock, deploy, export_panel, import_panel
from certlab import peer_panel, read_inventory
lab = deploy(read_inventory("data/small-office.csv"), InternalPKI(), at=clock())
panel = {panel}
panel
"""
SECRET = "correct horse battery"


def open_panel(workbook, panel: str, *cells: str) -> Locator:
    workbook.write("panel.ipynb", LAB.format(panel=panel), *cells)
    workbook.open("panel.ipynb")
    workbook.page.keyboard.press("Control+b")  # the file browser makes room
    workbook.run_all()
    return workbook.output(0)


def region(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("region", name=name, exact=True)


def test_a_call_is_predicted_made_broken_by_one_click_and_refused_as_predicted(workbook):
    panel = open_panel(workbook, "call_panel(lab)")
    now = region(panel, "Prediction and outcome")
    expect(now).to_contain_text("gw1 calls um1: not tried yet")
    expect(now).to_contain_text("Nobody has called yet")
    workbook.screenshot("call-predicted", panel)
    panel.get_by_role("button", name="Call", exact=True).click()
    expect(now).to_contain_text("gw1 calls um1: answered")
    expect(now).to_contain_text("Prediction and outcome agree")
    workbook.screenshot("call-answered", panel)
    for fault, words in (("Expired", "expired"), ("Revoked", "revoked"),
                         ("Wrong purpose", "not for clients"),
                         ("Root removed", "root not trusted"),
                         ("Self-signed, not imported", "not imported")):  # fmt: skip
        panel.get_by_role("button", name=f"{fault}:").click()
        expect(now).to_contain_text(f"um1 refuses: {words}")
        expect(now).to_contain_text("not tried yet")
        panel.get_by_role("button", name="Call", exact=True).click()
        expect(now).to_contain_text("gw1 calls um1: um1 refuses")
        expect(now).to_contain_text("Prediction and outcome agree")
        if fault == "Expired":
            workbook.screenshot("call-refused", panel)
            assert workbook.accessibility_faults(".certlab") == []
        panel.get_by_role("button", name="Undo").click()
        expect(now).to_contain_text("not tried yet")
    panel.get_by_role("button", name="Call every link").click()
    expect(now).to_contain_text("6 of 6 calls were answered")
    workbook.screenshot("call-all", panel)


def test_the_keyboard_alone_chooses_calls_and_breaks(workbook):
    panel = open_panel(workbook, "call_panel(lab)")
    now = region(panel, "Prediction and outcome")
    panel.get_by_label("TLS version").select_option("TLS 1.2")
    panel.get_by_role("button", name="Revoked:").press("Enter")
    expect(now).to_contain_text("um1 refuses: revoked")
    expect(panel.get_by_role("button", name="Revoked:")).to_be_focused()
    panel.get_by_role("button", name="Call", exact=True).press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("certificate revoked, as predicted")
    expect(now).not_to_contain_text("sends its request")  # as under TLS 1.3 it would


@pytest.mark.skipif(PEERS["kamailio"].path is None, reason="kamailio is not installed")
def test_kamailio_answers_and_refuses_after_one_click_as_was_said(workbook):
    panel = open_panel(workbook, "peer_panel(lab)")
    now, state = region(panel, "Prediction and outcome"), region(panel, "State of the peer")
    expect(state).to_contain_text("is installed and not started")
    panel.get_by_role("button", name="Start it").click()
    expect(state).to_contain_text("answers as gw1 on 127.0.0.1:")
    workbook.screenshot("peer-started", panel)
    panel.get_by_role("button", name="Call", exact=True).click()
    expect(now).to_contain_text("SIP/2.0 200")
    before = state.text_content()
    panel.get_by_role("button", name="Wrong purpose:").click()
    expect(now).to_contain_text("gw1 refuses: not for clients")
    expect(state).not_to_have_text(before)
    expect(state).to_contain_text("answers as gw1")
    panel.get_by_role("button", name="Call", exact=True).click()
    expect(now).to_contain_text("um1 calls gw1: gw1 refuses")
    expect(now).to_contain_text("Prediction and outcome agree")
    expect(region(panel, "Log")).to_contain_text("TLS")
    workbook.screenshot("peer-refuses", panel)
    assert workbook.accessibility_faults(".certlab") == []
    panel.get_by_role("button", name="Stop it").click()
    expect(state).to_contain_text("not started")


def test_files_are_written_once_and_picked_up_again_and_the_passphrase_is_nowhere(
    workbook, tmp_path
):
    folder = f"export_panel(lab, {str(tmp_path)!r})"
    panel = open_panel(workbook, folder, "import_panel(at=clock())")
    panel.get_by_label("Device", exact=True).select_option("gw1")
    panel.get_by_label("Write it too, encrypted").check()
    panel.get_by_label("Passphrase for the key").fill(SECRET)
    panel.get_by_label("The passphrase once more").fill(SECRET)
    panel.get_by_role("button", name="Write the files").click()
    written = region(panel, "What was written")
    expect(written).to_contain_text(f"Written to {tmp_path}/gw1")
    expect(panel.get_by_label("Passphrase for the key")).to_have_value("")
    workbook.screenshot("export", panel)
    assert workbook.accessibility_faults(".certlab") == []
    panel.get_by_role("button", name="Write the files").click()
    expect(region(panel, "Refused")).to_be_visible()
    panel.get_by_label("Device", exact=True).select_option("gw2")
    panel.get_by_role("button", name="Write the files").click()
    expect(region(panel, "Refused")).to_contain_text("passphrase")

    other = workbook.output(1)
    pfx = next((tmp_path / "gw1").glob("*.pfx"))
    (tmp_path / "notes.txt").write_text("not a certificate")
    other.get_by_label("Passphrase, where a file has one").fill(SECRET)
    other.locator("input[type=file]").set_input_files([pfx, tmp_path / "notes.txt"])
    found = region(other, "What was found")
    expect(found).to_contain_text("gw1.office.example")
    expect(found).to_contain_text("1 file of another kind")
    workbook.screenshot("import", other)
    saved = json.dumps(workbook.save())
    page = workbook.page.evaluate("document.documentElement.outerHTML")
    for text in (saved, page):
        assert SECRET not in text
        assert "PRIVATE KEY" not in text
