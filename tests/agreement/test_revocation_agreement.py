"""Generated lists and answers: pyHanko and OpenSSL agree on them, or the difference is known.

``CERTLAB_AGREEMENT=20`` makes twenty times as many, other ones in each run.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from certlab.live.opinions import OPENSSL, Question, ask, openssl_says, openssl_version
from certlab.validation import OPENSSL_DEFAULT, Purpose, validate
from tests.agreement.revocations import (
    ISSUING,
    LEAF,
    ROOT,
    TWIN,
    Answer,
    List,
    evidence,
    make_answer,
    make_list,
)
from tests.agreement.test_agreement import cases
from tests.agreement.worlds import AT

POOL = (ISSUING.certificate, TWIN.certificate)


@dataclass(frozen=True)
class Known:
    """Why an engine says otherwise of lists and answers, and where that shows."""

    why: str
    ours: bool
    words: str
    holds: Callable[[tuple[List, ...], tuple[Answer, ...]], bool]


PYHANKO = (
    Known(
        "it processes indirect CRLs; we refuse them and say so",
        False,
        "",
        lambda lists, answers: any(made.scope == "indirect" for made in lists),
    ),
    Known(
        "it uses a CRL whose other entries have unknown critical extensions; RFC 5280 section "
        "5.3 says not to",
        False,
        "",
        lambda lists, answers: any(
            made.unknown_critical == "entry" and made.revoked for made in lists
        ),
    ),
    Known(
        "it takes removeFromCRL in a full CRL for not revoked; RFC 5280 section 5.3.1 knows it "
        "in delta CRLs only",
        False,
        "",
        lambda lists, answers: any(
            made.reason == "remove_from_crl" and made.revoked for made in lists
        ),
    ),
    Known(
        "without nextUpdate it wants an answer of the last half hour; RFC 6960 section 4.2.2.1 "
        "sets no limit",
        True,
        "not recent enough",
        lambda lists, answers: any(made.window == "never ends" for made in answers),
    ),
)
OPENSSL_CRLS = (
    PYHANKO[2],
    Known("the last second counts as expired", True, "CRL has expired",
          lambda lists, answers: any(made.window == "ends now" for made in lists)),
    Known("it asks about the root too, which names no address", True, "different CRL scope",
          lambda lists, answers: any(made.scope == "right address" for made in lists)),
)  # fmt: skip


def explained(known, ours, words, made):
    return any(each.ours is ours and each.words in words and each.holds(*made) for each in known)


def pyhanko_says(crls, answers):
    """Ask pyHanko, which wants an answer about every certificate."""
    der = Encoding.DER
    context = ValidationContext(
        trust_roots=[_load(ROOT.certificate)],
        other_certs=list(map(_load, POOL)),
        moment=AT,
        crls=[found.public_bytes(der) for found in crls],
        ocsps=[found.public_bytes(der) for found in answers],
        revocation_mode="require",
        time_tolerance=AT - AT,
    )
    try:
        asyncio.run(
            CertificateValidator(_load(LEAF), validation_context=context).async_validate_path()
        )
    except (PathValidationError, PathBuildingError, ValidationError) as error:
        return False, str(error)
    return True, "valid"


def _load(certificate):
    return asn1_x509.Certificate.load(certificate.der)


def ours(crls, answers=(), **options):
    return validate(
        LEAF,
        intermediates=POOL,
        anchors=[ROOT.certificate],
        at=AT,
        purpose="server",
        crls=crls,
        ocsp=answers,
        **options,
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pyhanko_agrees_but_for_known_differences(caplog):
    caplog.set_level(logging.CRITICAL)
    seen = set()

    @cases(400)
    @given(evidence())
    def compare(made):
        crls, answers = list(map(make_list, made[0])), list(map(make_answer, made[1]))
        verdict = ours(crls, answers, require_revocation=True)
        accepted, words = pyhanko_says(crls, answers)
        seen.add((verdict.accepted, accepted))
        assert verdict.accepted is accepted or explained(PYHANKO, verdict.accepted, words, made), (
            words,
            [found.words for found in verdict.findings],
        )

    compare()
    assert {(True, True), (False, False)} <= seen


def test_openssl_agrees_on_lists_but_for_known_differences(require_tool):
    require_tool("openssl")
    seen = set()

    @cases(250)
    @given(evidence(answers=False))
    def compare(made):
        crls = tuple(map(make_list, made[0]))
        verdict = ours(crls, policy=OPENSSL_DEFAULT)
        opinion = ask(
            OPENSSL,
            openssl_version(),
            openssl_says,
            Question(LEAF, POOL, (ROOT.certificate,), AT, Purpose.SERVER, None, crls),
        )
        seen.add((verdict.accepted, opinion.accepted))
        assert verdict.accepted is opinion.accepted or explained(
            OPENSSL_CRLS, verdict.accepted, opinion.words, made
        ), (opinion.words, [found.words for found in verdict.findings])

    compare()
    assert {(True, True), (False, False)} <= seen


# What must hold of any evidence, whoever else agrees.

_WORTHLESS = st.sampled_from([
    List("issuing", signed=False), List("issuing", window="ended"),
    List("issuing", signed=False, revoked=("leaf",)), List("twin", revoked=("leaf",)),
    List("stranger", revoked=("leaf", "issuing")), List("issuing", scope="wrong address"),
    List("issuing", scope="CA certificates", revoked=("leaf",)),
    List("issuing", unknown_critical="list", revoked=("leaf",)),
    Answer("leaf", signer="stranger", status="REVOKED"),
    Answer("leaf", signer="delegate of another CA", status="REVOKED"),
    Answer("leaf", signer="delegate without use", status="REVOKED"),
    Answer("leaf", signer="expired delegate"), Answer("other", status="REVOKED"),
    Answer("leaf", window="ended"),
])  # fmt: skip


def _all(made):
    lists = tuple(one for one in made if isinstance(one, List))
    answers = tuple(one for one in made if isinstance(one, Answer))
    return list(map(make_list, lists)), list(map(make_answer, answers))


@cases(200)
@given(st.lists(_WORTHLESS, max_size=4), st.integers(0, 4))
def test_worthless_evidence_changes_no_verdict(worthless, place):
    good = [List("root"), List("issuing")]
    verdict = ours(*_all([*worthless[:place], *good, *worthless[place:]]), require_revocation=True)
    assert verdict.accepted, [found.words for found in verdict.findings]


@cases(200)
@given(st.lists(_WORTHLESS, max_size=4))
def test_worthless_evidence_alone_proves_nothing(worthless):
    verdict = ours(*_all([List("root"), *worthless]), require_revocation=True)
    assert not verdict.accepted


@cases(200)
@given(evidence(), st.sampled_from([
    List("issuing", revoked=("leaf",)), List("root", revoked=("issuing",)),
    Answer("leaf", status="REVOKED"), Answer("leaf", status="REVOKED", signer="delegate"),
    Answer("issuing", status="REVOKED"),
]))  # fmt: skip
def test_one_sound_revocation_refuses_whatever_else_is_handed_in(made, revocation):
    crls, answers = _all([*made[0], *made[1], revocation])
    assert not ours(crls, answers).accepted
