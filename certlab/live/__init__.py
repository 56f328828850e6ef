"""Does it work for real: calls under mutual TLS, real peers, and second opinions."""

from .calls import Call, Calls, call, call_all, moved_to_today
from .configurations import CONFIGURATIONS, Configuration, Wiring
from .differences import KNOWN_DIFFERENCES, Difference, Disagreement, disagreements
from .ends import Event
from .handshake import Exchange, mutual_tls
from .opinions import Opinion, opinions
from .parties import Contexts, Party, TlsVersion, clock
from .peer_kinds import PEERS, PeerKind
from .peers import Peer, PeerCall, start_peer
from .predicting import Prediction, predict
from .trials import PEER_DIFFERENCES, PeerDifference, Trial, Trials, try_peers

# fmt: off
__all__ = [
    "CONFIGURATIONS", "KNOWN_DIFFERENCES", "PEERS", "PEER_DIFFERENCES", "Call", "Calls",
    "Configuration", "Contexts", "Difference", "Disagreement", "Event", "Exchange", "Opinion",
    "Party", "Peer", "PeerCall", "PeerDifference", "PeerKind", "Prediction", "TlsVersion", "Trial",
    "Trials", "Wiring", "call", "call_all", "clock", "disagreements", "moved_to_today",
    "mutual_tls", "opinions", "predict", "start_peer", "try_peers",
]
# fmt: on
