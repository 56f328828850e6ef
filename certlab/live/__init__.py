"""Does it work for real: calls under mutual TLS, real peers, and second opinions."""

from .calls import Call, Calls, call, call_all, moved_to_today
from .ends import Event
from .handshake import Exchange, mutual_tls
from .opinions import Opinion, opinions
from .parties import Contexts, Party, TlsVersion, clock

__all__ = [
    "Call",
    "Calls",
    "Contexts",
    "Event",
    "Exchange",
    "Opinion",
    "Party",
    "TlsVersion",
    "call",
    "call_all",
    "clock",
    "moved_to_today",
    "mutual_tls",
    "opinions",
]
