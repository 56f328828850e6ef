"""Generated cases: other engines agree with ours, or the difference is known by name.

``CERTLAB_AGREEMENT=20`` makes twenty times as many, other ones in each run.
"""

import os
from collections import Counter
from dataclasses import replace
from functools import partial

import cryptography
import pytest
from hypothesis import HealthCheck, given, settings

from certlab.live.differences import explanation
from certlab.live.opinions import (
    OPENSSL,
    OPENSSL_STRICT,
    PYCA,
    Question,
    ask,
    openssl_says,
    openssl_version,
    pyca_says,
)
from certlab.pki import general_name
from certlab.validation import OPENSSL_DEFAULT, RFC5280, Purpose, validate
from certlab.validation import OPENSSL_STRICT as STRICT_POLICY
from tests.agreement.worlds import AT, CONSTRAINTS, NAMES, Make, World, build, worlds

TIMES = int(os.environ.get("CERTLAB_AGREEMENT", "0"))


def cases(number):
    """So many generated cases: the same ones in each run, unless a long run is asked for."""
    return settings(
        max_examples=number * max(TIMES, 1),
        database=None,
        derandomize=not TIMES,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


class Tally:
    """How often engines said what, so that a run shows that it compared something."""

    def __init__(self):
        self.said = Counter()
        self.differences = Counter()

    def compare(self, verdict, says, asked):
        opinion = says(asked)
        if opinion.accepted is None:
            self.said["not asked"] += 1
            return
        self.said[verdict.accepted, opinion.accepted] += 1
        if opinion.accepted is verdict.accepted:
            return
        pool = (*asked.intermediates, *asked.anchors)
        self.differences[self.explain(verdict, opinion, pool)] += 1
        if verdict.accepted:
            # Given our path and nothing else, the engine follows it or has another reason.
            alone = says(
                replace(asked, intermediates=verdict.path[1:-1], anchors=verdict.path[-1:])
            )
            if not alone.accepted:
                self.explain(verdict, alone, ())

    def explain(self, verdict, opinion, pool):
        known = explanation(verdict, opinion, pool)
        ours = [verdict, *(found.words for found in verdict.findings)]
        assert known is not None, f"nobody knows why {opinion.engine} says: {opinion.words}\n{ours}"
        return known.key

    def check(self):
        print(dict(self.said), dict(self.differences))  # noqa: T201 - shown by pytest -s
        compared = sum(self.said.values()) - self.said["not asked"]
        assert self.said[True, True] > compared / 10
        assert self.said[False, False] > compared / 10


def question(world, built, *, named=True):
    return Question(
        built.leaf,
        built.intermediates,
        built.anchors,
        AT,
        Purpose(world.purpose),
        general_name(world.asked) if world.asked and named else None,
    )


def verdict_on(asked, world, policy):
    return validate(
        asked.certificate,
        intermediates=asked.intermediates,
        anchors=asked.anchors,
        at=AT,
        purpose=asked.purpose,
        name=world.asked if asked.name else None,
        policy=policy,
    )


def test_pyca_agrees_but_for_known_differences():
    tally = Tally()

    @cases(1000)
    @given(worlds())
    def compare(world):
        asked = question(world, build(world), named=world.purpose == "server")
        says = partial(ask, PYCA, cryptography.__version__, partial(pyca_says, relaxed=True))
        tally.compare(verdict_on(asked, world, RFC5280), says, asked)

    compare()
    tally.check()


@pytest.mark.parametrize(
    ("engine", "policy", "options"),
    [(OPENSSL, OPENSSL_DEFAULT, ()), (OPENSSL_STRICT, STRICT_POLICY, ("-x509_strict",))],
    ids=["default", "strict"],
)
def test_openssl_agrees_but_for_known_differences(engine, policy, options, require_tool):
    require_tool("openssl")
    tally = Tally()

    @cases(250)
    @given(worlds())
    def compare(world):
        asked = question(world, build(world))
        says = partial(ask, engine, openssl_version(), lambda about: openssl_says(about, *options))
        tally.compare(verdict_on(asked, world, policy), says, asked)

    compare()
    tally.check()


def constrained(constraint, name):
    """A chain whose CA has this constraint and whose leaf this name, asked without a name."""
    authorities = (Make(ca=True, key=0), Make(ca=True, key=1, constraints=constraint))
    return World(authorities, names=(name,), purpose="client", asked=None)


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_every_name_meets_every_constraint_as_openssl_and_pyca_have_it(constraint, require_tool):
    require_tool("openssl")
    tally = Tally()
    for name in NAMES:
        world = constrained(constraint, name)
        asked = question(world, build(world))
        pyca = partial(ask, PYCA, cryptography.__version__, pyca_says)
        openssl = partial(ask, OPENSSL, openssl_version(), openssl_says)
        tally.compare(verdict_on(asked, world, RFC5280), pyca, asked)
        tally.compare(verdict_on(asked, world, OPENSSL_DEFAULT), openssl, asked)
