"""Does it work for real: mutual TLS exchanges, and second opinions of other engines."""

from .handshake import Event, Exchange, Party, TlsVersion, clock, mutual_tls
from .opinions import Opinion, opinions

__all__ = ["Event", "Exchange", "Opinion", "Party", "TlsVersion", "clock", "mutual_tls", "opinions"]
