"""Random lists and answers about one good chain: right, stale, misplaced and badly signed ones."""

from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier
from hypothesis import strategies as st

from certlab.pki import (
    CertificateAuthority,
    Draft,
    KeyPair,
    KeyStore,
    LessonKeys,
    profile,
)
from tests.agreement.worlds import AT, mostly

DAY = timedelta(days=1)
SOURCE, KEYS = LessonKeys("revocations"), KeyStore()


def _pointers(name):
    """Where to ask: pyHanko takes an OCSP answer only for a certificate that names a responder."""
    uri = x509.UniformResourceIdentifier(f"http://pki.example.com/{name}.crl")
    responder = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri)
    return [
        (x509.CRLDistributionPoints([x509.DistributionPoint([uri], None, None, None)]), False),
        (x509.AuthorityInformationAccess([responder]), False),
    ]


ROOT = CertificateAuthority.create_root("Root", keys=KEYS, source=SOURCE, not_before=AT - 900 * DAY)
ISSUING = ROOT.create_issuing(
    "Issuing", source=SOURCE, not_before=AT - 300 * DAY, extensions=_pointers("root")
)
TWIN = ROOT.create_issuing("Twin", source=SOURCE, not_before=AT - 300 * DAY)
"""Another CA below the same root."""
STRANGER = CertificateAuthority.create_root(
    "Stranger", keys=KEYS, source=SOURCE, not_before=AT - 900 * DAY
)
LEAF = ISSUING.sign(
    Draft(("um01.example.com",), profile("mutual-tls"), AT - 30 * DAY),
    SOURCE.key_pair("EC P-256", "leaf").public_key,
    1001,
    extensions=_pointers("issuing"),
)
BY_NAME = {"root": ROOT, "issuing": ISSUING, "twin": TWIN, "stranger": STRANGER}

WINDOWS = {
    "current": (-1, 6), "ended": (-8, -1), "begins tomorrow": (1, 8), "ends now": (-7, 0),
    "begins now": (0, 7), "never ends": (-1, None),
}  # fmt: skip


@dataclass(frozen=True)
class List:
    """One CRL: of whom, signed by whose key, for when, with whom on it, and with what scope."""

    of: str
    signed: bool = True
    window: str = "current"
    revoked: tuple[str, ...] = ()
    reason: str = "key_compromise"
    scope: str = "all"
    unknown_critical: str = "none"


@dataclass(frozen=True)
class Answer:
    """One OCSP answer: about whom, by whom, for when."""

    about: str
    status: str = "GOOD"
    signer: str = "issuer"
    window: str = "current"
    hashed: str = "SHA256"


def _lists(of):
    return st.builds(
        List,
        of=st.just(of),
        signed=mostly(True, False, weight=10),
        window=mostly("current", *[name for name in WINDOWS if name != "current"], weight=4),
        revoked=mostly((), ("leaf",), ("issuing",), ("other",), ("leaf", "issuing"), weight=3),
        reason=mostly("key_compromise", "unspecified", "certificate_hold", "remove_from_crl"),
        scope=mostly(
            "all",
            "user certificates",
            "CA certificates",
            "right address",
            "wrong address",
            "some reasons",
            "indirect",
            "attributes",
            weight=4,
        ),
        unknown_critical=mostly("none", "list", "entry", weight=8),
    )


def _answers(about):
    return st.builds(
        Answer,
        about=mostly(about, "other", weight=6),
        status=mostly("GOOD", "REVOKED", "UNKNOWN", weight=3),
        signer=mostly(
            "issuer",
            "delegate",
            "delegate without use",
            "delegate of another CA",
            "expired delegate",
            "stranger",
            weight=1,
        ),
        window=mostly("current", *[name for name in WINDOWS if name != "current"], weight=4),
        hashed=st.sampled_from(["SHA256", "SHA1"]),
    )


