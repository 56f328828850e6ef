"""What people touch: widgets that turn a click into a Step and show the next Deployment."""

from .canvas import Canvas
from .check import Checkup, check_workbook
from .panel import TrustPanel, explore
from .studio import Studio, studio
from .walking import Walk, walk

__all__ = [
    "Canvas",
    "Checkup",
    "Studio",
    "TrustPanel",
    "Walk",
    "check_workbook",
    "explore",
    "studio",
    "walk",
]
