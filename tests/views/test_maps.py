"""The map: who refuses whom is seen in the half lines, whose key is missing in the trays."""

from __future__ import annotations

import re
from itertools import combinations
from math import cos, dist, pi

import pytest

from certlab.deployment import (
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    Inventory,
    RemoveAnchor,
    Revoke,
    deploy,
    trust_matrix,
)
from certlab.views import Seals, device_id, pair_id, plan_id, standalone, trust_map
from certlab.views.layout import CARD, Layout, lay_out, spread
from certlab.views.matrices import matrix_table
from certlab.views.seals import RADIUS, Seal, draw, monogram
from certlab.views.text import width

from .estates import SVG, by_id, classes, estate, lab_of, parsed, seals_in, texts


def test_the_map_breaks_the_half_line_of_the_device_that_refuses():
    lab = lab_of(estate(1, 2, 0), phases=2)  # gateways trust um1, um1 trusts nobody
    picture = trust_map(trust_matrix(lab))
    assert {"cl-half", "cl-no"} <= classes([by_id(picture, pair_id("um1", "gw1"))])
    assert "cl-no" not in classes([by_id(picture, pair_id("gw1", "um1"))])
    assert (
        by_id(picture, pair_id("um1", "gw1")).get("aria-label") == "um1 refuses gw1: not imported"
    )
    assert by_id(picture, pair_id("gw1", "um1")).get("aria-label") == "gw1 accepts um1"


def test_a_card_of_a_dial_plan_counts_the_directions_that_changed():
    matrix = trust_matrix(lab_of(estate(2, 30, 3), phases=2))
    picture = trust_map(matrix, changed={("um1", "gw1"), ("gw1", "um1"), ("um2", "gw7")})
    assert "35 devices, 3 differ" in texts(picture)


def test_each_half_line_leaves_the_device_whose_answer_it_is():
    inventory = estate(1, 2, 1)
    picture = trust_map(trust_matrix(lab_of(inventory)))
    layout = lay_out(tuple(inventory), inventory.all_links)
    for verifier, peers in inventory.peers.items():
        place = layout.places[verifier]
        for subject in peers:
            (path,) = [
                path.get("d", "")
                for path in by_id(picture, pair_id(verifier, subject)).iter(f"{SVG}path")
                if "cl-half" in path.get("class", "")
            ]
            x, y = map(float, path[1:].split("L")[0].split())
            assert min(abs(x - place.x), abs(x - place.x - CARD)) < 1
            assert place.y < y < place.y + layout.card_height


def test_the_half_line_heals_when_the_certificate_is_imported():
    lab = lab_of(estate(1, 2, 0), phases=2).run(ImportAnchor("um1", certificate_of="gw1"))
    picture = trust_map(trust_matrix(lab))
    assert "cl-no" not in classes([by_id(picture, pair_id("um1", "gw1"))])
    assert "cl-no" in classes([by_id(picture, pair_id("um1", "gw2"))])


def test_the_selected_half_carries_its_short_reason_and_its_devices_are_marked():
    matrix = trust_matrix(lab_of(estate(1, 2, 0), phases=2))
    picture = trust_map(matrix, selected=("um1", "gw2"))
    half = by_id(picture, pair_id("um1", "gw2"))
    assert "not imported" in [text.text for text in half.iter(f"{SVG}text")]
    assert half.get("aria-current") == "true"
    assert "cl-box-on" in classes([by_id(picture, device_id("um1"))])
    assert "not imported" not in [t.text for t in parsed(trust_map(matrix)).iter(f"{SVG}text")]


@pytest.mark.parametrize("numbers", [(1, 2, 1), (1, 6, 0), (2, 2, 2), (1, 1, 0), (1, 3, 3)])
def test_the_reason_of_the_selected_half_leaves_the_signs_of_both_in_sight(numbers):
    lab = lab_of(estate(*numbers), phases=2)  # gateways and PBXs trust um1, um1 trusts nobody
    matrix = trust_matrix(lab)
    for pair in matrix.refused:
        picture = trust_map(matrix, selected=pair)
        other = by_id(picture, pair_id(*pair[::-1]))
        (sign,) = (g for g in other.iter(f"{SVG}g") if g.find(f"{SVG}circle") is not None)
        label = by_id(picture, pair_id(*pair))
        (pill,) = (g for g in label.iter(f"{SVG}g") if g.find(f"{SVG}rect") is not None)
        x, y = place_of(sign)
        left, middle = place_of(pill)
        wide = float(pill.find(f"{SVG}rect").get("width"))
        beside = abs(x - left) - wide / 2
        assert beside > 8 or abs(y - middle) - 11 > 8, pair


