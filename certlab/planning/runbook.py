"""A runbook: Steps as jobs for people, with commands, checks and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from ..deployment import (
    AddDevice,
    CreateAuthority,
    Deployment,
    DeviceStep,
    GenerateSelfSigned,
    ImportInto,
    InstallCertificate,
    IssueCertificate,
    MergeDialPlans,
    OpenAccount,
    Phase,
    Procedure,
    PublishCRL,
    PushRoot,
    RemoveFrom,
    Renew,
    RenewAuthority,
    RequestCertificate,
    Revoke,
    Step,
    SwitchDialPlan,
    touches,
)
from ..deployment.authority_steps import ROOT_CRL_DAYS
from ..deployment.steps import on_windows, plural
from ..errors import InvalidInput
from ..pki import KeyStore
from .counting import team_of
from .figures import Figure, counted, times
from .pilot import READY, Pilot, pilot_of


class How(NamedTuple):
    """How to see that a Step worked, and how to take it back. Capitals are to be filled in."""

    check: str
    back: str


class Task(NamedTuple):
    """One Step with its number in the whole order, from 1, and the command for it."""

    number: int
    step: Step
    command: str

    @property
    def device(self) -> str:
        """The device it is for, also where it is done elsewhere; empty for an authority or plan."""
        return self.step.device if isinstance(self.step, DeviceStep) else ""


@dataclass(frozen=True)
class Job:
    """Steps of one kind that one team does in one phase, on one kind of platform.

    ``place`` is its place within the phase, from 1, and ``after`` are the jobs that must be
    finished before it begins; both are those of the whole runbook, also on the sheet of a team.
    """

    phase: int
    place: int
    title: str
    team: str
    how: How
    tasks: tuple[Task, ...] = field(repr=False)
    inverse: Step | None = None
    """The Step that takes the first of them back, where there is one."""
    after: tuple[Job, ...] = field(default=(), repr=False, compare=False)

    @property
    def number(self) -> str:
        """What it is called on every sheet: “2.1”."""
        return f"{self.phase}.{self.place}"

    @property
    def touches(self) -> int:
        """How many pieces of work by hand it is."""
        return touches(task.step for task in self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)


@dataclass(frozen=True)
class Runbook:
    """What is left to do, job by job in the order in which it works.

    ``team`` or ``device`` says whose sheet it is; both are empty in the whole.
    """

    title: str
    deployment: Deployment
    jobs: tuple[Job, ...] = field(repr=False)
    team: str = ""
    device: str = ""
    notes: tuple[str, ...] = field(default=(), repr=False)
    """What it asks for beyond the procedure, in sentences."""
    pilot: Pilot | None = field(default=None, repr=False)
    """What may be done first to see that it works, where the procedure allows it."""
    hours_per_touch: Figure | None = field(default=None, repr=False)

    @property
    def whose(self) -> str:
        """The team or device it is for; empty for everybody's."""
        return self.device or self.team

    @cached_property
    def teams(self) -> tuple[str, ...]:
        """The teams in it, in the order in which their turn comes."""
        return tuple(dict.fromkeys(job.team for job in self.jobs))

    def for_team(self, team: str) -> Runbook:
        """The part of one team. Raises ``InvalidInput`` when it has none."""
        if team not in self.teams:
            expected = "one of " + ", ".join(self.teams)
            raise InvalidInput(f"no job here is for team {team!r}", expected=expected)
        return replace(self, jobs=tuple(j for j in self.jobs if j.team == team), team=team)

    def for_device(self, device: str) -> Runbook:
        """What is done at or for one device. Raises ``UnknownName``."""
        self.deployment.inventory.device(device)
        jobs = tuple(
            replace(job, tasks=tasks, inverse=inverse(tasks[0].step, self.deployment))
            for job in self.jobs
            if (tasks := tuple(task for task in job.tasks if task.device == device))
        )
        return replace(self, jobs=jobs, device=device)

    @cached_property
    def gates(self) -> Mapping[str, tuple[Job, ...]]:
        """For each job by its number: what must be finished first that its team cannot see here.

        These are jobs of other teams, and of its own those that are not whole on this sheet. What
        an earlier job of the team has waited for is not named again.
        """
        here = {job.number: len(job) for job in self.jobs}
        gates, known = {}, set[tuple[str, str]]()
        for job in self.jobs:
            gates[job.number] = tuple(
                before
                for before in job.after
                if (job.team, before.number) not in known
                and not (before.team == job.team and here.get(before.number) == len(before))
            )
            known |= {(job.team, before.number) for before in job.after}
        return gates

    @property
    def touches(self) -> int:
        """How many pieces of work by hand all jobs are together."""
        return touches(task.step for task in self)

    @property
    def hours(self) -> Figure | None:
        """The touches by hand in hours, where it is known how long one takes."""
        if self.hours_per_touch is None:
            return None
        asked = counted("touches of the runbook", self.touches, "touches", "counted from its Steps")
        return times("hours of the runbook", "h", asked, self.hours_per_touch)

    def __iter__(self) -> Iterator[Task]:
        return (task for job in self.jobs for task in job.tasks)

    def __len__(self) -> int:
        return sum(map(len, self.jobs))

    def __repr__(self) -> str:
        return f"Runbook({self.title!r}, {len(self)} steps in {len(self.jobs)} jobs)"


