"""Values as sheets: a certificate's fields, an inventory, a procedure, a journal, a Deployment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from ..deployment import (
    CellState,
    Deployment,
    Entry,
    Inventory,
    Migration,
    Presented,
    Procedure,
    TrustMatrix,
    trust_matrix,
)
from ..pki import Certificate, use_in_words
from .cards import held
from .groups import MANY
from .maps import trust_map
from .matrices import WHOLE, matrix_table, whole_matrix
from .parts import more, row_head, table
from .seals import Seals, called, draw
from .signs import ACCEPTED, NOTED, REFUSED, mark, pair_id, sign_of, told
from .svg import picture
from .text import Markup, dotted, join, plural, tag


def certificate_sheet(certificate: Certificate, *, seals: Seals | None = None) -> Markup:
    """The fields of a certificate, each beside what it is for."""
    if certificate.malformed:
        said = f" {called(certificate)}: {certificate.malformed}"
        return tag("p", mark(REFUSED), said, class_="cl-text")
    seals = seals or Seals.among([certificate])
    seal = draw(seals.on(certificate), 18, 18, self_signed=certificate.is_self_signed)
    signer = "itself" if certificate.is_self_signed else seals.on(certificate).name
    icon = picture(36, 36, f"Seal of {signer}", f"The key of {signer} signed it.", seal)
    name = tag("h3", certificate.label, class_="cl-heading cl-flush")
    by = tag("span", f"signed by {signer}", class_="cl-muted cl-small")
    rows = [
        (row_head(field), tag("td", value, class_="cl-code" if field in _HEX else None), purpose)
        for field, read, purpose in FIELDS
        if (value := read(certificate))
    ]
    fields = table(f"Fields of {certificate.label}", ("Field", "Value", "What it is for"), rows)
    return join(tag("div", icon, tag("div", name, by), class_="cl-row"), fields)


def presented_view(presented: Presented) -> Markup:
    """What a device presents: its certificate with its signer's seal, and what it sends beside."""
    _, certificate, chain = presented
    beside = ", ".join(map(called, chain)) or "nothing"
    sheet = certificate_sheet(certificate, seals=Seals.among((certificate, *chain)))
    return join(sheet, tag("p", f"Sent beside it: {beside}.", class_="cl-text cl-muted"))


def _days(certificate: Certificate) -> str:
    return plural((certificate.not_after - certificate.not_before).days, "day")


def _names(certificate: Certificate) -> str:
    return ", ".join(str(name.value) for name in certificate.alternative_names)


def _uses(certificate: Certificate) -> str:
    uses = certificate.extended_key_usage
    return "not stated: no use is excluded" if uses is None else ", ".join(map(use_in_words, uses))


def _ca(certificate: Certificate) -> str:
    if not certificate.is_ca:
        return "no CA"
    length = certificate.path_length
    if length is None:
        return "a CA"
    below = f"at most {plural(length, 'CA')}" if length else "no further CA"
    return f"a CA, with {below} below it"


def _hex(data: bytes | None) -> str:
    return data.hex(":") if data else ""


_HEX = {"Serial number", "Subject key identifier", "Authority key identifier", "Fingerprint"}
FIELDS: Sequence[tuple[str, Callable[[Certificate], str], str]] = (
    ("Version", lambda c: f"{c.version}", "3 since extensions exist; everything below needs them"),
    ("Serial number", lambda c: f"{c.serial:x}", "what its issuer calls it, when revoking too"),
    ("Subject", lambda c: c.subject or "empty", "whose it is, for people; verifiers look below"),
    ("Subject alternative name", _names, "the names it proves: what a caller compares with"),
    ("Issuer", lambda c: c.issuer, "who signed it; the same as the subject when self-signed"),
    ("Valid from", lambda c: f"{c.not_before:%Y-%m-%d %H:%M} UTC", "not accepted before"),
    ("Valid until", lambda c: f"{c.not_after:%Y-%m-%d %H:%M} UTC ({_days(c)} in all)",
     "not accepted after: renew it in time"),
    ("Public key", lambda c: c.key_type, "what only the holder of the private key can answer for"),
    ("Signature", lambda c: c.signature_algorithm, "how the issuer's key sealed all of this"),
    ("Basic constraints", _ca, "whether it may sign other certificates"),
    ("Key usage", lambda c: ", ".join(sorted(c.key_usage or ())), "what the key may do"),
    ("Extended key usage", _uses, "what the certificate may serve for"),
    ("Subject key identifier", lambda c: _hex(c.subject_key_id), "names this key"),
    ("Authority key identifier", lambda c: _hex(c.authority_key_id), "names the key that signed"),
    ("Fingerprint", lambda c: c.fingerprint, "SHA-256 of it all: what two people compare aloud"),
)  # fmt: skip
"""A certificate's fields: the name, how it reads, and what it is for (RFC 5280 section 4)."""


