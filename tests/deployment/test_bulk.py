"""What keeps many changes cheap leaves the garbage collector as it was."""

import gc
from collections.abc import Iterator

import pytest

from certlab.deployment.bulk import keeping_all


@pytest.fixture(autouse=True)
def collector_as_before() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.enable()
    yield
    gc.unfreeze()
    (gc.enable if was_on else gc.disable)()


def test_the_collector_rests_inside_and_works_again_afterwards() -> None:
    with keeping_all():
        assert not gc.isenabled()
        with keeping_all():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), keeping_all():
        _ = 1 / 0
    assert gc.isenabled()


def test_what_is_made_inside_is_not_walked_over_when_it_ends() -> None:
    with keeping_all():
        kept = [[number] for number in range(50_000)]
    walked = gc.get_objects(generation=0)
    assert len(walked) < 1_000
    assert len(gc.get_objects(generation=2)) > len(kept)


def test_whoever_froze_objects_finds_them_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with keeping_all():
        pass
    assert gc.get_freeze_count() >= frozen - 100  # some of them may have ended since
