"""Over time and money: effort, cost and advice, the life cycle and what fails when, plans."""

from .advice import Advice, Reason, advise
from .assumptions import ASSUMPTIONS, Assumption, Assumptions
from .comparing import BreakEven, Comparison, Flip, Swing, compare
from .cost import Cost, cost
from .counting import team_of
from .due import Due, DueList, due
from .effort import MODELS, Effort, effort
from .figures import Figure
from .forecast import Forecast, Spread, forecast
from .growth import Growth, estate_of_size, grow
from .issuing import Terms, terms
from .lifecycle import RENEWALS, Impact, compromise, renewal, rotate_root, withdraw
from .outages import LinkEvent, OutageCalendar, outages, status_on
from .plan import ChangeOver, Plan, Years, plan_for
from .runbook import Job, Runbook, runbook
from .timeline import Timeline, fact_timeline
from .what_if import WhatIf, take_in, what_if

# fmt: off
__all__ = [
    "ASSUMPTIONS", "MODELS", "RENEWALS", "Advice", "Assumption", "Assumptions", "BreakEven",
    "ChangeOver", "Comparison", "Cost", "Due", "DueList", "Effort", "Figure", "Flip", "Forecast",
    "Growth", "Impact", "Job", "LinkEvent", "OutageCalendar", "Plan", "Reason", "Runbook", "Spread",
    "Swing", "Terms", "Timeline", "WhatIf", "Years", "advise", "compare", "compromise", "cost",
    "due", "effort", "estate_of_size", "fact_timeline", "forecast", "grow", "outages", "plan_for",
    "renewal", "rotate_root", "runbook", "status_on", "take_in", "team_of", "terms", "what_if",
    "withdraw",
]
# fmt: on
