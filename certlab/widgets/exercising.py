"""The panel of an exercise, and the panel that breaks a lab: both on the bench."""

from __future__ import annotations

from typing import Any

from ..deployment import Deployment, Step, trust_matrix
from ..errors import CertlabError, InvalidInput, StepRefused
from ..training import EXERCISES, FAULTS, TOOLS, Exercise, Grade, Reply, keep_progress
from ..views import Markup, Seals, importing, inventory_table, join, tag
from ..views.bench import as_code, button, buttons, card, journal_card, map_card
from ..views.exercises import (
    actions_card,
    answer_fields,
    evidence_cards,
    help_card,
    look_field,
    question_card,
    reply_card,
    symptoms_card,
    tool_fields,
    when_shown,
)
from ..views.fields import select_field
from ..views.signs import ACCEPTED, NOTED, mark
from ..views.text import listed
from .bench import Bench

_PARTS = (
    "question", "answer", "actions", "judge", "help", "state", "journal", "look", "evidence", "map",
    "code",
)  # fmt: skip
"""What an exercise shows, in this order: each has its place from the start, shown or not."""


class ExercisePanel(Bench):
    """An exercise to do by clicking or in cells; ``exercise`` is the attempt itself.

    ``answer``, ``check``, ``hint``, ``reveal``, ``restart`` and ``another`` are shown here, too.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._clear()
        super().__init__(exercise.lab, name="one", look="cl-exercise",
                         label=f"Exercise: {exercise.title}")  # fmt: skip

    def _clear(self) -> None:
        lab = self.exercise.lab
        first = next(iter(lab.inventory.devices))
        self._chosen = {"look": first, "tool": "", "at": first, "of": ""}
        self._chosen |= dict.fromkeys((f.name for f in self.exercise.choices), "")
        self._hints: list[str] = []
        self._answers: list[tuple[Any, ...]] = []
        self._claims: dict[tuple[Any, ...], tuple[Reply, int]] = {}
        self._solution, self._asked = "", False

    def _choose_whose(self) -> None:
        """Where whose certificate is meant cannot stay as it is, the first other is chosen."""
        tool = TOOLS.get(self._chosen["tool"])
        choices = tool.choices(self.exercise.lab, self._chosen["at"]) if tool else ()
        if choices and self._chosen["of"] not in choices:
            self._chosen["of"] = choices[0]

    # --- what can be done --------------------------------------------------------------------

    def answer(self, *values: Any) -> Reply:
        """Commit an answer: one value of each of ``exercise.choices``."""
        reply = self.exercise.answer(*values)
        self._answers.append(values)
        for field, value in zip(self.exercise.choices, values, strict=True):
            if value in field.options:
                self._chosen[field.name] = value
        if reply.found is not None:  # a claim stays in sight, the newest on top
            _, before = self._claims.pop(values, (reply, 0))
            self._claims = {values: (reply, before + 1), **self._claims}
        self._shows(repr(reply))
        return reply

    def check(self) -> Reply:
        """Have the Deployment judged as it is now, where Steps are the answer."""
        reply = self.exercise.check()
        self._shows(repr(reply))
        return reply

    def hint(self) -> str:
        """The next of three hints."""
        said = self.exercise.hint()
        if said not in self._hints:
            self._hints.append(said)
        self._shows(f"Hint: {said}")
        return said

    def reveal(self) -> str:
        """The solution in words."""
        self._solution = self.exercise.reveal()
        self._shows(f"Solution: {self._solution}")
        return self._solution

    def restart(self, seed: str | None = None) -> None:
        """Begin again; with another seed, another edition."""
        self._from_the_start(self.exercise.restart(seed))

    def another(self) -> None:
        """Begin an edition that differs from this one."""
        self._from_the_start(self.exercise.another())

    def _from_the_start(self, exercise: Exercise) -> None:
        self._clear()
        self._start, self.selected = exercise.lab, ()
        self.deployment = exercise.lab
        self._shows(f"{exercise.title}: from the beginning")

    @property
    def code(self) -> str:
        """The cell that does what was done here."""
        lines = [f"one = exercise({self.exercise.id!r}, seed={self.exercise.seed!r})"]
        lines += [f"one.run({list(entry.steps)!r})" for entry in self.deployment.journal]
        lines += [f"one.answer({', '.join(map(repr, values))})" for values in self._answers]
        lines += ["one.check()"] if self.exercise.grade is Grade.REPAIR else []
        return importing("\n".join(lines), "one")

    def fill(self, field: str, value: str | bool) -> None:
        fixed = self.exercise.over and field != "look"
        if field in self._chosen and not fixed and (field != "tool" or value in ("", *TOOLS)):
            self.exercise.touch()
            self._asked = False
            self._chosen[field] = str(value)
            self._choose_whose()
            step = self._step() if field in ("tool", "at", "of") else None
            self._draw(step.tell() if step else self.status)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        over, asked, self._asked = self.exercise.over, self._asked, False
        match id:
            case "do:check" | "do:step" | "do:undo" | "do:hint" | "do:reveal" if over:
                pass
            case "do:check" if not self._ready:
                pass
            case "do:check" if self.exercise.grade is Grade.REPAIR:
                self.check()
            case "do:check":
                self.answer(*(self._chosen[f.name] for f in self.exercise.choices))
            case "do:step":
                if (step := self._step()) is not None:
                    self.run(step)
            case "do:hint":
                self.hint()
            case "do:reveal" if asked:
                self.reveal()
            case "do:reveal":
                self._asked = True
                self._draw("This ends the exercise: press Reveal again to see the solution.")
            case "do:restart":
                self.restart()
            case "do:another":
                self.another()
            case _ if id.startswith("do:") or self._is_shown:
                super().press(id)

    # --- what is shown -----------------------------------------------------------------------

    @property
    def _ready(self) -> bool:
        """Whether there is an answer that could be judged."""
        if self.exercise.grade is Grade.REPAIR:
            return self.deployment is not self.exercise.lab
        return all(self._chosen[f.name] for f in self.exercise.choices)

    @property
    def _is_shown(self) -> bool:
        """Whether the reasons may be seen: where they are not what is asked, or when it is over."""
        return self.exercise.over or self.exercise.grade is not Grade.DIAGNOSE

    def _step(self) -> Step | None:
        chosen = self._chosen
        tool = TOOLS.get(chosen["tool"])
        return tool.make(self.deployment, chosen["at"], chosen["of"]) if tool else None

    def _can_do(self, step: Step | None) -> bool:
        """Whether it can be tried: it is chosen, and not done already."""
        try:
            return step is not None and not step.is_done(self.deployment)
        except CertlabError:  # whoever tries it is told why
            return True

    def _judge(self) -> None:
        super()._judge()
        if self.exercise.over:
            self._matrix, self._seals = trust_matrix(self._seen), Seals.of(self._seen)
            self.selected = self.selected or next(iter(self._matrix.refused), ())

    def _shows(self, said: str) -> None:
        self._judge()
        self._draw(said)

    def _moved(self, change: Any) -> None:
        self.exercise.deployment = self.deployment
        if self.can_undo:
            self.exercise.touch()
        if not self.exercise.over:
            self.exercise.reply = None  # it spoke of another deployment
        super()._moved(change)

    def views(self) -> dict[str, Markup]:
        """The question and its buttons, the judge, and what may be looked at by now."""
        one, prefix = self.exercise, self._prefix
        repair, chosen = one.grade is Grade.REPAIR, self._chosen
        fields = (tool_fields(prefix, chosen["tool"], chosen["at"], one.lab) if repair
                  else answer_fields(one, prefix))  # fmt: skip
        self.values, self.notes = dict(chosen), self._explained()
        replies = list(self._claims.values()) or ([(one.reply, 1)] if one.reply else [])
        parts = dict.fromkeys(_PARTS, Markup("")) | {
            "question": question_card(one),
            "answer": card(
                tag(
                    "fieldset", fields, class_="cl-field", disabled="disabled" if one.over else None
                ),
                label="Your answer",
            ),
            "actions": actions_card(
                one, ready=self._ready, can_undo=self.can_undo, can_do=self._can_do(self._step())
            ),
            "judge": reply_card(one, replies, self._solution),
            "help": help_card(one, self._hints, self._asked),
        }
        if one.grade is Grade.DESIGN and not one.over:
            parts["state"] = card(inventory_table(one.lab.inventory), label="The devices")
        else:
            if repair or one.grade is Grade.DIAGNOSE:
                parts["state"] = symptoms_card(self._matrix)
            if repair:
                parts["journal"] = journal_card(self.deployment, "", can_undo=None)
            parts["look"] = look_field(prefix, one)
            parts["evidence"] = evidence_cards(self._seen, self._chosen["look"], self._seals)
        if self._is_shown and (one.over or one.grade is not Grade.DESIGN):
            when = when_shown(one)
            title = f"{when}: {self._matrix.headline}" if when else ""
            parts["map"] = map_card(self._matrix, title=title, selected=self.selected,
                                    seals=self._seals)  # fmt: skip
        parts["code"] = card(as_code(self.code), label="Code")
        return parts

    def _explained(self) -> dict[str, str]:
        """One plain sentence on what is chosen: the step, or the fault that is claimed."""
        if self.exercise.grade is Grade.REPAIR:
            return {"step": self._step_told()}
        fault = FAULTS.get(self._chosen.get("what", ""))
        return {"what": tag("p", fault.plain, class_="cl-hint") if fault else ""}

    def _step_told(self) -> Markup:
        """The step that is chosen, and in sight, too, that it changes nothing any more."""
        step, entry = self._step(), self.deployment.entry
        if step is None:
            return Markup("")
        said = tag("p", f"{step.tell()}.", class_="cl-hint")
        if self._can_do(step) or self.exercise.over:
            return said
        here = self.can_undo and entry is not None and step in entry.steps
        sign, done = (ACCEPTED, "Done.") if here else (
            NOTED, "That is done already: choose another step.")  # fmt: skip
        return join(said, tag("p", mark(sign), f" {done}", class_="cl-text cl-flush"))

    @property
    def _seen(self) -> Deployment:
        return self.exercise.outcome if self.exercise.over else self.deployment


def exercise(id: str, seed: str | None = None) -> ExercisePanel:  # noqa: A002 - what it is called
    """An exercise of ``EXERCISES``, in the edition of a seed: read, answer, and see why.

    ``seed`` left out is that of the class (the environment's ``CERTLAB_SEED``), or “workbook”.
    What is done in it is kept in the learner's record (see ``progress``). Raises ``UnknownName``
    for an id that is not there.
    """
    task = EXERCISES[id]
    keep_progress()
    return ExercisePanel(Exercise(task, seed))


class BreakIt(Bench):
    """Choose a fault and two devices, and see what it does; undo, and the code that does it."""

    def __init__(self, deployment: Deployment, *, name: str = "lab") -> None:
        links = deployment.inventory.links
        first = links[0].directions[0] if links else tuple(deployment.inventory.devices)[:2]
        if len(first) < 2:
            raise InvalidInput("there is no link to break", remedy="It takes two devices.")
        self._chosen = {"fault": next(iter(FAULTS)), "verifier": first[0], "presenter": first[1]}
        super().__init__(deployment, name=name, look="cl-stores-bench", label="Break it")

    def apply(self, fault: str, presenter: str, verifier: str) -> None:
        """Apply a fault of ``FAULTS`` to what the verifier makes of the presenter.

        What cannot be had is refused in sight, and nothing is done.
        """
        try:
            if verifier not in self._judges(presenter):
                raise StepRefused(
                    f"{verifier} does not judge what {presenter} presents",
                    remedy=f"Choose one of {listed(self._judges(presenter))}.",
                )
            steps = FAULTS[fault].steps(self.deployment, presenter, verifier)
        except CertlabError as error:
            self._trouble = str(error)
            self._draw(self._trouble)
            return
        self.selected = (verifier, presenter)
        self.run(steps)

    def fill(self, field: str, value: str | bool) -> None:
        known = FAULTS if field == "fault" else self.deployment.inventory.devices
        if field in self._chosen and value in known:
            self._chosen[field] = str(value)
            judges = self._judges(self._chosen["presenter"])
            if self._chosen["verifier"] not in judges:
                self._chosen["verifier"] = judges[0]
            self._draw(self._told)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if id == "do:break":
            self.apply(**self._chosen)
        else:
            super().press(id)

    def _judges(self, presenter: str) -> tuple[str, ...]:
        """Who judges what a device presents: its peers, or, without any, all others."""
        devices = self.deployment.inventory
        return tuple(name for name in devices.devices
                     if name in devices.peers[presenter]
                     or (not devices.peers[presenter] and name != presenter))  # fmt: skip

    @property
    def _told(self) -> str:
        fault = FAULTS[self._chosen["fault"]]
        return fault.tell(self._chosen["presenter"], self._chosen["verifier"])

    def views(self) -> dict[str, Markup]:
        prefix, names = self._prefix, tuple(self.deployment.inventory.devices)
        self.values = dict(self._chosen)
        faults = [(key, fault.title) for key, fault in FAULTS.items()]
        fields = (
            select_field(prefix, "fault", "What goes wrong", faults),
            select_field(prefix, "presenter", "Whose certificate", names),
            select_field(
                prefix, "verifier", "Who judges it", self._judges(self._chosen["presenter"])
            ),
        )
        title = tag("h3", "Break it", class_="cl-heading")
        press = buttons(button("Break it", "do:break", primary=True))
        choice = tag("div", fields, class_="cl-filters")
        told = tag("p", f"{self._told}.", class_="cl-text cl-after")
        return {"break": card(title, choice, told, press, label="Break it"), **super().views()}


def break_it(deployment: Deployment) -> BreakIt:
    """Break a lab by one of the faults of ``FAULTS``, as often as you like, and undo.

    The widget's ``deployment`` is for the next cell. Raises ``InvalidInput`` for a single device.
    """
    return BreakIt(deployment)
