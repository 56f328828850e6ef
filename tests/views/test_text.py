"""Text from anywhere: escaped, nothing in it invisible, and no longer than its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certlab.views import Markup, escape, join, listed, plural, shorten, tag, visible
from certlab.views.text import MOST, width

from .estates import parsed


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\x00", "⟨U+0000⟩"), ("\x1b", "⟨U+001B⟩"), ("\x7f", "⟨U+007F⟩"), ("\n", "⟨U+000A⟩"),
        ("\u202e", "⟨U+202E⟩"), ("\u200b", "⟨U+200B⟩"), ("\u2066", "⟨U+2066⟩"),
        ("\ud800", "⟨U+D800⟩"), ("\ufeff", "⟨U+FEFF⟩"), ("\u2028", "⟨U+2028⟩"),
        ("\ufffe", "⟨U+FFFE⟩"),
    ],
)  # fmt: skip
def test_a_character_that_is_not_seen_is_shown(hidden, shown):
    assert visible(f"um{hidden}1") == f"um{shown}1"


def test_letters_of_all_languages_stay_as_they_are():
    assert visible("Zürich 東京 Ωmega العربية") == "Zürich 東京 Ωmega العربية"


def test_of_a_very_long_text_the_beginning_is_shown_and_its_length_said():
    shown = visible("x" * 10_000)
    assert len(shown) < MOST + 40
    assert shown.endswith("… (10,000 characters)")


def test_only_markup_goes_through_unescaped():
    assert tag("p", "<b>", Markup("<i/>")) == "<p>&lt;b&gt;<i/></p>"
    assert tag("p", title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;"></p>'
    assert join(["a&b", [None, False, Markup("<br/>")]]) == "a&amp;b<br/>"


def test_markup_put_together_by_hand_is_text_again():
    assert tag("p", "<b>" + Markup("<i/>")) == "<p>&lt;b&gt;&lt;i/&gt;</p>"


@given(st.text(st.characters()))
def test_any_text_at_all_gives_well_formed_markup(text):
    parsed(tag("p", text, title=text))
    assert "<" not in escape(text)


@given(st.text(), st.floats(8, 400))
def test_a_shortened_text_fits_its_room(text, room):
    shown = shorten(text, room, 12)
    assert width(shown, 12) <= room + 0.01 or shown in ("…", "")


def test_counts_and_lists_read_as_people_say_them():
    assert [plural(n, "link") for n in (0, 1, 1200)] == ["0 links", "1 link", "1,200 links"]
    assert listed(["um1", "gw1", "gw2"]) == "um1, gw1 and gw2"
    assert listed("abcdef") == "a, b, c and 3 more"
    assert listed([]) == "none"
