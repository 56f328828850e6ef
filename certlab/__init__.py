"""certlab: a workbook about trust between machines, in which every statement can be run.

    office = read_inventory("data/small-office.csv")
    lab = deploy(office, SelfSigned(), at="2026-11-24")
    trust_matrix(lab)
    why(lab, "gw1", trusts="um1")

These are the names for notebooks, yours too; each room's own ``__init__`` has the rest. A room is
imported when one of its names is first asked for, so ``import certlab`` costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # ruff: noqa: F403 - for type checkers only: they see what __getattr__ hands out
    from .deployment import *
    from .live import *
    from .pki import *
    from .planning import *
    from .records import *
    from .reports import *
    from .training import *
    from .validation import *
    from .widgets import *

__version__ = "1.0.0"

_ROOMS: dict[str, tuple[str, ...]] = {
    "errors": ("CertlabError", "InvalidInput", "KeyUnavailable", "StepRefused", "TrustFailure"),
    "pki": (
        "PROFILES", "Certificate", "CertificateAuthority", "CertificateRequest", "Draft", "KeyPair",
        "KeyStore", "KeyType", "NoPassphrase", "Profile", "ReasonFlags", "RegistrationAuthority",
        "profile", "mozilla_roots", "read_contents", "read_pem", "request_certificate",
        "self_signed",
    ),
    "validation": (
        "POLICIES", "Finding", "FindingKind", "Purpose", "Verdict", "VerificationPolicy",
        "fact", "review", "validate",
    ),
    "deployment": (
        "AddDevice", "CreateAuthority", "Deployment", "Device", "DialPlan", "GenerateSelfSigned",
        "ImportAnchor", "ImportInto", "InstallCertificate", "InternalPKI", "Inventory",
        "IssueCertificate", "Link", "MergeDialPlans", "OpenAccount", "Procedure", "PublishCRL",
        "PushRoot", "RefuseRequest", "RemoveAnchor", "RemoveFrom", "Renew", "RenewAuthority",
        "RequestCertificate", "Revoke", "Role", "SecurityMode", "SelectCertificate", "SelfSigned",
        "SendChain", "Step", "Store", "SwitchDialPlan", "ThirdPartyCA", "TrustMatrix", "TrustStore",
        "begin", "deploy", "find_devices", "migrate", "moment", "read_inventory",
        "select_certificate", "trust_matrix", "vet", "why",
    ),
    "live": (
        "PEERS", "Party", "TlsVersion", "call", "call_all", "clock", "moved_to_today", "mutual_tls",
        "opinions", "predict", "start_peer", "try_peers",
    ),
    "planning": (
        "ASSUMPTIONS", "MODELS", "RENEWALS", "Growth", "advise", "compare", "compromise", "cost",
        "due", "effort", "estate_of_size", "fact_timeline", "forecast", "grow", "outages",
        "plan_for", "renewal", "rotate_root", "runbook", "status_on", "take_in", "terms",
        "what_if", "withdraw",
    ),
    "records": (
        "Decision", "Lab", "Platform", "decide", "decision_log", "export_device", "fetch_chain",
        "import_estate", "read_decision", "read_files", "system_roots",
    ),
    "reports": ("export_decision", "report"),
    "training": (
        "CALL_FAULTS", "EXERCISES", "FAULTS", "SCENARIOS", "Exercise", "IssueByHand", "NeglectCRL",
        "Scenario", "SetClock", "answer_sheet", "check_claim", "claim_ledger", "collect",
        "keep_progress", "progress", "scenario", "scenarios", "seeds_for", "tampered",
    ),
    "widgets": (
        "authority_console", "break_it", "call_panel", "check_workbook", "compare_models",
        "decision_form", "device_table", "exercise", "explore", "export_panel", "gallery",
        "hand_in", "import_panel", "peer_panel", "planner", "stores", "studio", "time_machine",
        "walk",
    ),
}  # fmt: skip
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_ROOM_OF)  # noqa: PLE0605 - a sorted list of the names above


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'certlab' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{room}", __name__), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]


if "IPython" in sys.modules:  # a notebook: values show themselves
    from .display import register

    register()
