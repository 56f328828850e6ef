"""The history of a lab on disk, as a notebook shows it."""

from __future__ import annotations

from pathlib import Path

from certlab.deployment import GenerateSelfSigned, begin, read_inventory
from certlab.records import Lab
from certlab.views import history_table, lab_view, static

DATA = Path(__file__).parents[2] / "notebooks" / "data"


def test_a_lab_shows_its_history_what_is_undone_and_that_its_keys_are_in_the_clear(
    tmp_path: Path,
) -> None:
    start = begin(read_inventory(DATA / "small-office.csv"), at="2026-11-24")
    with Lab.open(tmp_path / "estate", start, who="Mara") as lab:
        lab.run(GenerateSelfSigned("um1"), note="<b>June</b>").undo()
        shown = str(history_table(lab.history))
        whole = str(static(lab_view(lab)))
    assert "um1 generates a self-signed certificate<span" in shown
    assert shown.count("↶ undone") == 1
    assert shown.count("Mara") == 3
    assert "&lt;b&gt;June&lt;/b&gt;" in shown
    assert "estate, main" in whole
    assert "not encrypted" in whole
    assert shown in whole
