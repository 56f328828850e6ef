"""Values as pictures, tables and documents: pure functions that return SVG and HTML text."""

from .advising import advice_view
from .calls import call_view, calls_view, peer_call_view, prediction_view, trials_view
from .changing import what_if_view
from .code import cell_code, code_since, importing
from .console import vetting_view
from .costing import comparison_view, cost_picture, cost_view, sensitivity_view, tornado_picture
from .curves import growth_view
from .decisions import decision_log_view, decision_view
from .devices import device_filters, device_rows
from .exchange import exchange_view
from .figures import assumptions_table, effort_view, figure_view
from .gallery import scenario_view
from .groups import NO_PLAN
from .labs import history_table, lab_view
from .ladders import chain_picture
from .ledger import claim_view, ledger_table
from .lifecycle import due_view, forecast_view, impact_view, outages_view
from .maps import trust_map
from .matrices import matrix_table, whole_matrix
from .parts import listing, more
from .progress import answer_sheet_view, handed_in_view, overview_view, progress_view
from .runbooks import runbook_csv, runbook_html, runbook_markdown, runbook_view
from .seals import Seal, Seals
from .selecting import selection_view
from .sheets import (
    certificate_sheet,
    deployment_view,
    device_view,
    inventory_table,
    journal_list,
    legend,
    matrix_view,
    migration_view,
    presented_view,
    procedure_list,
)
from .signs import device_id, pair_id, plan_id, read_id, told
from .tables import frame_view, matrix_styler
from .text import Markup, escape, join, listed, plural, shorten, tag, visible
from .theme import CSS, FORM_CSS, standalone, static
from .timeline import timeline_picture, timeline_view
from .transfer import estate_view, folder_view, found_view
from .verdicts import explanation_view, trace_list, trace_table, verdict_view
from .years import link_chart, validity_chart, year_grid

__all__ = [
    "CSS",
    "FORM_CSS",
    "NO_PLAN",
    "Markup",
    "Seal",
    "Seals",
    "advice_view",
    "answer_sheet_view",
    "assumptions_table",
    "call_view",
    "calls_view",
    "cell_code",
    "certificate_sheet",
    "chain_picture",
    "claim_view",
    "code_since",
    "comparison_view",
    "cost_picture",
    "cost_view",
    "decision_log_view",
    "decision_view",
    "deployment_view",
    "device_filters",
    "device_id",
    "device_rows",
    "device_view",
    "due_view",
    "effort_view",
    "escape",
    "estate_view",
    "exchange_view",
    "explanation_view",
    "figure_view",
    "folder_view",
    "forecast_view",
    "found_view",
    "frame_view",
    "growth_view",
    "handed_in_view",
    "history_table",
    "impact_view",
    "importing",
    "inventory_table",
    "join",
    "journal_list",
    "lab_view",
    "ledger_table",
    "legend",
    "link_chart",
    "listed",
    "listing",
    "matrix_styler",
    "matrix_table",
    "matrix_view",
    "migration_view",
    "more",
    "outages_view",
    "overview_view",
    "pair_id",
    "peer_call_view",
    "plan_id",
    "plural",
    "prediction_view",
    "presented_view",
    "procedure_list",
    "progress_view",
    "read_id",
    "runbook_csv",
    "runbook_html",
    "runbook_markdown",
    "runbook_view",
    "scenario_view",
    "selection_view",
    "sensitivity_view",
    "shorten",
    "standalone",
    "static",
    "tag",
    "timeline_picture",
    "timeline_view",
    "told",
    "tornado_picture",
    "trace_list",
    "trace_table",
    "trials_view",
    "trust_map",
    "validity_chart",
    "verdict_view",
    "vetting_view",
    "visible",
    "what_if_view",
    "whole_matrix",
    "year_grid",
]
