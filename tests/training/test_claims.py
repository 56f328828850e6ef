"""The claim ledger: every claim has a check, the check can fail, and a notebook shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from cryptography.hazmat.primitives import hashes

from certlab.deployment import SelfSigned, authority, models, selection, store_steps
from certlab.deployment.authority import Authority, EstateRules, PublicRules
from certlab.deployment.authority_steps import CreateAuthority
from certlab.deployment.deployment import Deployment
from certlab.deployment.enrolment import IssueCertificate
from certlab.deployment.procedure import Procedure
from certlab.errors import CertlabError, UnknownName
from certlab.live.ends import End
from certlab.pki import Certificate, CertificateAuthority, CertificateRequest, KeyPair, Vetting
from certlab.pki.contents import _Reading
from certlab.training import Claim, Standing, check_claim, claim_ledger
from certlab.training.claims.claim import CheckedClaim, Observation, Seen
from certlab.training.claims.stage import rsa_key
from certlab.validation.findings import Check
from certlab.validation.judge import Judge

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LEDGER = claim_ledger()
IDS = [f"C{number:02}" for number in range(1, 89)]
each_claim = pytest.mark.parametrize("claim", LEDGER.claims, ids=lambda claim: claim.id)


def test_the_ledger_holds_every_claim_once_and_in_order() -> None:
    assert [claim.id for claim in LEDGER] == IDS
    assert len({claim.text for claim in LEDGER}) == len(IDS)


@each_claim
def test_a_claim_comes_out_as_the_ledger_says(claim: Claim) -> None:
    checked = claim.check()
    assert checked.as_told, repr(checked)
    assert claim.done.endswith("."), "the check says what it does"


# --- a check can fail ---------------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def every_certificate_is_accepted(patch: Patch) -> None:
    best = Judge.best
    patch.setattr(Judge, "best", lambda *asked: (*best(*asked)[:2], ()))


def imports_do_nothing(patch: Patch) -> None:
    patch.setattr(Deployment, "with_imported", lambda house, *_: house)


def nothing_is_ever_presented(patch: Patch) -> None:
    patch.setattr(Deployment, "with_credential", lambda house, *_, **__: house)


def no_call_is_answered(patch: Patch) -> None:
    patch.setattr(End, "answered", False)


def calls_go_in_clear(patch: Patch) -> None:
    begin = End.__init__
    patch.setattr(End, "__init__", lambda end, name, _, talk, **__: begin(end, name, None, talk))


def every_signature_fits(patch: Patch) -> None:
    patch.setattr(Certificate, "is_signed_by", lambda *_: True)


def no_signature_fits(patch: Patch) -> None:
    patch.setattr(Certificate, "is_signed_by", lambda *_: False)


def a_ca_certifies_its_own_key(patch: Patch) -> None:
    sign = CertificateAuthority.sign
    patch.setattr(
        CertificateAuthority,
        "sign",
        lambda ca, draft, key, *more: sign(
            ca, draft, key if draft.is_ca else ca.certificate.public_key, *more
        ),
    )


def a_subject_is_written_as_nobody(patch: Patch) -> None:
    patch.setattr(Certificate, "subject", "")


def nothing_is_the_matter_with_a_candidate(patch: Patch) -> None:
    patch.setattr(selection, "faults_of", lambda *_, **__: ())


def self_signed_imports_are_forgotten(patch: Patch) -> None:
    whole = SelfSigned.procedure

    def shorter(model: SelfSigned, inventory: object) -> Procedure:
        procedure = whole(model, inventory)  # type: ignore[arg-type]  # handed on as it came
        return replace(procedure, phases=procedure.phases[:1])

    patch.setattr(SelfSigned, "procedure", shorter)


def steps_are_miscounted(patch: Patch) -> None:
    patch.setattr(Procedure, "__len__", lambda procedure: len(procedure.steps) + 1)


def certificates_are_free(patch: Patch) -> None:
    patch.setattr(Authority, "spent", 0.0)


def every_request_proves_possession(patch: Patch) -> None:
    patch.setattr(CertificateRequest, "proves_possession", True)


def every_request_is_approved(patch: Patch) -> None:
    for rules in (EstateRules, PublicRules):
        patch.setattr(rules, "vet", lambda _, request, *__: Vetting(request, ()))


def a_ca_signs_nothing(patch: Patch) -> None:
    patch.setattr(IssueCertificate, "apply", lambda _, house: house)


def a_root_needs_no_safe(patch: Patch) -> None:
    patch.setattr(CreateAuthority, "command", lambda *_: "anywhere")


def the_ca_keeps_the_devices_keys(patch: Patch) -> None:
    kept = Deployment.with_key
    patch.setattr(Deployment, "with_key", lambda house, _, key: kept(house, "Lab PKI", key))


def fingerprints_are_not_compared(patch: Patch) -> None:
    patch.setattr(store_steps, "_same", lambda *_: True)


def files_hold_nothing(patch: Patch) -> None:
    patch.setattr(_Reading, "read", lambda *_: None)


def devices_ship_no_roots(patch: Patch) -> None:
    patch.setattr(models, "_shipped", lambda house, _: (house, ()))


def every_device_ships_the_root(patch: Patch) -> None:
    patch.setattr(models, "ships", lambda *_: True)


def rsa_signs_with_another_hash(patch: Patch) -> None:
    rsa_key.cache_clear()  # a key that has signed knows its hash already
    patch.setattr(KeyPair, "signature_hash", hashes.SHA512())


def no_rule_says_where_it_stands(patch: Patch) -> None:
    patch.setattr(Check, "section", "")


def client_authentication_never_ends(patch: Patch) -> None:
    never = SimpleNamespace(holds=lambda _: False)
    patch.setattr(authority, "client_auth_end", lambda *_: never)


NOTICED: dict[Callable[[Patch], None], str] = {
    every_certificate_is_accepted: "05 06 07 08 11 12 13 14 20 21 27 28 32 34 35 39 40 48 52 53 57 "
    "61 66 67 73 74 78 80 84 85 86",
    imports_do_nothing: "01 10 16 33 38 41 42 51 59 62 63 75 87",
    nothing_is_ever_presented: "29 71",
    no_call_is_answered: "02 09 15 18",
    calls_go_in_clear: "22",
    every_signature_fits: "03 23 24",
    no_signature_fits: "04 19 26 31 55",
    a_ca_certifies_its_own_key: "17 70",
    a_subject_is_written_as_nobody: "25",
    nothing_is_the_matter_with_a_candidate: "30",
    self_signed_imports_are_forgotten: "36 37 43 44 45",
    steps_are_miscounted: "47 64",
    certificates_are_free: "46 56 83",
    every_request_proves_possession: "49",
    every_request_is_approved: "58 77",
    a_ca_signs_nothing: "50",
    a_root_needs_no_safe: "54",
    the_ca_keeps_the_devices_keys: "68 88",
    fingerprints_are_not_compared: "72",
    files_hold_nothing: "65 69",
    devices_ship_no_roots: "79",
    every_device_ships_the_root: "81",
    rsa_signs_with_another_hash: "60",
    no_rule_says_where_it_stands: "76",
    client_authentication_never_ends: "82",
}
"""Ways to break certlab, and the claims whose checks must come out otherwise then."""


def test_for_every_claim_there_is_a_breakage_that_its_check_notices() -> None:
    assert sorted(f"C{number}" for numbers in NOTICED.values() for number in numbers.split()) == IDS


@pytest.mark.parametrize(
    ("breakage", "number"),
    [(breakage, number) for breakage, ids in NOTICED.items() for number in ids.split()],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_check_notices_when_what_it_speaks_of_breaks(
    breakage: Callable[[Patch], None], number: str, monkeypatch: Patch
) -> None:
    breakage(monkeypatch)
    assert not check_claim(f"C{number}").as_told


def test_a_check_that_sees_nothing_shows_nothing() -> None:
    assert not CheckedClaim(LEDGER.claims[0], ()).as_told


def test_what_cannot_be_done_is_seen_and_told() -> None:
    def refused() -> Seen:
        yield "at first", 1, 1
        raise CertlabError("the door is locked")

    checked = replace(LEDGER.claims[0], show=refused).check()
    assert not checked.as_told
    assert [seen.agrees for seen in checked.observations] == [True, False]
    assert "the door is locked" in repr(checked)
    assert checked.headline == "C01 came out otherwise"


# --- asking for claims --------------------------------------------------------------------------


def test_a_claim_is_asked_for_by_its_id_in_any_case() -> None:
    assert check_claim(" c32 ").claim.id == "C32"
    for wrong in ("C89", "32", ""):
        with pytest.raises(UnknownName, match="C01 to C88"):
            check_claim(wrong)


def test_the_ledger_is_filtered_by_standing_and_by_notebook() -> None:
    assert [claim.id for claim in claim_ledger("dated")] == ["C82"]
    both = claim_ledger(Standing.IF, notebook="04")
    assert {claim.standing for claim in both} == {Standing.IF}
    assert {claim.notebook for claim in both} == {"04-third-party-ca"}
    assert sum(len(claim_ledger(standing)) for standing in Standing) == len(IDS)
    with pytest.raises(UnknownName, match="holds, if, inexact, dated"):
        claim_ledger("wrong")


def test_a_terminal_shows_what_was_done_and_seen() -> None:
    lines = repr(check_claim("C32")).splitlines()
    assert lines[0] == "C32 holds: Nobody else trusts a fresh self-signed certificate."
    assert "  ✓ directions that work, of six → 0" in lines
    seen = Observation("directions", 3, 0)
    assert "✗ directions → 3 (expected: 0)" in repr(CheckedClaim(LEDGER.claims[31], (seen,)))


# --- a notebook shows it ------------------------------------------------------------------------

@each_claim
def test_the_section_that_shows_a_claim_names_it(claim: Claim) -> None:
    assert claim.id in set(_ids(_sections(claim.notebook)[claim.heading]))


@each_claim
def test_the_section_that_shows_a_claim_is_there(claim: Claim) -> None:
    assert claim.heading in _sections(claim.notebook)


def _sections(notebook: str) -> dict[str, str]:
    """The prose of a notebook by the heading above it."""
    cells = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    parts = re.split(r"^#+ (.*)$", prose, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _ids(text: str) -> Iterator[str]:
    for first, last in re.findall(r"\bC(\d\d)(?:–C(\d\d))?", text):
        yield from (f"C{number:02}" for number in range(int(first), int(last or first) + 1))
