"""Over time and money: how the work of a trust model grows with an estate."""

from .growth import Growth, estate_of_size, grow

__all__ = ["Growth", "estate_of_size", "grow"]
