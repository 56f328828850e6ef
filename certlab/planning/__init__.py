"""Over time and money: how the work of a trust model grows with an estate."""

from .advice import Advice, Reason, advise
from .assumptions import ASSUMPTIONS, Assumption, Assumptions
from .comparing import BreakEven, Comparison, Flip, Swing, compare
from .cost import Cost, cost
from .effort import MODELS, Effort, Terms, effort, team_of, terms
from .figures import Figure
from .growth import Growth, estate_of_size, grow
from .outages import Event, OutageCalendar, outages, status_on
from .timeline import Timeline, fact_timeline
from .runbook import Job, Runbook, Task, runbook
from .what_if import WhatIf, take_in, what_if

# fmt: off
__all__ = [
    "ASSUMPTIONS", "Advice", "Assumption", "Assumptions", "BreakEven", "Comparison", "Cost",
    "Effort", "Event", "Figure", "Flip", "Growth", "Job", "MODELS", "OutageCalendar", "Reason",
    "Runbook", "Swing", "Task", "Terms", "Timeline", "WhatIf", "advise", "compare", "cost",
    "effort", "estate_of_size", "fact_timeline", "grow", "outages", "runbook", "status_on",
    "take_in", "team_of", "terms", "what_if",
]
# fmt: on
