"""The grown network: exact totals, sound structure, nothing over water, and a look like a real one."""

import csv
import dataclasses
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import DrillError, InputError
from sim.grid import (
    DEVICES,
    Coast,
    Settlements,
    check,
    describe,
    grow,
    load,
    read_coast,
    read_settlements,
    save,
    write_csv,
)
from sim.grid.coast import degrees
from sim.grid.demand import largest_remainder, scattered_fraction
from sim.grid.equipment import main_line, zones
from sim.grid.growth import preorder
from sim.scenario.model import Network as Config
from sim.units import project_km

FAXAI = Path(__file__).parents[1] / "scenarios" / "faxai"


def config(customers, **others):
    return Config(settlements="", coast="", customers=customers, **others)


def places(*rows, area=None):
    name, lon, lat, population = (list(column) for column in zip(*rows, strict=True))
    return Settlements(
        np.array(name), np.array(lon, float), np.array(lat, float), np.array(population, np.int64),
        np.array(area or name),
    )  # fmt: skip


def ring(*points):
    return np.array([*points, points[0]], float)


def box(west, south, east, north):
    return ring((west, south), (east, south), (east, north), (west, north))


PLAIN = Coast((box(139.5, 34.5, 140.5, 35.5),))
THREE = places(("Port", 139.7, 34.7, 90_000), ("Hill", 140.0, 35.0, 9_000), ("Cape", 140.3, 35.2, 1_000))


@pytest.fixture(scope="module")
def chiba():
    coast = read_coast(FAXAI / "coast.geojson")
    settlements = read_settlements(FAXAI / "settlements.csv")
    return settlements, coast, grow(config(2_800_000), settlements, coast)


# ---- land and sea


def naive_inside(rings, x, y):
    odd = False
    for points in rings:
        for (ax, ay), (bx, by) in pairwise(points):
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                odd = not odd
    return odd


@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=3, max_size=12),
    st.lists(st.tuples(st.floats(-1, 11), st.floats(-1, 11)), min_size=1, max_size=20),
)
@settings(deadline=None, max_examples=60)
def test_inside_agrees_with_plain_ray_casting(corners, points):
    rings = (ring(*corners), box(2, 2, 3, 3))
    x, y = np.array(points).T
    assert Coast(rings).inside(x, y).tolist() == [naive_inside(rings, *p) for p in points]


def test_distance_to_a_straight_coast():
    coast = Coast((box(139.0, 34.0, 141.0, 36.0),))
    assert coast.distance_km(140.0, 35.9) == pytest.approx(0.1 * 111.195, abs=0.1)
    assert coast.distance_km(140.0, 36.1) == pytest.approx(0.1 * 111.195, abs=0.1)


def test_the_frame_to_which_land_was_cut_is_no_coast():
    land = box(139.0, 34.0, 141.0, 36.0)
    cut = Coast((land,), clipped_to=(139.0, 34.0, 150.0, 36.0))
    east_km = 6371 * math.cos(math.radians(35)) * math.radians(1.0)
    assert cut.distance_km(140.0, 35.0) == pytest.approx(east_km, abs=0.5)
    assert math.isinf(Coast((land,), clipped_to=(139.0, 34.0, 141.0, 36.0)).distance_km(140.0, 35.0))


def test_a_line_over_a_lake_crosses_water_and_one_beside_it_does_not():
    lake = box(139.9, 34.9, 140.1, 35.1)
    coast = Coast((box(139.0, 34.0, 141.0, 36.0), lake))
    assert coast.crosses([139.5, 139.5], [35.0, 35.2], [140.5, 140.5], [35.0, 35.2]).tolist() == [True, False]
    # the corner that the line cuts is less than 3 km deep, but more than 0.5
    corner = (139.88, 34.94, 139.94, 34.88)
    assert coast.crosses(*corner)
    assert not coast.crosses(*corner, tolerance_km=3.0)
    assert coast.crosses(*corner, tolerance_km=0.5)


# ---- the parts


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.integers(0, 100_000))
@settings(deadline=None, max_examples=60)
def test_largest_remainder_gives_out_everything_within_one_of_the_exact_share(weights, total):
    got = largest_remainder(weights, total)
    assert got.sum() == total
    w = np.array(weights)
    exact = w / w.sum() * total if w.sum() > 0 else np.full(len(w), total / len(w))
    assert (np.abs(got - exact) < 1 + 1e-6).all()


def test_largest_remainder_by_hand():
    assert largest_remainder([6, 1, 3], 7).tolist() == [4, 1, 2]  # 4.2, 0.7, 2.1
    assert largest_remainder([1, 1, 1], 2).tolist() == [1, 1, 0]  # equal claims: the first


