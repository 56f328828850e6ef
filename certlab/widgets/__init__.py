"""What people touch: widgets that turn a click into a Step and show the next Deployment."""

from .calling import CallPanel, call_panel
from .canvas import Canvas
from .check import Checkup, check_workbook
from .comparing import CompareModels, compare_models
from .console import AuthorityConsole, authority_console
from .deciding import DecisionForm, decision_form
from .devices import DeviceTable, device_table
from .exercising import BreakIt, ExercisePanel, break_it, exercise
from .gallery import Gallery, gallery
from .handing import HandIn, hand_in
from .panel import TrustPanel, explore
from .peers import PeerPanel, peer_panel
from .planner import Planner, planner
from .stores import Stores, stores
from .studio import Studio, studio
from .transfer import ExportPanel, ImportPanel, export_panel, import_panel
from .travel import TimeMachine, time_machine
from .walking import Walk, walk

__all__ = [
    "AuthorityConsole",
    "BreakIt",
    "CallPanel",
    "Canvas",
    "Checkup",
    "CompareModels",
    "DecisionForm",
    "DeviceTable",
    "ExercisePanel",
    "ExportPanel",
    "Gallery",
    "HandIn",
    "ImportPanel",
    "PeerPanel",
    "Planner",
    "Stores",
    "Studio",
    "TimeMachine",
    "TrustPanel",
    "Walk",
    "authority_console",
    "break_it",
    "call_panel",
    "check_workbook",
    "compare_models",
    "decision_form",
    "device_table",
    "exercise",
    "explore",
    "export_panel",
    "gallery",
    "hand_in",
    "import_panel",
    "peer_panel",
    "planner",
    "stores",
    "studio",
    "time_machine",
    "walk",
]
