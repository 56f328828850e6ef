"""The four grades of an exercise: what is given, what counts as an answer, and who is the judge.

The judge is always validation. A wrong answer gets the sentence of the trace that refutes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from ..deployment import (
    CellState,
    Deployment,
    Inventory,
    Procedure,
    Step,
    Store,
    TrustModel,
    begin,
    trust_matrix,
    why,
)
from ..deployment.steps import listed, tell_together
from ..errors import InvalidInput
from ..validation import FindingKind
from .diagnosis import (
    HOLDERS,
    NOT_SO,
    diagnose,
    disproof,
    place_of,
    reason_told,
    together,
    told,
)
from .fault_steps import CLOCK
from .faults import FAULTS


class Reply(NamedTuple):
    """What the judge says to an answer; ``left`` is how much is still to be found or mended.

    ``found`` is of a claim alone: whether it is so, even where there is more to find.
    """

    correct: bool
    words: str
    left: int = 0
    found: bool | None = None

    @property
    def verdict(self) -> str:
        """In a word or two; what is said of a claim has it in its words."""
        if self.correct:
            return "Right."
        return "Not yet." if self.found is None else ""

    def __repr__(self) -> str:
        return f"{self.verdict} {self.words}".lstrip()


class Field(NamedTuple):
    """One choice that an answer is made of: values, each with the words shown for it."""

    name: str
    label: str
    options: Mapping[str, str]


Found = set[tuple[Any, ...]]
"""What a learner has found so far, where there is more than one thing to find."""


class Problem(Protocol):
    """One edition of an exercise: what is given, what is asked, and the judge of answers.

    ``fields`` are what an answer is chosen from, none where Steps are run instead. ``hints`` are
    two, the second stronger. ``answers``, given in this order, solve it; ``solution`` says the
    same in words, and ``after`` is what is shown at the end.
    """

    @property
    def lab(self) -> Deployment: ...
    @property
    def question(self) -> str: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...
    def judge(self, *answer: Any, found: Found) -> Reply: ...
    def hints(self, found: Found) -> tuple[str, str]: ...
    def answers(self) -> tuple[tuple[Any, ...], ...]: ...
    def solution(self) -> str: ...
    def after(self) -> Deployment: ...


def given(deployment: Deployment) -> Deployment:
    """The sealed holdings to begin with: no certificate is known but those that are there."""
    lab = sealed(deployment)
    there = {authority.certificate.fingerprint for authority in lab.authorities.values()}
    for authority in lab.authorities.values():
        there.update(authority.issued)
    for device in lab.inventory.devices:
        there.update(one.fingerprint for store in Store for one in lab.held_in(device, store))
        for shown in lab.presented_by(device):
            there.update(one.fingerprint for one in (shown.certificate, *shown.chain))
    known = lab.certificates
    for fingerprint in set(known) - there:
        known = known.remove(fingerprint)
    return replace(lab, certificates=known)


def sealed(deployment: Deployment) -> Deployment:
    """The same holdings without the journal: what was done can be read off them alone.

    A device keeps what it presents and no certificate from before, which it could go back to.
    """
    for device in deployment.inventory.devices:
        shown = {presented.certificate for presented in deployment.presented_by(device)}
        for certificate in set(deployment.held_in(device, Store.PERSONAL)) - shown:
            deployment = deployment.with_removed(device, Store.PERSONAL, certificate)
    return replace(deployment, previous=None, entry=None)


# --- predict ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prediction:
    """What will come of ``steps``: ``ask`` reads a key and the reason off the Deployment after."""

    lab: Deployment
    question: str
    steps: tuple[Step, ...] = field(repr=False)
    options: Mapping[str, str]
    ask: Callable[[Deployment], tuple[str, str]] = field(repr=False)
    pair: tuple[str, str] | None = None
    """Presenter and verifier, where it is about two."""
    clue: str = ""
    """The second hint, where it is not to be the steps."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return (Field("answer", "Your prediction", self.options),)

    def judge(self, *answer: Any, found: Found) -> Reply:
        chosen = _one_of(str(answer[0]), self.options)
        truth, reason = self.ask(self.after())
        correct = chosen == truth
        said = f"You said “{self.options[chosen]}”. {self._against(chosen, reason)}{reason}"
        return Reply(correct, reason if correct else said)

    def _against(self, chosen: str, reason: str) -> str:
        """The check that speaks against what was predicted, unless the reason says it already."""
        fault = _FAULT_OF.get(chosen)
        if self.pair is None or fault is None:
            return ""
        presenter, verifier = self.pair
        place = place_of(self.after(), fault, verifier, presenter)
        said = disproof(self.after(), (fault, place), only=self.pair) if place else ""
        if not said.startswith(NOT_SO) or (words := said.removeprefix(NOT_SO)) in reason:
            return ""
        return f"{words} "

    def hints(self, found: Found) -> tuple[str, str]:
        truth, _ = self.ask(self.after())
        keys = list(self.options)
        first = keys.index(truth) // 2 * 2
        left = [self.options[key] for key in keys[min(first, len(keys) - 2) :][:2]]
        steps = tell_together(self.steps)
        return (
            self.clue or f"Step by step, what happens is this: {steps}.",
            f"It is one of two: {' or '.join(left)}.",
        )

    def answers(self) -> tuple[tuple[Any, ...], ...]:
        return ((self.ask(self.after())[0],),)

    def solution(self) -> str:
        truth, reason = self.ask(self.after())
        return f"{self.options[truth]}. {reason}"

    def after(self) -> Deployment:
        return self._after

    @cached_property
    def _after(self) -> Deployment:
        return sealed(self.lab.run(self.steps))