def runbook(
    deployment: Deployment,
    procedure: Procedure | None = None,
    *,
    hours_per_touch: Figure | None = None,
) -> Runbook:
    """What is left of a procedure, as jobs in order, for each team and each platform.

    The order is one for a live estate: nothing is presented before all who judge it hold its
    anchor. The list that a new offline root publishes next is the last job. Commands are
    documented, not run, but for the openssl ones. Nothing is changed. With ``hours_per_touch``,
    such as ``ASSUMPTIONS.figure("hours_per_touch")``, it tells the hours too. Raises
    ``InvalidInput`` unless the first two are given: what is left depends on the Deployment.
    """
    if procedure is None or not isinstance(deployment, Deployment):
        raise InvalidInput(
            "a runbook is what is left of a procedure at a Deployment",
            where=f"runbook({type(deployment).__name__}, {type(procedure).__name__})",
            expected="a Deployment and a Procedure",
            remedy="Give both, such as runbook(lab, migrate(lab, to=InternalPKI()).procedure).",
        )
    # Commands name devices that may only join on the way.
    stage = replace(deployment, keys=KeyStore())
    for step in procedure:
        if isinstance(step, AddDevice) and not step.is_done(stage):
            stage = step.apply(stage)
    # What the lab made is told by its key: no command names its serial number.
    stage = replace(stage, keys=deployment.keys)
    jobs: list[Job] = []
    number = 0
    left = (
        [s for s in phase if not s.is_done(deployment if isinstance(s, AddDevice) else stage)]
        for phase in procedure.phases
    )
    phases = [
        Phase(phase.title, tuple(steps))
        for phase, steps in zip(procedure.phases, left, strict=True)
        if steps
    ]
    counted = touches(step for phase in phases for step in phase)
    phases = _trusted_first(phases, stage)
    later, notes = _later(phases, stage), []
    if again := touches(step for phase in phases for step in phase) - counted:
        notes.append(f"For {plural(again, 'touch', 'touches')} more than setting up counts, each "
                     "device makes its certificate first and presents it when its peers hold "
                     "it.")  # fmt: skip
    if later:
        notes.append(f"The last job has its day, and comes back every {ROOT_CRL_DAYS} days: nobody "
                     "publishes the list of an offline root by itself. Setting up does not count "
                     "it.")  # fmt: skip
    for turn, phase in enumerate((*phases, *later), start=1):
        found: dict[tuple[str, type[Step], How, str], list[Task]] = {}
        for step in sorted(phase, key=_stage):
            number += 1
            how = _how(step, stage)
            team, authority = team_of(step, stage.inventory), getattr(step, "authority", "")
            key = team, type(step), how, authority
            found.setdefault(key, []).append(Task(number, step, step.command(stage)))
        for place, ((team, kind, how, _), tasks) in enumerate(found.items(), start=1):
            # What has its day afterwards waits for nobody: its day comes all the same.
            after = () if turn > len(phases) else _before(kind, turn, jobs)
            jobs.append(Job(turn, place, phase.title, team, how, tuple(tasks),
                            inverse(tasks[0].step, stage), after))  # fmt: skip
    pilot = pilot_of(jobs, stage.inventory)
    return Runbook(procedure.title, stage, tuple(jobs), notes=tuple(notes), pilot=pilot,
                   hours_per_touch=hours_per_touch)  # fmt: skip


