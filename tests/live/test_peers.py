"""Real peers: they answer, they refuse in their own words, and say clearly what is missing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from certlab.deployment import Deployment, PublishCRL, Revoke
from certlab.errors import InvalidInput, ToolUnavailable, UnknownName
from certlab.live import (
    PEERS,
    Configuration,
    Party,
    Peer,
    PeerKind,
    TlsVersion,
    Wiring,
    clock,
    programs,
    start_peer,
)
from certlab.pki import (
    CertificateAuthority,
    Draft,
    KeyPair,
    KeyStore,
    profile,
    request_certificate,
    self_signed,
)
from certlab.validation import FindingKind

StartPeer = Callable[..., Peer]
each_peer = pytest.mark.parametrize("kind", PEERS)


@each_peer
def test_a_peer_answers_who_it_trusts_and_refuses_who_it_does_not(
    start: StartPeer, kind: str, gateway: Party, um: Party
) -> None:
    peer = start(kind, gateway)
    known = peer.called_by(um)
    assert known.answered, known
    assert known.agrees
    key = KeyPair.generate()
    draft = Draft(("um1.office.example",), profile("mutual-tls"), clock())
    root = CertificateAuthority.create_root("Other root", not_before=clock() - timedelta(days=1))
    stranger = root.issue(request_certificate(draft, key), draft)
    unknown = peer.called_by(replace(um, certificate=stranger, key=key, chain=()))
    assert not unknown.answered
    assert (unknown.exchange.refused_by, unknown.agrees) == ("gw1", True)
    assert unknown.words
    assert peer.log_tail(3) or kind == "nginx"


@each_peer
def test_who_presents_no_certificate_is_refused(
    start: StartPeer, kind: str, gateway: Party, um: Party
) -> None:
    nobody = start(kind, gateway).called_by(replace(um, certificate=None, key=None))
    assert not nobody.answered
    assert nobody.exchange.refused_by == "gw1"
    assert nobody.prediction == "gw1 refuses: no certificate to present"
    words = {"nginx": "no required SSL certificate", "gnutls": "ertificate is required"}
    assert words.get(kind, "did not return a certificate") in nobody.words


@pytest.mark.parametrize("version", TlsVersion)
def test_kamailio_gives_a_sip_answer_under_both_versions_of_tls(
    start: StartPeer, gateway: Party, um: Party, version: TlsVersion
) -> None:
    answered = start("kamailio", gateway, version=version).called_by(um)
    assert answered.answered
    assert answered.exchange.version == version
    assert answered.words == "SIP/2.0 200 OK"


def test_a_caller_refuses_a_peer_that_it_does_not_trust(
    start: StartPeer, gateway: Party, um: Party
) -> None:
    distrustful = replace(um, anchors=())
    call = start("kamailio", gateway).called_by(distrustful)
    assert (call.exchange.refused_by, call.agrees) == ("um1", True)
    assert call.finding is not None
    assert call.finding.kind is FindingKind.UNTRUSTED_ROOT


def test_kamailio_relays_to_a_peer_as_a_client_and_checks_it(
    start: StartPeer, office: Deployment, gateway: Party, um: Party
) -> None:
    peer = start("kamailio", gateway)
    passed_on = peer.calls(um)
    assert passed_on.answered, passed_on
    assert passed_on.agrees
    began = clock() - timedelta(days=40)
    draft = Draft(("um1.office.example",), profile("mutual-tls"), began, timedelta(days=30))
    key = KeyPair.generate()
    ended = office.authorities["Lab PKI"].ca.issue(request_certificate(draft, key), draft)
    refused = peer.calls(replace(um, certificate=ended, key=key))
    assert not refused.answered
    assert (refused.exchange.refused_by, refused.agrees) == ("gw1", True)
    assert refused.exchange.alert == "certificate expired"


@pytest.mark.parametrize("other", ["kamailio", "stunnel"])
def test_kamailio_relays_to_another_real_peer_or_one_of_them_refuses(
    start: StartPeer, gateway: Party, um: Party, other: str
) -> None:
    peer = start("kamailio", gateway)
    passed_on = peer.calls(start(other, um))
    assert passed_on.answered, passed_on
    assert passed_on.agrees
    key = KeyPair.generate()
    draft = Draft(("um1.office.example",), profile("mutual-tls"), clock() - timedelta(hours=1))
    unknown = replace(um, certificate=self_signed(draft, key), key=key, chain=())
    distrusted = peer.calls(start(other, unknown))
    assert not distrusted.answered
    assert (distrusted.exchange.refused_by, distrusted.agrees) == ("gw1", True)
    distrustful = peer.calls(start(other, replace(um, anchors=unknown.sends)))
    assert not distrustful.answered
    assert (distrustful.exchange.refused_by, distrustful.agrees) == ("um1", True)


def test_a_revoked_caller_is_refused_by_a_kamailio_that_has_the_lists(
    start: StartPeer, office: Deployment
) -> None:
    revoked = office.run(Revoke("Lab PKI", "um1"), PublishCRL("Lab PKI"))
    um, gateway = Party.of(revoked, "um1"), Party.of(revoked, "gw1")
    with_lists = start("kamailio", gateway).called_by(um)
    assert (with_lists.answered, with_lists.agrees) == (False, True)
    assert with_lists.exchange.alert == "certificate revoked"
    without = start("kamailio", replace(gateway, crls=())).called_by(um)
    assert (without.answered, without.agrees) == (True, True)


# --- the split pair of 2027 ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def halves() -> dict[str, Any]:
    """A public CA that certifies servers alone, a private one for clients, and both parties."""
    keys, since = KeyStore(), clock() - timedelta(days=1)
    public, private = (
        CertificateAuthority.create_root(name, not_before=since, keys=keys)
        for name in ("Public root", "Private root")
    )
    roots = public.certificate, private.certificate

    def party(name: str, host: str, use: str, authority: CertificateAuthority) -> Party:
        key = KeyPair.generate()
        draft = Draft((host,), profile(use), since, timedelta(days=90))
        certificate = authority.issue(request_certificate(draft, key), draft)
        return Party(name, certificate, key, anchors=roots, host=host)

    return {
        "server half": party("gw1", "gw1.office.example", "tls-server", public),
        "client half": party("gw1", "gw1.office.example", "tls-client", private),
        "um": party("um1", "um1.office.example", "mutual-tls", private),
    }


def test_one_server_certificate_of_2027_answers_callers_and_fails_as_a_client(
    start: StartPeer, halves: dict[str, Any]
) -> None:
    peer = start("kamailio", halves["server half"])
    called = peer.called_by(halves["um"])
    assert (called.answered, called.agrees) == (True, True)
    calling = peer.calls(halves["um"])
    assert not calling.answered
    assert (calling.exchange.refused_by, calling.agrees) == ("um1", True)
    assert calling.words == "unsuitable certificate purpose"
    assert calling.finding is not None
    assert calling.finding.kind is FindingKind.PURPOSE


def test_a_split_pair_works_in_both_directions(start: StartPeer, halves: dict[str, Any]) -> None:
    peer = start("kamailio", halves["server half"], client=halves["client half"])
    for call in (peer.called_by(halves["um"]), peer.calls(halves["um"])):
        assert call.answered, call
        assert call.agrees


# --- clear words --------------------------------------------------------------------------------


def test_a_missing_tool_says_how_to_install_it(
    gateway: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerKind, "path", None)
    with pytest.raises(ToolUnavailable, match="apt install kamailio kamailio-tls-modules"):
        start_peer("kamailio", gateway)


def test_a_server_that_does_not_start_is_quoted(
    gateway: Party, require_tool: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("nginx")
    broken = Configuration({"nginx.conf": "evnts {}"}, PEERS["nginx"].serve(Wiring()).command)
    kind = replace(PEERS["nginx"], serve=lambda wiring: broken)
    monkeypatch.setitem(PEERS, "nginx", kind)  # type: ignore[arg-type]  # a dict, for readers a Mapping
    with pytest.raises(ToolUnavailable, match=r"did not get ready\. It says: .*emerg"):
        start_peer("nginx", gateway)


def test_a_port_that_somebody_took_first_is_tried_again_elsewhere(
    require_tool: Callable[[str], str], gateway: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("openssl")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], programs.free_port()])
        monkeypatch.setattr("certlab.live.peers.free_port", lambda: next(ports))
        with start_peer("openssl", gateway) as peer:
            assert peer.port != taken.getsockname()[1]


@pytest.mark.parametrize("lacking", ["certificate", "key", "anchors"])
def test_a_party_that_lacks_something_does_not_start_as_a_server(
    gateway: Party, require_tool: Callable[[str], str], lacking: str
) -> None:
    require_tool("openssl")
    missing: dict[str, Any] = {lacking: () if lacking == "anchors" else None}
    with pytest.raises(InvalidInput):
        start_peer("openssl", replace(gateway, **missing))


def test_a_key_of_another_certificate_is_noticed_before_a_server_starts(
    gateway: Party, um: Party, require_tool: Callable[[str], str]
) -> None:
    require_tool("openssl")
    with pytest.raises(InvalidInput, match="is not its certificate's"):
        start_peer("openssl", replace(gateway, key=um.key))


def test_an_unknown_kind_of_peer_names_those_there_are(gateway: Party) -> None:
    with pytest.raises(UnknownName, match="kamailio"):
        start_peer("freeswitch", gateway)


def test_a_web_server_does_not_call(start: StartPeer, gateway: Party, um: Party) -> None:
    with pytest.raises(InvalidInput, match="does not call"):
        start("nginx", gateway).calls(um)


def test_no_private_key_shows_in_a_peer(start: StartPeer, gateway: Party, um: Party) -> None:
    peer = start("kamailio", gateway)
    shown = repr(peer) + repr(peer.configuration) + repr(peer.called_by(um)) + peer.log
    assert "PRIVATE KEY" not in shown
    assert "kamailio" in repr(peer).lower()