_FAULT_OF = {
    **{kind.value: fault for kind, fault in HOLDERS.items()},
    FindingKind.NOT_IMPORTED.value: "root",
    FindingKind.UNTRUSTED_ROOT.value: "root",
    FindingKind.ISSUER_MISSING.value: "chain",
    FindingKind.REVOCATION_STALE.value: "stale",
}


# --- diagnose -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Diagnosis:
    """A Deployment with hidden faults: find which and where. ``at`` is the true time.

    ``keys`` and ``places`` are what there is to choose from, whatever the fault is.
    """

    lab: Deployment
    question: str
    at: datetime
    keys: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return (
            Field("what", "What is wrong", {key: FAULTS[key].title for key in self.keys}),
            Field("where", "Where", {place: place for place in self.places}),
        )

    def judge(self, *answer: Any, found: Found) -> Reply:
        what, where = (
            _one_of(str(value), of.options) for value, of in zip(answer, self.fields, strict=True)
        )
        truth = diagnose(self.lab, self.at)
        if (what, where) not in truth:
            said = disproof(self.lab.moved_to(self.at), (what, where))
            words = f"{_claimed(what, where)}: {said[0].lower()}{said[1:]}"
            return Reply(False, words, len(truth) - len(found), found=False)
        found.add((what, where))
        left = len(truth) - len(found)
        more = f", and {left} more to find" if left else ""
        words = f"{_claimed(what, where)}: found{more}. {truth[what, where]}"
        return Reply(not left, words, left, found=True)

    def hints(self, found: Found) -> tuple[str, str]:
        open_ = [c for c in diagnose(self.lab, self.at) if c not in found]
        what, where = (open_ or list(found))[0]
        kind, there = _LOOK[FAULTS[what].at]
        return f"Look at {kind}.", f"Look at {where}: {there}"

    def answers(self) -> tuple[tuple[Any, ...], ...]:
        return tuple(diagnose(self.lab, self.at))

    def solution(self) -> str:
        truth = diagnose(self.lab, self.at).items()
        return together(f"{_claimed(key, place)}. {said}" for (key, place), said in truth)

    def after(self) -> Deployment:
        return self.lab


def _claimed(key: str, place: str) -> str:
    """A claim in words."""
    title = FAULTS[key].title
    return title if (FAULTS[key].at, place) == ("clock", CLOCK) else f"{title} at {place}"


