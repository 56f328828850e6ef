"""Second opinions on every scenario: asked honestly, and every disagreement has a name."""

import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certlab.errors import InvalidInput
from certlab.live import KNOWN_DIFFERENCES, disagreements, opinions
from certlab.live.differences import explanation
from certlab.live.opinions import OPENSSL, OPENSSL_STRICT, PYCA, PYTHON_SSL, Opinion
from certlab.training import SCENARIOS
from certlab.validation import OPENSSL_DEFAULT, POLICIES, Purpose

NOW = datetime.now(UTC)

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda s: s.key)


def by_engine(case):
    return {opinion.engine: opinion for opinion in case.opinions()}


@each_scenario
def test_every_disagreement_on_a_scenario_is_explained_under_every_policy(scenario, require_tool):
    require_tool("openssl")
    case = scenario.build(NOW)
    said = case.opinions()
    pool = (*case.intermediates, *case.anchors)
    for policy in POLICIES.values():
        for found in disagreements(case.validate(policy), said, pool=pool):
            assert found.difference is not None, (policy.key, found.opinion)


@each_scenario
def test_openssl_comes_to_the_verdict_of_our_openssl_policy(scenario, require_tool):
    require_tool("openssl")
    case = scenario.build(NOW)
    said = by_engine(case)[OPENSSL]
    if case.ocsp or (case.require_revocation and not case.crls):
        assert "unable to get certificate CRL" in said.words  # it reads no OCSP
    else:
        assert said.accepted is case.validate(OPENSSL_DEFAULT).accepted


def test_all_engines_accept_a_whole_chain_in_both_directions(require_tool):
    require_tool("openssl")
    case = replace(SCENARIOS["whole-chain-as-server"].build(NOW), purpose=Purpose.MUTUAL)
    said = by_engine(case)
    assert list(said) == [PYCA, PYTHON_SSL, OPENSSL, OPENSSL_STRICT]
    assert [opinion.accepted for opinion in said.values()] == [True] * 4
    assert all(opinion.version for opinion in said.values())


def test_each_engine_refuses_in_its_own_words(require_tool):
    require_tool("openssl")
    said = by_engine(SCENARIOS["leaf-expired"].build(NOW))
    assert [opinion.accepted for opinion in said.values()] == [False] * 4
    assert said[PYTHON_SSL].words == said[OPENSSL].words == "certificate has expired"
    assert "not valid at" in said[PYCA].words


def test_a_handshake_needs_the_key_and_says_so():
    case = SCENARIOS["whole-chain-as-server"].build(NOW)
    said = {
        opinion.engine: opinion
        for opinion in opinions(
            case.certificate,
            intermediates=case.intermediates,
            anchors=case.anchors,
            at=NOW,
            purpose="server",
        )
    }
    assert said[PYTHON_SSL].accepted is None
    assert "private key" in said[PYTHON_SSL].words
    assert said[PYCA].accepted is True


def test_a_handshake_is_not_asked_about_another_day():
    said = by_engine(SCENARIOS["whole-chain-as-server"].build(NOW - timedelta(days=4000)))
    assert said[PYTHON_SSL].accepted is None
    assert "clock" in said[PYTHON_SSL].words
    assert said[PYCA].accepted is True


def test_what_an_engine_does_not_judge_it_is_not_asked(require_tool):
    require_tool("openssl")
    case = replace(SCENARIOS["whole-chain-as-server"].build(NOW), purpose=Purpose.CODE_SIGNING)
    assert {opinion.accepted for opinion in case.opinions()} == {None}
    assert disagreements(case.validate(), case.opinions()) == ()


def test_a_missing_openssl_is_no_opinion(monkeypatch):
    monkeypatch.setattr(sys.modules["certlab.live.opinions"], "openssl_version", lambda: "")
    said = by_engine(SCENARIOS["leaf-expired"].build(NOW))
    assert said[OPENSSL].accepted is None
    assert "not installed" in said[OPENSSL].words


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such file modes")
def test_a_key_on_its_way_to_ssl_is_encrypted_readable_by_its_owner_and_gone_at_once(monkeypatch):
    import ssl

    seen = []
    load = ssl.SSLContext.load_cert_chain

    def spy(self, path, **options):
        path = Path(path)
        seen.append((path, stat.S_IMODE(path.stat().st_mode), path.read_text()))
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        return load(self, path, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spy)
    case = SCENARIOS["whole-chain-as-server"].build(NOW)
    assert by_engine(case)[PYTHON_SSL].accepted is True
    assert seen
    for path, mode, text in seen:
        assert mode == 0o600
        assert "BEGIN ENCRYPTED PRIVATE KEY" in text
        assert "BEGIN PRIVATE KEY" not in text
        assert not path.exists()
        assert not path.parent.exists()


def test_a_name_or_crl_that_cannot_be_read_is_refused_before_anyone_is_asked():
    case = SCENARIOS["whole-chain-as-server"].build(NOW)
    with pytest.raises(InvalidInput, match="name"):
        opinions(case.certificate, anchors=case.anchors, at=NOW, purpose="server", name="no name")
    with pytest.raises(InvalidInput, match="CRL"):
        opinions(case.certificate, anchors=case.anchors, at=NOW, purpose="server", crls=[b"no"])


def test_an_opinion_nobody_can_explain_stays_unexplained():
    verdict = SCENARIOS["whole-chain-as-server"].build(NOW).validate()
    strange = Opinion(PYCA, "1", False, "the moon is in the wrong house")
    [found] = disagreements(verdict, [strange])
    assert found.difference is None
    verdict = SCENARIOS["leaf-expired"].build(NOW).validate()
    assert explanation(verdict, Opinion(PYCA, "1", True, "a path was found")) is None


def test_every_known_difference_says_why_and_where_it_stands():
    for key, known in KNOWN_DIFFERENCES.items():
        assert known.key == key
        assert known.explanation.endswith(".")
        assert known.source
        assert bool(known.words) is not known.accepts
        assert bool(known.kinds) is known.accepts
