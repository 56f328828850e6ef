"""Scenarios about what stands in a certificate: dates, names, uses, signatures, strength."""

from __future__ import annotations

import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ObjectIdentifier

from ..pki import Certificate, CertificateAuthority, KeyPair, KeyType
from ..validation import FindingKind as Kind
from ..validation import Purpose, Remedy
from .scenarios_stage import (
    GATEWAY,
    LIKE_OPENSSL,
    UM,
    Case,
    Stage,
    accepted,
    refused,
    scenario,
    signed_again,
    signed_with_sha1,
)


@scenario(1, "A whole chain, as server")
def whole_chain_as_server(stage: Stage) -> Case:
    """A gateway calls the UM server, which sends its own certificate and the issuing CA's.

        store: Example Root CA
                    |
        sent:  Example Issuing CA
                    |
        sent:  um01.example.com

    The gateway holds the root, so it can follow the signatures up to a key it already trusts.
    Dates, use and name are right. Nothing is left to object to.
    """
    return stage.case(stage.um, accepted())


@scenario(2, "The same chain, as client")
def whole_chain_as_client(stage: Stage) -> Case:
    """Now the UM server calls, and the gateway asks it for a certificate in turn.

    Mutual TLS needs both directions. The certificate allows client authentication as well, so
    the same one serves here.
    """
    return stage.case(stage.um, accepted(), purpose=Purpose.CLIENT)


@scenario(4, "The certificate has expired")
def leaf_expired(stage: Stage) -> Case:
    """Nobody renewed the UM server's certificate, and it ended five days ago.

    Everything else is as it was on the last good day. The remedy is a new certificate for the
    same key or a new one; importing anything anywhere would not help.
    """
    leaf = stage.leaf(stage.draft(UM, since=-370, days=365))
    ended = f"{leaf.not_after:%Y-%m-%d}"
    return stage.case(leaf, refused(Kind.EXPIRED, leaf, ended))


@scenario(5, "The certificate is not valid yet")
def leaf_not_yet_valid(stage: Stage) -> Case:
    """The certificate begins in two days: made ahead of time, or a clock runs behind.

    A device that lost its clock after a power cut sees every fresh certificate like this. Look
    at the clock first, then wait.
    """
    leaf = stage.leaf(stage.draft(UM, since=2))
    begins = f"{leaf.not_before:%Y-%m-%d}"
    return stage.case(
        leaf,
        refused(Kind.NOT_YET_VALID, leaf, begins, remedy=Remedy.CORRECT_CLOCK_OR_WAIT),
    )


@scenario(6, "The issuing CA has expired")
def issuing_ca_expired(stage: Stage) -> Case:
    """The UM server's certificate is young, but the CA that signed it ended yesterday.

    People look at the server, because that is what fails. The date that counts is one level
    higher, and every certificate of that CA fails on the same morning.
    """
    old = _authority(stage, stage.root, "Example Issuing CA", since=-3651)
    leaf = stage.leaf(issuer=old)
    ended = f"{old.certificate.not_after:%Y-%m-%d}"
    return stage.case(
        leaf,
        refused(Kind.EXPIRED, old.certificate, ended, "Issuing CA"),
        intermediates=old.chain,
    )


@scenario(7, "The issuing CA is not sent")
def issuing_ca_not_sent(stage: Stage) -> Case:
    """The UM server sends its own certificate and forgets the one in the middle.

        store: Example Root CA
                    ?
        sent:  um01.example.com      (issuer: Example Issuing CA)

    The gateway knows the root and not who signed the server. It works from machines that have
    seen the issuing CA before, which makes this one so confusing. The server has to send it.
    """
    return stage.case(
        stage.um,
        refused(
            Kind.ISSUER_MISSING, stage.um, "Example Issuing CA", remedy=Remedy.SEND_INTERMEDIATE
        ),
        intermediates=(),
    )


@scenario(9, "Signed by a stranger under the issuer's name")
def signed_by_another_key(stage: Stage) -> Case:
    """The certificate says that the issuing CA signed it; the signature was made by another key.

    Anyone can write any issuer into a certificate. The name is a hint where to look for the key;
    the signature is the proof, and here it fails.
    """
    forged = signed_again(stage.um, stage.key("forger"))
    return stage.case(
        forged,
        refused(Kind.BAD_SIGNATURE, forged, "Example Issuing CA"),
    )


@scenario(10, "Another name than the one called")
def wrong_name(stage: Stage) -> Case:
    """The gateway called um01.example.com and got a certificate for um02.example.com.

    The chain is perfect, for somebody else. Without the name check, any server of the same CA
    could answer in place of any other.
    """
    other = "um02.example.com"
    leaf = stage.leaf(stage.draft(other))
    return stage.case(
        leaf,
        refused(
            Kind.NAME_MISMATCH,
            leaf,
            UM,
            other,
            remedy=Remedy.CORRECT_NAME,
            elsewhere="sip-ignores-names",
        ),
    )


