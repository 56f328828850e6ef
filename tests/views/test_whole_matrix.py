"""The whole matrix of a large estate: as many cells as pairs, in far fewer elements."""

import re

from certlab.deployment import (
    Device,
    DialPlan,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    begin,
    trust_matrix,
)
from certlab.views import matrix_table, matrix_view, whole_matrix

COUNT = 60


def estate(count):
    devices = [
        Device(f"d{n}", f"d{n}.corp.example", Role.UM_SERVER if n < 4 else Role.GATEWAY,
               (f"plan{n % 2}",))
        for n in range(count)
    ]  # fmt: skip
    inventory = Inventory.of(devices, [DialPlan(f"plan{n}", SecurityMode.SECURED) for n in (0, 1)])
    making, into_devices, _ = SelfSigned().procedure(inventory).phases
    return begin(inventory, at="2026-11-24", seed="whole").run(making, into_devices)


def bars(markup):
    """Of each row the bars: how many cells each stands for, and its classes."""
    body = markup.partition("<tbody>")[2]
    return [
        [
            (int((re.search(r'colspan="(\d+)"', cell) or [0, 1])[1]), cell)
            for cell in re.findall(r"<td[^>]*>", row)
        ]
        for row in body.split("</tr>")[:-1]
    ]


def test_each_row_of_bars_stands_for_every_device_and_says_what_the_matrix_says():
    matrix = trust_matrix(estate(COUNT))
    rows = bars(whole_matrix(matrix))
    assert len(rows) == COUNT
    assert all(sum(wide for wide, _ in row) == COUNT for row in rows)
    refused = sum(wide for row in rows for wide, cell in row if 'cl-no"' in cell)
    assert refused == len(matrix.refused) > 0
    assert sum(map(len, rows)) < COUNT * COUNT / 5


def test_the_view_of_a_matrix_offers_the_whole_where_plans_stand_in_sums():
    assert "Every device by every other" in matrix_view(trust_matrix(estate(COUNT)))
    assert "Every device by every other" not in matrix_view(trust_matrix(estate(12)))


def test_a_matrix_of_signs_alone_has_a_legend_and_one_of_words_needs_none():
    assert "· no link needs it, – itself" in matrix_table(trust_matrix(estate(10)))
    assert "– itself" not in matrix_table(trust_matrix(estate(6)))
