"""Over time and money: how the work of a trust model grows with an estate."""

from .growth import Growth, estate_of_size, grow
from .what_if import WhatIf, take_in, what_if

__all__ = ["Growth", "WhatIf", "estate_of_size", "grow", "take_in", "what_if"]
