"""A runbook as a document: Markdown, HTML that prints on A4 and Letter, and a view for a cell."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from ..planning import Job, Runbook
from ..planning.runbook import Task
from ..records.bundle import as_csv
from .documents import page
from .figures import origin
from .parts import listing, more, table
from .text import Markup, join, listed, plural, tag, visible

MANY = 40
"""From so many steps on, those of a job are parted by dial plans."""
_FEW = 12
"""So many steps of a job are shown in a cell; a document has them all."""
_LONGEST = 5_000
"""Characters of one command that are shown."""

_READ = (
    ("Work from top to bottom, and wait where a job says so; within a job the order is free. A job "
     "has one number on every sheet, so that teams can tell each other what is finished: all its "
     "steps, at every device."),
    ("Whatever must be trusted is imported before anybody presents it, so that on a live estate no "
     "link stops for want of it. Commands are documented, not run here; words in capitals are for "
     "you to fill in."),
)  # fmt: skip


def runbook_html(runbook: Runbook) -> str:
    """The whole document as one HTML file: no script, nothing fetched, ready to print."""
    contents = [
        (job.number, tag("a", _heading(job), href=f"#{_id(job)}"), job.team,
         *(tag("td", f"{count:,}", class_="cl-number") for count in (len(job), job.touches)))
        for job in runbook.jobs
    ]  # fmt: skip
    ends = (tag("th", head, scope="col", class_="cl-number") for head in ("Steps", "Touches"))
    phases = []
    for phase, jobs in groupby(runbook.jobs, key=lambda job: job.phase):
        inside = list(jobs)
        phases.append(tag("h2", f"Phase {phase}. {inside[0].title}", class_="cl-heading"))
        phases += [_html_job(job, runbook) for job in inside]
    return page(
        _title(runbook),
        tag("h1", _title(runbook), class_="cl-title"),
        [tag("p", line, class_="cl-text") for line in (*_summary(runbook), *_READ)],
        _pilot(runbook),
        tag("h2", "Contents", class_="cl-heading"),
        table("Contents", ("", "Job", "Team", *ends), contents),
        phases,
    )


def _html_job(job: Job, runbook: Runbook) -> Markup:
    shared, gate = _shared(job), _gate(job, runbook)
    rows = []
    for plans, tasks in _groups(job, runbook):
        if plans is not None:
            head = f"{plans}: {plural(len(tasks), 'step')}"
            rows.append(tag("tr", tag("th", head, colspan=3, scope="rowgroup")))
        rows += [_html_task(task, with_command=shared is None) for task in tasks]
    back = (job.how.back, f" As a step: {job.inverse.tell()}." if job.inverse else "")
    return tag(
        "section",
        tag("h3", f"{job.number} {_heading(job)} ({job.team})", class_="cl-bold"),
        tag("p", tag("b", gate), class_="cl-text") if gate else None,
        tag("p", tag("b", "How to see that it worked: "), job.how.check, class_="cl-text"),
        tag("p", tag("b", "The way back: "), back, class_="cl-text"),
        tag("div", tag("b", "The command, once for all: "), _code(shared)) if shared else None,
        tag("table", tag("tbody", rows), aria_label=_heading(job),
            class_="cl-table cl-plain cl-tasks"),
        id=_id(job),
    )  # fmt: skip


def _html_task(task: Task, *, with_command: bool) -> Markup:
    box = tag("input", type="checkbox", aria_label=f"Step {task.number} is done")
    command = _code(task.command) if with_command else None
    return tag("tr", tag("td", box), tag("td", task.number, class_="cl-number"),
               tag("td", task.step.tell(), command))  # fmt: skip


def _code(command: str) -> Markup:
    lines = (html.escape(visible(line, _LONGEST)) for line in command.splitlines())
    return tag("pre", Markup("\n".join(lines)), class_="cl-code")


# --- Markdown -----------------------------------------------------------------------------------


def runbook_markdown(runbook: Runbook) -> str:
    """The whole document in Markdown (CommonMark with task lists and tables)."""
    return "\n".join(_markdown(runbook)) + "\n"


def _markdown(runbook: Runbook) -> Iterator[str]:
    yield f"# {_plain(_title(runbook))}"
    for line in (*_summary(runbook), *_READ):
        yield from ("", _plain(line))
    if runbook.pilot and not runbook.device:
        first, *others = map(_plain, runbook.pilot.words)
        yield from ("", f"**{first}**", "", *(f"- {line}" for line in others))
    yield from ("", "## Contents", "")
    yield from ("| | Job | Team | Steps | Touches |", "|---|---|---|--:|--:|")
    for job in runbook.jobs:
        link = f"[{_plain(_heading(job))}](#{_id(job)})"
        counts = f"{len(job):,} | {job.touches:,}"
        yield f"| {job.number} | {link} | {_plain(job.team)} | {counts} |"
    phase = 0
    for job in runbook.jobs:
        if job.phase != phase:
            phase = job.phase
            yield from ("", f"## Phase {phase}. {_plain(job.title)}")
        yield from ("", f'<a id="{_id(job)}"></a>', "")
        yield f"### {job.number} {_plain(_heading(job))} ({_plain(job.team)})"
        if gate := _gate(job, runbook):
            yield from ("", f"**{_plain(gate)}**")
        yield from ("", f"**How to see that it worked:** {_plain(job.how.check)}")
        back = f" As a step: {_plain(job.inverse.tell())}." if job.inverse else ""
        yield from ("", f"**The way back:** {_plain(job.how.back)}{back}")
        shared = _shared(job)
        if shared:
            yield from ("", "**The command, once for all:**", "", *_fenced(shared, ""))
        for plans, tasks in _groups(job, runbook):
            if plans is not None:
                yield from ("", f"#### {_plain(plans)}: {plural(len(tasks), 'step')}")
            yield ""
            for task in tasks:
                yield f"- [ ] **{task.number}** {_plain(task.step.tell())}"
                if not shared:
                    yield from ("", *_fenced(task.command, "  "), "")


def _fenced(command: str, indent: str) -> list[str]:
    """A command in a fence that nothing in it can close."""
    lines = [visible(line, _LONGEST) for line in command.splitlines()]
    longest = max((len(run) for run in re.findall("`+", command)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{indent}{line}".rstrip() for line in (f"{fence}text", *lines, fence)]


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no link, no HTML, no line break in it."""
    seen = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = re.sub(r"([\\`*_{}\[\]#|~@!$^]|:(?=//|\w+:))", r"\\\1", seen)
    return re.sub(r"(?i)\bwww\.", r"www\\.", marked)