_LOOK = {
    "verifier": ("what a device trusts",
                 "whose certificates does it hold, and in which of its stores?"),
    "presenter": ("what a device presents",
                  "dates, names, uses, constraints, key; who signed, what is sent and listed."),
    "authority": ("what an authority publishes", "when was its next list due?"),
    "clock": ("the time", "is it the day that the question tells?"),
}  # fmt: skip
"""By whose fault it is: what the hints say to look at, and what to look for there."""


# --- repair -------------------------------------------------------------------------------------

HOLES = {
    FindingKind.PINNED_LEAF: "That link works by a hole: a leaf stands among the trusted roots.",
    FindingKind.PARTIAL_CHAIN: "That link works by a hole: an issuing CA stands among the trusted "
    "roots.",
    FindingKind.CA_PINNED_AS_ROOT: "That link works by a hole: a device can now sign for anybody.",
}
"""Notes on accepted certificates that a repair must not leave behind."""


@dataclass(frozen=True)
class Repair:
    """A broken Deployment: make every link work again, with no hole and in the fewest steps."""

    lab: Deployment
    question: str
    at: datetime
    steps: tuple[Step, ...] = field(repr=False)
    fields: tuple[Field, ...] = ()

    def judge(self, *answer: Any, found: Found) -> Reply:
        (now,) = answer
        refused = trust_matrix(now).refused
        said = next(self._objections(now), None)
        if said is not None:
            return Reply(False, said, len(refused))
        count = sum(len(entry.steps) for entry in now.journal)
        if count > len(self.steps):
            said = f"You took {count} steps; {_enough(self.steps)}. Undo, and look again."
            return Reply(False, f"Every link works, and no hole is open. {said}")
        steps = "1 step" if count == 1 else f"{count} steps"
        said = f"Every link works and no hole is open, in {steps}: fewer would not do."
        return Reply(True, f"{said}{_left_behind(now)}")

    def _objections(self, now: Deployment) -> Iterator[str]:
        """What speaks against it, the worst first."""
        if (now.inventory, now.policy) != (self.lab.inventory, self.lab.policy):
            yield ("No link is checked any more: without mutual TLS anybody can be anybody. The "
                   "refusals are gone because nobody asks.")  # fmt: skip
        if now.at != self.at:
            yield (f"It is {self.at:%Y-%m-%d}, and the clock stands at {now.at:%Y-%m-%d}. A wrong "
                   "clock makes expired certificates good, and good ones bad.")  # fmt: skip
        matrix, before = trust_matrix(now), trust_matrix(self.lab)
        known = {(f.kind, f.certificate) for _, c in before for v in c.verdicts for f in v.findings}
        for _, cell in matrix:
            for finding in (f for verdict in cell.verdicts for f in verdict.findings):
                if finding.kind in HOLES and (finding.kind, finding.certificate) not in known:
                    yield f"{HOLES[finding.kind]} {finding.words} ({finding.section})"
        for pair in matrix.refused:
            reason = why(now, pair[0], trusts=pair[1])
            yield f"{reason.headline} still: {reason_told(now, *pair)}"
        for device in now.inventory.devices:
            for anchor in set(now.anchors_of(device)) - set(self.lab.anchors_of(device)):
                without = now.with_removed(device, Store.ROOT, anchor)
                if not trust_matrix(without).refused:
                    yield (f"{device} now has “{anchor.label}” among its trusted roots, and "
                           "no link needs it: each root more is one more who can vouch for "
                           "anybody.")  # fmt: skip

    def hints(self, found: Found) -> tuple[str, str]:
        refused = trust_matrix(self.lab).refused
        first = reason_told(self.lab, *refused[0]) if refused else ""
        places = ", ".join(dict.fromkeys(step.place for step in self.steps))
        enough = f"{_enough(self.steps)}, at {places}."
        return first or "Look for a note, not for a refusal.", enough

    def answers(self) -> tuple[tuple[Any, ...], ...]:
        return ((self.after(),),)

    def solution(self) -> str:
        return "; ".join(step.tell() for step in self.steps) + "."

    def after(self) -> Deployment:
        return self.lab.run(self.steps)


