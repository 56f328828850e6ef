"""What people touch: widgets that turn a click into a Step and show the next Deployment."""

from .canvas import Canvas
from .check import Checkup, check_workbook
from .comparing import CompareModels, compare_models
from .console import AuthorityConsole, authority_console
from .panel import TrustPanel, explore
from .stores import Stores, stores
from .studio import Studio, studio
from .walking import Walk, walk

__all__ = [
    "AuthorityConsole",
    "Canvas",
    "Checkup",
    "CompareModels",
    "Stores",
    "Studio",
    "TrustPanel",
    "Walk",
    "authority_console",
    "check_workbook",
    "compare_models",
    "explore",
    "stores",
    "studio",
    "walk",
]
