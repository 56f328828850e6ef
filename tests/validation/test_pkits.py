"""NIST's Public Key Interoperability Test Suite, held against the outcomes NIST published.

Policy trees, delta and indirect CRLs are out of scope: there a refusal has to name the feature.
"""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certlab.errors import InvalidInput
from certlab.pki import Certificate
from certlab.validation import RFC5280, FindingKind, Purpose, SignatureCache, Verdict, validate

vectors = pytest.importorskip("cryptography_vectors", reason="needs cryptography-vectors")

DATA = Path(vectors.__file__).parent / "x509" / "PKITS_data"
AT = datetime(2011, 4, 15, tzinfo=UTC)
CASES = list(
    csv.DictReader(Path(__file__).with_name("pkits-expected.csv").read_text().splitlines())
)
WITHIN_SCOPE = ("4.1.", "4.2.", "4.3.", "4.4.", "4.5.", "4.6.", "4.7.", "4.13.", "4.16.")
SIGNATURES = SignatureCache()
NAMES_THE_DELTA_OR_INDIRECT_CRL_OR_POLICY_TREE = ("delta CRL", "indirect CRL", "policy tree")


def judge(case: dict[str, str]) -> Verdict:
    anchor, *intermediates, leaf = (
        Certificate.from_der((DATA / "certs" / f"{name}.crt").read_bytes())
        for name in case["certificates"].split()
    )
    return validate(
        leaf,
        anchors=[anchor],
        intermediates=intermediates,
        crls=[(DATA / "crls" / f"{name}.crl").read_bytes() for name in case["crls"].split()],
        at=AT,
        purpose=Purpose.EMAIL,
        policy=replace(RFC5280, explicit_policy=case["explicit_policy"] == "1"),
        require_revocation=True,
        signatures=SIGNATURES,
    )


def each(cases):
    return pytest.mark.parametrize(
        "case", cases, ids=lambda case: f"{case['test']} {case['title']}"
    )


def is_dsa(case):
    return "DSA" in case["title"]


@each([case for case in CASES if case["test"].startswith(WITHIN_SCOPE) and not is_dsa(case)])
def test_a_case_within_scope_ends_as_nist_says(case):
    verdict = judge(case)
    assert verdict.accepted is (case["expected"] == "accept"), verdict.findings


@each([case for case in CASES if is_dsa(case) and case["test"] != "4.1.5"])
def test_dsa_is_refused_by_name(case):
    verdict = judge(case)
    assert not verdict.accepted
    assert case["test"] == "4.1.6" or any("DSA" in found.words for found in verdict.findings)


def test_a_dsa_key_that_leaves_its_parameters_to_the_issuer_is_not_even_read():
    (case,) = (case for case in CASES if case["test"] == "4.1.5")
    with pytest.raises(InvalidInput, match="SubjectPublicKeyInfo"):
        judge(case)


@each([case for case in CASES if not case["test"].startswith(WITHIN_SCOPE)])
def test_a_case_with_a_feature_out_of_scope_is_right_or_refused_by_the_feature_s_name(case):
    verdict = judge(case)
    if verdict.accepted is (case["expected"] == "accept"):
        return
    assert not verdict.accepted, "NIST refuses this"
    assert verdict.reason.kind is FindingKind.OUT_OF_SCOPE
    assert any(
        name in verdict.reason.words for name in NAMES_THE_DELTA_OR_INDIRECT_CRL_OR_POLICY_TREE
    )


REASONS = {
    "4.1.3": FindingKind.BAD_SIGNATURE,
    "4.2.1": FindingKind.NOT_YET_VALID,
    "4.2.5": FindingKind.EXPIRED,
    "4.3.1": FindingKind.ISSUER_MISSING,
    "4.4.1": FindingKind.REVOCATION_MISSING,
    "4.4.2": FindingKind.REVOKED,
    "4.4.4": FindingKind.REVOCATION_BADLY_SIGNED,
    "4.4.9": FindingKind.REVOCATION_UNREADABLE,
    "4.4.11": FindingKind.REVOCATION_STALE,
    "4.6.2": FindingKind.NOT_A_CA,
    "4.6.5": FindingKind.PATH_TOO_LONG,
    "4.7.1": FindingKind.KEY_USAGE,
    "4.13.2": FindingKind.NAME_CONSTRAINT,
    "4.15.4": FindingKind.OUT_OF_SCOPE,
    "4.16.2": FindingKind.UNKNOWN_CRITICAL_EXTENSION,
}


@pytest.mark.parametrize(("test", "kind"), REASONS.items())
def test_the_reason_of_a_refusal_is_the_fault_that_nist_put_in(test, kind):
    (case,) = (case for case in CASES if case["test"] == test)
    assert judge(case).reason.kind is kind