def runbook_csv(runbook: Runbook) -> str:
    """The steps as a table for a spreadsheet, in which no text becomes a formula."""
    heads = ("step", "job", "phase", "team", "device", "dial plans", "what", "command", "check",
             "back", "wait")  # fmt: skip
    rows = (
        # A bare 1.10 would be read as a number, and in some countries 2.2 as a day.
        (task.number, f"job {job.number}", job.phase, job.team, task.device,
         ";".join(_plans_of(task, runbook)), task.step.tell(), task.command, *job.how,
         _gate(job, runbook))
        for job in runbook.jobs
        for task in job.tasks
    )  # fmt: skip
    return as_csv(heads, rows).decode()


# --- in a cell ----------------------------------------------------------------------------------


def runbook_view(runbook: Runbook) -> Markup:
    """What a runbook asks for: its jobs by phase and team, the first steps of each on demand."""
    jobs = []
    for job in runbook.jobs:
        left = len(job) - _FEW
        rest = f"and {plural(left, 'step')} more: in the saved runbook" if left > 0 else None
        shared, gate = _shared(job), _gate(job, runbook)
        steps = [
            tag("li", tag("span", "○", aria_hidden="true", class_="cl-muted"),
                tag("div", f"{task.number}. {task.step.tell()}",
                    None if shared else listing(task.command, "The command")))
            for task in job.tasks[:_FEW]
        ]  # fmt: skip
        summary = f"{job.number} {_heading(job)}: {job.team}, {plural(len(job), 'step')}"
        jobs.append(
            more(
                summary,
                tag("p", tag("b", gate), class_="cl-text") if gate else None,
                tag("p", tag("b", "How to see that it worked: "), job.how.check, class_="cl-text"),
                tag("p", tag("b", "The way back: "), job.how.back, class_="cl-text"),
                listing(shared, "The command, once for all") if shared else None,
                tag("ul", steps, class_="cl-list"),
                tag("p", rest, class_="cl-hint") if rest else None,
                key=_id(job),
            )
        )
    return join(
        tag("h3", _title(runbook), class_="cl-heading"),
        [tag("p", line, class_="cl-text") for line in _summary(runbook)],
        origin(runbook.hours, "Where the hours come from") if runbook.hours else None,
        _pilot(runbook),
        jobs,
    )


