"""Scenarios about certificates that were taken back, by CRL and by OCSP."""

from __future__ import annotations

from cryptography.x509.ocsp import OCSPResponse

from ..pki import Certificate
from ..validation import FindingKind as Kind
from ..validation import Remedy
from .scenarios_stage import IGNORING, UM, Case, Expected, Stage, accepted, refused, scenario


@scenario(3, "A whole chain, with the lists of both CAs")
def whole_chain_with_crls(stage: Stage) -> Case:
    """Root and issuing CA each publish a list of what they took back, and neither names the path.

    Revocation is required here, so that a missing list would refuse the call: both are needed,
    the root's for the issuing CA and the issuing CA's for the server.
    """
    return stage.case(
        stage.um,
        accepted(),
        crls=(stage.crl(stage.root), stage.crl(stage.issuing)),
        require_revocation=True,
    )


@scenario(15, "The certificate was revoked")
def leaf_revoked(stage: Stage) -> Case:
    """The UM server's key was stolen, and its CA put the certificate on the list.

    Dates, name and signatures are as good as before. That is why the list is needed, and why a
    device that does not look at it goes on talking to the thief.
    """
    return _with_crls(
        stage,
        (stage.um,),
        (),
        refused(Kind.REVOKED, stage.um, UM, *_why(stage), elsewhere=IGNORING),
    )


@scenario(16, "The issuing CA was revoked")
def issuing_ca_revoked(stage: Stage) -> Case:
    """The root took back the issuing CA; everything the issuing CA ever signed falls with it."""
    issuing = stage.issuing.certificate
    return _with_crls(
        stage,
        (),
        (issuing,),
        refused(Kind.REVOKED, issuing, "Issuing CA", *_why(stage), elsewhere=IGNORING),
    )


@scenario(17, "The list is out of date")
def crl_out_of_date(stage: Stage) -> Case:
    """The issuing CA's list should have been replaced yesterday, and revocation is required.

    The list does not name the certificate. An old list proves nothing about today, so a strict
    verifier refuses, and all servers of that CA fail together.
    """
    stale = stage.crl(stage.issuing, since=-8, until=-1)
    ended = f"{stage.day(-1):%Y-%m-%d}"
    return stage.case(
        stage.um,
        refused(
            Kind.REVOCATION_STALE,
            stage.um,
            ended,
            remedy=Remedy.REFRESH_REVOCATION,
            elsewhere=IGNORING,
        ),
        crls=(stage.crl(stage.root), stale),
        require_revocation=True,
    )


@scenario(36, "OCSP says good")
def ocsp_good(stage: Stage) -> Case:
    """The CA's responder was asked about this one certificate an hour ago and knows no evil of it.

    The root's list stands for the issuing CA.
    """
    return _with_ocsp(stage, accepted(), stage.ocsp())


@scenario(37, "OCSP says revoked")
def ocsp_revoked(stage: Stage) -> Case:
    """The responder answers that the certificate was taken back two days ago."""
    return _with_ocsp(
        stage,
        refused(Kind.REVOKED, stage.um, UM, *_why(stage), elsewhere=IGNORING),
        stage.ocsp("revoked"),
    )


@scenario(38, "OCSP does not know the certificate")
def ocsp_unknown(stage: Stage) -> Case:
    """The responder says that it has never heard of this serial number.

    That is no yes. A certificate the CA does not know was perhaps never issued by it.
    """
    return _with_ocsp(stage, _open(stage, Kind.REVOCATION_UNKNOWN), stage.ocsp("unknown"))


@scenario(39, "The OCSP answer is out of date")
def ocsp_stale(stage: Stage) -> Case:
    """The answer was good for half a day, and that was last week."""
    return _with_ocsp(
        stage,
        _open(stage, Kind.REVOCATION_STALE),
        stage.ocsp(since=-8, until=-7.5),
    )


@scenario(40, "The OCSP answer is signed by a stranger")
def ocsp_wrong_signer(stage: Stage) -> Case:
    """A responder answers that another CA appointed.

    Whoever may answer for a CA is the CA itself or one that this CA signed for the purpose.
    Anyone else could clear a stolen certificate.
    """
    return _with_ocsp(
        stage,
        _open(stage, Kind.REVOCATION_BADLY_SIGNED),
        stage.ocsp(signer=stage.new_root("Example Elsewhere CA")),
    )


@scenario(41, "No OCSP answer, and one is required")
def ocsp_missing(stage: Stage) -> Case:
    """The responder could not be reached, and the verifier was told not to go on without it."""
    return _with_ocsp(stage, _open(stage, Kind.REVOCATION_MISSING))


@scenario(42, "No OCSP answer, and none is required")
def ocsp_missing_tolerated(stage: Stage) -> Case:
    """The same silence, and a verifier that takes what it can get.

    Most do it like this. It keeps calls up when a responder is down, and whoever can keep the
    answer from arriving decides what is seen.
    """
    return stage.case(stage.um, accepted())


def _why(stage: Stage) -> tuple[str, str]:
    return f"{stage.day(-2):%Y-%m-%d}", "keyCompromise"


def _open(stage: Stage, kind: Kind, *mentions: str) -> Expected:
    """Refused because it stays open whether the UM server's certificate was revoked."""
    return refused(
        kind, stage.um, UM, *mentions, remedy=Remedy.REFRESH_REVOCATION, elsewhere=IGNORING
    )


def _with_crls(
    stage: Stage,
    by_issuing: tuple[Certificate, ...],
    by_root: tuple[Certificate, ...],
    expected: Expected,
) -> Case:
    return stage.case(
        stage.um,
        expected,
        crls=(stage.crl(stage.root, *by_root), stage.crl(stage.issuing, *by_issuing)),
    )


def _with_ocsp(stage: Stage, expected: Expected, *answers: OCSPResponse) -> Case:
    return stage.case(
        stage.um, expected, crls=(stage.crl(stage.root),), ocsp=answers, require_revocation=True
    )
