"""Why: the ladder breaks where the chain fails, and the whole trace is there to read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from certlab.deployment import ImportAnchor, InternalPKI, ThirdPartyCA, deploy, why
from certlab.pki import CertificateAuthority, Draft, KeyPair, KeyStore, profile, self_signed
from certlab.validation import FindingKind, Outcome, validate
from certlab.views import (
    Seals,
    certificate_sheet,
    chain_picture,
    explanation_view,
    trace_list,
    trace_table,
    verdict_view,
)

from .estates import AT, SVG, classes, estate, lab_of, parsed, seals_in, texts

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def chain():
    """A device's certificate, its issuing CA and the root."""
    keys = KeyStore()
    root_key, ca_key = KeyPair.generate(), KeyPair.generate()
    root = self_signed(Draft((), profile("root-ca"), NOW, common_name="House root"), root_key)
    keys.add(root_key)
    issuing = CertificateAuthority(root, keys).sign(
        Draft((), profile("issuing-ca"), NOW, common_name="House CA"), ca_key.public_key
    )
    keys.add(ca_key)
    draft = Draft(("gw1.office.example",), profile("tls-server"), NOW)
    leaf = CertificateAuthority(issuing, keys).sign(draft, KeyPair.generate().public_key)
    return leaf, issuing, root


def judge(chain, **changed):
    leaf, issuing, root = chain
    given = {"intermediates": [issuing], "anchors": [root], "at": NOW, "purpose": "server",
             "name": "gw1.office.example"}  # fmt: skip
    return validate(leaf, **given | changed)


def rungs(picture: str) -> list[str]:
    """The picture's bold words from top to bottom."""
    bold = (t for t in parsed(picture).iter(f"{SVG}text") if "cl-bold" in t.get("class", ""))
    return [text.text or text[0].tail for text in bold]


def test_the_ladder_goes_from_the_leaf_to_the_verifiers_tray(chain):
    picture = chain_picture(judge(chain), verifier="um1")
    assert rungs(picture) == ["gw1.office.example", "House CA", "House root", "um1 trusts"]
    assert "cl-no" not in classes(parsed(picture))
    assert "um1 accepts gw1.office.example" in texts(picture)


def test_the_rung_above_the_root_is_broken_when_the_root_is_not_trusted(chain):
    _, issuing, root = chain
    picture = chain_picture(judge(chain, intermediates=[issuing, root], anchors=[]))
    assert rungs(picture)[2:] == ["House root", "root not trusted", "the verifier trusts",
                                   "missing"]  # fmt: skip
    assert "cl-tray-no" in classes(parsed(picture))
    assert "missing: House root" in texts(picture)


def test_an_issuer_that_was_not_sent_stands_as_a_dashed_rung(chain):
    picture = chain_picture(judge(chain, intermediates=[]))
    assert rungs(picture)[:3] == ["gw1.office.example", "issuer missing", "CN=House CA"]
    assert "cl-dashed" in classes(parsed(picture))


def test_an_issuer_that_was_not_sent_is_not_offered_for_import(chain):
    picture = chain_picture(judge(chain, intermediates=[]))
    assert "missing" not in rungs(picture)
    assert "cl-tray-no" not in classes(parsed(picture))


def test_an_anchor_that_is_no_root_wears_the_seal_that_lies_in_the_tray(chain):
    leaf, issuing, _ = chain
    picture = chain_picture(judge(chain, anchors=[issuing]), seals=Seals.among(chain))
    assert seals_in(parsed(picture)) == ["H", "HR", "H", "H"]
    assert "own key, of House CA" in texts(picture)
    assert seals_in(parsed(chain_picture(judge(chain, anchors=[leaf])))) == ["", "G1", "G1"]


def test_a_signer_that_is_not_known_is_an_empty_outline_and_no_question(chain):
    picture = chain_picture(judge(chain, anchors=[]))
    assert seals_in(parsed(picture)) == ["H", "", "", ""]
    assert "CN=House root, a signer not known here" in texts(picture)
    sheet = certificate_sheet(chain[0])
    assert "cl-unknown" in classes(parsed(sheet))
    assert "signed by CN=House CA, a signer not known here" in texts(sheet)


def test_a_root_that_was_neither_sent_nor_imported_stands_as_a_dashed_rung(chain):
    picture = chain_picture(judge(chain, anchors=[]))
    assert rungs(picture) == ["gw1.office.example", "House CA", "root not trusted",
                              "CN=House root", "the verifier trusts", "missing"]  # fmt: skip


def test_a_long_name_of_the_signer_is_not_cut_off_but_has_a_line_of_its_own():
    keys, key = KeyStore(), KeyPair.generate()
    keys.add(key)
    draft = Draft((), profile("root-ca"), NOW, common_name="Example Issuing CA of the North")
    root = self_signed(draft, key)
    leaf = CertificateAuthority(root, keys).sign(
        Draft(("gw1.office.example",), profile("tls-server"), NOW), KeyPair.generate().public_key
    )
    picture = chain_picture(validate(leaf, anchors=[root], at=NOW, purpose="server"))
    lines = [text.text for text in parsed(picture).iter(f"{SVG}text")]
    assert "signed by Example Issuing CA of the North" in lines
    assert "2026-11-24 to 2027-11-24" in [line and line[:24] for line in lines]


