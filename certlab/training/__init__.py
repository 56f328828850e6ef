"""Training: scenarios whose verdict is known, exercises, small experiments, the claim ledger."""

from .claims import CheckedClaim, Claim, Ledger, Observation, Standing, check_claim, claim_ledger
from .collecting import AnswerSheet, Overview, answer_sheet, collect, seeds_for
from .demonstrations import tampered
from .diagnosis import diagnose
from .exercise import EDITIONS, Exercise, Grade, Task, observe, unobserve
from .exercises import EXERCISES
from .fault_steps import IssueByHand, NeglectCRL, SetClock
from .faults import CALL_FAULTS, FAULTS, Fault
from .gallery import Played, scenario, scenarios
from .problems import Reply
from .progress import HandedIn, Progress, keep_progress, learner, progress
from .scenarios import SCENARIOS
from .scenarios_stage import Case, Expected, Scenario
from .tools import TOOLS, Tool

# fmt: off
__all__ = [
    "CALL_FAULTS", "EDITIONS", "EXERCISES", "FAULTS", "SCENARIOS", "TOOLS", "AnswerSheet", "Case",
    "CheckedClaim", "Claim", "Exercise", "Expected", "Fault", "Grade", "HandedIn", "IssueByHand",
    "Ledger", "NeglectCRL", "Observation", "Overview", "Played", "Progress", "Reply", "Scenario",
    "SetClock", "Standing", "Task", "Tool", "answer_sheet", "check_claim", "claim_ledger",
    "collect", "diagnose", "keep_progress", "learner", "observe", "progress", "scenario",
    "scenarios", "seeds_for", "tampered", "unobserve",
]
# fmt: on
