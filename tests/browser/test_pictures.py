"""The pictures of the documents, taken in the real workbook.

`python3 lab.py pictures` keeps what these tests see in docs/pictures; else it goes to artifacts.
"""

import os
from base64 import b64decode
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

import lab

from .conftest import THEMES

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("theme", THEMES)]

INTO = Path(os.environ.get("CERTLAB_PICTURES", lab.ROOT / "artifacts" / "pictures"))
SHARPNESS = 1.5  # dots to a pixel: text stays readable when the page is made smaller
OFFICE = """
from certlab import SelfSigned, begin, exercise, explore, planner, read_inventory
office = read_inventory("data/small-office.csv")
plan = SelfSigned().procedure(office)
lab = begin(office, at="2026-11-24", seed="start").run(plan.phases[0])
"""


def keep(workbook, name: str, seen: Locator, width: int, most: int) -> None:
    """Save what is seen on a page of this width, cut off below so many pixels."""
    workbook.page.set_viewport_size({"width": width, "height": 2600})
    workbook.page.wait_for_timeout(500)  # JupyterLab lays itself out a moment later
    place = seen.bounding_box()
    clip = {**place, "height": min(place["height"], most), "scale": SHARPNESS}
    session = workbook.page.context.new_cdp_session(workbook.page)
    INTO.mkdir(parents=True, exist_ok=True)
    seen_as_png = session.send("Page.captureScreenshot", {"clip": clip})["data"]
    (INTO / f"{name}-{workbook.theme}.png").write_bytes(b64decode(seen_as_png))


def output(workbook) -> Locator:
    return workbook.output(0).locator(".jp-OutputArea-output")


def test_a_refusal_and_the_step_that_repairs_it_are_seen_at_once(workbook):
    workbook.write("panel.ipynb", OFFICE + "explore(lab, plan)")
    workbook.open("panel.ipynb")
    workbook.run_all()
    panel = workbook.page.locator(".cl-panel")
    panel.get_by_role("button", name="gw1 refuses um1: not imported", exact=True).first.click()
    workbook.settle()
    expect(panel.get_by_role("heading", name="gw1 refuses um1")).to_be_visible()
    keep(workbook, "panel", panel, 1600, 673)


def test_the_planner_answers_for_a_list_of_devices(workbook):
    workbook.write("plan.ipynb", OFFICE + 'planner("data/region.csv")')
    workbook.open("plan.ipynb")
    workbook.run_all()
    keep(workbook, "planner", output(workbook), 1400, 800)


def test_an_exercise_is_begun_by_looking(workbook):
    workbook.write("learn.ipynb", OFFICE + 'exercise("diagnose-1")')
    workbook.open("learn.ipynb")
    workbook.run_all()
    keep(workbook, "exercise", output(workbook), 1400, 620)