def place_of(drawn) -> tuple[float, float]:
    x, y = re.findall(r"-?[\d.]+", drawn.get("transform"))
    return float(x), float(y)


def test_a_tray_shows_the_seals_held_and_dashed_the_one_that_is_missing():
    lab = lab_of(estate(1, 2, 0), phases=2).run(ImportAnchor("um1", certificate_of="gw1"))
    server = by_id(trust_map(trust_matrix(lab)), device_id("um1"))
    missing = [g for g in server.iter(f"{SVG}g") if g.get("class") == "cl-seal-missing"]
    assert [g.findtext(f"{SVG}title") for g in missing] == ["missing: gw2"]
    assert "um1 trusts gw1. Missing: gw2" in [t.text for t in server.iter(f"{SVG}title")]


@pytest.mark.parametrize("others", [2, 12], ids=["in full", "compact"])
def test_a_seal_that_is_missing_lies_in_no_tray_and_stands_after_the_word_for_it(others):
    picture = trust_map(trust_matrix(lab_of(estate(1, others, 0), phases=1)))
    server = by_id(picture, device_id("um1"))
    (row,) = server.findall(f".//{SVG}text[.='missing']/..")
    dashed = [g for g in server.iter(f"{SVG}g") if g.get("class") == "cl-seal-missing"]
    assert dashed
    assert [g for g in row if g.get("class") == "cl-seal-missing"] == dashed
    assert "cl-tray" not in classes([row])
    assert max(float(g.get("transform", "")[10:].split()[0]) for g in dashed) < CARD - 8


@pytest.mark.parametrize("renewed", [1, 2, 5])
def test_what_is_missing_stands_beside_the_tray_and_not_in_it(renewed):
    lab = lab_of(estate(2, 20, 0)).moved_to("2028-01-01")
    lab = lab.run(GenerateSelfSigned(f"gw{n}") for n in range(1, renewed + 1))
    card = by_id(trust_map(trust_matrix(lab)), device_id("um1"))
    (tray,) = (r for r in card.iter(f"{SVG}rect") if r.get("class") == "cl-tray")
    (word,) = (t for t in card.iter(f"{SVG}text") if t.text == "missing")
    assert float(tray.get("x", 0)) + float(tray.get("width", 0)) + 3 < float(word.get("x", 0))
    assert "G1\N{PRIME}" in seals_in(card)


def test_a_device_for_which_no_seal_is_missing_does_not_say_the_word():
    server = by_id(trust_map(trust_matrix(lab_of(estate(1, 2, 0)))), device_id("um1"))
    assert "missing" not in [t.text for t in server.iter(f"{SVG}text")]


def test_an_expired_certificate_is_grey_and_says_when_it_ended():
    lab = lab_of(estate(1, 1, 0)).moved_to("2028-01-01")
    card = by_id(trust_map(trust_matrix(lab)), device_id("gw1"))
    assert "cl-stale" in classes([card])
    assert "ended 2027-11-24" in [text.text for text in card.iter(f"{SVG}text")]


def test_a_revoked_certificate_is_struck_through():
    lab = deploy(estate(1, 1, 0), InternalPKI(), at="2026-11-24", seed="views")
    lab = lab.run(Revoke("Lab PKI", "gw1"))
    card = by_id(trust_map(trust_matrix(lab)), device_id("gw1"))
    assert "cl-struck" in classes([card])
    assert "revoked 2026-11-24" in [text.text for text in card.iter(f"{SVG}text")]
    assert "certificate revoked 2026-11-24" in card.get("aria-label", "")


def test_a_link_that_needs_no_mutual_tls_is_dotted_and_not_judged():
    plain = Inventory.of(estate(1, 1, 0), [_unsecured()])
    half = by_id(trust_map(trust_matrix(lab_of(plain))), pair_id("um1", "gw1"))
    assert "cl-open" in classes([half])
    assert "no link that needs mutual TLS" in (half.get("aria-label") or "")


def test_the_picture_says_in_words_what_it_shows():
    matrix = trust_matrix(lab_of(estate(1, 2, 0), phases=2))
    (svg,) = parsed(trust_map(matrix))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == svg.findtext(f"{SVG}title") == matrix.headline
    assert "um1 refuses gw1: not imported" in (svg.findtext(f"{SVG}desc") or "")


ESTATES = {
    "one device": estate(1, 0, 0),
    "no server": estate(0, 5, 2),
    "servers only": estate(5, 0, 0),
    "an office": estate(1, 2, 1),
    "a long column": estate(1, 18, 1),
    "a region": estate(4, 10, 6, 2),
    "six servers": estate(6, 12, 12),
}