def test_two_faults_break_the_ladder_twice(chain):
    _, issuing, root = chain
    picture = chain_picture(
        judge(chain, intermediates=[issuing, root], anchors=[], purpose="client")
    )
    assert {"not for clients", "root not trusted"} <= set(rungs(picture))


def test_the_certificate_at_fault_is_marked_and_the_others_are_not(chain):
    picture = chain_picture(judge(chain, purpose="client"))
    assert rungs(picture)[:2] == ["gw1.office.example", "not for clients"]
    boxes = [r.get("class") for r in parsed(picture).iter(f"{SVG}rect")]
    assert boxes == ["cl-box-no", "cl-box", "cl-box", "cl-tray"]


def hexagon(seal: ET.Element) -> str | None:
    """The class that fills it."""
    looks = (path.get("class", "") for path in seal.iter(f"{SVG}path"))
    return next((look for look in looks if look.startswith("cl-hue-")), None)


def test_a_verdict_draws_the_keys_held_and_another_key_of_the_same_name_as_another_seal():
    draft = Draft(("um1.office.example",), profile("mutual-tls"), NOW)
    real, impostor = (self_signed(draft, KeyPair.generate()) for _ in range(2))
    verdict = validate(impostor, anchors=[real], at=NOW, purpose="server")
    (picture,) = parsed(verdict_view(verdict)).iter(f"{SVG}svg")
    seals = [
        (g.get("class"), *seals_in(g), hexagon(g))
        for g in picture.iter(f"{SVG}g")
        if (g.get("class") or "").startswith("cl-seal-")
    ]
    (_, worn, colour), (_, held, other), (missing, wanted, _) = seals
    assert worn == wanted == "U1\N{PRIME}"
    assert held == "U1"
    assert colour != other
    assert missing.startswith("cl-seal-missing")


def test_every_check_is_in_the_table_with_what_was_seen_expected_and_its_section(chain):
    verdict = judge(chain, purpose="client", name="pbx1.office.example")
    rows = [[cell.text or "" for cell in row] for row in parsed(trace_table(verdict)).iter("tr")]
    assert len(rows) == len(verdict.trace) + 1
    purpose = next(c for c in verdict.trace if c.kind is FindingKind.PURPOSE)
    assert ["✗ failed", "gw1.office.example", purpose.title, purpose.seen_text,
            purpose.expected_text, purpose.section] in rows  # fmt: skip


def test_the_list_names_every_check_that_was_made_and_tells_failures_in_words(chain):
    verdict = judge(chain, purpose="client", name="pbx1.office.example")
    said = texts(trace_list(verdict))
    assert all(check.title in said for check in verdict.trace if check.outcome is Outcome.PASS)
    passed = [c for c in verdict.trace if c.outcome is Outcome.PASS and c.certificate == chain[0]]
    assert f"✓ {len(passed)} checks passed" in said
    others = [f for f in verdict.findings if f.fails and f is not verdict.reason]
    assert others
    assert all(finding.words in said for finding in others)


def test_a_verdict_says_accepted_or_refused_and_what_to_do(chain):
    assert "gw1.office.example is accepted" in texts(verdict_view(judge(chain)))
    refused = judge(chain, purpose="client")
    said = texts(verdict_view(refused))
    assert "gw1.office.example is refused: not for clients" in said
    assert refused.reason.words in said
    assert refused.reason.remedy.advice in said


def test_an_explanation_shows_the_step_that_repairs_it_as_code():
    lab = lab_of(estate(1, 1, 0), phases=1)
    said = texts(explanation_view(why(lab, "um1", trusts="gw1")))
    assert "um1 refuses gw1" in said
    assert repr(ImportAnchor("um1", certificate_of="gw1")) in said


def test_the_repair_of_a_self_signed_certificate_says_that_it_is_imported_again():
    lab = lab_of(estate(1, 1, 0), phases=3).moved_to("2028-11-24")
    refusal = why(lab, "um1", trusts="gw1")
    then = ", then whoever trusted the old certificate imports the new one"
    assert then in texts(explanation_view(refusal))
    assert repr(refusal).endswith(f"GenerateSelfSigned('gw1'){then}")
    lab = lab.run(refusal.fix)
    assert not why(lab, "um1", trusts="gw1").accepted, "that is why it is said"
    assert not why(lab_of(estate(1, 1, 0)), "um1", trusts="gw1").afterwards


def test_one_who_has_nothing_to_present_is_explained_too():
    said = texts(explanation_view(why(lab_of(estate(1, 1, 0), phases=0), "um1", trusts="gw1")))
    assert "gw1 has no certificate to present." in said


def test_two_certificates_of_one_device_have_a_ladder_each():
    office = estate(1, 1, 0)
    split = deploy(office, ThirdPartyCA(split=True), at=AT, seed="views")
    assert explanation_view(why(split, "um1", trusts="gw1")).count("<svg") == 2
    single = deploy(office, InternalPKI(), at=AT, seed="views")
    assert explanation_view(why(single, "um1", trusts="gw1")).count("<svg") == 1
