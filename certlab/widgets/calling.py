"""The call panel: two devices, a prediction, a real call, and five ways to break it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import traitlets

from ..deployment import Deployment
from ..errors import CertlabError, InvalidInput
from ..live import Call, Calls, PeerCall, Prediction, call, call_all, moved_to_today, predict
from ..training import CALL_FAULTS, Fault
from ..views import Markup, call_view, calls_view, prediction_view, tag
from ..views.bench import as_code, button, buttons, card, trouble_card
from ..views.calling import busy_card, call_fields, dates_note, faults_card
from .errand import PATIENCE, Errand
from .form import Form


class Calling(Form):
    """What both panels share: a Deployment, faults against the caller, and errands.

    ``deployment`` is the present value, so a later cell goes on with it; ``made`` is the last call.
    """

    deployment = traitlets.Instance(Deployment)

    def __init__(
        self, deployment: Deployment, pair: tuple[str, str], *, name: str, **traits: Any
    ) -> None:
        self._name, (self.caller, self.called) = name, pair
        self._broken: tuple[tuple[Fault, str, str, Deployment], ...] = ()
        self._before: tuple[str, ...] = ()
        self.made: Call | PeerCall | None = None
        self.errand, self._drawing = Errand(), threading.RLock()
        self._trouble, self._busy = "", Markup("")
        self.version: str | None = None
        super().__init__(deployment=deployment, **traits)
        self.observe(self._moved, "deployment")
        self._draw(f"{self._titled}: {self.prediction.prediction}")

    # --- what can be done --------------------------------------------------------------------

    def apply(self, fault: str) -> None:
        """Break the call: the caller's side, or what the one called knows of it."""
        chosen, before = CALL_FAULTS[fault], self.deployment
        try:
            after = chosen.apply(before, self.caller, self.called)
        except CertlabError as error:
            self._refuse(error)
            return
        self._broken = (*self._broken, (chosen, self.caller, self.called, before))
        self.deployment = after

    def undo(self) -> None:
        """Take back the last fault."""
        if self._broken:
            *rest, (*_, before) = self._broken
            self._broken, self.deployment = tuple(rest), before

    @property
    def prediction(self) -> Prediction:
        """What will come of the call that is chosen now."""
        return predict(self.deployment, self.caller, self.called)

    @property
    def code(self) -> str:
        """The cell that does the same."""
        lines = self._steps()
        told = "\n".join(lines)
        asked = [one for one in ("FAULTS", "moved_to_today") if one in told] + [self._verbs]
        return "\n".join((f"from certlab import {', '.join(asked)}", "", *lines, *self._last()))

    def _steps(self) -> tuple[str, ...]:
        """The lines that make the present Deployment of the one this began with."""
        name = self._name
        return (*self._before, *(
            f"{name} = FAULTS[{fault.key!r}].apply({name}, {caller!r}, {called!r})"
            for fault, caller, called, _ in self._broken
        ))  # fmt: skip

    def fill(self, field: str, value: str | bool) -> None:
        if self.errand.running:
            self._draw("Wait until what is under way has ended")
            return
        if field in ("caller", "called") and value in self.deployment.inventory.devices:
            setattr(self, field, str(value))
        elif field == "version":
            self.version = str(value) or None
        self.made = None
        self._draw(f"{self._titled}: {self.prediction.prediction}")

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        kind, _, which = id.partition(":")
        if id == "do:cancel":
            self.errand.cancel()
        elif self.errand.running:
            self._draw("Wait until what is under way has ended")
        elif id == "do:call":
            self.go(self.call, f"{self._titled}")
        elif id == "do:undo":
            self.undo()
        elif kind == "fault" and which in CALL_FAULTS:
            self.apply(which)

    def call(self) -> None:
        """Call for real, and show what came of it beside the prediction."""
        raise NotImplementedError

    # --- for those who build on it -----------------------------------------------------------

    def go(self, work: Callable[[], None], what: str, *, at_once: bool = False) -> None:
        """Do something that may take long; what takes longer than a moment shows so.

        ``at_once`` shows it from the beginning, for what is known to take its time.
        """
        if at_once:
            self._busy = busy_card(what, can_cancel=False)
            self._draw(what)

        def errand() -> None:
            refusal = None
            try:
                work()
            except CertlabError as error:
                refusal = error
            finally:
                with self._drawing:
                    if self._busy:
                        self._busy = Markup("")
                        self._draw(self.status)
            if refusal is not None:
                self._refuse(refusal)

        if not self.errand.run(errand, patience=0.0 if at_once else PATIENCE) and not at_once:
            with self._drawing:
                if self.errand.running and not self._busy:
                    self._busy = busy_card(what)
                    self._draw(what)

    @property
    def _verbs(self) -> str:
        return "call"

    def _last(self) -> tuple[str, ...]:
        """The last lines of the code: the call itself."""
        version = f", version={self.version!r}" if self.version else ""
        return (f"call({self._name}, {self.caller!r}, {self.called!r}{version})",)

    @property
    def _titled(self) -> str:
        return f"{self.caller} calls {self.called}"

    def _refuse(self, error: CertlabError) -> None:
        self._trouble = str(error)
        self._draw(self._trouble)

    def _moved(self, change: Any) -> None:
        self.made = None
        self._draw(f"{self._titled}: {self.prediction.prediction}")

    def _draw(self, said: str) -> None:
        with self._drawing, self.hold_sync():
            self.status = said
            views = self.views()
            self.parts = {
                "trouble": trouble_card(self._trouble),
                **{name: views.pop(name) for name in ("choice", "faults")},
                "busy": self._busy,
                **views,
                "code": card(as_code(self.code), label="Code"),
            }
            self._trouble = ""

    def views(self) -> dict[str, Markup]:
        """The parts to show."""
        faults = {key: (one.title, one.tell(self.caller, self.called))
                  for key, one in CALL_FAULTS.items()}  # fmt: skip
        done = [f"{fault.title}: {fault.tell(caller, called)}"
                for fault, caller, called, _ in self._broken]  # fmt: skip
        return {"faults": faults_card(faults, done, can_undo=bool(self._broken))}


