"""Values as pictures, tables and documents: pure functions that return SVG and HTML text."""

from .seals import HUES, Seal, Seals, draw, monogram, seals_of
from .svg import box, group, picture, stroke, words
from .text import Markup, escape, join, listed, plural, shorten, tag, visible
from .theme import CSS, standalone, static

__all__ = [
    "CSS",
    "HUES",
    "Markup",
    "Seal",
    "Seals",
    "box",
    "draw",
    "escape",
    "group",
    "join",
    "listed",
    "monogram",
    "picture",
    "plural",
    "seals_of",
    "shorten",
    "standalone",
    "static",
    "stroke",
    "tag",
    "visible",
    "words",
]
