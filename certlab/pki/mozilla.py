"""The public roots that programs really ship: Mozilla's list, as the certifi package brings it."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cryptography.utils import CryptographyDeprecationWarning

from ..errors import InvalidInput
from .certificate import Certificate


@cache
def mozilla_roots() -> Mapping[str, Certificate]:
    """The roots of Mozilla's programme by name; where two share a common name, by whole subject.

    One root has a serial number that RFC 5280 forbids; where it cannot be read it is left out.
    """
    import certifi  # some hundred certificates that most lessons do not need

    text = Path(certifi.where()).read_text("utf-8")
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for block in re.findall(r"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----", text):
            try:
                roots.append(Certificate.from_pem(block))
            except InvalidInput:
                continue
    count = Counter(root.label for root in roots)
    return MappingProxyType(
        {root.label if count[root.label] == 1 else root.subject: root for root in roots}
    )
