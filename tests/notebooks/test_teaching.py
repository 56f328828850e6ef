"""Teaching: the agendas add up, lengths agree, and handing in needs no code of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from certlab import EXERCISES, SCENARIOS, trust_matrix

FOLDER = Path(__file__).parents[2] / "notebooks"
PATHS = {path.stem[:2]: path for path in sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))}


def cells(path: Path, kind: str = "markdown") -> list[str]:
    read = nbformat.read(path, as_version=4)
    return [cell.source for cell in read.cells if cell.cell_type == kind]


def rows_under(heading: str, text: str) -> list[list[str]]:
    """The rows of the first table under this heading, without their head."""
    lines = text.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0].splitlines()
    table = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in table[2:]]


START = "\n".join(cells(PATHS["00"]))
GUIDE = "\n".join(cells(FOLDER / "facilitator.ipynb"))
MINUTES = {f"{int(row[0].strip('[')[:2].strip(' ·')):02}": int(row[2])
           for row in rows_under("The way through", START)}  # fmt: skip
"""What each notebook takes, as notebook 00 states it: the one place."""


def test_every_notebook_says_the_minutes_that_notebook_00_states():
    assert set(MINUTES) == set(PATHS)
    for number, path in PATHS.items():
        said = re.findall(r"about (\d+) minutes", cells(path)[0])
        assert said == [str(MINUTES[number])], path.name


def test_the_readme_says_the_minutes_of_the_two_notebooks_to_begin_with():
    readme = (FOLDER.parent / "README.md").read_text("utf-8")
    said = re.search(r"`00-start`.*`02-self-signed`.*about (\d+) minutes", readme)
    assert said
    assert int(said[1]) == MINUTES["00"] + MINUTES["02"]


def test_preparing_takes_as_long_as_the_notebooks_that_are_prepared():
    half, day = (re.search(rf"\| (\d+) minutes: notebooks {which}", GUIDE)
                 for which in ("00 to 03 and 08", "00 to 10"))  # fmt: skip
    assert half
    assert day
    assert int(half[1]) == sum(MINUTES[number] for number in ("00", "01", "02", "03", "08"))
    assert int(day[1]) == sum(MINUTES.values())


@pytest.mark.parametrize(
    ("agenda", "total"), [("One lesson", 40), ("Half a day", 240), ("A day", 270)]
)
def test_the_minutes_of_an_agenda_add_up_to_what_its_text_says(agenda, total):
    rows = rows_under(agenda, GUIDE)
    assert sum(int(row[0]) for row in rows) == total
    assert f"{total} " in GUIDE.split(f"## {agenda}\n")[1].split("|")[0]


@pytest.mark.parametrize("agenda", ["One lesson", "Half a day", "A day"])
def test_an_agenda_names_whole_notebooks_with_their_minutes_and_exercises_where_they_are(agenda):
    for row in rows_under(agenda, GUIDE):
        text = " ".join(row)
        if found := re.search(r"(from )?notebook (\d\d)", text):
            minutes, (part, number) = int(row[0]), found.groups()
            assert minutes < MINUTES[number] if part else minutes == MINUTES[number], row
            named = re.findall(r"(?:predict|diagnose|repair|design)-\d+", text)
            assert {EXERCISES[one].notebook for one in named} <= {number}, row


def test_what_learners_are_told_to_look_for_by_its_heading_is_there():
    headings = {number: re.findall(r"(?m)^#+ (.*)$", "\n".join(cells(PATHS[number])))
                for number in ("00", "02")}  # fmt: skip
    for row in rows_under("One lesson", GUIDE):
        if found := re.search(r"from notebook (\d\d)", row[2]):
            for heading in re.findall(r"\*([A-Z][^*]+)\*", row[2]):
                assert any(one.startswith(heading) for one in headings[found[1]]), heading


@pytest.mark.parametrize("number", [f"{number:02}" for number in range(9)])
def test_a_notebook_ends_with_a_cell_to_hand_in_that_writes_nothing_without_a_name(number):
    code, text = cells(PATHS[number], "code"), cells(PATHS[number])
    assert code[-1] == "from certlab import hand_in\n\nhand_in()"
    assert text[-2].startswith("## Hand in\n")
    assert not re.search(r"\.export\(", "\n".join(text))


@pytest.mark.parametrize("number", ["02", "03", "08"])
def test_the_answer_to_a_prediction_is_folded_below_the_cell_that_gives_it(number):
    prose = cells(PATHS[number])
    asked = [place for place, text in enumerate(prose)
             if re.search(r"\*\*(Write your guess|[^*]+\?\*\*$)", text)]  # fmt: skip
    assert asked
    for place in asked:
        assert prose[place + 1].startswith("<details>\n<summary>And?</summary>\n\n"), prose[place]
        assert "\n\n</details>" in prose[place + 1]


def test_the_first_panel_does_not_show_what_the_next_notebook_lets_a_class_guess(monkeypatch):
    monkeypatch.chdir(FOLDER)
    (source,) = (code for code in cells(PATHS["00"], "code") if "explore(" in code)
    exec(source, shown := {})
    before = cells(PATHS["02"], "code")
    exec("\n".join(before[: before.index("trust_matrix(lab)")]), guessed := {})
    first, next_ = trust_matrix(shown["lab"]), trust_matrix(guessed["lab"])
    assert set(next_.refused) == set(next_.judged)
    assert 0 < len(first.refused) < len(next_.refused)


def test_every_exercise_stands_in_the_notebook_that_it_names():
    for number, path in PATHS.items():
        shown = set(re.findall(r'(?m)^exercise\("([\w-]+)"\)', "\n".join(cells(path, "code"))))
        assert shown == {task.id for task in EXERCISES.values() if task.notebook == number}


def test_what_is_solved_on_the_wall_is_not_what_the_guide_lets_a_class_guess():
    code = "\n".join(cells(FOLDER / "facilitator.ipynb", "code"))
    (shown,) = re.findall(r'scenario\("([\w-]+)"', code)
    guessed = re.findall(r"on the wall, such as ([\d, and]+)", GUIDE)
    guessed += re.findall(r"scenario (\d+)", GUIDE)
    numbers = {int(one) for text in guessed for one in re.findall(r"\d+", text)}
    assert numbers
    assert SCENARIOS[shown].number not in numbers
