"""Who holds what: inventory, stores, Steps, trust models and the trust matrix."""

from .authority import OPERATORS, SELF, Authority, Pending, Vetted, client_auth_end, vet
from .authority_steps import CreateAuthority, OpenAccount, PublishCRL, RenewAuthority, Revoke
from .deployment import Deployment, Entry, moment
from .devices import DeviceLine, device_lines, find_devices, those
from .enrolment import (
    InstallCertificate,
    IssueCertificate,
    RefuseRequest,
    Renew,
    RequestCertificate,
    SendChain,
)
from .explain import Explanation, why
from .inventory import Device, DialPlan, Inventory, Link, Role, SecurityMode
from .inventory_steps import AddDevice, MergeDialPlans, SwitchDialPlan
from .judging import CODES, Cell, CellState
from .matrix import TrustMatrix, trust_matrix
from .migration import Migration, migrate
from .models import InternalPKI, SelfSigned, ThirdPartyCA, begin, deploy
from .procedure import Phase, Procedure, TrustModel
from .reading import read_inventory
from .selection import Candidate, Selection, select_certificate
from .self_signed_steps import GenerateSelfSigned, SelectCertificate
from .steps import DeviceStep, Step, touches
from .store_steps import ImportAnchor, ImportInto, PushRoot, RemoveAnchor, RemoveFrom
from .stores import Credential, Presented, Store, TrustStore

# fmt: off
__all__ = [
    "CODES", "OPERATORS", "SELF", "AddDevice", "Authority", "Candidate", "Cell", "CellState",
    "CreateAuthority", "Credential", "Deployment", "Device", "DeviceLine", "DeviceStep", "DialPlan",
    "Entry", "Explanation", "GenerateSelfSigned", "ImportAnchor", "ImportInto",
    "InstallCertificate", "InternalPKI", "Inventory", "IssueCertificate", "Link", "MergeDialPlans",
    "Migration", "OpenAccount", "Pending", "Phase", "Presented", "Procedure", "PublishCRL",
    "PushRoot", "RefuseRequest", "RemoveAnchor", "RemoveFrom", "Renew", "RenewAuthority",
    "RequestCertificate", "Revoke", "Role", "SecurityMode", "SelectCertificate", "Selection",
    "SelfSigned", "SendChain", "Step", "Store", "SwitchDialPlan", "ThirdPartyCA", "TrustMatrix",
    "TrustModel", "TrustStore", "Vetted", "begin", "client_auth_end", "deploy", "device_lines",
    "find_devices", "migrate", "moment", "read_inventory", "select_certificate",
    "those", "touches", "trust_matrix", "vet", "why",
]
# fmt: on
