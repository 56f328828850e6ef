"""Devices as a table that is filtered and leafed through, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..deployment import DeviceLine, Inventory, Role
from .bench import button, buttons, card
from .fields import select_field, text_field
from .parts import row_head, table
from .signs import ACCEPTED, OPEN, REFUSED, device_id, mark
from .text import Markup, plural, tag

PAGE = 50
"""So many devices are shown at once."""

_SIGNS = {"accepted": ACCEPTED, "refused": REFUSED}


def device_filters(prefix: str, inventory: Inventory, verdicts: Iterable[str]) -> Markup:
    """The fields that say which devices are meant."""
    roles = [(role.value, role.title) for role in Role if inventory.with_role(role)]
    return card(
        tag(
            "div",
            text_field(prefix, "text", "Search", "name, role or dial plan", at_once=True),
            select_field(prefix, "role", "Role", [("", "every role"), *roles]),
            select_field(prefix, "plan", "Dial plan",
                         [("", "every dial plan"), *inventory.dial_plans]),
            select_field(prefix, "verdict", "Verdict", [("", "every verdict"), *verdicts]),
            class_="cl-filters",
        ),
        label="Which devices",
    )  # fmt: skip


def device_rows(
    found: Sequence[DeviceLine], first: int = 0, *, of: int, selected: str = ""
) -> Markup:
    """One page of the devices found, from the line ``first`` on; ``of`` is how many there are."""
    page = found[first : first + PAGE]
    rows = []
    for line in page:
        device, sign = line.device, _SIGNS.get(line.verdict, OPEN)
        current = "true" if device.name == selected else None
        name = tag("span", device.name, data_id=device_id(device.name), class_="cl-cell cl-link",
                   title=device.name, aria_current=current)  # fmt: skip
        said: object = "no link"
        if line.refused:
            said = f"{line.refused:,} of {line.directions:,} refused: {', '.join(line.reasons)}"
        elif line.directions:
            said = f"all {line.directions:,} accepted"
        until = f"{line.until:%Y-%m-%d}" if line.until else "none"
        on = " cl-on" if current else ""
        rows.append(
            (row_head(name), device.fqdn, device.role.title, ", ".join(device.dial_plans) or "–",
             until, tag("td", mark(sign), " ", said, class_=f"{sign.class_}{on}"))
        )  # fmt: skip
    count = plural(len(found), "device")
    title = count if len(found) == of else f"{len(found):,} of {plural(of, 'device')}"
    if not page:
        nobody = tag("p", "No device answers to all of this.", class_="cl-text cl-muted")
        return card(tag("h3", title, class_="cl-heading"), nobody, label="Devices")
    heads = ("Name", "FQDN", "Role", "Dial plans", "Valid until", "Its links")
    label = f"Devices {first + 1:,} to {first + len(page):,} of {len(found):,}"
    return card(
        tag("h3", title, class_="cl-heading"),
        tag("div", table(label, heads, rows), class_="cl-page"),
        buttons(
            button("Earlier", "page:-1", off=not first, says="Earlier devices"),
            button("Later", "page:1", off=first + PAGE >= len(found), says="Later devices"),
            tag("span", label, class_="cl-muted"),
        )
        if len(found) > PAGE
        else None,
        label="Devices",
    )
