"""The little SIP that asks whether a peer is there, and the answer."""

from __future__ import annotations

import pytest

from certlab.live import sip


def test_the_answer_repeats_what_it_must_and_tags_its_end() -> None:
    request = sip.options("um1.office.example", "gw1.office.example", port=5071)
    answer = sip.answer_to(request).decode()
    asked = request.decode().split("\r\n")
    for name in ("Via", "From", "Call-ID", "CSeq"):
        assert next(line for line in asked if line.startswith(f"{name}:")) in answer
    assert "To: <sip:gw1.office.example>;tag=" in answer
    assert sip.is_success(answer.encode())


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", b"OPTIONS\r\n\r\n", b"\xff\xfe\x00", b""]
)
def test_what_is_no_sip_request_gets_a_400(said: bytes) -> None:
    assert sip.first_line(sip.answer_to(said)) == "SIP/2.0 400 Bad Request"


def test_a_message_is_whole_when_the_body_it_announces_is_there() -> None:
    head = b"SIP/2.0 200 OK\r\nContent-Length: 4\r\n"
    assert not sip.is_whole(head)
    assert not sip.is_whole(head + b"\r\nabc")
    assert sip.is_whole(head + b"\r\nabcd")


def test_a_name_cannot_end_a_line_of_the_request() -> None:
    request = sip.options("um1\r\nEvil: yes", "gw1>;x\r\n\r\nBYE").decode()
    assert "Evil:" not in request.replace("um1Evil", "")
    assert request.count("\r\n\r\n") == 1
    assert all(":" in line for line in request.split("\r\n")[1:] if line)
