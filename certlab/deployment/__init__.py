"""Who holds what: inventory, stores, Steps, trust models and the trust matrix."""

from .deployment import Deployment, Entry, moment
from .explain import Explanation, why
from .inventory import Device, DialPlan, Inventory, Link, Role, SecurityMode
from .matrix import Cell, CellState, TrustMatrix, trust_matrix
from .models import Phase, Procedure, SelfSigned, TrustModel, begin, deploy
from .reading import read_inventory
from .steps import GenerateSelfSigned, ImportAnchor, RemoveAnchor, Step
from .stores import Credential, Store, TrustStore

__all__ = [
    "Cell",
    "CellState",
    "Credential",
    "Deployment",
    "Device",
    "DialPlan",
    "Entry",
    "Explanation",
    "GenerateSelfSigned",
    "ImportAnchor",
    "Inventory",
    "Link",
    "Phase",
    "Procedure",
    "RemoveAnchor",
    "Role",
    "SecurityMode",
    "SelfSigned",
    "Step",
    "Store",
    "TrustMatrix",
    "TrustModel",
    "TrustStore",
    "begin",
    "deploy",
    "moment",
    "read_inventory",
    "trust_matrix",
    "why",
]
