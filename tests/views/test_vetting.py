"""What the registration authority decides shows itself: approved, or refused with every reason."""

from __future__ import annotations

from datetime import UTC, datetime

from certlab.pki import Draft, KeyPair, RegistrationAuthority, profile, request_certificate
from certlab.views import vetting_view

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DESK = RegistrationAuthority({"um1.office.example"})


def shown(*names: str) -> str:
    request = request_certificate(Draft(names, profile("mutual-tls"), NOW), KeyPair.generate())
    return vetting_view(DESK.vet(request))


def test_an_approved_request_says_so() -> None:
    assert "would be approved" in shown("um1.office.example")


def test_a_refused_request_shows_each_reason() -> None:
    view = shown("bank.example", "192.0.2.1")
    assert "This request is refused" in view
    assert view.count("✗") == 2
    assert "bank.example is not a name of this estate" in view
