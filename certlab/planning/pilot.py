"""A pilot: the dial plan that can go ahead of the others, where a runbook's order allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..deployment import (
    CreateAuthority,
    GenerateSelfSigned,
    ImportInto,
    InstallCertificate,
    Inventory,
    IssueCertificate,
    OpenAccount,
    PushRoot,
    RequestCertificate,
)

if TYPE_CHECKING:
    from .runbook import Job, Task

READY = (CreateAuthority, OpenAccount, GenerateSelfSigned, RequestCertificate, IssueCertificate)
"""What is made ready: its parts of these kinds change nothing that is presented."""

_FEW = 6
"""In more dial plans than so many everybody imports: a longer list is not read."""


class Pilot(NamedTuple):
    """One dial plan that can go ahead of the others: its Steps in order, and that in sentences."""

    plan: str
    tasks: tuple[Task, ...]
    words: tuple[str, ...]


class _Way(NamedTuple):
    """The jobs up to the last switch, when all imports come before the first."""

    tasks: tuple[Task, ...]
    imports: tuple[int, ...]
    """The phases that import."""
    last: int
    """The phase of the last switch."""
    one_by_one: bool
    """Whether certificates of devices are imported, and not only those of authorities."""


def pilot_of(jobs: Sequence[Job], inventory: Inventory) -> Pilot | None:
    """The dial plan that can go first with the fewest Steps, or None where the order forbids it.

    It is one that needs mutual TLS: in another, calls would prove nothing. Whoever judges a device
    of the plan is in one of the dial plans that its devices are in, or in none. When all of those
    have done their imports, the devices of the plan may present what is new.
    """
    way = _way(jobs, inventory)
    if way is None:
        return None
    switched = {task.device for task in way.tasks if isinstance(task.step, InstallCertificate)}
    pilots = []
    for plan, mode in inventory.dial_plans.items():
        if not mode.security.needs_mutual_tls:
            continue
        inside = {device.name for device in inventory if plan in device.dial_plans}
        if inside & switched and not inside >= switched:
            around = {name for one in inside for name in inventory.devices[one].dial_plans}
            near = {d.name for d in inventory if not d.dial_plans or around & {*d.dial_plans}
                    or len(around) > _FEW}  # fmt: skip
            first = tuple(task for task in way.tasks if _is_first(task, way, inside, near))
            pilots.append((plan, around - {plan}, first))
    if not pilots:
        return None
    plan, around, first = min(pilots, key=lambda pilot: len(pilot[2]))
    begins = way.imports[0] if way.one_by_one else 1
    words = [f"A pilot is possible, with the fewest steps ({len(first):,}) in dial plan {plan}."]
    if begins > 1:
        words.append(f"Finish {_phases(range(1, begins))} for everybody.")
    turns = _phases(range(begins, way.last + 1))
    words.append(f"Do {turns} first for the devices in it alone, in their order.")
    others = _others(first, inventory, [name for name in inventory.dial_plans if name in around])
    if others:
        words.append(f"But do the imports of {_phases(way.imports)} also for {others}.")
    if any(isinstance(task.step, PushRoot) for task in first):
        words.append("A policy brings its import to all servers at once, which does no harm.")
    words.append("So whoever talks to a device of the pilot holds the anchor for it before it "
                 "presents what is new, and no link stops for want of one.")  # fmt: skip
    words.append(f"Make test calls, then do the rest of {turns}. For the pilot, a job to wait for "
                 "is finished when the pilot’s part of it is.")  # fmt: skip
    if then := [job.phase for job in jobs if job.phase > way.last and job.after]:
        words.append(f"Phase {then[0]} begins when all before it is finished for everybody.")
    return Pilot(plan, first, tuple(words))


def _way(jobs: Sequence[Job], inventory: Inventory) -> _Way | None:
    imports = [job for job in jobs if isinstance(job.tasks[0].step, ImportInto)]
    switches = [job for job in jobs if isinstance(job.tasks[0].step, InstallCertificate)]
    if not switches or any(job.phase >= switches[0].phase for job in imports):
        return None
    last = switches[-1].phase
    tasks = tuple(task for job in jobs if job.phase <= last for task in job.tasks)
    # Anything else, or a Step that also presents, changes more than a pilot's own devices.
    if any(
        not isinstance(task.step, (*READY, ImportInto, InstallCertificate))
        or len(task.step.parts) > 1
        for task in tasks
    ):
        return None
    one_by_one = any(task.step.certificate_of in inventory.devices for job in imports
                     for task in job.tasks if isinstance(task.step, ImportInto))  # fmt: skip
    if one_by_one and any(isinstance(job.tasks[0].step, READY) and job.phase >= imports[0].phase
                          for job in jobs):  # fmt: skip
        return None
    return _Way(tasks, tuple(dict.fromkeys(job.phase for job in imports)), last, one_by_one)


def _is_first(task: Task, way: _Way, inside: set[str], near: set[str]) -> bool:
    """Whether a Step belongs to the pilot of the devices ``inside``, whom those ``near`` judge."""
    if isinstance(task.step, ImportInto):
        return task.device in near or isinstance(task.step, PushRoot)
    if isinstance(task.step, InstallCertificate):
        return task.device in inside
    # A certificate must have been made before it can be imported one by one.
    return way.one_by_one or not task.device or task.device in inside


def _others(first: Sequence[Task], inventory: Inventory, around: Sequence[str]) -> str:
    """Who imports besides the devices of the plan, in words: those that talk to them."""
    importing = {task.device for task in first if isinstance(task.step, ImportInto)}
    if not importing:
        return ""
    if len(around) >= _FEW:
        return "everybody else"
    places = []
    if around:
        names = " and ".join(filter(None, (", ".join(around[:-1]), around[-1])))
        places.append(f"in dial plan{'s' if len(around) > 1 else ''} {names}")
    if any(not inventory.devices[name].dial_plans for name in importing):
        places.append("in no dial plan")
    return f"the devices {' and '.join(places)}, which talk to them" if places else ""


def _phases(numbers: Sequence[int]) -> str:
    """“phase 2”, “phases 2 and 3”, “phases 1 to 3”."""
    first, last = numbers[0], numbers[-1]
    if first == last:
        return f"phase {first}"
    if last - first + 1 == len(numbers) > 2:
        return f"phases {first} to {last}"
    return f"phases {', '.join(map(str, numbers[:-1]))} and {last}"
