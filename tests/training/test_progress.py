"""A learner's record: kept on this machine, through restarts, damage and full disks."""

import csv
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certlab.errors import InvalidInput, StorageUnavailable, UnknownName
from certlab.training import (
    EXERCISES,
    Exercise,
    Grade,
    answer_sheet,
    collect,
    keep_progress,
    progress,
    seeds_for,
)
from certlab.training import exercise as exercises
from certlab.training.progress import COLUMNS, PLACE, HowFar
from certlab.views import answer_sheet_view, handed_in_view, overview_view, progress_view

from ..views.estates import texts
from .exercise_cases import solve

REPAIR = next(task for task in EXERCISES.values() if task.grade is Grade.REPAIR)
PREDICT = next(task for task in EXERCISES.values() if task.grade is Grade.PREDICT)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A record of its own in an empty folder, while the test lasts."""
    from certlab.training.progress import _journals, _told

    monkeypatch.setattr(exercises, "_observers", [])
    _told.clear()
    _journals.clear()
    return keep_progress(tmp_path / "progress")


def line_of(task, folder):
    return next(line for line in progress(folder).lines if line.exercise == task.id)


def test_attempts_hints_and_time_of_an_exercise_are_kept(kept, clock):
    doing = Exercise(REPAIR, "anna", clock=clock)
    doing.hint()
    doing.check()
    clock.now = 61.4
    doing.hint()
    doing.restart("bert")
    clock.now = 100.0
    doing.check()
    clock.now = 105.0
    doing.check()
    line = line_of(REPAIR, kept)
    assert (line.attempts, line.hints, line.seconds, line.seed) == (3, 0, 61 + 5, "bert")
    assert line.state is HowFar.TRIED
    assert line.last.tzinfo is UTC or line.last.utcoffset().total_seconds() == 0


def test_the_time_counts_from_the_first_touch_until_it_is_solved(kept, clock):
    doing = Exercise(REPAIR, "anna", clock=clock)
    clock.now = 3600.0  # the cells were run, and then there was a break
    doing.touch()
    clock.now = 3650.0
    solve(doing)
    clock.now = 9999.0
    doing.hint()
    assert line_of(REPAIR, kept).seconds == 50


def test_a_seed_that_is_a_number_is_kept_like_any_other(kept):
    Exercise(REPAIR, 2027).restart(7).check()
    assert line_of(REPAIR, kept).seed == "7"


def test_what_another_kernel_did_yesterday_counts_today(kept):
    code = (
        "from certlab.training import *; keep_progress(__import__('sys').argv[1]);"
        f"e = Exercise(EXERCISES[{PREDICT.id!r}], 'x');"
        "e.answer(*(next(iter(f.options)) for f in e.choices))"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(kept)], check=True, timeout=120)
    Exercise(PREDICT, "y").hint()
    assert len(list(kept.glob("*.jsonl"))) == 3, "each kernel writes a file of its own"
    assert line_of(PREDICT, kept).attempts == 2


def answers(doing):
    """Every answer there is to a prediction, as many as are worth trying."""
    (field, *rest) = doing.choices
    return [(value, *(next(iter(one.options)) for one in rest)) for value in field.options]


def answered_first(seed):
    doing = Exercise(PREDICT, seed)
    return doing.answer(*answers(doing)[0])


def test_a_prediction_counts_when_the_first_answer_was_right(kept):
    count = len(answers(Exercise(PREDICT, "x")))
    right = wrong = None
    for number in range(count):
        doing = Exercise(PREDICT, "x")
        answer = answers(doing)[number]
        right, wrong = (answer, wrong) if doing.answer(*answer).correct else (right, answer)
    assert right, "one of the answers is right"
    doing = Exercise(PREDICT, "x")
    monkey = keep_progress(kept.parent / "anew")
    doing.restart()
    doing.answer(*wrong)
    doing.answer(*right)
    line = line_of(PREDICT, monkey)
    assert (line.state, line.revealed) == (HowFar.GUESSED, False), "it was seen, and not asked for"
    shown = progress_view(progress(monkey))
    assert "Minutes count from the first choice, hint or answer: reading before it" in shown
    assert "~</span> guessed wrong, then saw why</td>" in shown
    assert "✗</span> not solved yet</td>" not in shown
    doing.restart()
    doing.answer(*right)
    assert line_of(PREDICT, monkey).state is HowFar.GUESSED, "the first guess counts"
    doing.restart("another")
    for answer in answers(doing):
        doing.restart(f"another {answer}")
        if doing.answer(*answer).correct:
            break
    assert line_of(PREDICT, monkey).state is HowFar.SOLVED, "an edition that was not seen before"


def test_looking_at_an_exercise_is_not_doing_it(kept, tmp_path):
    Exercise(REPAIR, "anna")
    assert line_of(REPAIR, kept).state is HowFar.UNTRIED
    assert "0 of" in progress_view(progress(kept))
    assert len(progress(kept).export("anna", tmp_path).read_text("utf-8").splitlines()) == 1


def test_the_best_time_counts_and_all_time_is_summed(kept, clock):
    seeds = (str(number) for number in range(99))
    seed, other = (next(one for one in seeds if answered_first(one).correct) for _ in range(2))
    first = answers(Exercise(PREDICT, seed))[0]
    place = keep_progress(kept.parent / "anew")
    doing = Exercise(PREDICT, seed, clock=clock)
    doing.hint()
    clock.now = 30.0
    doing.answer(*first)
    assert line_of(PREDICT, place).state is HowFar.HELPED
    doing.restart()
    doing.touch()
    clock.now = 40.0
    doing.answer(*first)
    line = line_of(PREDICT, place)
    assert (line.state, line.attempts, line.seconds) == (HowFar.HELPED, 2, 40)
    doing.restart(other)
    doing.answer(*first)
    line = line_of(PREDICT, place)
    assert (line.state, line.attempts, line.seed) == (HowFar.SOLVED, 3, other)


@pytest.mark.parametrize("again", ["the cell", "Start again"])
def test_a_hint_once_taken_counts_whenever_that_seed_is_done_again(kept, again):
    doing = Exercise(REPAIR, "anna")
    for _ in range(3):
        doing.hint()
    doing = Exercise(REPAIR, "anna") if again == "the cell" else doing.restart()
    solve(doing)
    line = line_of(REPAIR, kept)
    assert (line.solved, line.hints, line.state) == (True, 3, HowFar.HELPED)


def test_a_hint_taken_after_it_was_solved_alone_takes_nothing_away(kept):
    solve(Exercise(REPAIR, "anna"))
    Exercise(REPAIR, "anna").hint()
    assert line_of(REPAIR, kept).state is HowFar.SOLVED


def test_a_solution_that_was_shown_first_is_not_solved(kept):
    doing = Exercise(PREDICT, "x")
    doing.reveal()
    for answer in answers(doing):
        doing.answer(*answer)
    line = line_of(PREDICT, kept)
    assert line.revealed
    assert line.state is HowFar.TRIED


def test_a_damaged_file_costs_no_more_than_its_damage(kept):
    Exercise(REPAIR, "anna").check()
    Exercise(PREDICT, "anna").hint()
    (path,) = kept.glob("*.jsonl")
    text = path.read_bytes()
    path.write_bytes(text.replace(PREDICT.id.encode(), b"\xff\xfe" + b"?" * (len(PREDICT.id) - 2)))
    (kept / "notes.jsonl").write_bytes(b"\x00\xffnot a record\n" * 3)
    found = progress(kept)
    assert line_of(REPAIR, kept).attempts == 1, "what came before the damage counts"
    assert len(found.trouble) == 2
    assert "What was done" in progress_view(found)

    keep_progress(kept)  # the next kernel sets the rest aside, and deletes nothing
    aside = b"".join(one.read_bytes() for one in (kept / "aside").iterdir())
    assert b"not a record" in aside
    assert b"\xff\xfe" in aside
    assert line_of(REPAIR, kept).attempts == 1
    assert any("is now in" in said for said in progress(kept).trouble)
    assert progress(kept / "another").trouble == (), "that folder is not damaged"


def test_records_that_mean_nothing_are_passed_over(kept):
    from certlab.records.journal import Journal

    journal = Journal(kept.parent / "progress" / "odd.jsonl")
    kept.mkdir(exist_ok=True)
    good = {"kind": "hint", "exercise": REPAIR.id, "seed": "s", "correct": None, "hints": 1,
            "seconds": 1.0, "when": "2026-11-24T09:00:00+00:00"}  # fmt: skip
    odd = ({"exercise": "repair-999"}, {"when": "2026-11-24"}, {"hints": "many"}, {"when": "x"},
           {"seconds": float("nan")}, {"seconds": float("inf")})  # fmt: skip
    unjudged = {name: good[name] for name in good if name != "correct"} | {"kind": "answer"}
    journal.append(good, *({**good, **change} for change in odd), unjudged, {"kind": "hint"})
    line = line_of(REPAIR, kept)
    assert (line.hints, line.seconds, line.attempts, line.solved) == (1, 1, 1, False)
    assert line.last == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_full_disk_stops_no_exercise_and_is_told_afterwards(kept, monkeypatch):
    from certlab.records import journal

    def full(*_args, **_options):
        raise StorageUnavailable("this cannot be read or written (No space left on device)")

    with monkeypatch.context() as disk:
        disk.setattr(journal, "write_files", full)
        doing = Exercise(REPAIR, "anna")
        doing.check()
    assert any("No space left" in said for said in progress(kept).trouble)
    doing.hint()
    assert line_of(REPAIR, kept).hints == 1, "what comes later is kept again"


def test_nothing_of_the_answer_is_in_the_record(kept):
    doing = Exercise(REPAIR, "anna")
    doing.check()
    said = doing.reveal()
    stored = b"".join(path.read_bytes() for path in kept.iterdir()).decode()
    assert said not in stored
    entries = [json.loads(line.split(" ", 1)[1]) for line in
               next(kept.glob("*.jsonl")).read_text().splitlines()]  # fmt: skip
    assert {key for entry in entries for key in entry} == {
        "kind", "exercise", "seed", "correct", "hints", "seconds", "when",
    }  # fmt: skip


# --- the class ----------------------------------------------------------------------------------


def test_handing_in_says_where_the_file_is_and_what_to_do_with_it(kept, tmp_path, monkeypatch):
    monkeypatch.setenv(PLACE, str(kept))
    assert "nothing to hand in yet" in progress().hand_in("anna", tmp_path).told
    Exercise(REPAIR, "anna").check()
    assert "write your name first" in progress().hand_in(" ", tmp_path).told
    assert not list(tmp_path.glob("*.csv"))
    handed = progress().hand_in(" anna ", tmp_path)
    shown = handed_in_view(handed)
    assert "record of 1 exercise is in the file progress-anna.csv" in shown
    assert str(tmp_path) in shown
    assert "Give this file to whoever teaches you" in shown
    assert collect(tmp_path).learners == ("anna",)


def test_the_answers_of_a_class_are_one_table_that_has_to_be_unfolded():
    seeds = seeds_for("spring", ["anna", "bert", "<b>carl</b>"])
    sheet = answer_sheet("repair-1 design-1", seeds)
    told = {(key, learner): said for key, said, whose in sheet.lines for learner in whose}
    asked = [(key, learner) for key in ("repair-1", "design-1") for learner in seeds]
    assert told == {(key, one): EXERCISES[key].answer(seeds[one]) for key, one in asked}
    shown = answer_sheet_view(sheet)
    assert shown.startswith("<details")
    assert "2 exercises, 3 learners" in shown
    assert "everybody" in shown, "an answer that all have in common stands there once"
    assert "<b>" not in shown


def test_nothing_asked_is_nothing_told_and_all_are_all():
    seeds = seeds_for("spring", ["anna"])
    assert "Write into asked" in answer_sheet_view(answer_sheet("", seeds))
    assert [key for key, *_ in answer_sheet("all", seeds).lines] == list(EXERCISES)
    with pytest.raises(UnknownName, match="repair-99"):
        answer_sheet("repair-99", seeds)


def test_a_class_is_collected_from_the_files_its_learners_export(kept, tmp_path):
    (folder := tmp_path / "class").mkdir()
    Exercise(REPAIR, "anna").check()
    progress(kept).export("Anna Ä.", folder)
    Exercise(PREDICT, "bert").hint()
    progress(kept).export("Bert", folder)
    overview = collect(folder)
    assert overview.learners == ("Anna Ä.", "Bert")
    assert overview.problems == ()
    assert [line.exercise for line in overview.of("Anna Ä.")] == list(EXERCISES)
    assert overview.count(REPAIR.id, HowFar.TRIED) == 2
    shown = overview_view(overview)
    assert "2 learners" in shown
    assert EXERCISES[REPAIR.id].cures.split(".")[0].strip("“”")[:20] in shown
    assert shown.count("<svg") == 1
    grid = texts(shown[shown.index("<svg") : shown.index("</svg>") + len("</svg>")])
    numbers = " ".join(key.rpartition("-")[2] for key in EXERCISES)
    assert f"Predict Diagnose Repair Design {numbers} Anna" in grid, "each column has its number"


def test_a_wrong_guess_is_not_what_a_class_finds_hardest(kept, tmp_path):
    for answer in answers(Exercise(PREDICT, "x")):
        if not (doing := Exercise(PREDICT, "x")).answer(*answer).correct:
            break
    assert not doing.revealed
    assert doing.over
    Exercise(REPAIR, "x").check()
    progress(kept).export("anna", tmp_path)
    overview = collect(tmp_path)
    assert overview.count(PREDICT.id, HowFar.GUESSED) == 1
    shown = overview_view(overview)
    rows = shown[shown.index("<tbody>") :]
    assert rows.index(REPAIR.title) < rows.index(PREDICT.title)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "\u202eanna"])
def test_no_spreadsheet_runs_a_name_as_a_formula(kept, tmp_path, name):
    Exercise(REPAIR, "anna").check()
    if not name.isprintable():
        with pytest.raises(InvalidInput, match="no name for a record"):
            progress(kept).export(name, tmp_path)
        return
    path = progress(kept).export(name, tmp_path)
    assert path.parent == tmp_path
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[0] == list(COLUMNS)
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert collect(tmp_path).problems == ()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb"])
def test_a_record_wants_a_name(kept, tmp_path, name):
    with pytest.raises(InvalidInput, match="1 to 60 characters"):
        progress(kept).export(name, tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_every_fault_of_a_file_is_told_and_nothing_of_it_counts(tmp_path):
    good = ("Mia", REPAIR.id, "s", "1", "yes", "0", "no", "60", "2026-11-24T09:00:00+00:00")
    bad = ("Mia", "repair-999", "s" * 201, "-1", "perhaps", "4", "", "1e9", "2026-11-24T09:00:00")
    with (tmp_path / "mia.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, good, bad, good[:5], ("", *good[1:])])
    overview = collect(tmp_path)
    assert overview.lines == ()
    places = [(one.row, one.column) for one in overview.problems]
    assert places == [*((3, column) for column in COLUMNS[1:]), (4, None), (5, "learner")]
    assert all(one.file == "mia.csv" for one in overview.problems)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"name,fqdn\r\num1,um1.example", b"learner\0", b'"' * 100_001,
     b"a" * 1_000_001, ",".join(COLUMNS).encode(), ",".join(COLUMNS).encode() + b"\r\n\"unclosed"],
    ids=["empty", "no UTF-8", "another table", "NUL", "quotes", "huge", "nothing done", "unclosed"],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_named_and_stops_nobody_else(kept, tmp_path, data):
    Exercise(REPAIR, "anna").check()
    progress(kept).export("anna", tmp_path)
    (tmp_path / "broken.csv").write_bytes(data)
    (tmp_path / "folder.csv").mkdir()
    overview = collect(tmp_path)
    assert overview.learners == ("anna",)
    assert {one.file for one in overview.problems} == {"broken.csv", "folder.csv"}
    assert "broken.csv" in overview_view(overview)


@pytest.mark.parametrize(
    ("change", "said"),
    [({0: "Bert", 1: PREDICT.id}, "several learners"), ({}, "stands there twice")],
)
def test_a_file_that_speaks_of_two_learners_or_twice_of_one_exercise_is_left_out(
    tmp_path, change, said
):
    row = ["Mia", REPAIR.id, "s", "1", "yes", "0", "no", "60", "2026-11-24T09:00:00+00:00"]
    other = [change.get(place, cell) for place, cell in enumerate(row)]
    with (tmp_path / "mia.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, row, other])
    overview = collect(tmp_path)
    assert overview.lines == ()
    assert said in str(overview.problems[0])


def test_blank_rows_that_a_spreadsheet_leaves_cost_no_learner_the_record(kept, tmp_path):
    Exercise(REPAIR, "anna").check()
    path = progress(kept).export("anna", tmp_path)
    path.write_bytes(path.read_bytes() + b"\r\n" + b"," * (len(COLUMNS) - 1) + b"\r\n")
    overview = collect(tmp_path)
    assert (overview.learners, overview.problems) == (("anna",), ())
    path.write_bytes(",".join(COLUMNS).encode() + b"\r\n\r\n")
    assert "nothing was done yet" in str(collect(tmp_path).problems[0])


def test_of_two_files_of_one_learner_the_later_work_counts(tmp_path):
    for name, seconds, day in (("a", 60, 23), ("b", 90, 24), ("c", 30, 22)):
        row = ("Mia", REPAIR.id, "s", 1, "yes", 0, "no", seconds, f"2026-11-{day}T09:00:00+00:00")
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, row])
    overview = collect(tmp_path)
    assert [line.seconds for line in overview.lines] == [90]
    assert len(overview.problems) == 2


def test_a_hostile_name_is_escaped_in_the_overview(tmp_path):
    row = ("<img src=x onerror=alert(1)>", REPAIR.id, "s", 1, "no", 0, "no", 1,
           "2026-11-24T09:00:00+00:00")  # fmt: skip
    with (tmp_path / "x.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, row])
    shown = overview_view(collect(tmp_path))
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_a_folder_that_is_not_there_is_named():
    with pytest.raises(InvalidInput, match="nowhere"):
        collect(Path("nowhere"))


def test_each_learner_of_a_class_has_a_seed_that_can_be_made_again():
    seeds = seeds_for("spring 2027", ["anna", "bert"])
    assert seeds == seeds_for("spring 2027", ["anna", "bert"])
    assert len({*seeds.values(), *seeds_for("autumn", ["anna", "bert"]).values()}) == 4
    learners = [f"learner{number}" for number in range(12)]
    editions = {id(REPAIR.problem(seed)) for seed in seeds_for("spring", learners).values()}
    assert len(editions) > 6, "neighbours get other offices"
    found = {EXERCISES["diagnose-4"].problem(seed).answers()
             for seed in seeds_for("spring", learners).values()}  # fmt: skip
    assert len(found) > 6, "and mostly other faults"
