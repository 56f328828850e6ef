"""A procedure to walk through: its phases and steps, who does each, where, and what to type."""

from __future__ import annotations

from collections.abc import Sequence

from ..deployment import Deployment, DeviceStep, Phase, Procedure, Step
from ..errors import CertlabError
from .bench import progress
from .parts import listing
from .signs import ACCEPTED, mark
from .text import Markup, join, plural, shorten, tag

_WINDOW = 12
"""So many steps of a phase are shown around the one selected; the others are counted."""

_DOERS = {
    "PushRoot": ("the domain administrator", "in Group Policy, for {place}"),
    "IssueCertificate": ("the registration authority and the CA", "at {authority}"),
    "RefuseRequest": ("the registration authority", "at {authority}"),
    "CreateAuthority": ("the PKI administrator", "at the new CA’s machines"),
    "OpenAccount": ("the domain’s owner", "on the CA’s site and in the DNS"),
    "Revoke": ("the PKI administrator", "at {authority}"),
    "PublishCRL": ("the PKI administrator", "at {authority}"),
    "RenewAuthority": ("the PKI administrator", "at {authority} and the CA above it"),
    "SwitchDialPlan": ("the UM administrator", "in dial plan {place}"),
}


def who_and_where(step: Step, deployment: Deployment) -> tuple[str, str]:
    """Who does a step, and where."""
    found = _DOERS.get(type(step).__name__)
    if found is None and isinstance(step, DeviceStep):
        role = deployment.inventory.device(step.device).role.title
        return f"the {role}’s administrator", f"at {step.device}"
    who, where = found or ("an administrator", "at {place}")
    return who, where.format(place=step.place, authority=getattr(step, "authority", ""))


def step_id(number: int) -> str:
    """The id of a step that can be selected, counted from 0."""
    return f"step:{number}"


def walk_list(procedure: Procedure, done: Sequence[bool], selected: int) -> Markup:
    """The phases with their steps; the phase of the selected step is unfolded around it."""
    title = f"{procedure.title}: {sum(done):,} of {plural(len(done), 'step')} done"
    phases, first = [], 0
    for number, phase in enumerate(procedure.phases, 1):
        end = first + len(phase)
        behind = sum(done[first:end])
        open_ = first <= selected < end
        state = "done" if behind == len(phase) else f"{behind:,} of {len(phase):,}"
        head = tag(
            "div",
            mark(ACCEPTED) if behind == len(phase) else _open(),
            tag("span", f"{number}. {phase.title}", class_="cl-bold"),
            tag("span", state, class_="cl-muted cl-small"),
            class_="cl-phase",
            data_id=None if open_ else step_id(_first_open(done, first, end)),
            aria_label=None if open_ else f"Show phase {number}, {phase.title}, {state}",
        )
        steps = _steps(phase, first, done, selected) if open_ else None
        phases.append(tag("li", head, steps))
        first = end
    bar = progress(sum(done), len(done))
    return join(tag("h3", title, class_="cl-title"), bar, tag("ol", phases, class_="cl-phases"))


def _first_open(done: Sequence[bool], first: int, end: int) -> int:
    return next((n for n in range(first, end) if not done[n]), first)


def _open() -> Markup:
    return tag("span", tag("span", "○", aria_hidden="true"),
               tag("span", "to do", class_="cl-hidden"), class_="cl-muted")  # fmt: skip


def _steps(phase: Phase, first: int, done: Sequence[bool], selected: int) -> Markup:
    start = max(0, min(selected - first - _WINDOW // 2, len(phase) - _WINDOW))
    lines = []
    for number, step in enumerate(phase.steps[start : start + _WINDOW], first + start):
        on = number == selected
        text = tag(
            "span",
            shorten(step.tell(), 620, 13),
            class_="cl-pick" + (" cl-muted" if done[number] and not on else ""),
            data_id=step_id(number),
            aria_current="step" if on else None,
        )
        lines.append(tag("li", mark(ACCEPTED) if done[number] else _open(), text))
    before, after = start, len(phase) - start - len(lines)
    return join(
        _rest(before, "before"), tag("ol", lines, class_="cl-list cl-steps"), _rest(after, "after")
    )


def _rest(count: int, where: str) -> Markup | None:
    if count <= 0:
        return None
    return tag("p", f"and {plural(count, 'step')} {where} these", class_="cl-hint cl-inset")


def step_card(step: Step, deployment: Deployment, *, done: bool) -> Markup:
    """One step: what it does, who does it, where, and what is typed there."""
    who, where = who_and_where(step, deployment)
    try:
        command = step.command(deployment)
    except CertlabError as error:
        command = f"# {error}"
    state = join(mark(ACCEPTED), " done") if done else join(_open(), " not done yet")
    return join(
        tag("h3", step.tell(), class_="cl-heading"),
        tag(
            "dl",
            _fact("Who", who),
            _fact("Where", where),
            _fact("State", state),
            class_="cl-facts-list",
        ),
        tag("p", "On the real platform (documented, not run):", class_="cl-text cl-muted cl-flush"),
        listing(command, "The command for this step"),
    )


def _fact(name: str, value: object) -> Markup:
    return join(tag("dt", name), tag("dd", value))
