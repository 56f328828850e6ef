"""The palette can be read: in both themes every word has a contrast of at least 4.5 to its ground.

The figure is that of WCAG 2.2, success criterion 1.4.3; shapes need 3 (1.4.11).
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from math import dist

import pytest

from certlab.views.seals import HUES
from certlab.views.theme import CSS

WORDS = ("text", "muted", "accepted", "refused", "noted", "selected")
GROUNDS = ("surface", "soft", "accepted-soft", "refused-soft", "noted-soft", "selected-soft")


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--cl-([\w-]+): (?:var\([\w-]+, )?(#[0-9a-f]{3,6})", block))


LIGHT, DARK, SYSTEM_DARK = (
    colours(block) for block in re.findall(r"{([^{}]*--cl-surface:[^{}]*)}", CSS)
)
THEMES = {"light": LIGHT, "dark": {**LIGHT, **DARK}}


def linear(colour: str) -> list[float]:
    """Red, green and blue as amounts of light."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def hues(palette: dict[str, str]) -> list[str]:
    return [palette[f"hue-{place}"] for place in range(HUES)]


def oklab(colour: str) -> tuple[float, float, float]:
    """A place in the colour space in which equal distances look alike."""
    red, green, blue = linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def test_the_measure_is_that_of_wcag():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_every_word_can_be_read_on_every_ground(theme):
    palette = THEMES[theme]
    faint = {
        (word, ground): round(contrast(palette[word], palette[ground]), 2)
        for word in WORDS
        for ground in GROUNDS
        if contrast(palette[word], palette[ground]) < 4.5
    }
    assert faint == {}
    assert contrast(palette["on-selected"], palette["selected"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_monogram_can_be_read_on_every_seal_even_on_one_that_is_out_of_use(theme):
    palette = THEMES[theme]
    fills = (*hues(palette), palette["stale"])
    assert min(contrast(palette["on-hue"], fill) for fill in fills) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["surface", "soft"])
def test_every_seal_stands_out_from_the_page_and_from_a_tray(theme, ground):
    palette = THEMES[theme]
    fills = (*hues(palette), palette["stale"])
    assert min(contrast(fill, palette[ground]) for fill in fills) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_seals_that_follow_one_another_are_far_apart(theme):
    places = [oklab(hue) for hue in hues(THEMES[theme])]
    assert min(dist(*pair) for pair in combinations(places, 2)) >= 0.1
    assert min(dist(*pair) for pair in pairwise(places)) >= 0.15


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_drawn_stands_out_from_the_page(theme):
    palette = THEMES[theme]
    drawn = (*WORDS, "stale")
    assert min(contrast(palette[one], palette["surface"]) for one in drawn) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_what_charts_are_painted_with_stands_out_and_means_no_status_and_no_seal(theme):
    palette = THEMES[theme]
    paints = [palette[f"chart-{n}"] for n in range(5)]
    assert min(contrast(paint, palette["surface"]) for paint in paints) >= 3
    assert min(contrast(paint, palette["on-chart"]) for paint in paints) >= 4.5
    statuses = (palette[one] for one in ("accepted", "refused", "noted", "selected"))
    meant = {*hues(palette), *statuses}
    assert len({*paints} - meant) == 5
    lines = re.findall(r"cl-(?:fill|curve)-[0-4] {[^}]*?: var\(--cl-([a-z]+)", CSS)
    assert set(lines) == {"chart"}
    assert min(abs(luminance(a) - luminance(b)) for a, b in pairwise(paints)) > 0.04, (
        "neighbours in a column differ in lightness, which every eye sees"
    )


def test_a_page_without_a_theme_of_its_own_is_dark_in_the_same_colours():
    assert SYSTEM_DARK == DARK
