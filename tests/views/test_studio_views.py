"""The studio's fields read as a draft, every problem at its field, and the code that repeats it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certlab.deployment import moment
from certlab.pki import PROFILES, KeyPair, KeyType, LessonKeys, request_certificate, self_signed
from certlab.views.drafting import Entries, code, read
from certlab.views.studio import (
    SECTIONS,
    Made,
    draft_sheet,
    rehearse,
    studio_form,
    studio_notes,
    studio_parts,
)

from .estates import parsed, texts

AT = moment("2026-11-24")
OPENED = Entries.of(AT)


def changed(**fields: object) -> Entries:
    entries = OPENED
    for name, value in fields.items():
        entries = entries.with_field(name, value)
    return entries


def test_the_studio_opens_with_a_draft_that_can_be_signed():
    reading = read(OPENED)
    assert reading.problems == {}
    assert reading.draft is not None
    assert reading.draft.names == ("gw1.office.example",)
    assert reading.draft.not_before == AT
    assert reading.draft.lifetime == timedelta(days=365)


@pytest.mark.parametrize("profile", PROFILES)
def test_another_purpose_brings_its_own_lifetime_uses_and_ca_flag(profile):
    reading = read(changed(profile=profile))
    assert reading.draft is not None
    assert reading.draft.profile == PROFILES[profile]
    assert reading.draft.is_ca is PROFILES[profile].ca
    assert reading.draft.lifetime == PROFILES[profile].lifetime


@pytest.mark.parametrize(
    ("fields", "at", "told"),
    [
        ({"names": "gw1.office.example\n10.0.0.999"}, "names", "Line 2: '10.0.0.999'"),
        ({"names": "", "common_name": " "}, "names", "Nobody is named"),
        ({"common_name": "x" * 65}, "common_name", "64"),
        ({"start": "24.11.2026"}, "start", "Not a date"),
        ({"start": "1900-01-01"}, "start", "before 1950"),
        ({"days": "0"}, "days", "at least one day"),
        ({"days": "a year"}, "days", "whole number"),
        ({"days": "99999999"}, "days", "9999"),
        ({"names": "\n".join(f"n{n}.example" for n in range(101))}, "names", "101 names"),
    ],
)
def test_a_problem_stands_at_its_field(fields, at, told):
    reading = read(changed(**fields))
    assert reading.draft is None
    assert told in reading.problems[at]
    assert told in texts(studio_notes(reading)[at])
    assert "needs another look" in texts(draft_sheet(reading))


def test_every_name_that_cannot_be_read_is_told_with_the_line_it_stands_on():
    reading = read(changed(names="a b\n\ngw1.office.example\n10.0.0.999"))
    told = reading.problems["names"].splitlines()
    assert [line.partition(":")[0] for line in told] == ["Line 1", "Line 4"]
    assert studio_notes(reading)["names"].count("cl-problem") == 2

    many = read(changed(names="a b\n" * 12)).problems["names"].splitlines()
    assert many[-1] == "7 more lines need another look."


def test_a_name_that_is_still_being_typed_does_not_hide_the_others():
    sheet = texts(draft_sheet(read(changed(names="gw1.office.example\n10.0."))))
    assert "CN=gw1.office.example" in sheet


def test_a_seed_and_an_rsa_key_cannot_be_had_together():
    entries = changed(key_type="RSA 2048")
    assert "key_type" in read(entries, seeded=True).problems
    assert read(entries).problems == {}


def test_every_field_is_seen_before_signing_beside_its_section():
    sheet = texts(draft_sheet(read(OPENED)))
    for name, section in SECTIONS.items():
        assert name in sheet
        assert f"RFC 5280 {section}" in sheet


@pytest.mark.parametrize("key_type", KeyType)
def test_what_is_seen_before_signing_is_what_is_signed(key_type):
    reading = read(changed(key_type=key_type.value))
    assert reading.draft is not None
    before = rehearse(reading.draft, key_type)
    after = self_signed(reading.draft, KeyPair.generate(key_type))
    for name in ("subject", "issuer", "not_before", "not_after", "alternative_names", "is_ca",
                 "key_usage", "extended_key_usage", "signature_algorithm"):  # fmt: skip
        assert getattr(before, name) == getattr(after, name), name


def test_what_will_bite_is_told_before_signing():
    sheet = texts(draft_sheet(read(changed(**{"use:1.3.6.1.5.5.7.3.2": False}))))
    assert "client" in sheet.partition("Authority key identifier")[2]


def test_every_field_has_a_label_and_a_description():
    root = parsed(studio_form("p"))
    labels = {node.get("for") for node in root.iter("label")} - {None}
    ids = {node.get("id") for node in root.iter()} - {None}
    for node in root.iter():
        if node.get("data-field") and node.get("type") != "checkbox":
            assert node.get("id") in labels
            assert node.get("aria-describedby") in ids
    boxes = [label for label in root.iter("label") if label.find("input") is not None]
    assert len(boxes) == 10
    assert all("".join(label.itertext()).strip() for label in boxes)


USES = {"use:1.3.6.1.5.5.7.3.1": False, "use:1.3.6.1.5.5.7.3.2": False}
VARIANTS = [
    {},
    {"names": "gw1.office.example\n10.0.0.9\nsip:gw1@office.example\nhelp@office.example"},
    {"common_name": 'O\'Brien "the" gateway', "days": "30", "ca": True},
    {"profile": "root-ca", "names": "", "common_name": "Office Root"},
    {"use:1.3.6.1.5.5.7.3.3": True},
    USES,
    {"key_type": "EC P-384"},
    {"key_type": "Ed25519"},
]


@pytest.mark.parametrize("fields", VARIANTS)
def test_the_code_of_a_lesson_makes_the_same_bytes(fields):
    reading = read(changed(**fields), seeded=True)
    assert reading.draft is not None
    keys, label = LessonKeys("a lesson"), f"{reading.label}/2"
    key = keys.key_pair(reading.key_type, label)
    names: dict[str, object] = {"seed": "a lesson"}
    exec(code(reading, number=2, seeded=True), names)
    made = self_signed(reading.draft, key, keys.serial_number(label))
    assert names["certificate"] == made
    exec(code(reading, number=2, seeded=True, request=True), names)
    asked = request_certificate(reading.draft, key)
    assert names["request"].key_fingerprint == asked.key_fingerprint
    assert names["request"].alternative_names == asked.alternative_names


def test_the_code_without_a_seed_makes_its_own_key():
    names: dict[str, object] = {}
    source = code(read(changed(key_type="RSA 2048")))
    exec(source, names)
    assert names["certificate"].key_type == "RSA 2048"
    assert "seed" not in source


@given(st.text(), st.text(), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_typed_is_read_or_told_and_never_runs(names, common_name, start, days):
    reading = read(changed(names=names, common_name=common_name, start=start, days=days))
    assert (reading.draft is None) is bool(reading.problems)
    parts = studio_parts(reading, (), prefix="p", at=AT, source=code(reading))
    for part in (*parts.values(), *studio_notes(reading).values()):
        assert not {node.tag for node in parsed(part).iter()} & {"script", "img"}


def test_what_no_field_can_hold_changes_nothing():
    for name, value in (("profile", "no such"), ("use:1.2.3", True), ("__class__", "x")):
        assert OPENED.with_field(name, value) == OPENED


def test_the_finished_certificate_shows_its_fingerprint_and_the_chain():
    reading = read(OPENED)
    assert reading.draft is not None
    certificate = self_signed(reading.draft, KeyPair.generate())
    made = Made(OPENED, reading.label, certificate, "")
    result = studio_parts(reading, (made,), prefix="p", at=AT)["result"]
    assert certificate.fingerprint in texts(result)
    assert "the importer accepts gw1.office.example" in texts(result)
