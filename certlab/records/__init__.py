"""What is kept and handed on: decisions with evidence, device folders, imported estates."""

from .decision import Decision, Evidence, evidence_of
from .device_folder import DeviceFolder, export_device
from .endpoint import fetch_chain, system_roots
from .estate import Estate, import_estate
from .files import Found, FoundFile, Limits, read_files
from .platforms import Platform

__all__ = [
    "Decision",
    "DeviceFolder",
    "Estate",
    "Evidence",
    "Found",
    "FoundFile",
    "Limits",
    "Platform",
    "evidence_of",
    "export_device",
    "fetch_chain",
    "import_estate",
    "read_files",
    "system_roots",
]
