"""A bounded run of hostile inputs; ``python -m tests.fuzz.hostile`` runs as many as you like."""

from collections import Counter

from tests.fuzz.hostile import TARGETS, faults


def test_hostile_input_ends_in_a_verdict_or_an_error_of_ours():
    ends = Counter()
    assert list(faults(5000, "every run the same", ends)) == []
    for target in TARGETS:
        reached = {end.partition(": ")[2] for end in ends if end.startswith(target.__name__)}
        assert "not readable" in reached
        assert "accepted" in reached
        assert len(reached) > 4, target.__name__
