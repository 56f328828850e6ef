"""Scenarios about what stands in a store, and how the way to it is found."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509

from ..pki import CertificateAuthority, Draft, profile
from ..validation import FindingKind as Kind
from ..validation import Remedy
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
)


@scenario(8, "A root of the same name, and another key")
def root_of_the_same_name(stage: Stage) -> Case:
    """The office made its root anew, under its old name. The gateway still holds the old one.

        store: Example Root CA (old key)  Example Root CA (new key)
                                                 |
        sent:                             Example Issuing CA
                                                 |
        sent:                             um01.example.com

    Both look alike on screen. A root is its key, and this key signed nothing here.
    """
    other = stage.new_root("Example Root CA", seed="old")
    return stage.case(
        stage.um,
        refused(
            Kind.SAME_NAME_OTHER_KEY,
            stage.issuing.certificate,
            "Example Root CA",
            remedy=Remedy.IMPORT_ANCHOR,
        ),
        anchors=(other.certificate,),
    )


@scenario(24, "Self-signed, and imported")
def self_signed_imported(stage: Stage) -> Case:
    """The UM server made its own certificate, and the gateway's administrator imported it.

    Nobody vouches for it, and nobody needs to: this very key is in the store.
    """
    leaf = stage.self_signed()
    return stage.case(leaf, accepted(), intermediates=(), anchors=(leaf,))


@scenario(25, "Self-signed with the least that will do")
def self_signed_bare(stage: Stage) -> Case:
    """A self-signed certificate with a name and its uses, and no other extension.

    Many gateways make such ones. RFC 5280 has no objection to an imported one; strict verifiers
    ask for key identifiers and basic constraints, so the trace says who will refuse it.
    """
    full = stage.self_signed()
    leaf = signed_again(
        full,
        stage.keys.get(full.key_fingerprint),
        without=(
            x509.BasicConstraints,
            x509.KeyUsage,
            x509.SubjectKeyIdentifier,
            x509.AuthorityKeyIdentifier,
        ),
    )
    return stage.case(
        leaf,
        accepted(Kind.NO_AKI, leaf, elsewhere="web-client"),
        intermediates=(),
        anchors=(leaf,),
    )


@scenario(26, "Self-signed, and not imported")
def self_signed_not_imported(stage: Stage) -> Case:
    """A fresh self-signed certificate meets a gateway that has never heard of it.

    Every device refuses it until it is imported there, one by one.
    """
    leaf = stage.self_signed()
    return stage.case(
        leaf,
        refused(Kind.NOT_IMPORTED, leaf, UM, remedy=Remedy.IMPORT_ANCHOR),
        intermediates=(),
    )


@scenario(27, "A certificate from a CA, itself imported")
def leaf_pinned(stage: Stage) -> Case:
    """The gateway's store holds the UM server's own certificate, and no CA.

    For RFC 5280 an anchor is a key one trusts, whatever its certificate looks like. OpenSSL by
    default wants to see a self-signed one at the end and goes on looking for the issuer.
    """
    return stage.case(
        stage.um,
        accepted(Kind.PINNED_LEAF, stage.um, elsewhere=LIKE_OPENSSL),
        intermediates=(),
        anchors=(stage.um,),
    )


@scenario(28, "Only the issuing CA in the store")
def issuing_ca_pinned(stage: Stage) -> Case:
    """Somebody imported the issuing CA into the root store and left the root out.

    It works here, by a store that holds “Example Issuing CA” and not “Example Root CA”. OpenSSL
    by default refuses it: what it finds in the store is not the end of the chain. With the root
    in the root store all agree, and the issuing CA need not be there.
    """
    issuing = stage.issuing.certificate
    return stage.case(
        stage.um,
        accepted(Kind.PARTIAL_CHAIN, issuing, elsewhere=LIKE_OPENSSL),
        intermediates=(),
        anchors=(issuing,),
    )


@scenario(32, "Imported, and expired all the same")
def pinned_and_expired(stage: Stage) -> Case:
    """The self-signed certificate was imported two years ago and lived for one.

    Being in the store makes a key trusted. It does not stop the clock: peers refuse it on the
    day it ends, and the new one has to be imported everywhere again.
    """
    leaf = stage.self_signed(stage.draft(UM, since=-730, days=365))
    return stage.case(
        leaf,
        refused(Kind.EXPIRED, leaf, f"{leaf.not_after:%Y-%m-%d}"),
        intermediates=(),
        anchors=(leaf,),
    )


@scenario(33, "The same names, another key")
def same_name_other_key(stage: Stage) -> Case:
    """The UM server was set up anew and made another self-signed certificate.

        store: first key    subject and issuer: um01.example.com
        sent:  second key   subject and issuer: um01.example.com

    Issuer equals subject in both, and they are equal to each other. What the gateway trusts is
    the first key.
    """
    imported, sent = stage.self_signed(label="first key"), stage.self_signed(label="second key")
    return stage.case(
        sent,
        refused(Kind.SAME_NAME_OTHER_KEY, sent, "key", remedy=Remedy.IMPORT_ANCHOR),
        intermediates=(),
        anchors=(imported,),
    )


@scenario(34, "What importing a CA:TRUE certificate meant")
def imported_ca_mints(stage: Stage) -> Case:
    """A UM server's self-signed certificate says CA:TRUE, and it was imported as a root.

        store: um01.example.com     CA:TRUE
                    |
        sent:  gw01.example.com     made with the UM server's key

    The gateway never asked for this certificate. Whoever holds the UM server's key can now be
    anybody. All is in order by the rules, so it is accepted, with a warning.
    """
    um = stage.self_signed(stage.draft(UM, ca=True))
    minted = stage.leaf(stage.draft(GATEWAY), issuer=CertificateAuthority(um, stage.keys))
    return stage.case(
        minted,
        accepted(Kind.CA_PINNED_AS_ROOT, um, UM),
        intermediates=(),
        anchors=(um,),
        name=GATEWAY,
    )


@scenario(35, "Two ways up, and the first is closed")
def first_path_expired(stage: Stage) -> Case:
    r"""A new root is not in the gateway's store yet, so two older roots vouch for it.

        store: Example North Root     Example South Root
                       |                      |
               Example East Root      Example East Root
               (expired)              (good)
                         \            /
                       Example Issuing CA
                              |
                       um01.example.com

    The way over North has ended. A verifier that gives up there is wrong: it has to go back and
    try South.
    """
    north, south, east = (
        stage.new_root(f"Example {where} Root") for where in ("North", "South", "East")
    )
    over_north, over_south = (
        stage.leaf(
            Draft((), profile("root-ca"), stage.day(since), timedelta(days=700), east.name),
            issuer=root,
            key=stage.keys.get(east.certificate.key_fingerprint),
        )
        for root, since in ((north, -800), (south, -100))
    )
    issuing = east.create_issuing(
        "Example Issuing CA", source=stage.source, not_before=stage.day(-700)
    )
    return stage.case(
        stage.leaf(issuer=issuing),
        accepted(),
        intermediates=(issuing.certificate, over_north, over_south),
        anchors=(north.certificate, south.certificate),
    )


@scenario(43, "The key of another certificate")
def key_of_another(stage: Stage) -> Case:
    """The administrator pairs the new certificate with the key file of the old one.

    The chain is fine, and whoever only looks at the chain sees nothing. The key does not belong
    to the public key in the certificate, so the handshake could never be signed: the step that
    installs the pair has to refuse it.
    """
    return stage.case(stage.um, accepted(key_fits=False), key=stage.key("the old key"))


@scenario(44, "Sent in the wrong order, with strangers in between")
def wrong_order(stage: Stage) -> Case:
    """The server sends root, issuing CA and two certificates that belong to no path here.

    The order of what is sent is a courtesy. A verifier takes what fits and leaves the rest.
    """
    stranger = stage.new_root("Example Elsewhere CA")
    return stage.case(
        stage.um,
        accepted(),
        intermediates=(
            stranger.certificate,
            stage.leaf(stage.draft(GATEWAY)),
            stage.root.certificate,
            stage.issuing.certificate,
        ),
    )


@scenario(45, "A maze made to keep a verifier busy")
def maze(stage: Stage) -> Case:
    """Nine CAs of one name certify each other, and none of them leads to the store.

        sent:  Maze CA <-> Maze CA <-> Maze CA ...
        store: another root named Maze CA

    The ways through them are counted in hundreds of thousands, and names tell nothing, since all
    are equal. A verifier must stop at some point and
    refuse, and say that it stopped for that reason.
    """
    name = "Maze CA"
    draft = stage.draft(use="root-ca", since=-100, days=3000, common_name=name)
    keys = [stage.key(f"maze {number}") for number in range(9)]
    own = [stage.self_signed(draft, label=f"maze {number}") for number in range(9)]
    identifiers = (x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier)
    cross = tuple(
        signed_again(subject, issuer, without=identifiers)
        for subject in own
        for issuer in keys
        if issuer.fingerprint != subject.key_fingerprint
    )
    leaf = signed_again(
        stage.leaf(issuer=CertificateAuthority(own[0], stage.keys)), keys[0], without=identifiers
    )
    anchor = stage.self_signed(draft, label="the way out")
    return stage.case(
        leaf,
        refused(Kind.BUDGET_EXHAUSTED, None, remedy=Remedy.SIMPLIFY),
        intermediates=cross,
        anchors=(anchor,),
    )
