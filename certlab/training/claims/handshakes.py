"""What travels: C01, C02, C09, C10, C15, C18 and C22, by calls that really take place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives import hashes

from ...deployment import SelfSigned
from ...live import Contexts, Party, TlsVersion, mutual_tls, sip
from ...live.ends import End, Talk, in_memory
from ...pki import self_signed
from .certificates import verifies
from .claim import Seen
from .stage import GATEWAY, UM, chain, draft, key, lab, now, outcome, refusal, shown

_SYMMETRIC = ("AES128", "AES256", "CHACHA20")


def _pair() -> tuple[Party, Party]:
    """A gateway and a UM server that hold each other's self-signed certificate."""
    house = lab(SelfSigned(), at=now())
    return Party.of(house, "gw1"), Party.of(house, "um1")


def identifies_who_holds_its_key() -> Seen:
    """Call um1, and then a thief who has copied um1's certificate and not its key."""
    gw1, um1 = _pair()
    thief = replace(um1, key=key("thief"))
    yield "whom the certificate names", um1.certificate and um1.certificate.dns_names, (UM,)
    yield "um1 with its key", outcome(mutual_tls(gw1, um1)), "answered"
    mismatch = "the private key is not the one this certificate is about"
    yield "the thief", refusal(lambda: mutual_tls(gw1, thief)), mismatch


def channel_has_its_own_keys() -> Seen:
    """Call twice with the same certificates, and read what was agreed and what was sent."""
    pair = _pair()
    first, second = (mutual_tls(*pair, version=TlsVersion.TLS_1_2) for _ in range(2))
    agreement, authentication, records = _parts(first.cipher)
    yield "both calls", {outcome(first), outcome(second)}, {"answered"}
    yield "what makes the keys of a call", agreement, "ECDHE"
    yield "what the certificates are for", authentication, "ECDSA"
    yield "what hides the records is symmetric", records in _SYMMETRIC, True
    shares = {_messages(exchange.wire)[16] for exchange in (first, second)}
    yield "keys agreed on in two calls", len(shares), 2


def nothing_is_encrypted_with_the_key_pair() -> Seen:
    """Call with EC certificates: their keys can sign, and cannot encrypt."""
    house = lab(SelfSigned(), at=now())
    exchange = mutual_tls(*_pair(), version=TlsVersion.TLS_1_2)
    yield "the call", outcome(exchange), "answered"
    yield "um1's public key can encrypt", hasattr(shown(house, "um1").public_key, "encrypt"), False
    yield "what its certificate allows", shown(house, "um1").key_usage, {"digitalSignature"}
    yield "a symmetric cipher hid the call", _parts(exchange.cipher)[2] in _SYMMETRIC, True


def authentic_whole_and_secret() -> Seen:
    """Let somebody stand in the middle: pretend to be um1, change a byte, read along."""
    (gw1, um1), own = _pair(), key("impostor")
    impostor = replace(um1, certificate=self_signed(draft(at=now()), own), key=own)
    meddled, quiet = mutual_tls(gw1, um1, on_the_way=_flip), mutual_tls(gw1, um1)
    yield "an impostor", outcome(mutual_tls(gw1, impostor)), "gw1 refuses (unknown ca)"
    yield "a byte changed", outcome(meddled), "um1 refuses (bad record mac)"
    yield "nothing changed", outcome(quiet), "answered"
    yield "the request can be read on the way", b"OPTIONS" in quiet.wire, False


def in_clear_and_under_tls() -> Seen:
    """Carry one SIP request in clear and under TLS: read it on the way, and change who sends it."""
    for contexts, words, clear in ((None, "in clear", True), (Contexts(), "under TLS", False)):
        calling, _ = _talk(contexts)
        yield f"{words}: answered", calling.answered, True
        yield f"{words}: the request can be read", b"OPTIONS sip:" in calling.wire, clear
    calling, called = _talk(None, lambda data: data.replace(b"gw1", b"gw9"))
    changed = b"gw9" in called.received and calling.answered
    yield "changed in clear: read so and answered", changed, True
    calling, called = _talk(Contexts(), _flip)
    yield "changed under TLS: read or answered", bool(called.received or calling.answered), False


def public_key_verifies_a_signature() -> Seen:
    """Cut um1's signature out of a real handshake, and verify it with um1's certificate."""
    calling, called = _talk(Contexts(TlsVersion.TLS_1_2))
    asked, told = _messages(bytes(calling.wire)), _messages(bytes(called.wire))
    exchange = told[12]  # ServerKeyExchange (RFC 8422 section 5.4): parameters, signature
    end = 4 + exchange[3]
    signature = exchange[end + 4 :]
    data = asked[1][2:34] + told[2][2:34] + exchange[:end]  # both random values come first
    hash_made = {4: hashes.SHA256(), 5: hashes.SHA384(), 6: hashes.SHA512()}[exchange[end]]
    leaf = chain().leaf  # the same key as in the call
    yield "the call was answered", calling.answered, True
    yield "its public key verifies", verifies(leaf, signature, data, hash_made), True
    yield "and over other bytes", verifies(leaf, signature, data + b"\0", hash_made), False
    yield "it can decrypt", hasattr(leaf.public_key, "decrypt"), False


def server_only_cannot_call() -> Seen:
    """Let gw1 call and be called with a certificate for both roles, then with one for servers."""
    issued = chain(at=now())
    um1 = issued.party("um1", UM)
    for use, calls in (
        ("mutual-tls", "answered"),
        ("tls-server", "um1 refuses (unsupported certificate)"),
    ):
        gw1 = issued.party("gw1", GATEWAY, use)
        yield f"{use}: gw1 is called", outcome(mutual_tls(um1, gw1)), "answered"
        yield f"{use}: gw1 calls", outcome(mutual_tls(gw1, um1)), calls


# --- a talk whose both ends can be looked at ----------------------------------------------------


def _talk(
    contexts: Contexts | None, on_the_way: Callable[[bytes], bytes] | None = None
) -> tuple[End, End]:
    """A call from gw1 to um1; without contexts in clear."""
    issued = chain(at=now())
    gw1, um1 = issued.party("gw1", GATEWAY), issued.party("um1", UM)
    request = Talk(sip.options(GATEWAY, UM))
    if contexts is None:
        calling, called = End("gw1", None, request), End("um1", None, None)
    else:
        calling = End("gw1", contexts.of(gw1, um1, server=False), request, host=UM)
        called = End("um1", contexts.of(um1, gw1, server=True), None)
    in_memory(calling, called, on_the_way)
    return calling, called


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def _parts(cipher: str | None) -> list[str]:
    """The parts of a TLS 1.2 suite: key agreement, authentication, and what hides the records."""
    return (cipher or "--").split("-")[:3]


def _messages(wire: bytes) -> dict[int, bytes]:
    """The handshake messages that one side sent in clear, by type (RFC 5246 section 7.4)."""
    clear, messages = b"", {}
    while wire and wire[0] == 22:
        end = 5 + int.from_bytes(wire[3:5])
        clear, wire = clear + wire[5:end], wire[end:]
    while clear:
        end = 4 + int.from_bytes(clear[1:4])
        messages[clear[0]], clear = clear[4:end], clear[end:]
    return messages