def test_scattered_share_is_met_in_all_and_higher_in_small_places():
    people = np.array([900_000, 50_000, 5_000])
    share = scattered_fraction(people, 0.1)
    assert (people * share).sum() / people.sum() == pytest.approx(0.1)
    assert share[0] < share[1] < share[2] <= 0.85
    assert scattered_fraction(people, 0.0) == pytest.approx(np.zeros(3), abs=1e-9)


def test_preorder_puts_the_heavier_child_first_and_feeders_in_order():
    #        0 (feeder 1) - 1 - 3        5 (feeder 0) - 4
    #                     \ 2 (heavy)
    parent = np.array([-1, 0, 0, 1, 5, -1])
    feeder = np.array([1, 1, 1, 1, 0, 0])
    order, new_parent, end = preorder(parent, feeder, np.array([1, 1, 50, 1, 1, 1]))
    assert order.tolist() == [5, 4, 0, 2, 1, 3]
    assert new_parent.tolist() == [-1, 0, -1, 2, 2, 4]
    assert end.tolist() == [2, 2, 6, 4, 6, 6]


def test_main_line_is_the_leading_run_and_zones_stop_at_devices():
    parent = np.array([-1, 0, 1, 1, 0, 4, -1])
    main, position, length = main_line(parent, np.array([0, 6]), np.array([0, 0, 0, 0, 0, 0, 1]))
    assert main.tolist() == [True, True, True, False, False, False, True]
    assert length.tolist() == [3, 1]
    assert position.tolist() == [0, 1, 2, 3, 4, 5, 0]
    assert zones(parent, np.array([1, 0, 2, 0, 3, 0, 1])).tolist() == [0, 0, 2, 0, 4, 4, 6]


# ---- small worlds


@given(
    customers=st.integers(1, 30_000),
    per_section=st.floats(20, 300),
    per_feeder=st.floats(50, 3000),
    poles=st.floats(0.001, 0.5),
    zone=st.floats(1, 10),
    seed=st.integers(0, 5),
)
@settings(deadline=None, max_examples=25)
def test_any_small_network_is_sound_and_its_totals_exact(customers, per_section, per_feeder, poles, zone, seed):
    made = config(
        customers, customers_per_section=per_section, customers_per_feeder=per_feeder,
        poles_per_customer=poles, zone_sections=zone, seed=seed,
    )  # fmt: skip
    network = grow(made, THREE, PLAIN)
    check(network)
    assert network.n_customers == customers
    assert network.n_poles.sum() == round(poles * customers)
    describe(network)


def test_a_network_of_one_customer():
    network = grow(config(1), places(("Alone", 140.0, 35.0, 3)), PLAIN)
    check(network)
    assert network.n_sections == 1
    assert network.device.tolist() == [DEVICES.index("breaker")]


def test_people_of_each_settlement_are_served_in_proportion():
    network = grow(config(20_000), THREE, PLAIN)
    by_area = dict(zip(network.area_name, np.bincount(network.area, weights=network.customers), strict=True))
    assert by_area == {"Cape": 200, "Hill": 1_800, "Port": 18_000}


def test_a_settlement_without_people_gets_none_and_keeps_its_land_free():
    one = places(("Here", 140.0, 35.0, 50_000))
    two = places(("Here", 140.0, 35.0, 50_000), ("There", 140.06, 35.0, 0))
    alone, beside = (grow(config(20_000), settlements, PLAIN) for settlements in (one, two))
    x_border = project_km(140.03, 35.0, beside.lon0, beside.lat0)[0]
    assert beside.n_customers == alone.n_customers == 20_000
    assert beside.area_name.tolist() == ["Here"]
    assert beside.x1.max() < x_border + 2.0  # hamlets at the border reach a little beyond it
    assert project_km(140.03, 35.0, alone.lon0, alone.lat0)[0] + 4.0 < alone.x1.max()


def test_settlements_of_one_area_are_one_area():
    rows = (("Old", 139.8, 34.8, 500), ("New", 140.2, 35.2, 500))
    network = grow(config(2_000), places(*rows, area=["Union", "Union"]), PLAIN)
    assert network.area_name.tolist() == ["Union"]
    assert network.area_population.tolist() == [1000]
    assert network.area_lon[0] == pytest.approx(140.0, abs=0.05)


def test_a_settlement_out_at_sea_is_an_input_error_that_names_it():
    with pytest.raises(InputError, match="Atlantis"):
        grow(config(1000), places(("Port", 140.0, 35.0, 10), ("Atlantis", 140.9, 35.0, 10)), PLAIN)


