"""Names are hostile text: whatever they hold, every view shows it as text and stays a picture."""

from __future__ import annotations

import pytest

from certlab import widgets
from certlab.deployment import trust_matrix, why
from certlab.display import SHOWN, view_of
from certlab.pki import Draft, KeyPair, profile, self_signed
from certlab.views import (
    certificate_sheet,
    deployment_view,
    device_view,
    explanation_view,
    inventory_table,
    journal_list,
    matrix_styler,
    matrix_view,
    pair_id,
    procedure_list,
    standalone,
    static,
    trust_map,
    verdict_view,
)

from . import hostile_estate
from .estates import by_id, lab_of, named, parsed

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "style": "</style><style>*{display:none}",
    "svg": "</text></svg><svg onload=alert(1)>",
    "entity": "&lt;b&gt;&#x202e;",
    "bidirectional": "gw\u202e1\u2066",
    "control": "gw\x00\x1b[31m\x7f\r\n1",
    "zero width": "g\u200bw\ufeff1",
    "long": "w" * 10_000,
    "id": "pair:um1:gw1",
}
RAW = ("<script", "<img", "onload=alert(1)>", "\u202e", "\u2066", "\u200b", "\x00", "\x1b", "\x7f")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_is_text_in_every_view(name):
    lab = lab_of(named("um1", name, "gw2"), phases=2)
    matrix, refusal = trust_matrix(lab), why(lab, "um1", trusts=name)
    views = [
        deployment_view(lab),
        trust_map(matrix, selected=("um1", name)),
        trust_map(matrix, selected=(name,)),
        matrix_view(matrix),
        device_view(matrix, name),
        explanation_view(refusal),
        verdict_view(refusal.verdict),
        inventory_table(lab.inventory),
        journal_list(lab.journal),
        matrix_styler(matrix).to_html(),
    ]
    for markup in views:
        _holds(markup)
    assert by_id(views[1], pair_id("um1", name)).get("aria-current") == "true"
    _holds(standalone(views[1]))
    assert len(views[1]) < 120_000, "a long name does not make a large picture"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_in_a_certificate_is_text(name):
    lab = lab_of(named("um1", "gw1"))
    draft = Draft(("gw1.office.example",), profile("mutual-tls"), lab.at,
                  common_name=name[:64] or "x", organization=name[:60])  # fmt: skip
    certificate = self_signed(draft, KeyPair.generate())
    changed = lab.with_credential("gw1", certificate)
    _holds(certificate_sheet(certificate))
    _holds(explanation_view(why(changed, "um1", trusts="gw1")))
    _holds(static(deployment_view(changed)))


def test_the_style_of_a_page_cannot_be_closed_from_within():
    page = static(deployment_view(lab_of(named("um1", HOSTILE["style"]))))
    assert page.count("</style>") == 1


def test_procedures_tell_hostile_names_as_text():
    from certlab.deployment import SelfSigned

    for name in HOSTILE.values():
        _holds(procedure_list(SelfSigned().procedure(named("um1", name))))


def test_hostile_text_in_any_field_of_any_value_that_shows_itself_is_text(tmp_path):
    ours = {"Timeline", "Progress"}  # of these every word is ours
    shown = set()
    for value in hostile_estate.values(tmp_path):
        shown.add(f"{type(value).__module__}.{type(value).__qualname__}")
        markup = view_of(value)(value)
        _holds(markup)
        told = "onerror=hacked" in markup or "onload=hacked" in markup or "hacked=1" in markup
        assert told or type(value).__name__ in ours, f"{type(value)} shows nothing of it"
    assert shown == set(SHOWN), "a kind of value that shows itself is not among them"


def test_hostile_text_in_any_field_of_any_widget_is_text(tmp_path):
    kinds = set()
    for widget in hostile_estate.widgets(tmp_path):
        kinds.add(type(widget).__name__)
        for markup in (*widget.parts.values(), *getattr(widget, "notes", {}).values()):
            _holds(markup)
    every = {name for name in widgets.__all__ if name[0].isupper()}
    assert kinds == every - {"Canvas", "Checkup"}, "Checkup has no text of anybody else"


def _holds(markup: str) -> None:
    parsed(markup.replace("&nbsp;", " "))
    for raw in RAW:
        assert raw not in markup, f"{raw!r} came through"
