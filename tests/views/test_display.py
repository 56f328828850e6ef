"""In a notebook values show themselves, as pictures without a script; a terminal has the repr."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from certlab import display
from certlab.deployment import SelfSigned, trust_matrix, why

from .estates import estate, lab_of

pytest.importorskip("IPython")


@pytest.fixture
def formatter(monkeypatch):
    """The HTML formatter of a kernel's shell, with ours registered."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    display.register()
    return shell.display_formatter.formatters["text/html"]


def test_every_registered_value_and_view_exists():
    from certlab import views

    for path, view in display.SHOWN.items():
        module, _, name = path.rpartition(".")
        assert getattr(import_module(module), name).__module__ == module, path
        assert callable(getattr(views, view))


def test_values_show_themselves_without_a_script(formatter):
    lab = lab_of(estate(1, 1, 0), phases=1)
    refusal = why(lab, "um1", trusts="gw1")
    values = [
        lab, lab.inventory, trust_matrix(lab), refusal, refusal.verdict,
        lab.certificate_of("um1"), SelfSigned().procedure(lab.inventory),
    ]  # fmt: skip
    for value in values:
        shown = formatter(value)
        assert shown.startswith('<div class="certlab cl-static">')
        assert "<script" not in shown


def test_a_migration_shows_its_statement_and_its_phases(formatter):
    from certlab.deployment import InternalPKI, deploy, migrate

    lab = deploy(estate(1, 1, 0), SelfSigned(), at="2026-11-24", seed="display")
    journey = migrate(lab, to=InternalPKI())
    shown = formatter(journey)
    assert journey.statement in shown
    assert "Switch to the new certificates" in shown
    assert repr(journey) == f"Migration to Internal PKI. {journey.statement}"


def test_importing_certlab_in_a_plain_interpreter_loads_no_view_and_no_ipython():
    code = "import sys, certlab; print({'IPython', 'certlab.views', 'pandas'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_a_frame_shows_words_from_the_left_numbers_to_the_right_and_names_whole(formatter):
    import pandas as pd

    index = pd.Index(["Self-signed", "um1.office.example"], name="model")
    frame = pd.DataFrame({"steps": [178, 89], "links": ["All work", "<b>"]}, index=index)
    shown = formatter(frame)
    assert '<th scope="col">model</th><th scope="col" class="cl-number">steps</th>' in shown
    assert '<td class="cl-number">178</td><td>All work</td>' in shown
    assert '<th scope="row" class="cl-once">um1.office.example</th>' in shown
    assert "&lt;b&gt;" in shown
    assert formatter(pd.DataFrame({"n": range(300)})).count("<tr>") == 201
