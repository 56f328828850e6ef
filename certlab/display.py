"""How values show themselves in a notebook: registered by name, so nothing is imported for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHOWN = {
    "certlab.deployment.deployment.Deployment": "deployment_view",
    "certlab.deployment.explain.Explanation": "explanation_view",
    "certlab.deployment.inventory.Inventory": "inventory_table",
    "certlab.deployment.matrix.TrustMatrix": "matrix_view",
    "certlab.deployment.migration.Migration": "migration_view",
    "certlab.deployment.procedure.Procedure": "procedure_list",
    "certlab.deployment.selection.Selection": "selection_view",
    "certlab.deployment.stores.Presented": "presented_view",
    "certlab.live.calls.Call": "call_view",
    "certlab.live.calls.Calls": "calls_view",
    "certlab.live.handshake.Exchange": "exchange_view",
    "certlab.live.peers.PeerCall": "peer_call_view",
    "certlab.live.predicting.Prediction": "prediction_view",
    "certlab.live.trials.Trials": "trials_view",
    "certlab.planning.advice.Advice": "advice_view",
    "certlab.planning.assumptions.Assumptions": "assumptions_table",
    "certlab.planning.comparing.Comparison": "comparison_view",
    "certlab.planning.cost.Cost": "cost_view",
    "certlab.planning.effort.Effort": "effort_view",
    "certlab.planning.figures.Figure": "figure_view",
    "certlab.planning.due.DueList": "due_view",
    "certlab.planning.forecast.Forecast": "forecast_view",
    "certlab.planning.growth.Growth": "growth_view",
    "certlab.planning.lifecycle.Impact": "impact_view",
    "certlab.planning.outages.OutageCalendar": "outages_view",
    "certlab.planning.timeline.Timeline": "timeline_view",
    "certlab.planning.runbook.Runbook": "runbook_view",
    "certlab.planning.what_if.WhatIf": "what_if_view",
    "certlab.pki.certificate.Certificate": "certificate_sheet",
    "certlab.pki.registration.Vetting": "vetting_view",
    "certlab.training.claims.claim.CheckedClaim": "claim_view",
    "certlab.training.claims.claim.Ledger": "ledger_table",
    "certlab.training.collecting.AnswerSheet": "answer_sheet_view",
    "certlab.training.collecting.Overview": "overview_view",
    "certlab.training.gallery.Played": "scenario_view",
    "certlab.training.progress.HandedIn": "handed_in_view",
    "certlab.training.progress.Progress": "progress_view",
    "certlab.records.decision.Decision": "decision_view",
    "certlab.records.device_folder.DeviceFolder": "folder_view",
    "certlab.records.estate.Estate": "estate_view",
    "certlab.records.files.Found": "found_view",
    "certlab.records.lab.Lab": "lab_view",
    "certlab.records.story.History": "history_table",
    "certlab.records.log.DecisionLog": "decision_log_view",
    "certlab.validation.verdict.Verdict": "verdict_view",
    "pandas.DataFrame": "frame_view",
}
"""The values that show themselves, and the view that each is shown by."""


def register() -> None:
    """Let values show themselves, if this runs in a notebook's kernel; a terminal keeps the repr.

    The view comes first when a value is shown, not when certlab is imported.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["text/html"]
    for path, view in SHOWN.items():
        module, _, name = path.rpartition(".")
        formatter.for_type_by_name(module, name, _shown_by(view))
    # so pandas 2 calls it
    formatter.for_type_by_name("pandas.core.frame", "DataFrame", _shown_by("frame_view"))


def view_of(value: object) -> Callable[[Any], Any] | None:
    """The view by which a value shows itself, or None when it has none."""
    from . import views

    for kind in type(value).__mro__:
        view = SHOWN.get(f"{kind.__module__}.{kind.__qualname__}")
        if view is not None:
            found: Callable[[Any], Any] = getattr(views, view)
            return found
    return None


def _shown_by(view: str) -> Callable[[Any], str]:
    def show(value: Any) -> str:
        from . import views

        return str(views.static(getattr(views, view)(value)))

    return show
