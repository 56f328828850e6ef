"""Hostile text in every field, through every view and widget in the browser: nothing runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ESTATE = Path(__file__).parents[1] / "views" / "hostile_estate.py"
BEGIN = """
import os, sys
from pathlib import Path
from tempfile import mkdtemp
place = Path(mkdtemp())
os.environ["CERTLAB_PROGRESS"] = str(place / "progress")
sys.path.insert(0, os.getcwd())
import hostile_estate as estate
from IPython.display import display
"""
VALUES = """
shown = []
for value in estate.values(place):
    display(value)
    shown.append(value)
"""
TABLES = """
for value in shown:
    print(repr(value))
    for name in ("frame", "table"):
        if hasattr(value, name):
            display(getattr(value, name))
"""
DOCUMENTS = """
import certlab.views as views
from certlab.views.documents import decision_page, notebook_page
pages = [decision_page(one) for one in shown if type(one).__name__ == "Decision"]
pages += [views.runbook_html(one) for one in shown if type(one).__name__ == "Runbook"]
pages += [views.standalone(views.trust_map(one)) for one in shown
          if type(one).__name__ == "TrustMatrix"]
output = {"output_type": "display_data", "data": {
    "text/html": "<script>hacked=1</script><img src=x onerror=hacked=1>"}}
cell = {"cell_type": "code", "source": estate.PAYLOAD, "outputs": [output]}
prose = {"cell_type": "markdown", "source": "[a](javascript:hacked=1)" + estate.PAYLOAD}
pages.append(notebook_page({"cells": [cell, prose]}, estate.PAYLOAD))
for number, page in enumerate(pages):
    kind = "svg" if page.startswith("<svg") else "html"
    Path(f"hostile-{number}.{kind}").write_text(page, "utf-8")
"""
SEARCH = """([...document.querySelectorAll('.jp-Notebook *, body.document *')]
    .filter(node => node.matches('script, iframe, img[src=x]')
        || [...node.attributes].some(({name, value}) => name.startsWith('on')
            || (/^(href|src|action)$/.test(name) && /^\\s*javascript:/i.test(value))))
    .map(node => node.outerHTML.slice(0, 200)))"""
PRESS = """async (most) => {
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    let pressed = 0;
    for (const host of document.querySelectorAll('.cl-host')) {
        const ids = new Set();
        for (let n = 0; n < most; n++) {
            const next = [...host.querySelectorAll('[data-id]')]
                .find((one) => !ids.has(one.dataset.id) && one.ariaDisabled !== 'true');
            if (!next) break;
            ids.add(next.dataset.id);
            next.dispatchEvent(new MouseEvent('pointerover', { bubbles: true }));
            next.dispatchEvent(new MouseEvent('click', { bubbles: true }));
            pressed++;
            await pause(40);
        }
    }
    return pressed;
}"""
FILL = """async (text) => {
    let filled = 0;
    for (const field of document.querySelectorAll('.cl-host [data-field]')) {
        if (!field.matches('textarea, [type=text], [type=search]')) continue;
        field.value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
        filled++;
    }
    return filled;
}"""


def test_hostile_text_in_every_field_runs_in_no_view_and_no_widget(workbook):
    page, notebooks = workbook.page, workbook.server.folder / "notebooks"
    shutil.copy(ESTATE, notebooks)
    widgets = "for widget in estate.widgets(place):\n    display(widget)"
    error = "estate.c.read_inventory(estate.PAYLOAD)"
    workbook.write("all-hostile.ipynb", BEGIN, VALUES, TABLES, DOCUMENTS, widgets, error)
    workbook.open("all-hostile.ipynb")
    made = workbook.run_all(expect_errors=True)
    raised = [
        output["ename"] for cell in made["cells"] for output in cell["outputs"]
        if output["output_type"] == "error"
    ]  # fmt: skip
    assert raised == ["InvalidInput"], made["cells"][-2]["outputs"][-1:]
    assert page.locator(".cl-host").count() >= 18
    filled = page.evaluate(FILL, "'\"><img src=x onerror=hacked=1>")
    workbook.settle()
    pressed = page.evaluate(PRESS, 14)
    workbook.settle()
    assert filled > 20
    assert pressed > 150
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(SEARCH) == []
    workbook.screenshot("hostile-everywhere", height=4000)
    document, written = page.context.browser.new_page(), sorted(notebooks.glob("hostile-*"))
    assert len(written) == 4
    for path in written:
        document.goto(path.as_uri())
        assert document.evaluate("window.hacked") is None, path.name
    document.close()