def first_pair(deployment: Deployment) -> tuple[str, str]:
    """A device and its UM server, or the first two devices where no link needs mutual TLS."""
    links, names = deployment.inventory.links, list(deployment.inventory.devices)
    if len(names) < 2:
        raise InvalidInput("there is nobody to call", remedy="A call needs two devices.")
    if not links:
        return names[0], names[1]
    return links[0].directions[1]


class CallPanel(Calling):
    """Pick two devices and a version of TLS, read the prediction, call, and compare."""

    def __init__(self, deployment: Deployment, *, name: str = "lab") -> None:
        self.calls: Calls | None = None
        super().__init__(deployment, first_pair(deployment), name=name, look="cl-calling",
                         label="Call for real")  # fmt: skip

    def call(self) -> None:
        if self.caller == self.called:
            raise InvalidInput(f"{self.caller} does not call itself", remedy="Choose another one.")
        made = call(self.deployment, self.caller, self.called, version=self.version)
        self.made, self.calls = made, None
        agree = "as predicted" if made.agrees else "not as predicted"
        self._draw(f"{self._titled}: {made.outcome}, {agree}")

    @property
    def _verbs(self) -> str:
        return "call" if self.calls is None else "call_all"

    def _last(self) -> tuple[str, ...]:
        if self.calls is None:
            return super()._last()
        version = f", version={self.version!r}" if self.version else ""
        return (f"call_all({self._name}{version})",)

    def call_all(self) -> None:
        """Call over every link, in both directions."""
        due = time.monotonic() + 0.3

        def tell(done: int, of: int) -> None:
            nonlocal due
            if time.monotonic() > due:
                due = time.monotonic() + 0.3
                self._busy = busy_card("Calling every link", done, of)
                self._draw(f"{done:,} of {of:,} calls made")

        calls = call_all(self.deployment, version=self.version, progress=tell,
                         cancelled=lambda: self.errand.cancelled)  # fmt: skip
        self.made, self.calls = None, calls
        self._draw(calls.headline)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if id == "do:all" and not self.errand.running:
            self.go(self.call_all, "Calling every link")
        elif id == "do:today" and not self.errand.running:
            moved = f"{self._name} = moved_to_today({self._name})"
            self._before, self._broken = (*self._steps(), moved), ()
            self.deployment = moved_to_today(self.deployment)
        else:
            super().press(id)

    def _moved(self, change: Any) -> None:
        self.calls = None
        super()._moved(change)

    def fill(self, field: str, value: str | bool) -> None:
        self.calls = None
        super().fill(field, value)

    def views(self) -> dict[str, Markup]:
        self.values = {"caller": self.caller, "called": self.called, "version": self.version or ""}
        fields = call_fields(self._prefix, self.deployment.inventory.devices)
        return {"choice": fields, **super().views(), "actions": self._actions(), "now": self._now()}

    def _actions(self) -> Markup:
        same = self.caller == self.called
        return card(
            dates_note(self.deployment),
            buttons(
                button("Call", "do:call", primary=True, off=same),
                button("Call every link", "do:all", off=not self.deployment.inventory.links),
            ),
            label="Call",
        )

    def _now(self) -> Markup:
        if self.calls is not None:
            inside = calls_view(self.calls)
        elif isinstance(self.made, Call):
            inside = call_view(self.made)
        elif self.caller == self.called:
            inside = tag("p", "Choose two different devices.", class_="cl-text")
        else:
            inside = prediction_view(self.prediction)
        return card(inside, label="Prediction and outcome")


def call_panel(deployment: Deployment) -> CallPanel:
    """A panel that calls between two devices for real, after it has said what will come of it.

    One press breaks the call in one of five ways. The widget's ``deployment``, ``made`` (the last
    call) and ``calls`` (all of them, where every link was called) are values for the next cell.
    Raises ``InvalidInput`` for a Deployment of fewer than two devices.
    """
    return CallPanel(deployment)
