"""Training: scenarios whose verdict is known, exercises, small experiments, the claim ledger."""

from .claims import CheckedClaim, Claim, Ledger, Observation, Standing, check_claim, claim_ledger
from .demonstrations import tampered
from .exercise import Exercise
from .faults import FAULTS, Fault
from .scenarios import SCENARIOS
from .scenarios_stage import Case, Expected, Scenario

# fmt: off
__all__ = [
    "FAULTS", "SCENARIOS", "Case", "CheckedClaim", "Claim", "Exercise", "Expected", "Fault",
    "Ledger", "Observation", "Scenario", "Standing", "check_claim", "claim_ledger", "tampered",
]
# fmt: on
