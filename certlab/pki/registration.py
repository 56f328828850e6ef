"""The registration authority: it checks who asks before a CA signs, and says why it refuses."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from cryptography import x509

from .issuing import CertificateRequest
from .keys import describe_key


@dataclass(frozen=True, slots=True)
class Vetting:
    """What was decided on one request, and why. ``notes`` tell what differs from what was asked."""

    request: CertificateRequest
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def approved(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class RegistrationAuthority:
    """Vets requests: proof of possession, names that belong to the estate, a strong enough key.

    ``allowed_names`` are fully qualified names in lower case, and ``scope`` says in words what they
    are. It signs nothing itself: vetting and issuing are separate duties (claim C50).
    """

    allowed_names: Container[str]
    scope: str = "a name of this estate"
    least_rsa_bits: int = 2048

    def vet(self, request: CertificateRequest) -> Vetting:
        """Approve a request, or refuse it with every reason found."""
        reasons = []
        if not request.proves_possession:
            reasons.append("the request is not signed by the key it carries")
        names = request.alternative_names
        if not names:
            reasons.append("the request asks for no subject alternative name")
        reasons.extend(
            f"{name.value} is not {self.scope}"
            for name in names
            if not isinstance(name, x509.DNSName) or name.value.lower() not in self.allowed_names
        )
        kind, bits = describe_key(request.public_key)
        if kind.startswith("RSA") and bits < self.least_rsa_bits:
            reasons.append(f"the key is {kind}; at least {self.least_rsa_bits} bits are needed")
        return Vetting(request, tuple(reasons))