LISTED = 500
"""So many devices of an inventory are listed."""


def inventory_table(inventory: Inventory) -> Markup:
    """The devices: who is there, under which name, in which dial plans."""
    rows = []
    for device in islice(inventory, LISTED):
        plans = (f"{p} ({inventory.dial_plans[p].security.value})" for p in device.dial_plans)
        joined = "yes" if device.domain_joined else "no"
        lists = ", ".join(plans) or "–", joined, ", ".join(device.ships_roots) or "–"
        rows.append((row_head(device.name), _host(device.fqdn), device.role.title, *lists))
    heads = ("Name", "FQDN", "Role", "Dial plans", "In the domain", "Roots it ships with")
    links = plural(len(inventory.links), "link that needs", "links that need")
    title = f"{plural(len(inventory), 'device')}, {links} mutual TLS"
    rest = f"and {len(inventory) - LISTED:,} more: device_table(lab) searches all of them"
    return join(
        tag("h3", title, class_="cl-heading"),
        table("Devices", heads, rows),
        tag("p", rest, class_="cl-text cl-muted") if len(inventory) > LISTED else None,
        unused_note(inventory),
    )


def unused_note(inventory: Inventory) -> Markup | None:
    """Which columns of the file an inventory was read from are not used."""
    if not inventory.unused_columns:
        return None
    said = f" columns not used: {', '.join(inventory.unused_columns)}"
    return tag("span", mark(NOTED), said, class_="cl-hint")


def _host(fqdn: str) -> Markup:
    """The cell of a host's name: in one line, unless it is so long that it would fill the page."""
    if len(fqdn) > 40:
        return tag("td", dotted(fqdn))
    return tag("td", fqdn, class_="cl-once")


def procedure_list(procedure: Procedure, deployment: Deployment | None = None) -> Markup:
    """The phases and Steps of a procedure; with a Deployment, what of it is done there."""
    todo = tag("span", "○", aria_hidden="true", class_="cl-muted")
    phases = []
    for number, phase in enumerate(procedure.phases):
        done = [deployment is not None and step.is_done(deployment) for step in phase]
        lines = [
            tag("li", mark(ACCEPTED) if d else todo,
                tag("span", step.tell(), class_="cl-muted" if d else None))
            for step, d in zip(phase, done, strict=True)
        ]  # fmt: skip
        count = plural(len(phase), "step")
        state = count if deployment is None else f"{sum(done):,} of {count} done"
        phases.append(tag("p", phase.title, " ", tag("span", state, class_="cl-muted cl-small"),
                          class_="cl-text cl-bold cl-flush"))  # fmt: skip
        steps = tag("ol", lines[:200], class_="cl-list")
        rest = tag("p", f"and {len(lines) - 200:,} more", class_="cl-text") if lines[200:] else None
        phases.append(
            join(steps)
            if len(lines) <= 6
            else more("The steps", steps, rest, key=f"phase-{number}")
        )
    touches = f"{plural(len(procedure), 'step')}, {plural(procedure.touches, 'touch', 'touches')}"
    return join(
        tag("h3", procedure.title, class_="cl-heading"),
        tag("p", touches, class_="cl-text cl-muted cl-small"),
        phases or tag("p", "Nothing is left to do.", class_="cl-text"),
    )


