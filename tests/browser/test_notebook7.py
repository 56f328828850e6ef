"""Notebook 7 in the browser: a lesson runs in it, and a widget of it answers to a click."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

import lab

from .conftest import ARTIFACTS, PATIENCE, JupyterLab, Workbook, await_server

pytestmark = pytest.mark.browser

CELL = """
from certlab import SelfSigned, begin, explore, read_inventory
office = read_inventory("data/small-office.csv")
plan = SelfSigned().procedure(office)
explore(begin(office, at="2026-11-24", seed="notebook").run(plan.phases[0]), plan)
"""


@pytest.fixture
def notebook7(jupyterlab: JupyterLab, tmp_path) -> Iterator[JupyterLab]:
    """Notebook 7 with the settings of lab.py, on the same copies of the notebooks."""
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "notebook", "--no-browser", "--ServerApp.port=0",
            f"--ServerApp.root_dir={jupyterlab.folder}",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ],
        cwd=jupyterlab.folder, env=lab.jupyter_environment(tmp_path), stdin=subprocess.DEVNULL,
        stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        yield await_server(process, jupyterlab.folder, tmp_path)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def test_a_lesson_runs_in_notebook_7_and_its_panel_answers(notebook7, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 1600})
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE / 4)
    seen = Workbook(notebook7, context.new_page(), "light")
    seen.write("seventh.ipynb", CELL)
    page = seen.page
    page.goto(f"{notebook7.url}/notebooks/notebooks/seventh.ipynb?token={notebook7.token}")
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.content?.model")
    seen._in_notebook("await panel.context.ready; await panel.sessionContext.ready")
    seen.settle()
    seen.errors.clear()  # it reports one of its own while it starts, whatever the settings
    seen.run_all()

    panel = page.locator(".cl-panel")
    matrix = panel.locator('[data-part="matrix"]')
    matrix.get_by_role("button", name="um1 refuses gw2: not imported", exact=True).click()
    why = panel.locator('[data-part="why"]')
    expect(why.get_by_role("heading")).to_have_text("um1 refuses gw2")
    why.get_by_role("button", name="Repair").click()
    expect(matrix.get_by_role("button", name="um1 accepts gw2", exact=True)).to_be_visible()
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / "notebook7.png")
    assert "widgets" not in seen.save()["metadata"], "nor does it keep the state of widgets"
    context.close()
    assert seen.errors == []
    assert seen.asked_elsewhere == []