@scenario(11, "The name stands only in the common name")
def name_only_in_common_name(stage: Stage) -> Case:
    """The certificate's subject says CN=um01.example.com, and no alternative name is there.

    That was enough in 2007. Verifiers stopped reading names from the common name (RFC 9525), and
    a few still do it: OpenSSL's name check falls back to it. The answer tells that the name was
    there, only in the wrong place.
    """
    leaf = stage.leaf(stage.draft(common_name=UM))
    return stage.case(
        leaf,
        refused(
            Kind.NAME_ONLY_IN_CN,
            leaf,
            UM,
            elsewhere=LIKE_OPENSSL,
        ),
    )


@scenario(12, "A server-only certificate makes a call")
def server_only_as_client(stage: Stage) -> Case:
    """The UM server calls out with a certificate that allows server authentication alone.

    This is what public CAs issue from 2027 on. Whoever is called sees a client whose certificate
    is not meant for clients, and hangs up.
    """
    leaf = stage.leaf(stage.draft(UM, use="tls-server"))
    return stage.case(
        leaf,
        refused(Kind.PURPOSE, leaf, "client"),
        purpose=Purpose.CLIENT,
    )


@scenario(13, "A client-only certificate answers a call")
def client_only_as_server(stage: Stage) -> Case:
    """The other half of a split pair, put where the server's half belongs."""
    leaf = stage.leaf(stage.draft(UM, use="tls-client"))
    return stage.case(leaf, refused(Kind.PURPOSE, leaf, "server"))


@scenario(14, "No stated use")
def no_stated_use(stage: Stage) -> Case:
    """The certificate has no extended key usage at all.

    By RFC 5280 nothing is excluded then, so it serves as server and as client. Rules for public
    certificates demand the extension, so the trace takes a note of it.
    """
    leaf = stage.leaf(stage.draft(UM, use="any-use"))
    return stage.case(leaf, accepted(Kind.NO_STATED_PURPOSE, leaf, elsewhere="web-client"))


@scenario(18, "The issuer is not a CA")
def issuer_is_not_a_ca(stage: Stage) -> Case:
    """The gateway's own certificate signed another one, in the UM server's name.

        Example Root CA
              |
        Example Issuing CA
              |
        gw01.example.com      CA:FALSE
              |
        um01.example.com

    Every signature is right. If CA:FALSE did not count, whoever holds any certificate could make
    one for everybody else.
    """
    gateway = stage.leaf(stage.draft(GATEWAY))
    fake = CertificateAuthority(gateway, stage.keys)
    return stage.case(
        stage.leaf(issuer=fake),
        refused(Kind.NOT_A_CA, gateway, GATEWAY, remedy=Remedy.REPLACE_ISSUER),
        intermediates=(gateway, stage.issuing.certificate),
    )


@scenario(19, "One CA too many")
def path_too_long(stage: Stage) -> Case:
    """The issuing CA may sign servers and no further CA: its path length is 0. It signed one.

        Example Root CA
              |
        Example Issuing CA     path length 0
              |
        Example Branch CA
              |
        um01.example.com

    Every signature is right. The branch's CA is one too many: nobody allowed it to be there.
    """
    branch = stage.issuing.create_issuing(
        "Example Branch CA", source=stage.source, not_before=stage.day(-100)
    )
    return stage.case(
        stage.leaf(issuer=branch),
        refused(Kind.PATH_TOO_LONG, stage.issuing.certificate, "0", remedy=Remedy.REPLACE_ISSUER),
        intermediates=branch.chain,
    )


@scenario(20, "Outside the DNS names its CA may certify")
def dns_name_not_permitted(stage: Stage) -> Case:
    """The branch office's CA may certify names below branch.example.com. It signed um01.

    A name constraint sits in the CA's certificate and binds everything below it. The signature
    is right; the CA had no say over that name.
    """
    branch = _authority(
        stage,
        stage.root,
        "Example Branch CA",
        constraints=x509.NameConstraints([x509.DNSName("branch.example.com")], None),
    )
    leaf = stage.leaf(issuer=branch)
    return stage.case(
        leaf,
        refused(Kind.NAME_CONSTRAINT, leaf, UM, "branch.example.com"),
        intermediates=branch.chain,
    )


@scenario(21, "An address inside the permitted network")
def address_permitted(stage: Stage) -> Case:
    """The lab's CA may certify addresses in 192.0.2.0/24, and the gateway's is one of them."""
    authority, leaf = _for_network(stage, "192.0.2.10")
    return stage.case(leaf, accepted(), intermediates=authority.chain, name="192.0.2.10")


@scenario(22, "An address outside the permitted network")
def address_not_permitted(stage: Stage) -> Case:
    """The same CA, permitted 192.0.2.0/24, and a gateway at 198.51.100.10."""
    authority, leaf = _for_network(stage, "198.51.100.10")
    return stage.case(
        leaf,
        refused(Kind.NAME_CONSTRAINT, leaf, "198.51.100.10", "192.0.2.0/24"),
        intermediates=authority.chain,
        name="198.51.100.10",
    )