def test_islands_have_their_own_substations_and_no_line_between():
    islands = Coast((box(139.9, 34.9, 140.0, 35.1), box(140.03, 34.9, 140.13, 35.1)))
    network = grow(config(5_000), places(("West", 139.95, 35.0, 10), ("East", 140.08, 35.0, 10)), islands)
    check(network)
    middle = project_km(140.015, 35.0, network.lon0, network.lat0)[0]
    assert ((network.x0 < middle) == (network.x1 < middle)).all()
    assert (network.substation_lon < 140.015).any()
    assert (network.substation_lon > 140.015).any()


def test_lines_go_round_a_bay_and_not_across():
    horseshoe = Coast((
        ring((139.9, 34.9), (140.2, 34.9), (140.2, 34.95), (139.95, 34.95), (139.95, 35.0), (140.2, 35.0),
             (140.2, 35.05), (139.9, 35.05)),
    ))  # fmt: skip
    rows = (("South", 140.0, 34.93, 10_000), ("North", 140.0, 35.02, 10_000))
    network = grow(config(9_000, feeders_per_substation=20.0), places(*rows), horseshoe)
    check(network)
    assert len(network.substation_name) == 1  # so that half of the people live across the bay from it
    assert deepest_km(network, horseshoe) < 0.35


def deepest_km(network, coast):
    """Return how far from land the wettest point of any line lies, looked at every 50 m or so."""
    deepest = 0.0
    for along in np.linspace(0, 1, 41):
        x = network.x0 + along * (network.x1 - network.x0)
        y = network.y0 + along * (network.y1 - network.y0)
        lon, lat = degrees(x, y, network.lon0, network.lat0)
        wet = ~coast.inside(lon, lat)
        if wet.any():
            deepest = max(deepest, float(coast.distance_km(lon[wet], lat[wet]).max()))
    return deepest


# ---- Chiba


def test_chiba_has_the_configured_totals(chiba):
    settlements, _, network = chiba
    check(network)
    assert network.n_customers == 2_800_000
    assert network.n_poles.sum() == 560_000
    assert network.n_sections == 28_000
    assert len(network.feeder_name) == pytest.approx(2_800_000 / 1900, rel=0.02)
    assert len(network.substation_name) == pytest.approx(2_800_000 / 1900 / 9, rel=0.02)
    assert network.n_sections / (network.device > 0).sum() == pytest.approx(4.0, rel=0.03)
    assert 2 * len(network.tie) / len(network.feeder_name) == pytest.approx(1.5, abs=0.01)
    assert len(network.critical_section) == 224
    assert network.business.sum() / network.n_customers == pytest.approx(0.1, abs=0.002)
    assert network.area_population.sum() == settlements.population.sum()
    assert len(network.area_name) == 54


def test_no_chiba_line_crosses_the_bay(chiba):
    _, coast, network = chiba
    assert deepest_km(network, coast) < 0.5
    lon, lat = degrees(network.x1, network.y1, network.lon0, network.lat0)
    assert coast.inside(lon, lat).all()


def test_chiba_looks_like_a_network(chiba):
    _, _, network = chiba
    got = describe(network)
    city, rural, remote = (got["by_land_class"][name] for name in ("city", "rural", "remote"))
    assert 0.65 < city["customers"] / 2_800_000 < 0.85  # 74 % live in densely inhabited districts
    assert 1.5 < city["feeder_route_km"]["median"] < 4.0
    assert city["feeder_route_km"]["median"] < rural["feeder_route_km"]["median"]
    assert rural["feeder_route_km"]["median"] < remote["feeder_route_km"]["median"]
    assert remote["feeder_line_km"]["median"] > 25
    assert city["poles_per_customer"] < rural["poles_per_customer"] < remote["poles_per_customer"]
    straight = np.hypot(network.x1 - network.x0, network.y1 - network.y0)
    assert straight.max() < 10
    assert (straight > 3).mean() < 0.002
    assert (network.length_km >= straight - 1e-9).all()
    assert 25 < got["poles_per_line_km"] < 35


def test_ties_join_neighbouring_feeders(chiba):
    _, coast, network = chiba
    a, b = network.tie.T
    assert (network.feeder[a] != network.feeder[b]).all()
    gap = np.hypot(network.x1[a] - network.x1[b], network.y1[a] - network.y1[b])
    assert gap.max() <= 3.0
    ends = (*degrees(network.x1[a], network.y1[a], network.lon0, network.lat0),
            *degrees(network.x1[b], network.y1[b], network.lon0, network.lat0))  # fmt: skip
    assert not coast.crosses(*ends, tolerance_km=0.35).any()
    pairs = {tuple(sorted(pair)) for pair in zip(network.feeder[a].tolist(), network.feeder[b].tolist(), strict=True)}
    assert len(pairs) == len(network.tie)