def migration_view(migration: Migration) -> Markup:
    """Whether there is a way to the other model, and its phases."""
    said = f" {migration.statement}"
    return join(
        tag("p", mark(ACCEPTED if migration.exists else REFUSED), said, class_="cl-text"),
        procedure_list(migration.procedure),
    )


def journal_list(entries: Sequence[Entry], most: int = 6) -> Markup:
    """What was done, the last ``most`` in sight and the earlier ones on demand."""
    lines = [tag("li", mark(ACCEPTED), tag("span", entry.tell())) for entry in entries]
    if not lines:
        return tag("p", "Nothing has been done yet.", class_="cl-text cl-muted")
    earlier = tag("ol", lines[:-most], class_="cl-list")
    fold = more(f"{plural(len(lines) - most, 'earlier line')}", earlier, key="earlier")
    return join(fold if lines[:-most] else None, tag("ol", lines[-most:], class_="cl-list"))


def deployment_view(deployment: Deployment) -> Markup:
    """A Deployment: its state in words, the map, how to read it, and the matrix as a table."""
    return matrix_view(trust_matrix(deployment), map_first=True)


def matrix_view(matrix: TrustMatrix, *, map_first: bool = False) -> Markup:
    """A trust matrix: its state in words and the table; the map beside it on demand."""
    title = tag("h3", matrix.headline, class_="cl-title")
    when = tag("p", f"Judged for {matrix.deployment.at:%Y-%m-%d %H:%M} UTC by "
               f"{matrix.deployment.policy.title}", class_="cl-text cl-small cl-muted")  # fmt: skip
    if map_first:
        table = more("The same as a table", matrix_table(matrix), key="matrix")
        picture = tag("div", trust_map(matrix), class_="cl-across")
        return join(title, when, picture, table, legend())
    whole = None
    if MANY < len(matrix.deployment.inventory) <= WHOLE:
        whole = more("Every device by every other", whole_matrix(matrix), key="whole")
    return join(title, when, matrix_table(matrix), whole)


def legend() -> Markup:
    """How to read the map."""
    return more(
        "How to read this picture",
        [tag("p", line, class_="cl-text cl-prose") for line in LEGEND.splitlines()],
        key="legend",
    )


LEGEND = (
    "A hexagon is a seal: one signing key. A certificate carries the seal of the key that signed "
    "it; in a dashed ring, it signed itself. Grey, it is no longer valid. A later key of the same "
    "name has a prime after its letters, as in G1\N{PRIME}. Beyond eight keys colours repeat: "
    "the letters tell.\n"
    "Each device has a tray with the seals that it trusts. A dashed red seal, after the word "
    "“missing”, is in no tray, and would be needed.\n"
    "A link is two half lines: the half that leaves a device says whether that device accepts the "
    "other, ✓ with a solid line or ✗ with a dashed one. Of many links what is accepted is faint, "
    "and carries its sign when you choose it. A dotted line needs no mutual TLS, so nothing is "
    "judged there."
)


def device_view(matrix: TrustMatrix, name: str) -> Markup:
    """One device and its links, each direction a line that can be selected."""
    deployment = matrix.deployment
    device, peers = deployment.inventory.device(name), deployment.inventory.peers[name]
    lines = []
    for pair in [pair for peer in peers for pair in ((name, peer), (peer, name))]:
        cell = matrix.cell(*pair)
        text = tag("span", told(*pair, cell), data_id=pair_id(*pair), class_="cl-link")
        lines.append((cell.state is not CellState.REFUSED, tag("li", mark(sign_of(cell)), text)))
    lines.sort(key=lambda line: line[0])
    refused = sum(not good for good, _ in lines)
    trusts = plural(len(deployment.store_of(name).root), "trusted key")
    state = f"{refused} of {len(lines)} directions refused" if refused else "nothing refused"
    facts = f"{device.role.title}, {device.fqdn}, certificate {held(deployment, name)[0]}, {trusts}"
    return join(
        tag("h3", f"{name}: {state if lines else 'no link needs mutual TLS'}", class_="cl-title"),
        tag("p", facts, class_="cl-text cl-muted"),
        tag("ul", [line for _, line in lines], class_="cl-list"),
    )
