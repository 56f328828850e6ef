"""What a certificate is and says: C03, C04, C06 to C08, C11 to C14, C17, C19 to C21, C24, C25."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ...deployment import InternalPKI, SelfSigned, ThirdPartyCA
from ...pki import PROFILES, Certificate, CertificateAuthority, mozilla_roots, self_signed
from ...validation import POLICIES, Purpose
from ..demonstrations import tampered
from ..scenarios import SCENARIOS
from .claim import Seen
from .stage import (
    KEYS,
    PUBLIC_ROOT,
    SHIPPING,
    TODAY,
    UM,
    chain,
    draft,
    key,
    lab,
    rsa_key,
    said,
    shown,
)


def signed_statement() -> Seen:
    """Take a certificate apart: the statement, and the signature over exactly those bytes."""
    issued = chain()
    statement, signature = issued.leaf.x509.tbs_certificate_bytes, issued.leaf.x509.signature
    ca, own = issued.issuing.certificate, self_signed(draft(), key())
    yield "the CA's key verifies it", verifies(ca, signature, statement), True
    yield "and with one byte more", verifies(ca, signature, statement + b"\0"), False
    yield "a self-signed one was signed by itself", own.is_signed_by(own), True
    yield "and by a CA", own.is_signed_by(ca), False


_SHA256 = hashes.SHA256()


def verifies(
    signer: Certificate, signature: bytes, data: bytes, hash_made: hashes.HashAlgorithm = _SHA256
) -> bool:
    """Whether the public key in a certificate (EC) verifies a signature over these bytes."""
    assert isinstance(signer.public_key, ec.EllipticCurvePublicKey)
    try:
        signer.public_key.verify(signature, data, ec.ECDSA(hash_made))
    except InvalidSignature:
        return False
    return True


def three_kinds_of_issuer() -> Seen:
    """Deploy each model, and tell a certificate's kind by who signed it and who ships that root."""
    for model, kind in (
        (SelfSigned(), "self-signed"),
        (InternalPKI(), "internal CA"),
        (ThirdPartyCA(), "public CA"),
    ):
        house = lab(model, inventory=SHIPPING)
        leaf = shown(house, "um1")
        issuer = house.issuer_of(leaf)
        is_shipped = issuer and issuer.ca.root == house.authority(PUBLIC_ROOT).certificate
        own = "self-signed" if leaf.is_self_signed else "internal CA"
        yield model.title, "public CA" if is_shipped else own, kind
    setting_up = InternalPKI().procedure(SHIPPING).steps[0].command(house)
    yield "Certificate Services make the internal one", "Install-AdcsCert" in setting_up, True


def every_byte_changed() -> Seen:
    """Change each byte of a certificate in turn. Then let the CA's key sign a name at will."""
    issued = chain()
    copies = list(tampered(issued.leaf))
    yield "most copies can still be read", len(copies) > len(issued.leaf.der) // 2, True
    yield "accepted of these", sum(issued.judged(copy) == "accepted" for copy in copies), 0
    minted = issued.issuing.sign(draft("bank.example"), key("thief").public_key)
    yield "a name made up with the CA's key", issued.judged(minted, name="bank.example"), "accepted"


def one_profile_for_each_use() -> Seen:
    """Make a certificate for each use, and ask for every purpose whether a verifier takes it."""
    server, client = Purpose.SERVER, Purpose.CLIENT
    for use, purposes in {
        "tls-client": (client,),
        "tls-server": (server,),
        "email": (Purpose.EMAIL,),
        "ipsec": (Purpose.IPSEC,),
        "mutual-tls": (server, client, Purpose.MUTUAL),
        "code-signing": (Purpose.CODE_SIGNING,),
    }.items():
        yield f"“{PROFILES[use].title}” is accepted as", _serves(use), purposes


def _serves(use: str) -> tuple[Purpose, ...]:
    issued = chain(draft(use=use))
    return tuple(purpose for purpose in Purpose if issued.judged(purpose=purpose) == "accepted")


def name_and_key_are_bound() -> Seen:
    """Swap the name in a certificate, or the key, byte for byte, and leave the signature."""
    issued = chain()
    leaf, ca = issued.leaf, issued.issuing.certificate
    renamed = Certificate.from_der(leaf.der.replace(b"um1.office", b"um2.office"))
    rekeyed = Certificate.from_der(leaf.der.replace(point_of(leaf), point_of(ca)))
    yield "as it was issued", issued.judged(), "accepted"
    yield "with another name", issued.judged(renamed, name="um2.office.example"), "bad signature"
    yield "with the CA's key in place of its own", issued.judged(rekeyed), "bad signature"


