"""The studio and the check as Python sees them, without a page."""

from __future__ import annotations

import json
import re

import pytest

from certlab.pki import CertificateRequest, LessonKeys
from certlab.views.studio import Made
from certlab.widgets import check_workbook, studio
from certlab.widgets.check import LIVE, encryption_line, package_line


def state_of(widget) -> str:
    """Everything of a widget that travels to the page."""
    return json.dumps(widget.get_state(), default=str)


def test_generating_gives_values_for_the_next_cell():
    desk = studio("2026-11-24")
    assert desk.certificate is None
    assert desk.request is None
    assert desk.draft is not None
    desk.fill("names", "um1.office.example")
    desk.press("generate")
    assert desk.certificate is not None
    assert desk.certificate.dns_names == ("um1.office.example",)
    assert desk.certificate.is_self_signed
    assert desk.certificate.key_fingerprint in desk.key_store
    desk.press("request")
    assert isinstance(desk.request, CertificateRequest)
    assert desk.request.proves_possession


def test_undo_gives_the_certificate_before():
    desk = studio("2026-11-24")
    desk.press("generate")
    first = desk.certificate
    desk.fill("days", "30")
    desk.press("generate")
    assert desk.certificate != first
    desk.press("undo")
    assert desk.certificate == first
    desk.press("undo")
    desk.press("undo")
    assert desk.certificate is None


def test_nothing_is_signed_while_a_field_needs_another_look():
    desk = studio("2026-11-24")
    desk.fill("names", "not a name!")
    desk.press("generate")
    desk.press("request")
    assert desk.certificate is None
    assert desk.request is None
    assert len(desk.key_store) == 0


def test_with_a_seed_the_same_clicks_give_the_same_bytes():
    desks = [studio("2026-11-24", seed="lesson") for _ in range(2)]
    for desk in desks:
        desk.press("generate")
        desk.press("generate")
    one, other = (desk.certificate for desk in desks)
    assert one == other
    first, second = (made.document for made in desks[0]._made)
    assert first.key_fingerprint != second.key_fingerprint


def test_without_a_seed_keys_are_random():
    desks = [studio("2026-11-24") for _ in range(2)]
    for desk in desks:
        desk.press("generate")
    assert desks[0].certificate != desks[1].certificate


def test_the_code_shown_makes_the_same_certificate():
    desk = studio("2026-11-24", seed="lesson")
    desk.press("generate")
    desk.press("generate")
    desk.press("code")
    names: dict[str, object] = {"seed": "lesson"}
    exec(desk.code, names)
    assert names["certificate"] == desk.certificate
    assert "self_signed(draft, key" in re.sub("<[^>]*>", "", desk.parts["result"])


def test_no_private_key_and_no_seed_reaches_the_page_or_a_repr():
    desk = studio("2026-11-24", seed="a secret seed")
    desk.press("generate")
    desk.press("request")
    desk.press("code")
    secret = LessonKeys("a secret seed").key_pair(
        desk._reading.key_type, "gw1.office.example/1"
    ).private_key.private_numbers().private_value  # fmt: skip
    for text in (state_of(desk), repr(desk), repr(desk.key_store), str(desk._made)):
        assert "a secret seed" not in text
        assert "PRIVATE KEY" not in text
        assert str(secret) not in text
        assert f"{secret:x}" not in text


def test_a_large_key_is_announced_before_it_is_made():
    desk = studio("2026-11-24")
    desk.fill("key_type", "RSA 2048")
    seen = []
    desk.observe(lambda change: seen.append("<progress" in change.new["result"]), "parts")
    desk.press("generate")
    assert seen == [True, False]


@pytest.mark.parametrize(
    "message",
    [
        None, [], "press", {}, {"kind": "press"}, {"kind": "field", "id": "names", "value": [1]},
        {"kind": "field", "id": "__dict__", "value": "x"}, {"kind": "press", "id": {"a": 1}},
        {"kind": "field", "id": "profile", "value": "no such profile"},
    ],
)  # fmt: skip
def test_a_strange_message_from_the_page_does_nothing(message):
    desk = studio("2026-11-24")
    before = (desk._entries, desk._made, dict(desk.parts))
    desk._heard(desk, message, [])
    assert (desk._entries, desk._made, dict(desk.parts)) == before


def test_where_no_widget_lives_the_fields_are_left_out():
    desk = studio("2026-11-24")
    desk.press("generate")
    shown = desk._repr_mimebundle_()
    html = (shown[0] if isinstance(shown, tuple) else shown)["text/html"]
    assert desk.certificate.fingerprint in html
    assert "data-field" not in html


def test_what_was_made_says_what_it_is():
    desk = studio("2026-11-24")
    desk.press("generate")
    (made,) = desk._made
    assert isinstance(made, Made)
    assert made.title == "a certificate for gw1.office.example, valid until 2027-11-24"


# --- the check ----------------------------------------------------------------------------------


def test_until_the_page_answers_the_check_says_so_and_what_to_do():
    card = check_workbook()
    assert "no answer from the page yet" in card.card
    assert "lab.py doctor" in repr(card)
    card.answer = "something else"
    assert card.lines[-1] != LIVE
    card.answer = card.question
    assert card.lines[-1] == LIVE
    assert "live: this page answered" in card.card


def test_outside_a_notebook_there_is_no_connection_to_encrypt():
    line = encryption_line()
    assert not line.is_fine
    assert "JupyterLab" in line.remedy


def test_a_connection_file_without_curve_keys_is_told(monkeypatch):
    import ipykernel

    monkeypatch.setattr(ipykernel, "get_connection_info", lambda **_: {"key": b"x"})
    assert encryption_line().how == "not encrypted"
    monkeypatch.setattr(
        ipykernel, "get_connection_info", lambda **_: {"curve_publickey": b"secret words"}
    )
    line = encryption_line()
    assert line.is_fine
    assert "secret words" not in str(line)


def test_a_missing_library_says_what_to_do():
    assert package_line("cryptography").is_fine
    missing = package_line("no-such-library-here")
    assert not missing.is_fine
    assert "lab.py" in missing.remedy
