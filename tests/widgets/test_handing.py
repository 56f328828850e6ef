"""Handing in: a name in a field and a press make the file; no code has to be written."""

from __future__ import annotations

import pytest

from certlab.training import EXERCISES, Exercise, Grade, collect, keep_progress
from certlab.training import exercise as exercises
from certlab.training.progress import PLACE
from certlab.widgets import hand_in
from tests.views.estates import texts

REPAIR = next(task for task in EXERCISES.values() if task.grade is Grade.REPAIR)


@pytest.fixture
def done(tmp_path, monkeypatch):
    """A folder beside the record of somebody who has done one exercise."""
    monkeypatch.setattr(exercises, "_observers", [])
    monkeypatch.setenv(PLACE, str(tmp_path / "progress"))
    monkeypatch.delenv("CERTLAB_SEED", raising=False)
    keep_progress()
    Exercise(REPAIR, "anna").check()
    (folder := tmp_path / "beside").mkdir()
    return folder


def test_a_name_is_typed_and_a_press_writes_the_file(done):
    desk = hand_in(folder=done)
    desk.fill("name", 'Anna O’Neill "Ann"')
    desk.press("do:hand-in")
    assert "is in the file progress-Anna-O-Neill--Ann-.csv" in texts(desk.parts["handed"])
    assert collect(done).learners == ('Anna O’Neill "Ann"',)
    assert "progress().hand_in(" in desk.code


def test_without_a_name_nothing_is_written_and_it_is_said(done):
    desk = hand_in(folder=done)
    desk.press("do:hand-in")
    assert "Nothing is written yet: write your name first." in texts(desk.parts["handed"])
    assert not list(done.iterdir())


def test_what_is_no_name_is_refused_in_sight_and_stays_in_the_field(done):
    desk = hand_in(folder=done)
    desk.fill("name", "a" * 61)
    desk.press("do:hand-in")
    assert "this is no name for a record" in texts(desk.parts["trouble"])
    assert desk.values["name"] == "a" * 61
    assert not list(done.iterdir())


def test_a_seed_that_names_the_learner_fills_the_field(done, monkeypatch):
    assert hand_in(folder=done).values["name"] == ""
    monkeypatch.setenv("CERTLAB_SEED", "spring-2027/learner-01")
    assert hand_in(folder=done).values["name"] == "learner-01"
    monkeypatch.setenv("CERTLAB_SEED", "spring-2027")
    assert hand_in(folder=done).values["name"] == ""
