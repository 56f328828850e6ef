"""A decision from the form to the page that a reviewer opens, in a real JupyterLab."""

import zipfile

import pytest
from playwright.sync_api import expect

from certlab.records import verify

from .conftest import THEMES

pytestmark = pytest.mark.browser

SET_UP = """from certlab import *
import shutil
shutil.rmtree("decisions", ignore_errors=True)
office = read_inventory("data/small-office.csv")
lab = deploy(office, InternalPKI(), at="2026-11-24", seed="decide")
matrix = trust_matrix(lab)
form = decision_form(["Self-signed", "Internal PKI"], on="2026-11-24", lab=lab, matrix=matrix)
form"""
LATER = """decision.save()
new = [AddDevice(f"gw{n}", f"gw{n}.office.example", Role.GATEWAY, ("office",)) for n in (7, 8, 9)]
lab = lab.run(RemoveAnchor("gw1", certificate_of="Lab PKI root"), new)
matrix = trust_matrix(lab)"""
AFTER = """after = decide("Roots come by policy", on="2027-01-08", evidence=lab, supersedes=1,
               choice="Push <b>them</b>", reasons="gw1 lost its root", by="Telephony",
               state="accepted", folder="decisions").save()
export_decision(after)
decision_log("decisions", after)"""
TITLE = "One <script>alert(1)</script> PKI"


def run_cell(workbook, number):
    workbook.cell(number).locator(".cm-content").click()
    workbook.page.keyboard.press("Control+Enter")
    workbook.settle()
    return workbook.output(number)


def test_a_decision_goes_stale_is_superseded_and_leaves_as_a_page(workbook):
    workbook.write("decisions.ipynb", SET_UP, "form.write_cell()", LATER, AFTER)
    workbook.open("decisions.ipynb")
    workbook.page.keyboard.press("Control+b")
    form = run_cell(workbook, 0)
    expect(form.get_by_role("region", name="How it will look")).to_contain_text("needs a title")

    form.get_by_label("Title", exact=True).fill(TITLE)
    form.get_by_label("Context", exact=True).fill("Four machines.\nWhom do they believe?")
    form.get_by_label("Choice", exact=True).select_option("Internal PKI")
    form.get_by_label("State", exact=True).select_option("accepted")
    expect(form.get_by_role("region", name="How it will look")).to_contain_text(
        "a decision that is accepted needs this"
    )
    form.get_by_label("Reasons, one a line", exact=True).fill("One root a machine")
    form.get_by_label("Decided by", exact=True).fill("Telephony team")
    form.get_by_label("On", exact=True).fill("2026-11-24")
    form.get_by_text("Facts of the outside world that it rests on").click()
    form.get_by_label("may not allow TLS clients").check()
    workbook.settle()
    expect(form.get_by_role("status")).to_contain_text("Not saved yet")
    workbook.screenshot("decision-form", of=form, height=2200)
    assert workbook.accessibility_faults(".jp-Notebook .certlab") == []

    run_cell(workbook, 1)  # the cell that was written stands below
    card = run_cell(workbook, 2)
    expect(card).to_contain_text(TITLE)
    expect(card).to_contain_text("Not saved yet")
    run_cell(workbook, 3)  # saved, and then the lab changes
    stale = run_cell(workbook, 2)
    expect(stale).to_contain_text("Stale: its evidence is not what it was on 2026-11-24")
    expect(stale).to_contain_text("3 IP gateways added: gw7, gw8, gw9")
    expect(stale).to_contain_text("1 trust store emptied: gw1, root store")
    workbook.screenshot("decision-stale", of=stale, height=1600)

    log = run_cell(workbook, 4)
    expect(log).to_contain_text("superseded by 0002")
    workbook.screenshot("decision-log", of=log)
    folder = workbook.server.folder / "notebooks" / "decisions"
    assert {path.suffix for path in folder.glob("0002*")} == {".md", ".json", ".html", ".zip"}
    assert verify(next(folder.glob("0002*.zip"))) == []
    assert "0002-roots-come-by-policy.md" in next(folder.glob("0001*.md")).read_text("utf-8")
    expect(run_cell(workbook, 2)).to_contain_text("Superseded by 0002")

    for theme in THEMES:
        page = offline(workbook.page.context.browser, next(folder.glob("0002*.html")), theme)
        expect(page.locator("body")).to_contain_text("Push <b>them</b>")
        expect(page.locator("body")).to_contain_text("Supersedes 0001")
        assert page.locator("svg").count() >= 1
        page.close()


def offline(chromium, file, theme="light"):
    """A page opened from disk in a browser without network: it asks for, says and runs nothing."""
    page = chromium.new_page(offline=True, color_scheme=theme)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    assert (asked, said) == ([file.as_uri()], [])
    assert page.locator("script").count() == 0
    return page


def test_the_page_needs_no_network_and_prints(chromium, tmp_path):
    from certlab.deployment import InternalPKI, deploy
    from certlab.planning import estate_of_size
    from certlab.records import decide
    from certlab.reports import export_decision

    lab = deploy(estate_of_size(1, 12), InternalPKI(), at="2026-11-24")
    files = export_decision(decide(TITLE, on="2026-11-24", evidence=lab), tmp_path).files
    page = offline(chromium, files[0])
    assert page.title() == TITLE
    assert page.locator("svg").count() >= 1
    for paper, width in (("A4", 718), ("Letter", 740)):  # between the margins, in CSS pixels
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="print")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"something is wider than {paper}"
        assert page.pdf(format=paper).startswith(b"%PDF")
    assert zipfile.is_zipfile(files[1])
    page.close()
