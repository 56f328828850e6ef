"""Training: scenarios whose verdict is known, exercises, and small experiments."""

from .demonstrations import tampered
from .exercise import Exercise
from .scenarios import SCENARIOS
from .scenarios_stage import Case, Expected, Scenario

__all__ = ["SCENARIOS", "Case", "Exercise", "Expected", "Scenario", "tampered"]
