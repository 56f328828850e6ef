"""Does it work for real: second opinions of other engines."""

from .opinions import Opinion, opinions

__all__ = ["Opinion", "opinions"]