@pytest.mark.parametrize("inventory", ESTATES.values(), ids=ESTATES.keys())
def test_no_two_devices_overlap_and_every_one_lies_inside_the_picture(inventory):
    layout = lay_out(tuple(inventory), inventory.all_links)
    places = list(layout.places.values())
    assert len(places) == len(inventory)
    for one, other in combinations(places, 2):
        assert abs(one.x - other.x) >= CARD + 8 or abs(one.y - other.y) >= layout.card_height + 8, (
            f"{one.device.name} and {other.device.name} overlap"
        )
    for place in places:
        assert 0 <= place.x <= layout.width - CARD
        assert 0 <= place.y <= layout.height - layout.card_height


@pytest.mark.parametrize("inventory", ESTATES.values(), ids=ESTATES.keys())
def test_no_link_runs_behind_a_device_or_out_of_the_picture(inventory):
    layout = lay_out(tuple(inventory), inventory.all_links)
    assert len(layout.lines) == len(inventory.all_links)
    for line in layout.lines:
        for step in range(1, 20):
            x, y = line.at(step / 20)
            assert 0 <= x <= layout.width
            assert 0 <= y <= layout.height
            assert not _behind(layout, x, y), f"{line.link.a}–{line.link.b} runs behind a device"


@pytest.mark.parametrize("numbers", [(1, 6, 0), (2, 2, 2), (2, 5, 0), (2, 3, 1), (3, 2, 1)])
def test_no_sign_lies_on_another(numbers):
    inventory = estate(*numbers)
    spots = spread(lay_out(tuple(inventory), inventory.all_links).lines)
    assert len(spots) == 2 * len(inventory.all_links)
    assert min(dist(*pair) for pair in combinations(spots.values(), 2)) >= 20


def test_an_empty_inventory_says_so():
    matrix = trust_matrix(lab_of(estate(0, 0, 0)))
    assert "There is no device yet." in texts(trust_map(matrix))
    assert "There is no device yet." in texts(matrix_table(matrix))


def test_a_direction_that_changed_has_a_second_ring_and_says_so():
    matrix = trust_matrix(lab_of(estate(1, 2, 0), phases=2))
    picture = trust_map(matrix, changed={("um1", "gw1")})
    changed, other = (by_id(picture, pair_id("um1", name)) for name in ("gw1", "gw2"))
    rings = [len(half.findall(f".//{SVG}circle")) for half in (changed, other)]
    assert rings == [2, 1]
    assert changed.get("aria-label") == "um1 refuses gw1: not imported, changed"


def test_many_devices_are_grouped_by_dial_plan_with_counts_and_the_worst_state():
    matrix = trust_matrix(lab_of(estate(2, 30, 3), phases=2))
    picture = trust_map(matrix)
    card = by_id(picture, plan_id("office"))
    assert card.get("aria-label") == "office: 66 of 134 directions refused; open it"
    assert {"2 UM", "30 gateways", "3 PBXs", "66 of 134 refused"} <= {
        text.text for text in card.iter(f"{SVG}text")
    }


def test_an_opened_dial_plan_shows_its_devices_the_worst_first_and_counts_the_rest():
    lab = lab_of(estate(2, 50, 0), phases=2).run(
        ImportAnchor(f"um{n}", certificate_of=f"gw{m}") for n in (1, 2) for m in range(1, 15)
    )
    picture = trust_map(trust_matrix(lab), opened="office")
    assert by_id(picture, device_id("gw15")) is not None
    assert f'"{device_id("gw1")}"' not in picture
    assert "and 16 more IP gateways; 2 of them have refused links" in texts(picture)


def test_a_key_keeps_its_seal_and_a_renewal_changes_it():
    lab = lab_of(estate(1, 2, 0))
    before = Seals.of(lab).on(lab.certificate_of("gw1"))
    grown = lab.run(ImportAnchor("gw2", certificate_of="gw1"))
    assert Seals.of(grown).on(grown.certificate_of("gw1")) == before
    later = lab.moved_to("2028-01-01").run(lab.journal[0].steps)
    after = Seals.of(later).on(later.certificate_of("gw1"))
    assert after.hue != before.hue
    assert (before.monogram, after.monogram) == ("G1", "G1\N{PRIME}")
    assert after.name == "gw1 (second key)"
    assert Seals.of(later).on(lab.certificate_of("gw1")) == before


def test_two_keys_of_one_name_have_other_letters_in_every_tray_and_every_word():
    lab = lab_of(estate(1, 2, 0)).moved_to("2028-01-01").run(GenerateSelfSigned("gw1"))
    card = by_id(trust_map(trust_matrix(lab)), device_id("um1"))
    assert seals_in(card) == ["U1", "G2", "G1", "G1\N{PRIME}"]
    assert "um1 trusts gw2 and gw1. Missing: gw1 (second key)" in texts(
        trust_map(trust_matrix(lab))
    )


