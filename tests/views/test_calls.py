"""Calls, trials and carried files as views: nothing that disagrees or is odd stays unsaid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from certlab.deployment import InternalPKI, RemoveAnchor, SecurityMode, SwitchDialPlan, deploy
from certlab.errors import Problem
from certlab.live import Calls, Trial, Trials, call, call_all, clock, predict
from certlab.pki import read_contents
from certlab.records import Found, FoundFile, export_device, import_estate
from certlab.validation import OPENSSL_DEFAULT, Purpose
from certlab.views import (
    call_view,
    calls_view,
    estate_view,
    folder_view,
    found_view,
    prediction_view,
    trials_view,
)

from .estates import SVG, estate, parsed, texts

OFFICE = deploy(estate(1, 2, 0), InternalPKI(), at=clock())
DEAF = OFFICE.run(RemoveAnchor("um1", "Lab PKI root"))
HOSTILE = '<script>alert(1)</script>"><img onerror=x>\u202e'


def tags(markup: str) -> set[str]:
    return {node.tag.removeprefix(SVG) for node in parsed(markup).iter()}


def test_a_prediction_says_what_each_end_makes_of_the_other_and_that_nobody_has_called():
    words = texts(prediction_view(predict(DEAF, "gw1", "um1")))
    assert "gw1 calls um1: not tried yet" in words
    assert "um1 refuses: root not trusted" in words
    assert "gw1 accepts um1 (policy: " in words
    assert "Nobody has called yet" in words


def test_a_call_lists_the_certificates_that_each_side_sent():
    made = call(OFFICE, "gw1", "um1")
    markup = call_view(made)
    for sent in made.exchange.sent.values():
        assert sent
        for certificate in sent:
            assert certificate.fingerprint in markup


def test_a_call_that_went_otherwise_is_not_said_to_agree():
    made = call(DEAF, "gw1", "um1")
    wrong = replace(made, verdicts=call(OFFICE, "gw1", "um1").verdicts)
    words = texts(call_view(wrong))
    assert "That is not what was predicted" in words
    assert "agree." not in words


def test_a_call_in_clear_asks_nobody_for_a_certificate():
    plain = OFFICE.run(SwitchDialPlan("office", SecurityMode.UNSECURED))
    words = texts(prediction_view(predict(plain, "gw1", "um1")))
    assert "In clear nobody is asked for a certificate" in words
    assert "Predicted ✓ accepted answered" in words


def test_many_calls_are_summed_up_and_those_that_differ_stand_first():
    calls, deaf = call_all(OFFICE), call_all(DEAF)
    assert "4 of 4 calls were answered" in texts(calls_view(calls))
    assert "✓ accepted yes" in texts(calls_view(calls))
    assert "Every prediction held" in texts(calls_view(calls))
    wrong = replace(deaf.calls[-1], verdicts=calls.calls[-1].verdicts)
    odd = Calls((*calls.calls[:-1], wrong))
    words = texts(calls_view(odd))
    assert "1 call went otherwise than somebody predicted" in words
    first = next(parsed(calls_view(odd)).iter("tbody"))[0]
    assert f"{wrong.caller.name} calls {wrong.called.name}" in "".join(first.itertext())
    assert "Ended before the first call" in texts(calls_view(Calls((), complete=False)))


def test_a_trial_that_differs_shows_its_prediction_and_its_reason():
    verdict = predict(DEAF, "gw1", "um1", policy=OPENSSL_DEFAULT).verdicts[1]
    odd = Trial("a-case", "nginx", Purpose.CLIENT, verdict, True, "")
    plain = Trial("a-case", "gnutls", Purpose.CLIENT, verdict, False, "no issuer", "unknown ca")
    unseen = Trial("b-case", "nginx", Purpose.CLIENT, None, None, "No peer asks.")
    words = texts(trials_view(Trials((odd, plain, unseen))))
    assert "2 questions to real peers, 1 answered as predicted" in words
    assert "predicted: root not trusted" in words
    assert "nginx on a-case: predicted root not trusted, and nobody here knows why" in words
    assert "✗ refused unknown ca" in words
    assert "not shown" in words


def test_a_folder_says_where_it_is_and_what_to_know(tmp_path):
    folder = export_device(OFFICE, "gw1", tmp_path)
    words = texts(folder_view(folder))
    assert str(tmp_path / "gw1") in words
    assert all(name in words for name in folder.files)
    assert all(note in words for note in folder.notes)


def test_what_was_found_is_listed_with_every_problem_and_what_has_expired():
    um1 = OFFICE.certificate_of("um1")
    file = FoundFile(Path("a/um1.pem"), read_contents(um1.pem.encode()))
    problems = tuple(Problem(f"fault {n}", file="x.pem") for n in range(150))
    found = Found((file,), (Path("README"),), problems)
    words = texts(found_view(found))
    assert um1.fingerprint[:16] in words
    assert "fault 0" in words
    assert "and 50 more" in words
    assert "1 file of another kind" in words
    later = texts(found_view(found, at=um1.not_after.replace(year=2099)))
    assert f"expired {um1.not_after:%Y-%m-%d}" in later


def test_an_estate_shows_what_was_assumed(tmp_path):
    for device in OFFICE.inventory.devices:
        export_device(OFFICE, device, tmp_path)
    mine = import_estate(tmp_path, at=clock())
    words = texts(estate_view(mine))
    assert mine.notes
    assert all(" ".join(note.split()) in words for note in mine.notes)
    assert "Device Use Certificate" in words
    assert "um1 own" in words
    assert "um1 root" in words


def test_hostile_names_of_files_and_cases_are_text():
    found = Found((), (Path(HOSTILE),), (Problem(HOSTILE, HOSTILE, file=HOSTILE),))
    trial = Trial(HOSTILE, HOSTILE, Purpose.CLIENT, None, False, HOSTILE, HOSTILE)
    for markup in (found_view(found), trials_view(Trials((trial,)))):
        assert not tags(markup) & {"script", "img"}
        assert "\u202e" not in markup
