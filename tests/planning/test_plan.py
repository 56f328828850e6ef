"""A plan as a value: the call that it shows makes it again."""

from __future__ import annotations

from typing import Any

import pytest

from certlab.planning import ASSUMPTIONS, MODELS, estate_of_size, plan_for

ESTATE = estate_of_size(1, 2)


@pytest.mark.parametrize(
    "asked",
    [
        {"at": "2026-11-24"},
        {"at": "2026-11-24T09:30:00+00:00", "years": 3, "today": "self-signed"},
        {"at": "2026-11-24", "assumptions": ASSUMPTIONS.changed(rate=95), "model": "internal",
         "models": {key: MODELS[key] for key in ("internal", "third-party")}},
    ],
)  # fmt: skip
def test_the_call_that_a_plan_shows_makes_the_same_plan(asked: dict[str, Any]) -> None:
    plan = plan_for(ESTATE, **asked)
    names = {"plan_for": plan_for, "MODELS": MODELS, "ASSUMPTIONS": ASSUMPTIONS, "estate": ESTATE}
    assert eval(plan.code, names) == plan


def test_the_runbook_of_a_change_over_says_first_what_stops_working_on_the_way() -> None:
    plan = plan_for(ESTATE, at="2028-01-01", today="self-signed", model="third-party")
    assert plan.runbook.notes[0] == plan.change_over.way.outage
    assert plan.runbook.notes[0].startswith("On the way 4 directions of links stop working, the ")
    smooth = plan_for(ESTATE, at="2028-01-01", today="self-signed", model="internal")
    assert "stop working" not in " ".join(smooth.runbook.notes)
