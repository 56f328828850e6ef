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
from .parts import listing, more, table
from .text import Markup, join, plural, tag, visible

MANY = 40
"""From so many steps on, those of a job are parted by dial plan."""
_FEW = 12
"""So many steps of a job are shown in a cell; a document has them all."""
_LONGEST = 5_000
"""Characters of one command that are shown."""

_READ = (
    "Work from top to bottom: a job begins when the one before it is ticked off, whoever did it. "
    "Within a job the order is free. Whatever must be trusted is imported before anybody presents "
    "it, so that on a live estate no link stops for want of it. Commands are documented, not run "
    "here; words in capitals are for you to fill in."
)


def runbook_html(runbook: Runbook) -> str:
    """The whole document as one HTML file: no script, nothing fetched, ready to print."""
    contents = [
        (f"{job.phase}.{place}", tag("a", _heading(job), href=f"#job-{job.phase}-{place}"),
         job.team, *(tag("td", f"{count:,}", class_="cl-number")
                     for count in (len(job), job.touches)))
        for place, job in _placed(runbook)
    ]  # fmt: skip
    ends = (tag("th", head, scope="col", class_="cl-number") for head in ("Steps", "Touches"))
    phases = []
    for _, jobs in groupby(_placed(runbook), key=lambda pair: pair[1].phase):
        inside = list(jobs)
        first = inside[0][1]
        phases.append(tag("h2", f"Phase {first.phase}. {first.title}", class_="cl-heading"))
        phases += [_html_job(place, job, runbook) for place, job in inside]
    return page(
        _title(runbook),
        tag("h1", _title(runbook), class_="cl-title"),
        [tag("p", line, class_="cl-text") for line in (*_summary(runbook), _READ)],
        tag("h2", "Contents", class_="cl-heading"),
        table("Contents", ("", "Job", "Team", *ends), contents),
        phases,
    )


