"""The picture of a real exchange: who refused is on the right life line, in its own words."""

from __future__ import annotations

from dataclasses import replace

from certlab.deployment import RemoveAnchor, SelfSigned, deploy
from certlab.live import Event, Exchange, Party, call, clock, mutual_tls
from certlab.views import call_view, exchange_view
from certlab.views.exchange import exchange_picture

from .estates import SVG, estate, parsed, texts

OFFICE = deploy(estate(1, 1, 0), SelfSigned(), at=clock())
DEAF = OFFICE.run(RemoveAnchor("gw1", "um1"))


def lines(markup: str) -> list[tuple[float, str]]:
    """Every text of the picture with its distance from the left."""
    return [
        (float(node.get("x", 0)), "".join(node.itertext()))
        for node in parsed(markup).iter(f"{SVG}text")
    ]


def test_an_answered_call_says_version_cipher_and_every_event_in_its_order():
    made = mutual_tls(Party.of(OFFICE, "gw1"), Party.of(OFFICE, "um1"))
    shown = texts(exchange_view(made))
    assert "gw1 calls um1: answered" in shown
    assert f"{made.version}, {made.cipher}." in shown
    told = [text for _, text in lines(exchange_view(made))]
    places = [told.index(event.what) for event in made.events if told.count(event.what) == 1]
    assert places == sorted(places)
    assert len(places) >= 3


def test_the_one_who_refuses_stands_on_its_own_life_line_with_its_words():
    made = mutual_tls(Party.of(DEAF, "um1"), Party.of(DEAF, "gw1"))
    markup = exchange_view(made)
    assert "um1 calls gw1: gw1 refuses" in texts(markup)
    assert "gw1 says “self-signed certificate”. Nothing was answered." in texts(markup)
    refusal = next(x for x, text in lines(markup) if text.startswith("refuses"))
    request = next(x for x, text in lines(markup) if text == "sends its request")
    middle = next(float(svg.get("width", 0)) / 2 for svg in parsed(markup).iter(f"{SVG}svg"))
    assert request < middle < refusal, "the client's words stand left, the server's right"
    assert any(text == "alert: unknown ca" for _, text in lines(markup))


def test_what_happened_is_a_table_too():
    made = mutual_tls(Party.of(OFFICE, "gw1"), Party.of(OFFICE, "um1"))
    rows = [
        [" ".join(cell.itertext()) for cell in row]
        for row in parsed(exchange_view(made)).iter("tr")
    ]
    assert [row[1:] for row in rows[1:]] == [[event.party, event.what] for event in made.events]


def test_a_call_stands_beside_its_prediction():
    said = " ".join(texts(call_view(call(DEAF, "um1", "gw1"))).split())
    assert "Predicted ✗ refused gw1 refuses: not imported." in said
    assert "What happened ✗ refused gw1 says “self-signed certificate”." in said
    assert "✓ accepted Prediction and outcome agree." in said


def test_of_a_real_peer_the_picture_says_who_plays_it_and_that_its_inside_is_not_seen():
    made = mutual_tls(Party.of(OFFICE, "gw1"), Party.of(OFFICE, "um1"))
    seen = replace(made, events=tuple(one for one in made.events if one.party == "gw1"))
    picture = exchange_picture(seen, {"um1": "Kamailio"})
    told = {text: x for x, text in lines(picture)}
    assert "server, played by Kamailio" in told
    assert told["what happens inside is not"] > told["handshake: certificates, signatures"]
    assert "um1 is played by Kamailio: what happens inside is not visible." in texts(picture)
    assert "not visible" not in texts(exchange_picture(made))


def test_a_call_that_was_seen_at_neither_end_is_not_called_clear():
    made = Exchange("a", "b", True, None, None, None, "SIP/2.0 200 OK", None,
                    (Event("caller", "has the answer"),), {}, b"")  # fmt: skip
    assert "clear" not in texts(exchange_view(made))
    assert "has the answer" not in [text for _, text in lines(exchange_picture(made))]


def test_an_answer_that_only_the_peer_read_is_told_without_its_words():
    made = mutual_tls(Party.of(OFFICE, "gw1"), Party.of(OFFICE, "um1"))
    assert "The answer arrived. TLSv1" in texts(exchange_view(replace(made, words="")))


def test_a_call_in_clear_says_that_anyone_can_read_it():
    made = Exchange("a", "b", True, None, None, None, "SIP/2.0 200 OK", None,
                    (Event("a", "sends its request"),), {}, b"")  # fmt: skip
    assert "anyone on the way can read it" in texts(exchange_view(made))
    assert any(text == "SIP OPTIONS, in clear" for _, text in lines(exchange_view(made)))


def test_hostile_names_and_words_are_text():
    bad = '<script>alert(1)</script>"><img onerror=x>\u202e'
    made = Exchange(bad, "b", False, None, None, bad, bad, None, (Event(bad, f"refuses: {bad}"),),
                    {}, b"")  # fmt: skip
    tags = {node.tag.removeprefix(SVG) for node in parsed(exchange_view(made)).iter()}
    assert not tags & {"script", "img"}
    assert "\u202e" not in exchange_view(made)
