"""What is kept and handed on: decisions with evidence, device folders, imported estates."""

from .bundle import bundle_of
from .changes import Change
from .checking import check_lab
from .decision import Decision, Freshness, Option, State, decide
from .device_folder import DeviceFolder, export_device
from .endpoint import fetch_chain, system_roots
from .estate import Estate, import_estate
from .evidence import Exhibit, exhibit
from .files import Found, FoundFile, Limits, read_files
from .lab import Lab
from .log import DecisionLog, decision_log, file_stem, read_decision
from .madr import as_markdown
from .platforms import Platform
from .story import History
from .verifying import verify

__all__ = [
    "Change",
    "Decision",
    "DecisionLog",
    "DeviceFolder",
    "Estate",
    "Exhibit",
    "Found",
    "FoundFile",
    "Freshness",
    "History",
    "Lab",
    "Limits",
    "Option",
    "Platform",
    "State",
    "as_markdown",
    "bundle_of",
    "check_lab",
    "decide",
    "decision_log",
    "exhibit",
    "export_device",
    "fetch_chain",
    "file_stem",
    "import_estate",
    "read_decision",
    "read_files",
    "system_roots",
    "verify",
]
