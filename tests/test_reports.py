"""A notebook as a report: run from the top in a kernel of its own, and written as one page."""

from __future__ import annotations

import nbformat
import pytest

from certlab.deployment import SelfSigned, deploy, read_inventory
from certlab.errors import InvalidInput, KeyUnavailable
from certlab.reports import report
from certlab.views import FORM_CSS

SEED = "an unmistakable seed 51c0de"
CELLS = (
    f"""from certlab import *
lab = deploy(read_inventory("office.csv"), SelfSigned(), at="2026-11-24", seed={SEED!r})
explore(lab)""",
    "import os; print('run for a report:', os.environ['CERTLAB_REPORT'])",
    "1 / 0",
)


@pytest.fixture
def story(tmp_path):
    rows = "name,fqdn,role,dial_plans,security", "um1,um1.a.example,um,p,Secured"
    (tmp_path / "office.csv").write_text("\n".join([*rows, "gw1,gw1.a.example,gateway,p,Secured"]))

    def write(*cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        nbformat.write(notebook, tmp_path / "story.ipynb")
        return tmp_path / "story.ipynb"

    return write


def test_a_report_holds_the_picture_of_a_panel_and_leaves_the_notebook_as_it_was(
    story, tmp_path, leaks
):
    notebook = story(*CELLS)
    before = notebook.read_bytes()
    (path,) = report(notebook, tmp_path / "out").files
    page = path.read_text("utf-8")
    assert "<svg" in page
    assert "The one link works both ways" in page
    assert "run for a report: 1" in page  # by this, a notebook that asks for its own is known
    assert "ZeroDivisionError" in page
    assert SEED not in page
    lab = deploy(read_inventory(tmp_path / "office.csv"), SelfSigned(), at="2026-11-24", seed=SEED)
    for secret in leaks(lab.keys.get(one) for one in lab.keys):
        assert secret not in path.read_bytes()
    assert "widget-view" not in page
    assert FORM_CSS in page  # or a bench stands there as a bare list
    assert notebook.read_bytes() == before


def test_a_notebook_that_is_run_for_a_report_writes_none_itself(story, tmp_path, monkeypatch):
    notebook = story("1")
    monkeypatch.setenv("CERTLAB_REPORT", "1")
    assert report(notebook, tmp_path / "out").files == ()
    assert not (tmp_path / "out").exists()


def test_a_report_in_which_a_private_key_is_printed_is_not_written(story, tmp_path):
    notebook = story("print('-----BEGIN ' + 'PRIVATE KEY-----')")
    with pytest.raises(KeyUnavailable):
        report(notebook, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nbformat": 4}', "\udc80"])
def test_what_is_no_notebook_is_refused(tmp_path, text):
    path = tmp_path / "x.ipynb"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput, match="no notebook that can be read"):
        report(path, tmp_path / "out")
    with pytest.raises(InvalidInput):
        report(tmp_path / "nothing.ipynb", tmp_path / "out")
    assert [file.name for file in tmp_path.iterdir()] == ["x.ipynb"]
