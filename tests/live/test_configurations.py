"""Configurations are pure text: the same for a peer here and a device's folder, and harmless."""

from __future__ import annotations

import re

import pytest

from certlab.errors import InvalidInput
from certlab.live import CONFIGURATIONS, TlsVersion, Wiring
from certlab.live import configurations as to

GATEWAY = Wiring(
    host="gw1.office.example",
    address="192.0.2.10",
    folder="/etc/certlab",
    has_crls=True,
    peers=("um1.office.example", "um2.office.example"),
)
each = pytest.mark.parametrize("key", CONFIGURATIONS)


def text_of(key: str, wiring: Wiring) -> str:
    made = CONFIGURATIONS[key](wiring)
    return "\n".join([*made.files.values(), " ".join(made.command)])


@each
def test_a_configuration_names_its_files_where_they_lie(key: str) -> None:
    text = text_of(key, GATEWAY)
    for file in (to.CERTIFICATE, to.KEY):
        assert f"/etc/certlab/{file}" in text
    assert "/etc/certlab/roots" in text
    assert CONFIGURATIONS[key](GATEWAY).command


@each
def test_a_configuration_demands_a_certificate_of_who_calls(key: str) -> None:
    demand = {
        "kamailio": r"\[server:default\][^[]*require_certificate = yes",
        "asterisk": "require_client_cert=yes",
        "nginx": "ssl_verify_client on;",
        "stunnel": "requireCert = yes",
        "openssl": "-Verify ",
        "gnutls": "--require-client-cert",
    }[key]
    assert re.search(demand, text_of(key, GATEWAY))


@pytest.mark.parametrize("key", sorted(set(CONFIGURATIONS) - {"gnutls"}))
def test_a_server_listens_where_it_is_told_and_by_default_on_loopback(key: str) -> None:
    assert "192.0.2.10:5061" in text_of(key, GATEWAY)
    assert "127.0.0.1:5061" in text_of(key, Wiring())
    assert "0.0.0.0" not in text_of(key, Wiring())


def test_kamailio_presents_the_other_half_of_a_split_pair_when_it_calls() -> None:
    server, client = to.kamailio_tls_cfg(Wiring(split=True)).split("[client:default]")
    assert f"certificate = {to.CERTIFICATE}" in server
    assert f"certificate = {to.CLIENT_CERTIFICATE}" in client
    assert f"private_key = {to.CLIENT_KEY}" in client
    one_for_both = to.kamailio_tls_cfg(Wiring())
    assert one_for_both.count(f"certificate = {to.CERTIFICATE}") == 2


def test_kamailio_relays_to_its_peers_and_to_nobody_else() -> None:
    alone = to.kamailio_cfg(Wiring())
    assert "t_relay" not in alone
    text = to.kamailio_cfg(GATEWAY)
    assert '$rd == "um1.office.example" || $rd == "um2.office.example"' in text
    assert text.count("t_relay()") == 1


def test_asterisk_says_that_it_was_not_run_and_calls_its_peers_over_tls() -> None:
    made = CONFIGURATIONS["asterisk"](GATEWAY)
    assert "checked by hand" in made.note
    text = made.files["pjsip.conf"]
    assert r"contact=sip:um1.office.example:5061\;transport=tls" in text
    assert "media_encryption" not in text
    secured = CONFIGURATIONS["asterisk"](Wiring(peers=("um1.office.example",), srtp=True))
    assert "media_encryption=sdes" in secured.files["pjsip.conf"]


@pytest.mark.parametrize("version", TlsVersion)
@each
def test_a_configuration_can_be_held_to_one_version_of_tls(key: str, version: TlsVersion) -> None:
    text = text_of(key, Wiring(version=version)).lower().replace("_", ".")
    other = {"1.2": "1.3", "1.3": "1.2"}[version[-3:]]
    if (key, version) == ("kamailio", TlsVersion.TLS_1_3):
        assert "tlsv1.2+" in text  # it has no word for TLS 1.3 alone
        return
    assert re.search(rf"(tlsv?|vers-tls){re.escape(version[-3:])}", text)
    assert not re.search(rf"(tlsv?|vers-tls){re.escape(other)}", text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": 'x"; exec("evil'},
        {"host": "x\nloadmodule"},
        {"address": "127.0.0.1; deny"},
        {"peers": ('um1") { drop(); } if ($rd == "',)},
        {"upstream": "localhost:5060\nexec = evil"},
        {"folder": "/tmp/x\nprivate_key = /etc/shadow"},
        {"folder": '/tmp/";evil'},
        {"folder": "/tmp/$evil"},
        {"port": 0},
        {"port": 70000},
        {"clear_port": -1},
    ],
)
def test_what_does_not_belong_into_a_configuration_is_not_written_into_one(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(InvalidInput):
        Wiring(**wrong)  # type: ignore[arg-type]  # wrong on purpose
