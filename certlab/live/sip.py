"""Just enough SIP to ask a peer whether it is there: OPTIONS and its answer (RFC 3261 section 11).

A call counts only when this answer arrives; a handshake that returned proves nothing.
"""

from __future__ import annotations

import secrets

_COPIED = ("via", "v", "record-route", "from", "f", "to", "t", "call-id", "i", "cseq")


def options(
    caller: str,
    called: str,
    *,
    transport: str = "TLS",
    at: str = "127.0.0.1",
    port: int = 5061,
    via: str = "",
) -> bytes:
    """An OPTIONS request from one host to another, reached at this address and port.

    ``via`` is the transport to the next hop, where that is another than to the one called.
    """
    caller, called = host_part(caller), host_part(called)
    return _message(
        f"OPTIONS sip:{called}@{at}:{port};transport={transport.lower()} SIP/2.0",
        f"Via: SIP/2.0/{via or transport} {caller};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        f"From: <sip:{caller}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{called}>",
        f"Call-ID: {secrets.token_hex(8)}@{caller}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:{caller};transport={transport.lower()}>",
        "Accept: application/sdp",
    )


def answer_to(request: bytes) -> bytes:
    """The answer to a request: 200 to OPTIONS, else 400 (RFC 3261 section 8.2.6)."""
    lines = request.decode("utf-8", "replace").split("\r\n\r\n")[0].split("\r\n")
    if not (lines[0].startswith("OPTIONS ") and lines[0].endswith(" SIP/2.0")):
        return _message("SIP/2.0 400 Bad Request")
    copied = []
    for line in lines[1:]:
        name = line.partition(":")[0].strip().lower()
        if name in _COPIED:
            tag = (
                f";tag={secrets.token_hex(4)}"
                if name in ("to", "t") and ";tag=" not in line
                else ""
            )
            copied.append(line + tag)
    return _message("SIP/2.0 200 OK", *copied, "Allow: OPTIONS")


def is_whole(data: bytes) -> bool:
    """Whether a message has arrived with all of the body it announces."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"content-length", b"l") and value.strip().isdigit():
            return len(body) >= int(value)
    return True


def first_line(data: bytes) -> str:
    """The first line of a message: for an answer, its status line."""
    return data.partition(b"\n")[0].strip().decode("utf-8", "replace")


def is_success(data: bytes) -> bool:
    """Whether this is an answer that says yes (2xx)."""
    return first_line(data).startswith("SIP/2.0 2")


def host_part(name: str) -> str:
    """A name as the host of a SIP URI; what could end a header line or a URI is left out."""
    kept = "".join(c for c in name if c.isascii() and (c.isalnum() or c in ".-_"))
    return kept.lstrip("-") or "unnamed"


def _message(*lines: str) -> bytes:
    return "\r\n".join((*lines, "Content-Length: 0", "", "")).encode()
