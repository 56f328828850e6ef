"""The gallery: every scenario played at one moment, what each verifier says, and a lab of it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from types import MappingProxyType

from ..deployment import (
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    ImportAnchor,
    Inventory,
    Role,
    SecurityMode,
    Store,
    moment,
    trust_matrix,
)
from ..errors import StepRefused, UnknownName
from ..pki import LessonKeys
from ..validation import POLICIES, Finding, Purpose, Verdict
from ..validation.policy import Attitude
from .scenarios import SCENARIOS
from .scenarios_stage import GATEWAY, UM, Case, Scenario


@dataclass(frozen=True)
class Played:
    """A scenario at a moment: its case with real certificates, and what verifiers say to it."""

    scenario: Scenario
    at: datetime

    @cached_property
    def case(self) -> Case:
        """Everything the verifier is given."""
        return self.scenario.build(self.at)

    @cached_property
    def verdict(self) -> Verdict:
        """By the rules the scenario is told for, RFC 5280 in most."""
        return self.case.validate()

    @cached_property
    def verdicts(self) -> MappingProxyType[str, Verdict]:
        """By the key of each policy: what each kind of verifier says."""
        return MappingProxyType({key: self.case.validate(one) for key, one in POLICIES.items()})

    @property
    def finding(self) -> Finding | None:
        """The reason of a refusal, or the first note of what is accepted."""
        return next(iter(self.verdict.findings), None)

    @property
    def disputed(self) -> bool:
        """Whether verifiers differ."""
        return len({verdict.accepted for verdict in self.verdicts.values()}) > 1

    def lab(self) -> Deployment:
        """The scenario as two machines with a link: a Deployment to change, repair and call in.

        Raises ``StepRefused`` where no deployment says the same (an OCSP answer, say, or a call
        by address): then ``case`` has the values to go on with.
        """
        if self._lab is None:
            raise StepRefused(
                f"“{self.scenario.title}” cannot be told with two machines alone",
                expected="a call by a DNS name, with certificates and revocation lists",
                remedy="Go on with the values: case.certificate, case.anchors, case.validate().",
            )
        return self._lab

    @property
    def has_lab(self) -> bool:
        """Whether two machines tell the same, so that ``lab`` gives one."""
        return self._lab is not None

    @cached_property
    def _lab(self) -> Deployment | None:
        case, presenter, verifier = self.case, "um1", "gw1"
        if case.name != UM or case.ocsp or not case.key_fits:
            return None
        policy = case.policy
        if case.require_revocation:
            policy = replace(policy, revocation=Attitude.REQUIRED)
        source = LessonKeys(f"gallery {self.scenario.key}")
        lab = Deployment(_OFFICE, case.at, source, policy=policy, outside_crls=case.crls)
        # The other direction is in order, so that what is seen is the scenario's alone.
        lab = lab.run(GenerateSelfSigned(verifier), ImportAnchor(presenter, verifier))
        lab = replace(lab, previous=None, entry=None)
        lab = lab.with_credential(presenter, case.certificate, case.intermediates, Purpose.MUTUAL)
        lab = lab.with_key(presenter, case.key)
        for anchor in case.anchors:
            lab = lab.with_imported(verifier, Store.ROOT, anchor)
        told = trust_matrix(lab).cell(verifier, presenter).verdict
        same = told is not None and _said(told) == _said(self.verdict)
        return lab if same else None


_PLAN = DialPlan("office", SecurityMode.SIP_SECURED)
_OFFICE = Inventory.of(
    [
        Device("um1", UM, Role.UM_SERVER, (_PLAN.name,)),
        Device("gw1", GATEWAY, Role.GATEWAY, (_PLAN.name,)),
    ],
    [_PLAN],
)


def _said(verdict: Verdict) -> tuple[bool, str | None]:
    return verdict.accepted, verdict.reason.kind if verdict.reason else None


def scenario(key: str, at: datetime | date | str) -> Played:
    """Play one scenario at a moment: aware UTC, a date, or ISO text. Raises ``UnknownName``."""
    if key not in SCENARIOS:
        raise UnknownName(
            f"no scenario is called {key!r}",
            expected="one of: " + ", ".join(SCENARIOS),
        )
    return _played(key, moment(at))


@lru_cache(maxsize=4 * len(SCENARIOS))
def _played(key: str, at: datetime) -> Played:
    return Played(SCENARIOS[key], at)


def scenarios(
    at: datetime | date | str,
    words: str = "",
    *,
    outcome: str = "",
    kind: str = "",
    told: Container[str] = SCENARIOS,
) -> tuple[Played, ...]:
    """Every scenario at a moment, or those that a search finds.

    All of ``words`` have to stand in title, story or finding. ``outcome`` is accepted, refused or
    disputed (verifiers differ); ``kind`` is that of the first finding. Of a scenario whose key is
    not among those ``told``, the words are sought in its question alone.
    """
    every = (_played(key, moment(at)) for key in SCENARIOS)
    wanted = words.casefold().split()
    return tuple(
        one
        for one in every
        if (not outcome or outcome in _outcomes(one))
        and (not kind or (one.finding is not None and one.finding.kind == kind))
        and all(word in _text(one, one.scenario.key in told) for word in wanted)
    )


def _outcomes(one: Played) -> Iterable[str]:
    yield "accepted" if one.verdict.accepted else "refused"
    if one.disputed:
        yield "disputed"


def _text(one: Played, told: bool) -> str:
    tale, found = one.scenario, one.finding if told else None
    said = (found.kind, found.short, found.words) if found else ()
    story = (tale.title, tale.story) if told else (tale.question,)
    return " ".join((str(tale.number), *story, *said)).casefold()