def test_wind_cells_and_devices_of_chiba(chiba):
    _, coast, network = chiba
    assert (np.abs(network.x - network.cell_x[network.cell]) <= 1.5 + 1e-9).all()
    assert (np.abs(network.y - network.cell_y[network.cell]) <= 1.5 + 1e-9).all()
    assert network.cell_coast_km == pytest.approx(coast.distance_km(network.cell_lon, network.cell_lat))
    breaker, recloser, fuse = (network.device == DEVICES.index(name) for name in ("breaker", "recloser", "fuse"))
    assert network.reports[breaker].all()
    assert not network.reports[fuse].any()
    assert network.reports[recloser].mean() == pytest.approx(0.6, abs=0.03)


def test_growth_is_a_pure_function_of_its_seed(tmp_path):
    files = []
    for number, seed in enumerate((4, 4, 5)):
        save(grow(config(9_000, seed=seed), THREE, PLAIN), tmp_path / f"{number}.npz")
        files.append((tmp_path / f"{number}.npz").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_what_concerns_devices_only_moves_no_line():
    one, other = (grow(config(9_000, zone_sections=zone), THREE, PLAIN) for zone in (2.0, 6.0))
    assert np.array_equal(one.x1, other.x1)
    assert np.array_equal(one.customers, other.customers)
    assert (one.device > 0).sum() > (other.device > 0).sum()


# ---- on disk and broken


def test_a_saved_network_comes_back_the_same(tmp_path):
    network = grow(config(3_000), THREE, PLAIN)
    save(network, tmp_path / "network.npz")
    back = load(tmp_path / "network.npz")
    for field in dataclasses.fields(network):
        one, other = getattr(network, field.name), getattr(back, field.name)
        assert np.array_equal(one, other), field.name
        assert type(one) is type(other), field.name


def test_a_file_that_is_no_network_is_an_input_error(tmp_path):
    (tmp_path / "network.npz").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is not a network file"):
        load(tmp_path / "network.npz")


def test_csv_tables_add_up(tmp_path):
    network = grow(config(3_000), THREE, PLAIN)
    files = {path.name: path for path in write_csv(network, tmp_path)}
    assert set(files) == {"sections.csv", "feeders.csv", "ties.csv", "critical.csv", "areas.csv"}
    rows = {}
    for name, path in files.items():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows[name] = list(csv.DictReader(file))
    for name in ("sections.csv", "feeders.csv", "areas.csv"):
        assert sum(int(row["customers"]) for row in rows[name]) == 3_000
    assert sum(int(row["poles"]) for row in rows["feeders.csv"]) == 600
    names = {row["section"] for row in rows["sections.csv"]}
    assert {row["upstream_section"] for row in rows["sections.csv"]} <= names | {""}
    assert len(rows["ties.csv"]) == len(network.tie)
    assert sum(int(row["population"]) for row in rows["areas.csv"]) == 100_000


@pytest.mark.parametrize(
    ("field", "change", "said"),
    [
        ("parent", lambda v: np.where(np.arange(len(v)) == 1, 2, v), "before its parent"),
        ("end", lambda v: np.where(np.arange(len(v)) == 0, v + 1, v), "one past the last"),
        ("zone", lambda v: np.zeros_like(v), "nearest device upstream"),
        ("device", lambda v: np.zeros_like(v), "head has no device"),
        ("customers", lambda v: v - 10_000, "negative"),
        ("business", lambda v: v + 10_000, "more businesses"),
        ("cell", lambda v: v + 10_000, "outside"),
        ("feeder", lambda v: v[::-1].copy(), "feeder"),
        ("name", lambda v: np.full_like(v, "same"), "name twice"),
        ("x0", lambda v: v + 1.0, "begin where its parent ends"),
        ("lon", lambda v: np.full_like(v, np.nan), "not finite"),
        ("lat", lambda v: v[:-1], "shape"),
        ("tie", lambda _: np.array([[1, 1]]), "itself"),
    ],
)
def test_check_names_what_is_broken(field, change, said):
    network = grow(config(3_000, customers_per_feeder=600.0), THREE, PLAIN)
    check(network)
    with pytest.raises(DrillError, match=said):
        check(dataclasses.replace(network, **{field: change(getattr(network, field))}))