def _html_job(place: int, job: Job, runbook: Runbook) -> Markup:
    shared = _shared(job)
    rows = []
    for plan, tasks in _groups(job, runbook):
        if plan is not None:
            head = f"{plan}: {plural(len(tasks), 'step')}"
            rows.append(tag("tr", tag("th", head, colspan=3, scope="rowgroup")))
        rows += [_html_task(task, with_command=shared is None) for task in tasks]
    back = (job.how.back, f" As a step: {job.inverse.tell()}." if job.inverse else "")
    return tag(
        "section",
        tag("h3", f"{job.phase}.{place} {_heading(job)} ({job.team})", class_="cl-bold"),
        tag("p", tag("b", "How to see that it worked: "), job.how.check, class_="cl-text"),
        tag("p", tag("b", "The way back: "), back, class_="cl-text"),
        tag("div", tag("b", "The command, once for all: "), _code(shared)) if shared else None,
        tag("table", tag("tbody", rows), aria_label=_heading(job),
            class_="cl-table cl-plain cl-tasks"),
        id=f"job-{job.phase}-{place}",
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
    for line in (*_summary(runbook), _READ):
        yield from ("", _plain(line))
    yield from ("", "## Contents", "")
    yield from ("| | Job | Team | Steps | Touches |", "|---|---|---|--:|--:|")
    for place, job in _placed(runbook):
        link = f"[{_plain(_heading(job))}](#job-{job.phase}-{place})"
        counts = f"{len(job):,} | {job.touches:,}"
        yield f"| {job.phase}.{place} | {link} | {_plain(job.team)} | {counts} |"
    phase = 0
    for place, job in _placed(runbook):
        if job.phase != phase:
            phase = job.phase
            yield from ("", f"## Phase {phase}. {_plain(job.title)}")
        yield from ("", f'<a id="job-{phase}-{place}"></a>', "")
        yield f"### {phase}.{place} {_plain(_heading(job))} ({_plain(job.team)})"
        yield from ("", f"**How to see that it worked:** {_plain(job.how.check)}")
        back = f" As a step: {_plain(job.inverse.tell())}." if job.inverse else ""
        yield from ("", f"**The way back:** {_plain(job.how.back)}{back}")
        shared = _shared(job)
        if shared:
            yield from ("", "**The command, once for all:**", "", *_fenced(shared, ""))
        for plan, tasks in _groups(job, runbook):
            if plan is not None:
                yield from ("", f"#### {_plain(plan)}: {plural(len(tasks), 'step')}")
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
    heads = ("step", "phase", "team", "device", "what", "command", "check", "back")
    rows = (
        (task.number, job.phase, job.team, task.device, task.step.tell(), task.command, *job.how)
        for job in runbook.jobs
        for task in job.tasks
    )
    return as_csv(heads, rows).decode()


# --- in a cell ----------------------------------------------------------------------------------


def runbook_view(runbook: Runbook) -> Markup:
    """What a runbook asks for: its jobs by phase and team, the first steps of each on demand."""
    jobs = []
    for place, job in _placed(runbook):
        left = len(job) - _FEW
        rest = f"and {plural(left, 'step')} more: in the saved runbook" if left > 0 else None
        shared = _shared(job)
        steps = [
            tag("li", tag("span", "○", aria_hidden="true", class_="cl-muted"),
                tag("div", f"{task.number}. {task.step.tell()}",
                    None if shared else listing(task.command, "The command")))
            for task in job.tasks[:_FEW]
        ]  # fmt: skip
        summary = f"{job.phase}.{place} {_heading(job)}: {job.team}, {plural(len(job), 'step')}"
        jobs.append(
            more(
                summary,
                tag("p", tag("b", "How to see that it worked: "), job.how.check, class_="cl-text"),
                tag("p", tag("b", "The way back: "), job.how.back, class_="cl-text"),
                listing(shared, "The command, once for all") if shared else None,
                tag("ul", steps, class_="cl-list"),
                tag("p", rest, class_="cl-hint") if rest else None,
                key=f"job-{job.phase}-{place}",
            )
        )
    return join(
        tag("h3", _title(runbook), class_="cl-heading"),
        [tag("p", line, class_="cl-text") for line in _summary(runbook)],
        jobs,
    )


# --- what all of them say -----------------------------------------------------------------------


def _title(runbook: Runbook) -> str:
    return f"Runbook: {runbook.title}" + (f", for {runbook.whose}" if runbook.whose else "")


def _summary(runbook: Runbook) -> tuple[str, ...]:
    """What it asks for, in paragraphs."""
    if not runbook.jobs:
        return ("Nothing is left to do.",)
    asked = f"{plural(len(runbook), 'step')} with {plural(runbook.touches, 'touch', 'touches')}"
    shares = (f"{team} {len(runbook.for_team(team)):,}" for team in runbook.teams)
    at = f"{runbook.deployment.at:%Y-%m-%d}"
    notes = () if runbook.whose else runbook.notes
    return (f"{asked}, as things stand on {at}. By team: {', '.join(shares)}.", *notes)


def _placed(runbook: Runbook) -> Iterator[tuple[int, Job]]:
    """Every job with its place within its phase, from 1."""
    for _, jobs in groupby(runbook.jobs, key=lambda job: job.phase):
        yield from enumerate(jobs, start=1)


def _heading(job: Job) -> str:
    kind = job.tasks[0].step
    return kind.tell() if len(job) == 1 else kind.tell_many([task.step for task in job.tasks])


def _shared(job: Job) -> str | None:
    """The command, when many Steps have one and the same."""
    commands = {task.command for task in job.tasks}
    return commands.pop() if len(commands) == 1 and len(job) > 1 else None


def _groups(job: Job, runbook: Runbook) -> Iterator[tuple[str | None, Sequence[Task]]]:
    """The tasks by the device's first dial plan when they are many, else all together."""
    if len(job) <= MANY:
        yield None, job.tasks
        return
    found: dict[str, list[Task]] = {}
    devices = runbook.deployment.inventory.devices
    for task in job.tasks:
        plans = devices[task.device].dial_plans if task.device else ()
        found.setdefault(f"Dial plan {plans[0]}" if plans else "No dial plan", []).append(task)
    yield from found.items()
