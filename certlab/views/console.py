"""An authority's desk: what waits there, what was issued, revoked and published."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from ..deployment import Authority, Deployment, vet
from ..pki import Certificate, ReasonFlags, Vetting, describe_key
from .bench import button, buttons, card
from .parts import row_head, table
from .signs import ACCEPTED, NOTED, REFUSED, Sign, mark
from .text import Markup, join, plural, tag

_MOST = 60
"""So many rows of a list are shown; the others are counted."""

REASONS = {
    ReasonFlags.unspecified: "not stated",
    ReasonFlags.key_compromise: "key compromise",
    ReasonFlags.ca_compromise: "CA compromise",
    ReasonFlags.affiliation_changed: "affiliation changed",
    ReasonFlags.superseded: "superseded by another certificate",
    ReasonFlags.cessation_of_operation: "cessation of operation",
}
"""The reasons for which an authority takes a certificate back, in words."""


def waiting(deployment: Deployment, authority: str) -> tuple[str, ...]:
    """The devices whose request waits at this authority, in inventory order."""
    requests = deployment.requests
    return tuple(
        device
        for device in deployment.inventory.devices
        if (pending := requests.get((device, authority))) and pending.issued is None
    )


def headline(deployment: Deployment, name: str) -> str:
    """The state of an authority in words."""
    authority = deployment.authority(name)
    wait = plural(len(waiting(deployment, name)), "request waits", "requests wait")
    return f"{name}: {wait}, {len(authority.issued):,} issued, {len(authority.revoked):,} revoked"


def head_card(deployment: Deployment, name: str) -> Markup:
    """Which authority it is, and its state."""
    authority = deployment.authority(name)
    certificate = authority.certificate
    kind = "a root" if certificate.is_self_issued else f"under {certificate.issuer}"
    price = f", {authority.price:,.0f} USD a certificate (illustrative)" if authority.price else ""
    return card(
        tag("h3", headline(deployment, name), class_="cl-title"),
        tag("p", f"{certificate.label}, {kind}, until {certificate.not_after:%Y-%m-%d}{price}. "
            f"Fingerprint ", tag("span", certificate.fingerprint, class_="cl-code"),
            class_="cl-text cl-muted cl-flush"),
        label="The authority",
    )  # fmt: skip


def requests_card(deployment: Deployment, name: str, reason: Markup) -> Markup:
    """The requests that wait, each with what the registration authority finds.

    ``reason`` is the field in which a refusal can be explained.
    """
    devices = waiting(deployment, name)
    if not devices:
        inside = tag("p", "None. A device asks by RequestCertificate.", class_="cl-text cl-muted")
    else:
        vetted = [(device, vet(deployment, device, name)) for device in devices[:_MOST]]
        first = next((device for device, vetting in vetted if vetting.approved), None)
        lines = [_request(*one, primary=one[0] == first) for one in vetted]
        shown = tag("ul", lines, class_="cl-requests")
        inside = join(shown, _rest(len(devices)), reason)
    return card(tag("h3", "Requests waiting", class_="cl-heading"), inside,
                label="Requests waiting")  # fmt: skip


def vetting_view(vetting: Vetting) -> Markup:
    """What the registration authority decides on a request, and why."""
    title = "This request would be approved" if vetting.approved else "This request is refused"
    inside = _asked(vetting.request.subject, vetting)
    return tag("div", tag("h3", title, class_="cl-title"), inside, class_="certlab")


def _asked(who: str, vetting: Vetting) -> Markup:
    request = vetting.request
    asked = ", ".join(str(n.value) for n in request.alternative_names) or "no name"
    found = [_line(REFUSED, reason) for reason in vetting.reasons]
    found += [_line(NOTED, note) for note in vetting.notes]
    if vetting.approved:
        found.insert(0, _line(ACCEPTED, "its key signed it, and there is nothing against it"))
    key = describe_key(request.public_key)[0]
    return join(
        tag("p", tag("span", who, class_="cl-bold"), f" asks for {asked}, key {key}",
            class_="cl-text cl-flush"),
        tag("ul", found, class_="cl-list"),
    )  # fmt: skip


def _request(device: str, vetting: Vetting, *, primary: bool) -> Markup:
    id_ = quote(device, safe="")
    return tag(
        "li",
        _asked(device, vetting),
        buttons(
            button("Approve", f"approve:{id_}", primary=primary, off=not vetting.approved,
                   says=f"Approve {device}"),
            button("Refuse", f"refuse:{id_}", says=f"Refuse {device}"),
        ),
    )  # fmt: skip


def _line(sign: Sign, text: str) -> Markup:
    return tag("li", mark(sign), tag("span", f"{text}."))


def issued_card(deployment: Deployment, name: str, why: Markup | None = None) -> Markup:
    """What the authority issued, by holder, each with its state and a way to revoke it.

    ``why`` is the field in which the reason for revoking is chosen.
    """
    rows = list(_issued(deployment, deployment.authority(name)))
    heads = ("Holder", "Serial number", "Valid until", "State", "")
    inside = join(table("Certificates issued", heads, rows[:_MOST]), _rest(len(rows)), why)
    if not rows:
        inside = tag("p", "Nothing yet.", class_="cl-text cl-muted")
    return card(tag("h3", "Issued", class_="cl-heading"), inside, label="Issued")


def _issued(deployment: Deployment, authority: Authority) -> Iterator[tuple[object, ...]]:
    order = {name: place for place, name in enumerate(deployment.inventory.devices)}
    known = [(holder, deployment.certificates[f]) for f, holder in authority.issued.items()]
    known.sort(key=lambda one: (order.get(one[0], -1), one[1].not_before, one[1].serial))
    for holder, certificate in known:
        sign, state = _state(deployment, authority, holder, certificate)
        serial = f"{certificate.serial:x}"
        yield (
            row_head(holder),
            tag("td", tag("span", f"{serial[:12]}…", class_="cl-code", title=serial)),
            tag("td", f"{certificate.not_after:%Y-%m-%d}", class_="cl-once"),
            (mark(sign), f" {state}"),
            button("Revoke", f"revoke:{quote(holder, safe='')}:{certificate.fingerprint}",
                   off=certificate.serial in authority.revoked,
                   says=f"Revoke {holder}’s certificate {serial[:12]}"),
        )  # fmt: skip


def _state(
    deployment: Deployment, authority: Authority, holder: str, certificate: Certificate
) -> tuple[Sign, str]:
    revocation = authority.revoked.get(certificate.serial)
    if revocation is not None:
        said = f"revoked {revocation.at:%Y-%m-%d}"
        if revocation.reason is not ReasonFlags.unspecified:
            said += f", {REASONS.get(revocation.reason, revocation.reason.value)}"
        return REFUSED, said
    if deployment.at > certificate.not_after:
        return NOTED, "expired"
    pending = deployment.requests.get((holder, authority.name))
    if pending is not None and pending.issued == certificate:
        return NOTED, "not installed yet"
    return ACCEPTED, "in force"


def revocation_card(deployment: Deployment, name: str) -> Markup:
    """The revocation list in force: what it names, until when it is good, and a new one."""
    authority, at = deployment.authority(name), deployment.at
    crl = authority.crl_at(at)
    if crl is None:
        state = _line(NOTED, "no list has been published yet")
        facts = None
    else:
        ends = crl.next_update_utc
        missing = len(authority.revoked) - len(crl)
        if ends is not None and at >= ends:
            state = _line(REFUSED, f"it is stale: the next was due on {ends:%Y-%m-%d}")
        elif missing > 0:
            revoked = plural(missing, "revoked certificate")
            state = _line(NOTED, f"it does not name {revoked} yet: nobody can know")
        else:
            state = _line(ACCEPTED, "it is current and names all that was revoked")
        until = f"{ends:%Y-%m-%d %H:%M} UTC" if ends else "no date"
        facts = tag(
            "dl",
            tag("dt", "Made"), tag("dd", f"{crl.last_update_utc:%Y-%m-%d %H:%M} UTC"),
            tag("dt", "Good until"), tag("dd", until),
            tag("dt", "Names"), tag("dd", plural(len(crl), "certificate")),
            class_="cl-facts-list",
        )  # fmt: skip
    return card(
        tag("h3", "Revocation list", class_="cl-heading"),
        facts,
        tag("ul", state, class_="cl-list"),
        buttons(button("Publish a new list", "do:publish", off=authority.tells_all(at))),
        label="Revocation list",
    )


def log_card(deployment: Deployment, name: str) -> Markup:
    """What the registration authority decided, newest first, and why."""
    log = deployment.authority(name).log[::-1]
    lines = [
        _line(
            ACCEPTED if line.approved else REFUSED,
            f"{line.at:%Y-%m-%d} {'approved' if line.approved else 'refused'} {line.device}"
            + (
                f": {'; '.join((*line.reasons, *line.notes))}" if line.reasons or line.notes else ""
            ),
        )
        for line in log[:_MOST]
    ]
    empty = tag("p", "Nothing has been decided yet.", class_="cl-text cl-muted")
    return card(tag("h3", "Registration log", class_="cl-heading"),
                tag("ul", lines, class_="cl-list") if lines else empty, _rest(len(log)),
                label="Registration log")  # fmt: skip


def _rest(count: int) -> Markup | None:
    if count <= _MOST:
        return None
    return tag("p", f"and {count - _MOST:,} more", class_="cl-text cl-muted")