def _left_behind(now: Deployment) -> str:
    """Which devices still hold a root that has expired, and what of it."""
    held = [device for device in now.inventory.devices
            if any(now.at > anchor.not_after for anchor in now.anchors_of(device))]  # fmt: skip
    if not held:
        return ""
    holds = "holds" if len(held) == 1 else "hold"
    return (f" {listed(held)} still {holds} the expired certificate among the trusted roots. It "
            "makes nobody trusted any more, and can be removed when there is time.")  # fmt: skip


# --- design -------------------------------------------------------------------------------------


class Plan(NamedTuple):
    """A model at work on an inventory: what a demand is put to."""

    procedure: Procedure
    deployment: Deployment


class Demand(NamedTuple):
    """What a design must meet; ``unmet`` gives the reason why a plan does not, or nothing."""

    words: str
    unmet: Callable[[Plan], str]


@dataclass(frozen=True)
class Design:
    """Choose a trust model for an inventory, so that every demand is met at a given moment."""

    inventory: Inventory
    question: str
    at: datetime
    models: Mapping[str, tuple[str, TrustModel]]
    demands: tuple[Demand, ...]

    @cached_property
    def lab(self) -> Deployment:
        return begin(self.inventory, at=self.at, seed="design")

    @property
    def fields(self) -> tuple[Field, ...]:
        options = {key: title for key, (title, _) in self.models.items()}
        return (Field("answer", "Your design", options),)

    def _judge(self, model: TrustModel) -> tuple[Plan, tuple[str, ...]]:
        """The model at work, and the demands it does not meet, with the reasons."""
        procedure = model.procedure(self.inventory)
        plan = Plan(procedure, self.lab.run(procedure))
        unmet = ((demand.words, demand.unmet(plan)) for demand in self.demands)
        return plan, tuple(f"{words}: not met. {said}" for words, said in unmet if said)

    @cached_property
    def _judged(self) -> Mapping[str, tuple[Plan, tuple[str, ...]]]:
        return {key: self._judge(model) for key, (_, model) in self.models.items()}

    def judge(self, *answer: Any, found: Found) -> Reply:
        (chosen,) = answer
        if hasattr(chosen, "procedure") and not isinstance(chosen, type):
            plan, unmet = self._judge(chosen)
        else:
            plan, unmet = self._judged[_one_of(str(chosen), self.models)]
        if unmet:
            return Reply(False, together(unmet), len(unmet))
        counts = f"{len(plan.procedure)} steps, {plan.procedure.touches} touches"
        return Reply(True, f"Every demand is met, with {counts}.")

    def hints(self, found: Found) -> tuple[str, str]:
        right = [key for (key,) in self.answers()]
        wrong = next(key for key in self.models if key not in right)
        _, unmet = self._judged[wrong]
        hard = next(d for d in self.demands if any(d.words in text for text in unmet))
        pair = [self.models[key][0] for key in self.models if key in (wrong, right[0])]
        return f"This decides: {hard.words}.", f"It is one of two: {' or '.join(pair)}."

    def answers(self) -> tuple[tuple[Any, ...], ...]:
        return tuple((key,) for key, (_, unmet) in self._judged.items() if not unmet)

    def solution(self) -> str:
        return " or ".join(self.models[key][0] for (key,) in self.answers()) + "."

    def after(self) -> Deployment:
        return self._judged[self.answers()[0][0]][0].deployment


def links_work(plan: Plan) -> str:
    """Why not every link works, if that is so."""
    matrix = trust_matrix(plan.deployment)
    if not matrix.refused:
        return ""
    return f"{matrix.headline}. {told(plan.deployment, *matrix.refused[0])}"


def works(deployment: Deployment) -> int:
    """How many directions are accepted."""
    return sum(cell.state is CellState.ACCEPTED for _, cell in trust_matrix(deployment))


def _one_of(value: str, options: Mapping[str, Any]) -> str:
    if value not in options:
        raise InvalidInput(f"{value!r} is no answer here", expected="one of " + ", ".join(options))
    return value


def _enough(steps: Sequence[Step]) -> str:
    return f"{len(steps)} {'step is' if len(steps) == 1 else 'steps are'} enough"
