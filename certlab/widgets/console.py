"""The authority console: approve, refuse, revoke, publish, and see what it does to the links."""

from __future__ import annotations

from typing import Any

from ..deployment import (
    Deployment,
    IssueCertificate,
    PublishCRL,
    RefuseRequest,
    Revoke,
)
from ..errors import UnknownName
from ..pki import ReasonFlags
from ..views import Markup, read_id
from ..views.bench import card
from ..views.console import (
    REASONS,
    head_card,
    headline,
    issued_card,
    log_card,
    requests_card,
    revocation_card,
    waiting,
)
from ..views.fields import select_field, text_field
from .bench import Bench


class AuthorityConsole(Bench):
    """The desk of one authority of a Deployment."""

    def __init__(self, deployment: Deployment, authority: str = "", *, name: str = "lab") -> None:
        names = sorted(deployment.authorities)
        if not authority:
            issuing = [n for n in names if deployment.authority(n).rules is not None]
            if not issuing:
                raise UnknownName(
                    "no authority here issues certificates",
                    remedy="Run CreateAuthority or OpenAccount first, or a model's procedure.",
                )
            authority = issuing[0]
        deployment.authority(authority)
        self.authority, self._reason = authority, ""
        self._why = ReasonFlags.unspecified
        super().__init__(deployment, name=name, look="cl-console", label="The authority’s desk")

    # --- what can be done --------------------------------------------------------------------

    def approve(self, device: str) -> None:
        """Vet the request of this device once more, and issue."""
        self.run(IssueCertificate(device, self.authority))

    def refuse(self, device: str, reason: str = "") -> None:
        """Send the request of this device back; without a reason, for what the vetting found."""
        self.run(RefuseRequest(device, self.authority, reason=reason))

    def revoke(
        self, device: str, fingerprint: str, reason: ReasonFlags = ReasonFlags.unspecified
    ) -> None:
        """Take this certificate back; the revocation list gives the reason."""
        self.run(Revoke(self.authority, device, reason, fingerprint=fingerprint))

    def publish(self) -> None:
        """Publish a revocation list now."""
        self.run(PublishCRL(self.authority))

    def fill(self, field: str, value: str | bool) -> None:
        if field == "reason":
            self._reason = str(value)
        elif field == "why" and value in {reason.value for reason in REASONS}:
            self._why = ReasonFlags(value)
        elif field == "authority" and value in self.deployment.authorities:
            self.authority = str(value)
            self._draw(headline(self.deployment, self.authority))

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("approve", device) if device in waiting(self.deployment, self.authority):
                self.approve(device)
            case ("refuse", device) if device in waiting(self.deployment, self.authority):
                self.refuse(device, self._reason.strip())
            case ("revoke", holder, fingerprint):
                self.revoke(holder, fingerprint, self._why)
            case ("do", "publish"):
                self.publish()
            case _:
                super().press(id)

    # --- what is shown -----------------------------------------------------------------------

    def _moved(self, change: Any) -> None:
        done = {type(step) for step in self._just_run(change)}
        if RefuseRequest in done:
            self._reason = ""
        if Revoke in done:
            self._why = ReasonFlags.unspecified
        super()._moved(change)

    def views(self) -> dict[str, Markup]:
        lab, name, prefix = self.deployment, self.authority, self._prefix
        self.values = {"reason": self._reason, "authority": name, "why": self._why.value}
        self.notes = {"reason": Markup("")}
        choice = select_field(prefix, "authority", "Authority", sorted(lab.authorities))
        reason = text_field(prefix, "reason", "Reason for a refusal", "left empty: what was found")
        reasons = [(flag.value, said) for flag, said in REASONS.items()]
        why = select_field(prefix, "why", "Reason for revoking", reasons, "5.3.1")
        return {
            "head": head_card(lab, name),
            "choice": card(choice),
            "requests": requests_card(lab, name, reason),
            "log": log_card(lab, name),
            "issued": issued_card(lab, name, why),
            "crl": revocation_card(lab, name),
            **super().views(),
        }


def authority_console(deployment: Deployment, authority: str = "") -> AuthorityConsole:
    """The desk of an authority: requests waiting, approve, refuse, issued, revoke, publish.

    ``authority`` left out is the first that issues to devices. Raises ``UnknownName`` when there
    is none. The widget's ``deployment`` is a value for the next cell.
    """
    return AuthorityConsole(deployment, authority)
