"""Training: scenarios whose verdict is known, exercises, small experiments, the claim ledger."""

from .claims import CheckedClaim, Claim, Ledger, Observation, Standing, check_claim, claim_ledger
from .demonstrations import tampered
from .exercise import Exercise
from .faults import FAULTS, Fault
from .gallery import Played, scenario, scenarios
from .scenarios import SCENARIOS
from .scenarios_stage import Case, Expected, Scenario

# fmt: off
__all__ = [
    "FAULTS", "SCENARIOS", "Case", "CheckedClaim", "Claim", "Exercise", "Expected", "Fault",
    "Ledger", "Observation", "Played", "Scenario", "Standing", "check_claim", "claim_ledger",
    "scenario", "scenarios", "tampered",
]
# fmt: on