def test_authorities_have_the_same_colours_whatever_keys_they_drew_and_whoever_joins():
    def hues(inventory: Inventory) -> dict[str, int | None]:
        lab = deploy(inventory, InternalPKI(), at="2026-11-24")
        seals = Seals.of(lab)
        return {name: seals.of_key(a.certificate).hue for name, a in lab.authorities.items()}

    found = [hues(estate(1, count, 0)) for count in (1, 1, 2)]
    assert found == [{"Lab PKI": 7, "Lab PKI root": 6}] * 3


def test_no_colour_is_used_twice_while_there_are_eight_keys_or_fewer():
    lab = lab_of(estate(1, 5, 0)).moved_to("2028-01-01")
    for who in ("um1", "gw4"):
        lab = lab.run(GenerateSelfSigned(who))
        seals = Seals.of(lab)
        hues = [seals.of_key(certificate).hue for certificate in lab.certificates.values()]
        assert len({*hues}) == len(hues)
    assert len(hues) == 8


@pytest.mark.parametrize("name", ["um1", "gw-22", "mail-web", "?"])
@pytest.mark.parametrize("primes", range(3))
def test_letters_and_primes_stay_within_their_seal(name, primes):
    wanted = monogram(name)
    drawn = draw(Seal(0, wanted + "\N{PRIME}" * primes, name), 0, 0)
    size = float((re.findall(r"scale\((\S+?)\)", drawn) or ["1"])[0])
    middle = float(re.search(r'<text x="(\S+)"', drawn)[1]) * size
    half = width(wanted, 12, bold=True) * size / 2
    inside = RADIUS * cos(pi / 6)
    assert middle - half >= -inside
    ends = [float(x) for x in re.findall(r'd="M(\S+) -5.4l', drawn)]
    assert len(ends) == primes
    assert all(middle + half < end < inside for end in ends), "beside the letters, and inside"


def test_the_first_eight_devices_have_eight_colours():
    lab = lab_of(estate(2, 6, 0))
    seals = Seals.of(lab)
    hues = [seals.on(certificate).hue for certificate in lab.certificates.values()]
    assert sorted(hues) == list(range(8))


def test_a_picture_can_stand_alone_as_a_file():
    (svg,) = parsed(standalone(trust_map(trust_matrix(lab_of(estate(1, 1, 0))))))
    assert svg.tag == f"{SVG}svg"


def test_an_empty_tray_is_said_and_not_drawn_too():
    card = by_id(trust_map(trust_matrix(lab_of(estate(1, 2, 0), phases=0))), device_id("um1"))
    assert "nobody" in [t.text for t in card.iter(f"{SVG}text")]
    assert "cl-tray" not in classes([card])


def test_of_many_links_only_the_refused_are_drawn_strongly_and_marked():
    lab = lab_of(estate(2, 10, 2)).run(RemoveAnchor("um1", "gw3"))
    picture = trust_map(trust_matrix(lab))
    half = by_id(picture, pair_id("um1", "gw3"))
    assert {"cl-no", "cl-badge"} <= classes([half])
    assert "cl-faint" not in classes([half])
    for other in (pair_id("gw3", "um1"), pair_id("um2", "gw3")):
        assert "cl-faint" in classes([by_id(picture, other)])
        assert "cl-badge" not in classes([by_id(picture, other)])
    near = by_id(trust_map(trust_matrix(lab), selected=("gw3",)), pair_id("gw3", "um2"))
    assert "cl-badge" in classes([near])
    assert "cl-faint" not in classes([near])


def test_a_picture_is_no_wider_than_a_notebook_on_a_small_screen():
    for inventory in (*ESTATES.values(), estate(2, 40, 3)):
        (svg,) = parsed(trust_map(trust_matrix(lab_of(inventory))))
        assert float(svg.get("width", 0)) <= 812


def test_the_name_of_an_authority_is_written_out():
    lab = deploy(estate(1, 1, 0), InternalPKI("Example Public Root of the North"), at="2026-11-24")
    picture = trust_map(trust_matrix(lab))
    assert "Example Public Root of the North root" in [
        text.text for text in parsed(picture).iter(f"{SVG}text")
    ]


def _behind(layout: Layout, x: float, y: float) -> bool:
    return any(
        place.x + 1 < x < place.x + CARD - 1 and place.y + 1 < y < place.y + layout.card_height - 1
        for place in layout.places.values()
    )


def _unsecured():
    from certlab.deployment import DialPlan, SecurityMode

    return DialPlan("office", SecurityMode.UNSECURED)
