"""The planner in a real browser: a list of 400 devices becomes a plan, and no code is written."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, expect

import lab

from .conftest import ARTIFACTS, PATIENCE

pytestmark = pytest.mark.browser

TALL = 2400  # pixels: the planner is seen whole


def four_hundred_devices() -> bytes:
    """Ten dial plans with three UM servers and thirty-seven other devices each."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("name", "fqdn", "role", "dial_plans", "security", "domain_joined"))
    for plan in range(10):
        for number in range(40):
            role = "um" if number < 3 else "gateway" if number < 30 else "pbx"
            name = f"{role}{plan}-{number}"
            mode = "Secured" if plan % 2 else "SIPSecured"
            rows.writerow((name, f"{name}.site{plan}.example", role, f"site{plan}", mode,
                           "yes" if role == "um" else "no"))  # fmt: skip
    return out.getvalue().encode()


@pytest.fixture
def voila(tmp_path: Path) -> Iterator[str]:
    """The planner as `python3 lab.py plan` starts it, on a free port."""
    state, log = tmp_path / "state", (tmp_path / "log").open("wb")
    state.mkdir()
    environment = lab.jupyter_environment(state) | {"JUPYTER_PATH": str(lab.SETTINGS)}
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "voila", lab.PLANNER, "--no-browser", f"--port={port}"]
    process = subprocess.Popen(
        command, cwd=lab.ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        yield address(process, tmp_path / "log")
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it says that it answers, its secret included."""
    until = time.monotonic() + PATIENCE / 1000
    while process.poll() is None and time.monotonic() < until:
        told = [line for line in log.read_text("utf-8").splitlines() if line.startswith("http://")]
        if told:
            return told[-1]
        time.sleep(0.1)
    pytest.fail(f"Voilà did not start:\n{log.read_text('utf-8', errors='replace')}")


def test_four_hundred_devices_become_a_plan_on_a_page_without_code(voila, chromium, tmp_path):
    page = chromium.new_page(viewport={"width": 1280, "height": 1600}, accept_downloads=True)
    page.set_default_timeout(PATIENCE)
    faults, asked = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))

    def heed(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    page.on("console", heed)
    assert voila.startswith("http://127.0.0.1:")
    assert "token=" in voila
    page.goto(voila)
    answer = page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("22 devices", timeout=PATIENCE)
    assert "planner(" not in page.content(), "no code is shown"
    assert page.get_by_text("The same in cells").count() == 0

    told = (tmp_path / "log").read_text("utf-8")
    (kernel,) = Path(re.search(r"Storing connection files in (.*)\.\n", told)[1]).iterdir()
    assert "curve_publickey" in json.loads(kernel.read_text("utf-8")), "the kernel is encrypted"

    page.locator("input[type=file]").set_input_files(
        {"name": "ours.csv", "mimeType": "text/csv", "buffer": four_hundred_devices()}
    )
    expect(answer).to_contain_text("400 devices")
    expect(answer).to_contain_text("Internal PKI for")
    expect(answer).to_contain_text("Work this year")
    expect(answer).to_contain_text("Work next year")
    expect(answer).to_contain_text("Cost over 5 years")
    expect(answer).to_contain_text("certificates expire", timeout=PATIENCE)  # what fails first
    expect(page.locator("[data-note=files]")).to_contain_text("ours.csv: 400 devices read")
    # Beside it the browser would say that no file is chosen.
    expect(page.locator("input[type=file]")).to_have_css("font-size", "0px")
    page.screenshot(path=ARTIFACTS / "planner-voila.png")
    page.emulate_media(color_scheme="dark")  # the page is as dark as the system
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    dark = "e => getComputedStyle(e).backgroundColor"
    assert page.locator("body").evaluate(dark) == answer.evaluate(dark) == "rgb(17, 17, 17)"
    page.screenshot(path=ARTIFACTS / "planner-voila-dark.png")
    page.emulate_media(color_scheme="light")

    page.get_by_role("button", name="Open the runbook").click()
    body = page.locator("[data-part=body]")
    expect(body).to_contain_text("Runbook: Internal PKI")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a page to print").click()
    assert download.value.suggested_filename == "runbook-Internal_PKI.html"
    saved = Path(download.value.path()).read_text("utf-8")
    assert saved.count('type="checkbox"') == saved.count("Step ") > 1600
    assert "gateway9-29.site9.example" in saved
    page.screenshot(path=ARTIFACTS / "planner-voila-runbook.png")
    page.get_by_role("button", name="Devices", exact=True).click()
    page.get_by_label("Search").press_sequentially("um0-1")
    expect(body).to_contain_text("1 of 400 devices")
    expect(page.get_by_label("Search")).to_be_focused()
    body.get_by_role("button", name="um0-1", exact=True).click()
    expect(body).to_contain_text("Runbook: Internal PKI, for um0-1")

    page.get_by_role("button", name="What fails when").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a calendar file").click()
    assert Path(download.value.path()).read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")

    assert faults == []
    assert [
        url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
    ] == []
    page.close()


def test_the_planner_answers_what_is_filled_in_and_says_what_cannot_be(workbook, tmp_path):
    workbook.write("planner.ipynb", "from certlab import planner\nplanner('data/region.csv')")
    workbook.open("planner.ipynb")
    workbook.page.keyboard.press("Control+b")  # the file browser makes room
    workbook.run_all()
    desk = workbook.output(0)
    answer, body = desk.get_by_role("region", name="The answer"), desk.locator("[data-part=body]")
    expect(answer).to_contain_text("for 22 devices, 78 links")
    before = answer.text_content()

    desk.get_by_text("People", exact=True).click()
    rate = desk.get_by_label("cost of an hour")
    rate.fill("150")
    expect(answer).not_to_have_text(before)
    expect(answer.get_by_text("…", exact=True)).to_have_count(0)  # the reasons follow the numbers
    changed = answer.text_content()
    rate.fill("-3")
    expect(desk.locator("[data-note=rate]")).to_contain_text("Give a number from 0 to 10,000 USD")
    workbook.settle()
    assert answer.text_content() == changed, "what cannot be is not used"
    desk.get_by_label("hours per touch").focus()
    expect(rate).to_have_value("-3")  # it stays to be mended
    workbook.screenshot("planner", desk, TALL)
    rate.fill("75")

    wrong = (
        b"name,fqdn,role,dial_plans,security\na,a.x.example,um,p,Secured\nb,b,spaceship,p,Secured\n"
    )
    desk.locator("input[type=file]").set_input_files(
        {"name": "wrong.csv", "mimeType": "text/csv", "buffer": wrong}
    )
    trouble = desk.get_by_role("region", name="Refused")
    expect(trouble).to_contain_text("wrong.csv: the inventory was not read: 2 problems")
    expect(trouble).to_contain_text("spaceship")
    expect(answer).to_contain_text("for 22 devices, 78 links")
    workbook.screenshot("planner-refused", desk, TALL)

    desk.get_by_label("Start from").select_option("small-office.csv")
    expect(answer).to_contain_text("for 4 devices")
    expect(trouble).to_have_count(0)
    desk.get_by_label("Plan for").select_option("third-party")
    expect(answer).to_contain_text("You chose it.")
    desk.get_by_label("What is there today").select_option("self-signed")
    expect(answer).to_contain_text("The change-over from Self-signed: ")
    expect(answer).to_contain_text("No link that works stops working on the way.")
    first = desk.get_by_label("First day of the plan")
    first.fill("2027-04-01")
    expect(answer).to_contain_text("2027-0", timeout=PATIENCE)
    first.fill("2026-11-24")
    boxes = {name: desk.get_by_role("checkbox", name=name) for name in (
        "Self-signed", "Internal PKI", "Third party")}  # fmt: skip
    boxes["Third party"].click()
    expect(desk.locator("[data-note=chosen]")).to_contain_text("Third party is not compared")
    workbook.settle()
    boxes["Internal PKI"].click()
    expect(answer).to_contain_text("It is the only one compared")
    for _ in range(2):
        boxes["Self-signed"].click()
        expect(desk.locator("[data-note=models]")).to_contain_text("Self-signed stays")
        expect(boxes["Self-signed"]).to_be_checked()
    boxes["Internal PKI"].click()
    expect(desk.locator("[data-note=models]")).to_be_empty()
    desk.get_by_label("What is there today").select_option("")
    for tab in ("Effort", "Cost", "Growth", "What fails when", "What comes due", "Forecast",
                "Runbook", "Devices", "Assumptions", "Advice"):  # fmt: skip
        desk.locator("[data-part=tabs]").get_by_role("button", name=tab, exact=True).click()
        workbook.settle()
        expect(body.get_by_role("region", name=tab).first).to_be_visible()
    assert workbook.accessibility_faults(".certlab") == []