# --- what all of them say -----------------------------------------------------------------------


def _title(runbook: Runbook) -> str:
    return f"Runbook: {runbook.title}" + (f", for {runbook.whose}" if runbook.whose else "")


def _summary(runbook: Runbook) -> tuple[str, ...]:
    """What it asks for, in paragraphs."""
    if not runbook.jobs:
        return ("Nothing is left to do.",)
    work = plural(runbook.touches, "touch", "touches")
    if (hours := runbook.hours) and (each := runbook.hours_per_touch):
        work += f", which is {hours.text} at {each.text} a touch"
    at = f"{runbook.deployment.at:%Y-%m-%d}"
    said = f"{plural(len(runbook), 'step')} with {work}, as things stand on {at}."
    if len(runbook.teams) > 1:
        shares = (f"{team} {runbook.for_team(team).touches:,}" for team in runbook.teams)
        said += f" Touches by team: {', '.join(shares)}."
    notes = () if runbook.whose else runbook.notes
    return (said, *notes)


def _gate(job: Job, runbook: Runbook) -> str:
    """What to wait for before a job, in a sentence; empty where it can begin."""
    teams: dict[str, list[str]] = {}
    for before in runbook.gates[job.number]:
        teams.setdefault(before.team, []).append(before.number)
    if not teams:
        return ""
    (team, jobs), *others = teams.items()
    told = [f"Wait until {team} has finished {listed(jobs, len(jobs))}"]
    told += [f"{team} {listed(jobs, len(jobs))}" for team, jobs in others]
    if others:
        told[-1] = f"and {told[-1]}"
    return f"{', '.join(told)}{', for the whole estate' if runbook.device else ''}."


def _pilot(runbook: Runbook) -> Markup | None:
    """What may go first, unless it is the sheet of one device, which has its own jobs alone."""
    if runbook.pilot is None or runbook.device:
        return None
    first, *others = runbook.pilot.words
    return join(tag("p", tag("b", first), class_="cl-text"),
                tag("ul", [tag("li", line) for line in others], class_="cl-text"))  # fmt: skip


def _id(job: Job) -> str:
    return f"job-{job.phase}-{job.place}"


def _heading(job: Job) -> str:
    kind = job.tasks[0].step
    return kind.tell() if len(job) == 1 else kind.tell_many([task.step for task in job.tasks])


def _shared(job: Job) -> str | None:
    """The command, when many Steps have one and the same."""
    commands = {task.command for task in job.tasks}
    return commands.pop() if len(commands) == 1 and len(job) > 1 else None


def _groups(job: Job, runbook: Runbook) -> Iterator[tuple[str | None, Sequence[Task]]]:
    """The tasks by dial plans when they are many, else all together.

    A task that concerns another device is under the plans that both are in, any other under all
    the plans of its device.
    """
    if len(job) <= MANY:
        yield None, job.tasks
        return
    found: dict[str, list[Task]] = {}
    for task in job.tasks:
        plans = _plans_of(task, runbook)
        other = runbook.deployment.inventory.devices.get(getattr(task.step, "certificate_of", ""))
        shared = [plan for plan in plans if other is not None and plan in other.dial_plans]
        found.setdefault(_told(shared or plans), []).append(task)
    yield from found.items()


def _told(plans: Sequence[str]) -> str:
    if not plans:
        return "No dial plan"
    return f"Dial plan{'s' if len(plans) > 1 else ''} {listed(plans, len(plans))}"


def _plans_of(task: Task, runbook: Runbook) -> Sequence[str]:
    """All dial plans of the device that a task is for."""
    return runbook.deployment.inventory.devices[task.device].dial_plans if task.device else ()