def point_of(certificate: Certificate) -> bytes:
    """The public key (EC) as it stands in a certificate."""
    return certificate.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def root_in_the_store() -> Seen:
    """Judge one chain twice: by a verifier that holds its root, and by one that does not."""
    issued, other = chain(), CertificateAuthority.create_root("Other Root", not_before=TODAY)
    yield "with the root in the store", issued.judged(), "accepted"
    yield "with another root", issued.judged(anchors=[other.certificate]), "root not trusted"


def whole_path() -> Seen:
    """Judge one certificate with the issuing CA's certificate sent beside it, and without."""
    yield "with the intermediate", chain().judged(), "accepted"
    yield "without", chain().judged(intermediates=()), "issuer missing"


def more_than_dates_and_revocation() -> Seen:
    """Judge chains in which nothing is revoked and nothing is expired."""
    for scenario, reason in {
        "signed-by-another-key": "bad signature",
        "issuer-is-not-a-ca": "issuer not a CA",
        "path-too-long": "path too long",
        "server-only-as-client": "not for clients",
        "wrong-name": "wrong name",
        "unknown-critical-extension": "critical extension",
        "crl-out-of-date": "CRL/OCSP stale",
    }.items():
        found = SCENARIOS[scenario]
        yield found.title, said(found.build(TODAY).validate()), reason


def holders_of_every_kind() -> Seen:
    """Make a certificate for a person, a site, a router and a gateway, and ask for two names."""
    for holder, name, use in (
        ("a person", "pat@office.example", "email"),
        ("a site", "www.office.example", "tls-server"),
        ("a router", "192.0.2.1", "ipsec"),
        ("a gateway", "sip:gw1@office.example", "mutual-tls"),
    ):
        issued, purpose = chain(draft(name, use)), _serves(use)[0]
        answers = tuple(issued.judged(purpose=purpose, name=asked) for asked in (name, UM))
        yield f"{holder}, {name}: its own name, um1's", answers, ("accepted", "wrong name")


def public_key_is_inside() -> Seen:
    """Look for the public key among the signed bytes, and compare it with the private key's."""
    leaf = chain().leaf
    yield "it stands in the statement", point_of(leaf) in leaf.x509.tbs_certificate_bytes, True
    yield "it is the holder's", leaf.key_fingerprint == key().fingerprint, True


def private_key_stays_with_the_subject() -> Seen:
    """Let an internal CA issue to gw1, and ask who holds which private key."""
    house, issued = lab(InternalPKI()), chain()
    leaf, ca = shown(house, "gw1"), house.authority("Lab PKI").certificate
    yield "the CA's key signed it", leaf.is_signed_by(ca), True
    yield "it is about the same key", leaf.key_fingerprint == ca.key_fingerprint, False
    yield "who holds the key it is about", house.key_holders.get(leaf.key_fingerprint), "gw1"
    yield "a CA holds the key of what it signed", key().fingerprint in issued.issuing.keys, False


def use_may_be_left_out() -> Seen:
    """Issue a certificate without extended key usage, and try it on every verifier."""
    issued = chain(draft(use="any-use"))
    yield "its extended key usage", issued.leaf.extended_key_usage, None
    for policy in POLICIES.values():
        expected = "no stated purpose" if policy.key == "web-client" else "accepted"
        yield policy.title, issued.judged(policy=policy, purpose=Purpose.MUTUAL), expected


def uses_exclude_each_other() -> Seen:
    """Make one certificate for a TLS server and one for encrypting files, and swap their jobs."""
    server, files = Purpose.SERVER, Purpose.FILE_ENCRYPTION
    for use, serves, other, words in (
        ("tls-server", server, files, "wrong purpose"),
        ("file-encryption", files, server, "not for servers"),
    ):
        issued = chain(draft(use=use), holder=rsa_key())
        yield f"{use}, as {serves}", issued.judged(purpose=serves), "accepted"
        yield f"{use}, as {other}", issued.judged(purpose=other), words


def equal_names_are_not_enough() -> Seen:
    """Let a CA that calls itself um1 sign a certificate for um1's key."""
    stranger = CertificateAuthority.create_root(UM, not_before=TODAY, source=KEYS)
    odd, honest = stranger.sign(draft(), key().public_key), self_signed(draft(), key())
    for who, certificate, answer in (("the odd one", odd, False), ("an honest one", honest, True)):
        yield f"{who}: equal names", certificate.subject == certificate.issuer, True
        yield f"{who}: self-signed", certificate.is_self_signed, answer


def issuer_and_subject_are_written() -> Seen:
    """Look into a self-signed certificate, a whole chain, and every root that Mozilla ships."""
    issued = chain()
    made = [self_signed(draft(), key()), issued.leaf, *issued.issuing.chain]
    every = [*made, *mozilla_roots().values()]
    yield "certificates with both", sum(bool(c.subject and c.issuer) for c in every), len(every)
    yield "the leaf's issuer is its CA", issued.leaf.issuer, issued.issuing.certificate.subject
