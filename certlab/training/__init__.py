"""Training: scenarios whose verdict is known, exercises, small experiments, the claim ledger."""

from .claims import CheckedClaim, Claim, Ledger, Observation, Standing, check_claim, claim_ledger
from .collecting import Overview, collect, seeds_for
from .demonstrations import tampered
from .diagnosis import diagnose
from .exercise import EDITIONS, Exercise, Grade, Task, observe, unobserve
from .exercises import EXERCISES
from .fault_steps import IssueByHand, NeglectCRL, SetClock
from .faults import CALL_FAULTS, FAULTS, Fault
from .gallery import Played, scenario, scenarios
from .problems import Reply
from .progress import Progress, keep_progress, progress
from .scenarios import SCENARIOS
from .scenarios_stage import Case, Expected, Scenario
from .tools import TOOLS, Tool

# fmt: off
__all__ = [
    "CALL_FAULTS", "EDITIONS", "EXERCISES", "FAULTS", "SCENARIOS", "TOOLS", "Case", "CheckedClaim",
    "Claim", "Exercise", "Expected", "Fault", "Grade", "IssueByHand", "Ledger",
    "NeglectCRL", "Observation", "Overview", "Played", "Progress", "Reply", "Scenario", "SetClock",
    "Standing", "Task", "Tool", "check_claim", "claim_ledger", "collect", "diagnose",
    "keep_progress", "observe", "progress", "scenario", "scenarios", "seeds_for", "tampered",
    "unobserve",
]
# fmt: on