@scenario(23, "A subject inside the permitted directory")
def directory_name_permitted(stage: Stage) -> Case:
    """The CA may certify subjects that begin with O=Example Office, and the UM server's does."""
    office = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example Office")])
    authority = _authority(
        stage,
        stage.root,
        "Example Office CA",
        constraints=x509.NameConstraints([x509.DirectoryName(office)], None),
    )
    return stage.case(stage.leaf(issuer=authority), accepted(), intermediates=authority.chain)


@scenario(29, "No authority key identifier")
def no_authority_key_identifier(stage: Stage) -> Case:
    """An old CA program left out the extension that tells which key signed.

    The path is found by the names all the same. RFC 5280 asks CAs for the extension and does not
    ask verifiers to refuse without it; strict ones do, among them Python from 3.13 on.
    """
    leaf = signed_again(
        stage.um,
        stage.keys.get(stage.issuing.certificate.key_fingerprint),
        without=(x509.AuthorityKeyIdentifier,),
    )
    return stage.case(leaf, accepted(Kind.NO_AKI, leaf, elsewhere="web-client openssl-strict"))


@scenario(30, "A critical extension that nobody knows")
def unknown_critical_extension(stage: Stage) -> Case:
    """The certificate carries an extension marked critical, with a number nobody here knows.

    Critical means: whoever does not understand this must not accept it. So the right answer is
    no, however good everything else looks.
    """
    unknown = ObjectIdentifier("2.999.1")
    leaf = stage.leaf(extensions=[(x509.UnrecognizedExtension(unknown, b"\x05\x00"), True)])
    return stage.case(
        leaf,
        refused(Kind.UNKNOWN_CRITICAL_EXTENSION, leaf, "2.999.1"),
    )


@scenario(31, "Reached by its address")
def reached_by_address(stage: Stage) -> Case:
    """The gateway is configured with an IP address, and the certificate names that address."""
    leaf = stage.leaf(stage.draft(UM, "192.0.2.10"))
    return stage.case(leaf, accepted(), name="192.0.2.10")


@scenario(46, "Signed with SHA-1")
def sha1_signature(stage: Stage) -> Case:
    """An old issuing CA still signs with SHA-1, of which collisions can be bought.

    Everything matches, the signature too. What it proves is no longer much.
    """
    key = KeyPair.generate(KeyType.RSA_2048)
    authority = _authority(stage, stage.root, "Example Old CA", key=key)
    leaf = signed_with_sha1(stage.leaf(issuer=authority), key)
    return stage.case(
        leaf,
        refused(Kind.WEAK_ALGORITHM, leaf, "SHA-1", "2026-09-15"),
        intermediates=authority.chain,
    )


@scenario(47, "An RSA key of 1024 bits")
def short_rsa_key(stage: Stage) -> Case:
    """A gateway from 2007 kept its first key. It was long enough then."""
    key = KeyPair(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - the point of it
    stage.keys.add(key)
    leaf = stage.leaf(key=key)
    return stage.case(
        leaf,
        refused(Kind.WEAK_KEY, leaf, "1024", "2048"),
    )


@scenario(48, "A curve that nobody vouches for")
def weak_curve(stage: Stage) -> Case:
    """The key is on a curve of 192 bits; certificates use P-256, P-384 or P-521."""
    key = KeyPair(ec.derive_private_key(0xC0FFEE, ec.SECP192R1()), lesson=True)
    stage.keys.add(key)
    leaf = stage.leaf(key=key)
    return stage.case(
        leaf,
        refused(Kind.WEAK_KEY, leaf, "secp192r1", "P-256"),
    )


def _authority(
    stage: Stage,
    above: CertificateAuthority,
    name: str,
    *,
    since: float = -700,
    constraints: x509.NameConstraints | None = None,
    key: KeyPair | None = None,
) -> CertificateAuthority:
    """An issuing CA with a name constraint, dates or a key of its own."""
    key = key or stage.key(f"{name} {since}")
    stage.keys.add(key)
    draft = stage.draft(use="issuing-ca", since=since, days=3650, common_name=name)
    certificate = stage.leaf(
        draft, issuer=above, key=key, extensions=[(constraints, True)] if constraints else ()
    )
    return CertificateAuthority(certificate, stage.keys, (above.certificate, *above.above))


def _for_network(stage: Stage, address: str) -> tuple[CertificateAuthority, Certificate]:
    network = x509.IPAddress(ipaddress.ip_network("192.0.2.0/24"))
    authority = _authority(
        stage, stage.root, "Example Lab CA", constraints=x509.NameConstraints([network], None)
    )
    return authority, stage.leaf(stage.draft(address), issuer=authority)
