"""What a program is started with: no name of anybody's becomes an option, no secret an argument."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from certlab.errors import InvalidInput
from certlab.live import PEERS, Party, Peer, Wiring, clock, opinions
from certlab.pki import Draft, KeyPair, as_pkcs12, profile, read_contents, self_signed

StartPeer = Callable[..., Peer]
HOSTILE = ("-config=/etc/passwd", "--help", "gw1; touch /tmp/x", "$(reboot)", "gw\n-engine\nx")
VALUE_OF = {"-verify_hostname", "-verify_ip", "-verify_email", "-servername", "--verify-hostname"}
"""The options after which the name of a peer may stand: they take the next word, whatever it is."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of every program that is started; those started by a keeper without its own."""
    seen: list[list[str]] = []
    real = subprocess.Popen.__init__

    def watch(self: Any, words: Any, *others: Any, **options: Any) -> None:
        assert isinstance(words, list), "a list of arguments, not a line for a shell"
        assert not options.get("shell")
        seen.append([str(word) for word in words])
        real(self, words, *others, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", watch)
    return seen


def strays(words: list[str], name: str) -> list[str]:
    """The arguments in which the name stands, but those that are the value of a name's option."""
    options = ["", *words]
    return [
        word for before, word in zip(options, words, strict=False)
        if name in word and before not in VALUE_OF
    ]  # fmt: skip


def named(name: str) -> Party:
    """A party of this name, at this host, with it in its certificate."""
    key = KeyPair.generate()
    draft = Draft(("gw1.office.example",), profile("mutual-tls"), clock(), common_name=name,
                  organization=name)  # fmt: skip
    certificate = self_signed(draft, key)
    return Party(name, certificate, key, anchors=(certificate,), host=name)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", PEERS)
def test_a_peer_s_program_is_started_with_no_word_of_its_name(
    start: StartPeer, started: list[list[str]], kind: str, name: str
) -> None:
    peer = start(kind, named(name))
    assert peer.running
    assert started
    assert not [stray for words in started for stray in strays(words, name)]


@pytest.mark.parametrize("name", [*HOSTILE, "", "um1\0.office.example"])
@pytest.mark.parametrize("kind", ["openssl", "gnutls"])
def test_a_client_is_not_started_for_a_host_that_has_no_host_s_name(
    start: StartPeer, started: list[list[str]], gateway: Party, um: Party, kind: str, name: str
) -> None:
    with pytest.raises(InvalidInput, match="not a DNS name"):
        start(kind, gateway).calls(replace(um, host=name))
    assert len(started) == 1, "the server alone"


@pytest.mark.parametrize("kind", ["openssl", "gnutls"])
def test_a_client_is_given_a_host_s_name_as_certificates_carry_it(
    start: StartPeer, started: list[list[str]], gateway: Party, um: Party, kind: str
) -> None:
    start(kind, gateway).calls(replace(um, host="B\u00fccher.example"))
    option = {"openssl": "-verify_hostname", "gnutls": "--verify-hostname"}[kind]
    assert started[1][started[1].index(option) + 1] == "xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["-help@office.example", "sip:-help@office.example"])
def test_openssl_is_asked_about_a_hostile_name_as_a_value(
    started: list[list[str]], um: Party, name: str
) -> None:
    assert um.certificate is not None
    opinions(um.certificate, anchors=um.anchors, at=clock(), purpose="server", name=name)
    asked = [words for words in started if "verify" in words]
    assert asked
    assert not [stray for words in asked for stray in strays(words, "-help")]


@pytest.mark.parametrize("address", ["-x", "--priority=NONE", "-"])
def test_an_address_that_would_be_read_as_an_option_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        Wiring(address=address)


def test_a_passphrase_is_no_argument_for_everybody_here_to_see(
    started: list[list[str]], um: Party
) -> None:
    secret = "correct horse battery staple"
    assert um.certificate is not None
    assert um.key is not None
    data = as_pkcs12(um.key, um.certificate, passphrase=secret, name="um1")
    assert read_contents(data, secret).certificates[0] == um.certificate
    assert started
    assert not [word for words in started for word in words if "horse" in word]