@st.composite
def evidence(draw, *, answers=True):
    """One list or answer about the leaf and one about its CA, and rarely none."""
    lists, given = [], []
    for about, of in (("leaf", "issuing"), ("issuing", "root")):
        match draw(mostly("list", "nothing", "answer" if answers else "list", weight=3)):
            case "list":
                lists.append(draw(_lists(of)))
            case "answer":
                given.append(draw(_answers(about)))
    return tuple(lists), tuple(given)


def make_list(made):
    """The CRL as cryptography's object."""
    authority = BY_NAME[made.of]
    begins, ends = WINDOWS[made.window]
    signer = authority if made.signed else STRANGER
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject_name)
        .last_update(AT + begins * DAY)
        .next_update(AT + (ends if ends is not None else 4000) * DAY)
        .add_extension(x509.CRLNumber(7), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier(authority.certificate.subject_key_id, None, None),
            critical=False,
        )
    )
    scope = _scope(made)
    if scope is not None:
        builder = builder.add_extension(scope, critical=True)
    strange = x509.UnrecognizedExtension(ObjectIdentifier("2.999.9"), b"\x05\x00")
    if made.unknown_critical == "list":
        builder = builder.add_extension(strange, critical=True)
    serials = {"leaf": LEAF.serial, "issuing": ISSUING.certificate.serial, "other": 4242}
    for name in made.revoked:
        entry = x509.RevokedCertificateBuilder(serials[name], (AT - 2 * DAY).replace(tzinfo=None))
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags[made.reason]), critical=False)
        if made.unknown_critical == "entry":
            entry = entry.add_extension(strange, critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    key = KEYS.get(signer.certificate.key_fingerprint).private_key
    return builder.sign(key, hashes.SHA256())


def _scope(made):
    if made.scope == "all":
        return None
    address = made.of if made.scope == "right address" else "elsewhere"
    uri = x509.UniformResourceIdentifier(f"http://pki.example.com/{address}.crl")
    return x509.IssuingDistributionPoint(
        full_name=[uri] if "address" in made.scope else None,
        relative_name=None,
        only_contains_user_certs=made.scope == "user certificates",
        only_contains_ca_certs=made.scope == "CA certificates",
        only_some_reasons=(
            frozenset({x509.ReasonFlags.superseded}) if made.scope == "some reasons" else None
        ),
        indirect_crl=made.scope == "indirect",
        only_contains_attribute_certs=made.scope == "attributes",
    )


def make_answer(made):
    """The OCSP response as cryptography's object."""
    about, issuer = {
        "leaf": (LEAF, ISSUING),
        "issuing": (ISSUING.certificate, ROOT),
        "other": (_delegate(ISSUING, "ocsp-responder", -1), ISSUING),
    }[made.about]
    begins, ends = WINDOWS[made.window]
    status = ocsp.OCSPCertStatus[made.status]
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    signer = _signer(made.signer, issuer)
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.x509,
        issuer.certificate.x509,
        getattr(hashes, made.hashed)(),
        status,
        AT + begins * DAY,
        None if ends is None else AT + ends * DAY,
        AT - 2 * DAY if revoked else None,
        x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.x509)
    if made.signer != "issuer":
        builder = builder.certificates([signer.x509])
    return builder.sign(KEYS.get(signer.key_fingerprint).private_key, hashes.SHA256())


def _signer(kind, issuer):
    return {
        "issuer": lambda: issuer.certificate,
        "delegate": lambda: _delegate(issuer, "ocsp-responder", -1),
        "delegate without use": lambda: _delegate(issuer, "tls-server", -1),
        "delegate of another CA": lambda: _delegate(TWIN, "ocsp-responder", -1),
        "expired delegate": lambda: _delegate(issuer, "ocsp-responder", -60),
        "stranger": lambda: STRANGER.certificate,
    }[kind]()


def _delegate(authority, use, since):
    label = f"{authority.name} {use} {since}"
    key = KeyPair(SOURCE.key_pair("EC P-256", label).private_key, lesson=True)
    KEYS.add(key)
    draft = Draft((), profile(use), AT + since * DAY, 30 * DAY, common_name=label)
    return authority.sign(
        draft, key.public_key, SOURCE.serial_number(label), extensions=[(x509.OCSPNoCheck(), False)]
    )
