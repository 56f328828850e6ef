"""The form of a decision: what is filled in becomes a card and the cell that says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import certlab
from certlab.deployment import InternalPKI, deploy, read_inventory
from certlab.errors import InvalidInput
from certlab.planning import compare
from certlab.widgets import decision_form

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")
HOSTILE = '\'); import os #\n""" <script>\\'


@pytest.fixture(scope="module")
def lab():
    return deploy(OFFICE, InternalPKI(), at="2026-11-24", seed="form")


def filled(form, **fields):
    for field, value in fields.items():
        form.fill(field, value)
    return form


def ran(form, **names):
    """What the form's cell makes, run as it stands."""
    space = {"decide": certlab.decide, "fact": certlab.fact, **names}
    exec(form.code, space)  # it is our own code that is under test
    return space["decision"]


def test_the_cell_makes_the_decision_that_the_form_shows(tmp_path, lab):
    choices = compare(OFFICE, at="2026-11-24")
    form = decision_form(choices, folder=tmp_path, on="2026-11-24", lab=lab, choices=choices)
    filled(form, title="A PKI", context="Why?", choice="Internal PKI", reasons="one\n\ntwo\n",
           consequences="three", by="Telephony", state="accepted")  # fmt: skip
    form.fill("fact chrome-client-auth-end", True)
    made = ran(form, lab=lab, choices=choices)
    assert made == form.decision
    assert made.reasons == ("one", "two")
    assert [one.kind for one in made.exhibits] == ["Deployment", "Comparison", "Fact"]
    assert "options=choices" in form.code
    assert list(tmp_path.iterdir()) == []


def test_hostile_words_stay_words_in_the_cell(tmp_path, lab):
    form = decision_form([HOSTILE.strip()], folder=tmp_path / "'", on="2026-11-24", lab=lab)
    filled(form, title=HOSTILE, context=HOSTILE, choice=HOSTILE.strip(), reasons=HOSTILE,
           by=HOSTILE)  # fmt: skip
    assert ran(form, lab=lab) == form.decision
    assert form.decision.title == HOSTILE.strip()
    assert "<script" not in "".join(form.parts.values())


def test_what_is_missing_is_said_and_unknown_fields_are_left_alone(lab):
    form = decision_form(["a"], on="2026-11-24", lab=lab)
    assert form.decision is None
    assert "a decision needs a title" in form.parts["now"]
    filled(form, title="It", state="accepted")
    said = " ".join(re.sub("<[^>]*>", " ", form.parts["now"]).split())
    assert said.count("a decision that is accepted needs this") == 3
    before = dict(form.values)
    filled(form, stranger="x", title=True, lab="yes")
    assert dict(form.values) == before
    form.fill("lab", False)
    form.fill("state", "proposed")
    assert form.decision.exhibits == ()


def test_where_there_is_no_notebook_there_is_no_cell_to_write(lab):
    with pytest.raises(InvalidInput, match="there is no notebook here"):
        decision_form(lab=lab).write_cell()


def test_evidence_is_offered_by_what_it_says(lab):
    from certlab.deployment import trust_matrix, why

    form = decision_form(lab=lab, matrix=trust_matrix(lab), link=why(lab, "gw1", trusts="um1"))
    offered = re.findall(r'data-field="(\w+)"/><span>([^<]*)', form.parts["fields"])
    assert dict(offered) == {
        "lab": "All 3 links work both ways (lab)",
        "matrix": "All 3 links work both ways (matrix)",
        "link": "gw1 accepts um1",
    }
