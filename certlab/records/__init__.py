"""What is kept and handed on: decisions beside their evidence."""

from .decision import Decision, Evidence, evidence_of

__all__ = ["Decision", "Evidence", "evidence_of"]
