"""What will come of a call, said before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..deployment import Deployment, SecurityMode
from ..errors import UnknownName
from ..validation import OPENSSL_DEFAULT, Purpose, Verdict, VerificationPolicy
from .parties import Party, clock, crls_today
from .peer_kinds import PEERS
from .tries import Foretold, Verdicts


@dataclass(frozen=True, repr=False)
class Prediction(Foretold):
    """What the verdicts say of a call that nobody has made yet, by this computer's clock."""

    caller: Party = field(repr=False)
    called: Party = field(repr=False)
    verdicts: Verdicts
    security: SecurityMode

    @property
    def predicted_refusal(self) -> str | None:
        """Who will refuse, or None. In clear nobody does."""
        return super().predicted_refusal if self.security.needs_mutual_tls else None

    def __repr__(self) -> str:
        return f"Prediction({self.caller.name} calls {self.called.name}: {self.prediction})"


def predict(
    deployment: Deployment,
    caller: str,
    called: str,
    *,
    policy: VerificationPolicy = OPENSSL_DEFAULT,
    played_by: Mapping[str, str] | None = None,
) -> Prediction:
    """Say what ``call`` will see between these two devices, without calling.

    ``played_by`` names devices whose part a real peer takes, such as ``{"gw1": "kamailio"}``: they
    are taken to judge by that peer's preset, the others by ``policy``. Raises ``UnknownName``.
    """
    crls = crls_today(deployment)
    ends = (
        Party.of(deployment, caller, Purpose.CLIENT, crls=crls),
        Party.of(deployment, called, Purpose.SERVER, crls=crls),
    )
    link = deployment.inventory.link_between(caller, called)
    security = link.security if link is not None else SecurityMode.SIP_SECURED

    def judged(verifier: Party, other: Party, purpose: Purpose) -> Verdict | None:
        peer = (played_by or {}).get(verifier.name)
        if peer is None:
            return verifier.judges(other, purpose, clock(), policy)
        if peer not in PEERS:
            raise UnknownName(f"no peer is called {peer!r}", expected=f"one of: {', '.join(PEERS)}")
        alone = replace(verifier, intermediates=())
        return alone.judges(other, purpose, clock(), PEERS[peer].policy, verifier.crls)

    if not security.needs_mutual_tls:
        return Prediction(*ends, (None, None), security)
    return Prediction(
        *ends,
        (judged(ends[0], ends[1], Purpose.SERVER), judged(ends[1], ends[0], Purpose.CLIENT)),
        security,
    )