def _stage(step: Step) -> int:
    """The order within a phase: what is made ready, what is imported, and then all the others."""
    return 0 if isinstance(step, (AddDevice, *READY)) else 1 if isinstance(step, ImportInto) else 2


def _before(kind: type[Step], phase: int, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs so far that must be finished first: earlier phases, and in its own other kinds."""
    return tuple(
        job
        for job in jobs
        if job.phase < phase
        or not (issubclass(kind, type(first := job.tasks[0].step)) or isinstance(first, kind))
    )


def _trusted_first(phases: list[Phase], stage: Deployment) -> list[Phase]:
    """The phases with the switches after the last import; what makes and presents is parted."""
    imports = [n for n, phase in enumerate(phases) if any(isinstance(s, ImportInto) for s in phase)]
    ahead: list[Phase] = []
    switches: list[Phase] = []
    end = max(imports, default=-1) + 1
    for phase in phases[:end]:
        if not all(isinstance(step, InstallCertificate | GenerateSelfSigned) for step in phase):
            ahead.append(phase)
            continue
        parts = [p for step in phase for p in step.parts if not p.is_done(stage)]
        ready = tuple(p for p in parts if not isinstance(p, InstallCertificate))
        switch = tuple(p for p in parts if isinstance(p, InstallCertificate))
        title = "Every device presents its own certificate" if ready else phase.title
        ahead.append(Phase(phase.title, ready))
        switches.append(Phase(title, switch))
    return [phase for phase in (*ahead, *switches, *phases[end:]) if phase.steps]


def _later(phases: list[Phase], stage: Deployment) -> list[Phase]:
    """What has its day afterwards: the next list of each offline root that is set up."""
    day = stage.at + timedelta(days=ROOT_CRL_DAYS)
    return [
        Phase(f"Later, before {day:%Y-%m-%d}: the next revocation list of the offline root",
              (PublishCRL(step.root),))
        for phase in phases
        for step in phase
        if isinstance(step, CreateAuthority) and step.root != step.authority
    ]  # fmt: skip


def inverse(step: Step, deployment: Deployment) -> Step | None:
    """The Step that leaves things as they were before, or None where only words say how."""
    if isinstance(step, ImportInto):
        return RemoveFrom(step.device, step.certificate_of, step.store)
    if isinstance(step, SwitchDialPlan):
        plan = deployment.inventory.dial_plans.get(step.plan)
        return SwitchDialPlan(step.plan, plan.security) if plan else None
    return None


def _how(step: Step, deployment: Deployment) -> How:
    """The words for a Step, on the platform of the device it is for."""
    devices = deployment.inventory.devices
    device = devices.get(step.device) if isinstance(step, DeviceStep) else None
    for kind in type(step).__mro__:
        if kind in _HOW:
            return _HOW[kind][device is not None and not on_windows(device)]
    return _ANY


_CALL = "then a test call each way: count it only when it is answered"
_ANY = How(f"Look at it where it was done; {_CALL}.", "Put back what was there before.")
_SIGNED = How(
    "openssl x509 -in FILE -noout -serial -subject -issuer -dates "
    "-ext subjectAltName,extendedKeyUsage shows its SERIAL, the device’s full name, the right "
    "issuer, the dates and the uses.",
    "Have it revoked: at a CA of your own with certutil -revoke SERIAL 4 and certutil -crl, at a "
    "public one on its site. The device goes on presenting what it had.",
)
_POLICY = How(
    "gpresult /r on a server names the policy, and certutil -grouppolicy -store Root lists the "
    "certificate with the fingerprint that its owner read out.",
    "Take it out of the same policy, then gpupdate /force.",
)
_PLAN = How(
    f"Get-UMDialPlan PLAN shows the mode; {_CALL}, on port 5061 when secure and 5060 when not.",
    "The same command with the former mode, and the restart.",
)
_WORDS: dict[type[Step], How | tuple[How, How]] = {
    AddDevice: (
        How(
            "Get-UMServer lists the dial plans.",
            "Take the dial plans off the server: nothing else knows of it yet.",
        ),
        How(
            "Get-UMIPGateway and Get-UMHuntGroup list it.",
            "Remove-UMHuntGroup, then Remove-UMIPGateway: nothing else knows of it yet.",
        ),
    ),
    CreateAuthority: How(
        "certutil -CAInfo name on each CA; every CA certificate and first revocation list can be "
        "fetched from the addresses that were set; Get-CATemplate names the new template.",
        "Uninstall-AdcsCertificationAuthority. Nobody has imported the root yet.",
    ),
    OpenAccount: How(
        "The CA’s site lists every domain as validated.",
        "Remove the records from the DNS and close the account.",
    ),
    RequestCertificate: (
        How(
            "Get-ExchangeCertificate lists the request as pending.",
            "Remove-ExchangeCertificate -Thumbprint THUMBPRINT takes the request away. What the "
            "server presents has not changed.",
        ),
        How(
            "openssl req -in FILE.csr -noout -verify -subject says OK and the full name.",
            "Delete FILE.key and FILE.csr. What the device presents has not changed.",
        ),
    ),
    IssueCertificate: _SIGNED,
    InstallCertificate: (
        How(
            "Get-ExchangeCertificate | Format-List Subject, Services, NotAfter shows the service "
            f"beside the new one (UM; SMTP on a server without UM); {_CALL}.",
            "The same Enable-ExchangeCertificate with -Thumbprint FORMER, and the restart. Keep "
            "the former one until the phase is over.",
        ),
        How(
            f"openssl s_client -connect FQDN:5061 shows the new certificate; {_CALL}.",
            "Put the former certificate and key back and reload. Keep both until the phase is "
            "over.",
        ),
    ),
    GenerateSelfSigned: (
        How(
            "Get-ExchangeCertificate lists it. Read its fingerprint out to those who will import "
            "it.",
            "Remove-ExchangeCertificate -Thumbprint THUMBPRINT; the former one is used again.",
        ),
        How(
            "openssl x509 -in FILE.cer -noout -subject -enddate -fingerprint -sha256. Read the "
            "fingerprint out to those who will import it.",
            "Delete the two new files; put the former ones back if they were in use.",
        ),
    ),
    PushRoot: _POLICY,
    ImportInto: (
        How(
            "certutil -store Root lists it, with the fingerprint that its owner read out.",
            "certutil -delstore Root SERIAL, which -store lists. Nothing depends on it before the "
            "switch.",
        ),
        How(
            "The device’s list of trusted certificates shows it, with the fingerprint that its "
            "owner read out.",
            "Delete it from the list. Nothing depends on it before the switch.",
        ),
    ),
    RemoveFrom: How(
        f"The store lists it no more; {_CALL}.",
        "Import the file again: keep a copy before you remove it.",
    ),
    Renew: _SIGNED,
    Revoke: How(
        "certutil -crl publishes; openssl crl -in FILE.crl -noout -text lists the serial number.",
        "A revocation stays. Issue a new certificate.",
    ),
    PublishCRL: How(
        "openssl crl -in FILE.crl -noout -lastupdate -nextupdate, fetched from the address that "
        "certificates carry.",
        "A list that was published stays; the next one takes its place.",
    ),
    RenewAuthority: How(
        "openssl x509 -in FILE.cer -noout -serial -dates shows the new certificate of the CA.",
        "What was issued under the former certificate goes on serving; issue with that one again.",
    ),
    SwitchDialPlan: _PLAN,
    MergeDialPlans: How(
        f"Get-UMServer and Get-UMHuntGroup show the one plan; {_CALL}.",
        "New-UMDialPlan with the former mode, and the former servers and hunt groups in it.",
    ),
}
_HOW = {kind: (given, given) if isinstance(given, How) else given for kind, given in _WORDS.items()}
