"""Strengths and faults: closed forms, the time step, common random numbers between plans, tiny exact
cases."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.damage import (
    WORK_CLASSES,
    Drawn,
    Faults,
    draw,
    expected_faults,
    faults,
    repair_minutes,
    stand_downs,
    tree_minutes,
)
from sim.damage.faults import first_exceedance
from sim.factors import NOMINAL
from sim.grid.network import Network
from sim.scenario.model import Damage, Scenario
from sim.storm import Track
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of

WIRE, POLE, TRANSFORMER = range(3)
NO_TREES = {"city_exposure": 0.0, "rural_exposure": 0.0, "remote_exposure": 0.0}
NO_TRANSFORMERS = {"transformer_median_mps": 500.0, "transformer_log_sd": 0.01}
WOOD = {"pole_median_mps": 65.0}
POLES_ONLY: dict[str, Any] = {**WOOD, **NO_TREES, **NO_TRANSFORMERS}


def chain(n: int, poles: int = 20, **more: Any) -> Network:
    return tiny_network(list(range(-1, n - 1)), [100] * n, poles=poles, **more)


def blown(
    network: Network, gust: object, damage: dict[str, Any] | None = None, replication: int = 0
) -> tuple[Drawn, Faults]:
    """Faults when the gust rises from calm within an hour, holds for one, and falls; one gust, or one per
    cell."""
    scenario = tiny_scenario(damage=damage or {})
    peak = np.broadcast_to(np.asarray(gust, float), (len(network.cell_lon),))
    wind = wind_of(network, scenario, [0, 60, 120, 180], [0 * peak, peak, peak, 0 * peak])
    drawn = tiny_drawn(network, scenario, wind, replication=replication)
    return drawn, faults(drawn, scenario.damage)


# --- numbers ---


def test_poles_break_as_salman_found() -> None:
    """Salman (2015), 20-year poles: .098 at 56.7, .294 at 61.4, .518 at 65.4, .764 at 70.8 m/s; 65/0.11
    fits."""
    network = chain(1, poles=1000)
    scenario = tiny_scenario(damage=POLES_ONLY)
    for gust, share in ((51.5, 0.018), (56.7, 0.098), (61.4, 0.294), (65.4, 0.518), (70.8, 0.764)):
        wind = wind_of(network, scenario, [0, 60], [gust, gust])
        got = expected_faults(network, wind, scenario.damage)["pole"][0] / 1000
        assert got == pytest.approx(share, abs=0.025)
        z = math.log(gust / 65.0) / Damage().pole_log_sd
        assert got == pytest.approx(stats.norm.cdf(z), rel=1e-6)


def test_concrete_poles_fall_to_what_strikes_them() -> None:
    """Kansai 2018: of 2.7 million poles none fell to the wind alone. Chiba 2019, by municipality: up to 0.1 % broke where
    no trees fell, up to 0.8 % where they did, more from gusts of 30 m/s on."""

    def broken(gust: float, land: str, damage: dict[str, Any]) -> float:
        network = chain(1, poles=1000, land=[land])
        scenario = tiny_scenario(damage=damage)
        wind = wind_of(network, scenario, [0, 60], [gust, gust])
        return float(expected_faults(network, wind, scenario.damage)["pole"][0] / 1000)

    assert broken(58.0, "remote", NO_TREES) < 1 / 2000
    assert broken(47.0, "remote", NO_TREES) < 1 / 1_000_000
    for gust, low, high in ((30.0, 0.0005, 0.002), (40.0, 0.003, 0.009), (50.0, 0.01, 0.025)):
        assert low < broken(gust, "remote", {}) < high
        assert broken(gust, "city", {}) < 0.0015


def test_a_state_of_its_own_for_every_pole() -> None:
    """Half of the poles break at the median gust, and their strengths are lognormal: times give them back."""
    network = chain(400, poles=50)
    _, found = blown(network, 80.0, POLES_ONLY)
    assert (found.work == POLE).all()
    share = len(found) / (400 * 50)
    strength = found.at / 60 * 80  # gust rises evenly to 80 m/s in an hour
    probability = stats.norm.cdf(math.log(80 / 65) / 0.11)
    assert share == pytest.approx(probability, abs=0.005)
    u = stats.norm.cdf(np.log(strength / 65) / 0.11) / probability
    assert stats.kstest(u, "uniform").pvalue > 0.001
    per_section = np.bincount(found.section, minlength=400)
    assert per_section.var() == pytest.approx(50 * probability * (1 - probability), rel=0.3)


def test_sections_are_independent() -> None:
    network = chain(2000, poles=10)
    _, found = blown(network, 65.0, POLES_ONLY)
    n = np.bincount(found.section, minlength=2000)
    assert abs(np.corrcoef(n[1:], n[:-1])[0, 1]) < 4 / math.sqrt(2000)
    assert n.var() == pytest.approx(10 * 0.25, rel=0.15)


@pytest.mark.parametrize("step", [360.0, 60.0, 10.0, 1.0])
def test_the_time_step_does_not_change_the_probability(step: float) -> None:
    """One strength per asset: 0.2 over six hours of constant gust, not 0.74, 0.9997 or 1."""
    network = chain(1000, poles=10)
    scenario = tiny_scenario(damage=POLES_ONLY)
    gust = 65.0 * math.exp(0.11 * stats.norm.ppf(0.2))
    at = np.arange(0.0, 361.0, step)
    wind = wind_of(network, scenario, at, np.full(len(at), gust))
    found = faults(tiny_drawn(network, scenario, wind), scenario.damage)
    assert len(found) / 10_000 == pytest.approx(0.2, abs=0.012)
    other = wind_of(network, scenario, [0, 360], [gust, gust])
    assert len(faults(tiny_drawn(network, scenario, other), scenario.damage)) == len(found)
    assert expected_faults(network, wind, scenario.damage)["pole"][0] == pytest.approx(2000, rel=1e-5)


def test_halving_the_storms_step_moves_the_expected_number_by_less_than_half_a_percent() -> None:
    hours = np.arange(-24, 25, 6)
    track = Track(
        name="compact",
        at_utc=np.datetime64("2020-07-31T21:00:00", "s") + hours.astype("timedelta64[h]"),
        lon=140.0 + hours * 0.2,
        lat=35.5 + hours * 0.2,
        vmax_mps=np.full(9, 45.0),
        pressure_hpa=np.full(9, 950.0),
        rmax_km=np.full(9, 20.0),
    )
    places = np.linspace(-40, 40, 81)
    network = chain(81, x=list(places), y=[0.0] * 81)
    number = []
    for step in (10.0, 5.0):
        scenario = tiny_scenario(storm={"step_min": step}, damage=WOOD)
        drawn = draw(scenario, network, track, 0)
        number.append({name: n.sum() for name, n in expected_faults(network, drawn.wind, scenario.damage).items()})
    for name in WORK_CLASSES:
        assert number[0][name] == pytest.approx(number[1][name], rel=0.005)
    assert number[0]["pole"] > 10


def test_the_mean_number_is_the_closed_form() -> None:
    """Poles broken twice over count once: with strong trees the closed form has to know."""
    damage = {"rural_exposure": 0.8, "tree_median_mps": 70.0, "tree_breaks_pole_fraction": 0.6}
    network = chain(100, poles=8, spans=12, transformers=5)
    network = replace(network, area=np.arange(100) % 2, area_name=np.array(["a", "b"]))
    runs = 60
    total = np.zeros((runs, 3, 2))
    for i in range(runs):
        drawn, found = blown(network, 66.0, damage, replication=i)
        for code in range(3):
            total[i, code] = np.bincount(network.area[found.section[found.work == code]], minlength=2)
    expected = expected_faults(network, drawn.wind, drawn.scenario.damage)
    for code, name in enumerate(WORK_CLASSES):
        error = total[:, code].std(axis=0) / math.sqrt(runs)
        assert (np.abs(total[:, code].mean(axis=0) - expected[name]) < 4 * error).all(), name


def test_exposure_follows_the_land() -> None:
    classes = ["city", "rural", "remote"] * 400
    network = chain(1200, land=classes, poles=20, spans=20, transformers=0)
    _, found = blown(network, 60.0, {"pole_median_mps": 200.0, "tree_median_mps": 60.0})
    n = np.bincount(network.land_class[found.section], minlength=3) / (400 * 20)
    np.testing.assert_allclose(n, [0.05 / 2, 0.25 / 2, 0.9 / 2], atol=0.02)


def test_trees_break_and_block_their_share() -> None:
    network = chain(1000, poles=20, spans=20, transformers=0)
    _, found = blown(network, 60.0, {"pole_median_mps": 200.0, "tree_median_mps": 60.0, "rural_exposure": 0.5})
    assert len(found) == pytest.approx(5000, rel=0.05)
    assert (found.work == POLE).mean() == pytest.approx(0.8, abs=0.03)
    assert found.blocked_by_tree.mean() == pytest.approx(0.5, abs=0.03)
    assert not (found.work == TRANSFORMER).any()
    assert stats.kstest(found.difficulty, "norm").pvalue > 0.001


# --- once, in order, at the right instant ---


def test_the_instant_is_where_the_gust_crosses_the_strength() -> None:
    network = tiny_network([-1, 0], [1, 1])
    wind = wind_of(network, tiny_scenario(), [0, 10, 30, 40, 50], [[0, 5], [20, 5], [40, 5], [10, 60], [90, 0]])
    cell = np.array([0, 0, 0, 0, 1, 1, 0])
    strength = np.array([10.0, 20.0, 30.0, 65.0, 5.0, 32.5, 95.0])
    got = first_exceedance(wind, cell, strength)
    # 95 is above the peak: rounding alone brings that about, and it counts as the peak
    np.testing.assert_allclose(got, [5.0, 10.0, 20.0, 46.875, 0.0, 35.0, 50.0])


def test_everything_fails_once_in_the_worst_storm() -> None:
    damage = {"rural_exposure": 1.0, "tree_median_mps": 60.0, "tree_breaks_pole_fraction": 1.0}
    damage["tree_blocks_fraction"] = 1.0
    network = chain(20, poles=7, spans=9, transformers=3)
    drawn, found = blown(network, 2000.0, damage)
    assert found.n_poles_broken == 20 * 7
    np.testing.assert_array_equal(np.bincount(found.work), [0, 140, 60])
    assert (np.bincount(found.section) == 10).all()
    # every pole has a span under a tree: the tree blocks even where the wind broke the pole first
    np.testing.assert_array_equal(found.blocked_by_tree, found.work == POLE)
    totals = {name: n.sum() for name, n in expected_faults(network, drawn.wind, drawn.scenario.damage).items()}
    assert totals == pytest.approx({"wire": 0.0, "pole": 140.0, "transformer": 60.0})


def test_a_section_without_poles_breaks_none() -> None:
    damage = {"rural_exposure": 1.0, "tree_median_mps": 60.0, "tree_breaks_pole_fraction": 1.0}
    network = chain(5, poles=0, spans=4, transformers=0)
    drawn, found = blown(network, 2000.0, damage)
    np.testing.assert_array_equal(np.bincount(found.work), [20])
    assert found.n_poles_broken == 0
    assert expected_faults(network, drawn.wind, drawn.scenario.damage)["wire"][0] == pytest.approx(20)


def test_faults_come_in_order_of_time() -> None:
    _, found = blown(chain(200), 60.0)
    assert (np.diff(found.at) >= 0).all()
    assert found.n_poles_broken == (found.work == POLE).sum()
    flat_scenario = tiny_scenario(damage=POLES_ONLY)
    network = chain(50)
    wind = wind_of(network, flat_scenario, [0, 60], [70, 70])
    same = faults(tiny_drawn(network, flat_scenario, wind), flat_scenario.damage)
    assert (same.at == 0).all()
    assert (np.diff(same.section) >= 0).all()


def test_calm_air_breaks_nothing() -> None:
    drawn = tiny_drawn(chain(3))
    found = faults(drawn, drawn.scenario.damage)
    assert len(found) == found.n_poles_broken == 0
    far = tiny_scenario()
    nothing = wind_of(chain(3), far, [], np.zeros((0, 3)))
    drawn = tiny_drawn(chain(3), far, nothing)
    assert len(faults(drawn, far.damage)) == 0
    assert np.isnan(stand_downs(drawn, 10.0)).all()
    assert not any(n.any() for n in expected_faults(chain(3), nothing, far.damage).values())


def test_given_faults_replace_the_winds() -> None:
    network = chain(3)
    given_faults = tiny_faults((30.0, 1, "pole"), (10.0, 2))
    drawn = tiny_drawn(network, given=given_faults)
    found = faults(drawn, drawn.scenario.damage)
    np.testing.assert_array_equal(found.at, [10.0, 30.0])
    np.testing.assert_array_equal(found.section, [2, 1])


# --- common random numbers ---


def rows(found: Faults, poles_only: bool = True) -> set[tuple[int, float]]:
    """Faults by section and latent difficulty, which stays with the asset whatever the plan."""
    kept = found.work == POLE if poles_only else np.ones(len(found), bool)
    return set(zip(found.section[kept].tolist(), found.difficulty[kept].tolist(), strict=True))


@given(
    gust=st.floats(45, 75),
    pole=st.floats(1.0, 1.5),
    tree=st.floats(1.0, 1.5),
    replication=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=25)
def test_hardening_and_trimming_only_ever_spare(gust: float, pole: float, tree: float, replication: int) -> None:
    network = chain(60)
    drawn, base = blown(network, gust, replication=replication)
    plan = drawn.scenario.damage.model_copy(update={"pole_strength_factor": pole, "tree_strength_factor": tree})
    spared = faults(drawn, plan)
    assert rows(spared, poles_only=False) <= rows(base, poles_only=False) | rows_hidden(drawn, base)
    assert spared.n_poles_broken <= base.n_poles_broken
    assert np.bincount(base.section, minlength=60).sum() >= len(spared)
    by_section = np.bincount(base.section, minlength=60) - np.bincount(spared.section, minlength=60)
    assert (by_section >= 0).all()


def rows_hidden(drawn: Drawn, base: Faults) -> set[tuple[int, float]]:
    """Faults that the base hides because another had broken the same pole before."""
    alone = set()
    for update in ({"pole_median_mps": 200.0}, {"tree_median_mps": 500.0, "tree_log_sd": 0.01}):
        found = faults(drawn, drawn.scenario.damage.model_copy(update=update))
        alone |= rows(found, poles_only=False)
    return alone - rows(base, poles_only=False)


def test_stronger_poles_leave_trees_and_transformers_alone() -> None:
    network = chain(300)
    drawn, base = blown(network, 60.0, {"tree_breaks_pole_fraction": 0.0})
    plan = drawn.scenario.damage.model_copy(update={"pole_strength_factor": 1.2})
    hardened = faults(drawn, plan)
    for code in (WIRE, TRANSFORMER):
        a, b = base.work == code, hardened.work == code
        np.testing.assert_array_equal(base.at[a], hardened.at[b])
        np.testing.assert_array_equal(base.difficulty[a], hardened.difficulty[b])
        np.testing.assert_array_equal(base.blocked_by_tree[a], hardened.blocked_by_tree[b])
    assert rows(hardened) < rows(base)
    # the assets that still fail do so later, never sooner
    first = dict(zip(base.difficulty.tolist(), base.at.tolist(), strict=True))
    for difficulty, at in zip(hardened.difficulty.tolist(), hardened.at.tolist(), strict=True):
        assert at >= first[difficulty]


def test_a_section_does_not_depend_on_the_others() -> None:
    short, long = chain(40), chain(80, poles=20)
    _, few = blown(short, 60.0)
    _, many = blown(long, 60.0)
    mine = many.section < 40
    np.testing.assert_array_equal(few.at, many.at[mine])
    np.testing.assert_array_equal(few.difficulty, many.difficulty[mine])
    # nor on what happens elsewhere
    gust = np.where(np.arange(80) < 40, 60.0, 90.0)
    _, worse = blown(long, gust)
    mine = worse.section < 40
    np.testing.assert_array_equal(few.at, worse.at[mine])


def test_replications_and_seeds_differ_and_repeat() -> None:
    network = chain(100)
    _, a = blown(network, 60.0, replication=0)
    _, b = blown(network, 60.0, replication=1)
    _, again = blown(network, 60.0, replication=0)
    np.testing.assert_array_equal(a.at, again.at)
    assert not set(a.difficulty.tolist()) & set(b.difficulty.tolist())


def test_shared_factors_make_the_spread_believable() -> None:
    """With independent strengths alone the number hardly varies; the shared level moves it all together."""
    network = chain(400)
    scenario = tiny_scenario()
    wind = wind_of(network, scenario, [0, 60], [0, 55])

    def numbers(level_sd: float) -> np.ndarray:
        out = []
        for i in range(40):
            level = math.exp(level_sd * (i - 19.5) / 12)
            shared = replace(NOMINAL, fragility=level)
            drawn = Drawn(scenario, network, shared, wind, 1, i)
            out.append(len(faults(drawn, scenario.damage)))
        return np.array(out)

    alone, together = numbers(0.0), numbers(0.1)
    assert alone.std() / alone.mean() < 0.15
    assert together.std() / together.mean() > 3 * alone.std() / alone.mean()
    assert together[0] > together[-1]  # stronger assets, fewer faults


def test_expected_faults_at_another_level() -> None:
    network = chain(3)
    scenario = tiny_scenario()
    wind = wind_of(network, scenario, [0, 60], [0, 55])
    stronger = expected_faults(network, wind, scenario.damage, level=1.1)
    scaled = wind_of(network, scenario, [0, 60], [0, 55 / 1.1])
    weaker_wind = expected_faults(network, scaled, scenario.damage)
    for name in WORK_CLASSES:
        np.testing.assert_allclose(stronger[name], weaker_wind[name], rtol=1e-4)


def test_draw_puts_storm_and_factors_together() -> None:
    track = Track(
        name="a",
        at_utc=np.array(["2020-07-31T09:00", "2020-07-31T21:00", "2020-08-01T09:00"], "datetime64[s]"),
        lon=np.array([139.0, 140.0, 141.0]),
        lat=np.array([34.5, 35.5, 36.5]),
        vmax_mps=np.full(3, 40.0),
        pressure_hpa=np.full(3, 955.0),
        rmax_km=np.full(3, 30.0),
    )
    network = tiny_network([-1, 0], [1, 1], x=[20.0, 300.0])
    scenario = tiny_scenario(seed=5, storm={"intensity_sd": 0.05})
    a, b = draw(scenario, network, track, 3), draw(scenario, network, track, 3, seed=5)
    np.testing.assert_array_equal(a.wind.gust, b.wind.gust)
    assert (a.seed, a.replication) == (5, 3)
    assert a.factors == b.factors != draw(scenario, network, track, 4).factors
    assert a.wind.peak[0] > 1.5 * a.wind.peak[1]


# --- times on site, hours too windy ---


def test_repair_times_by_hand() -> None:
    found = tiny_faults((0, 0, "wire", False, 0.0), (1, 0, "pole", True, 1.0), (2, 0, "transformer", False, -1.0, True))
    work = tiny_scenario(
        work={"wire_h": 4.0, "pole_h": 5.0, "transformer_h": 6.0, "tree_h": 1.5, "duration_log_sd": 0.6,
              "hard_access_h": 24.0, "repair_time_factor": 0.9}
    ).work  # fmt: skip
    e = math.exp(0.6)
    expected = np.array([4.0, 5.0 * e, 6.0 / e + 24.0]) * 60 * 0.9 * 1.2
    np.testing.assert_allclose(repair_minutes(found, work, 1.2), expected)
    np.testing.assert_allclose(tree_minutes(found, work, 1.2), [0.0, 1.5 * e * 60 * 0.9 * 1.2, 0.0])


def test_hard_access_follows_the_plans_share_and_only_adds() -> None:
    network = chain(500)
    drawn, _ = blown(network, 70.0, POLES_ONLY)
    shares = {}
    for share in (0.0, 0.1, 0.3):
        work = drawn.scenario.work.model_copy(update={"hard_access_fraction": share})
        shares[share] = faults(drawn, drawn.scenario.damage, work).hard_access
        assert shares[share].mean() == pytest.approx(share, abs=0.02)
    assert not (shares[0.1] & ~shares[0.3]).any()


def test_stand_downs_by_hand() -> None:
    # three cells: two in area 0, one in area 1; area 2 has a section in calm air
    network = tiny_network([-1, 0, 0, 0], [1] * 4, area=[0, 0, 1, 2], n_areas=3)
    scenario: Scenario = tiny_scenario(storm={"gust_factor": 1.5})
    gust = np.array([[0, 0, 0, 0], [30, 0, 15, 3], [0, 30, 24, 3], [0, 0, 20, 3]], float)
    drawn = tiny_drawn(network, scenario, wind_of(network, scenario, [0, 60, 120, 180], gust))
    start, end = stand_downs(drawn, 10.0)  # gusts of 15 m/s
    np.testing.assert_allclose(start, [30.0, 60.0, np.nan])
    np.testing.assert_allclose(end, [150.0, 180.0, np.nan])


@pytest.mark.parametrize("limit", [5.0, 12.0, 25.0])
def test_no_wind_above_the_limit_outside_the_stand_down(limit: float) -> None:
    rng_like = np.abs(np.sin(np.arange(30.0)[:, None] * [0.7, 1.1, 0.3])) * 60
    network = tiny_network([-1, 0, 0], [1] * 3)
    scenario = tiny_scenario()
    at = np.arange(30.0) * 10
    drawn = tiny_drawn(network, scenario, wind_of(network, scenario, at, rng_like))
    (start,), (end,) = stand_downs(drawn, limit)
    fine = np.linspace(0, 290, 5801)
    mean = np.array([np.interp(fine, at, drawn.wind.mean[:, c]) for c in range(3)]).max(axis=0)
    windy = fine[mean > limit]
    assert start <= windy[0] + 1e-6
    assert end >= windy[-1] - 1e-6
    assert start >= windy[0] - 0.1
    assert end <= windy[-1] + 0.1
