"""The claim ledger: what a guide of 2007 said, and what happens when one tries it."""

from .claim import CheckedClaim, Claim, Ledger, Observation, Standing
from .ledger import check_claim, claim_ledger

__all__ = [
    "CheckedClaim",
    "Claim",
    "Ledger",
    "Observation",
    "Standing",
    "check_claim",
    "claim_ledger",
]
