"""Hardening a share of poles and laying lines underground: the draws stay, only what exceeds them changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.damage import WORK_CLASSES, expected_faults, faults
from sim.damage.faults import Faults, underground
from sim.scenario.model import Damage
from tests.test_damage import POLES_ONLY, blown, chain

POLE = WORK_CLASSES.index("pole")


def under(drawn, **plan: float) -> Faults:
    return faults(drawn, drawn.scenario.damage.model_copy(update=plan))


def poles(found: Faults) -> dict[tuple[int, float], float]:
    """Return (section, latent difficulty) -> instant of the broken poles: the difficulty knows an asset again."""
    broken = found.work == POLE
    ids = zip(found.section[broken].tolist(), found.difficulty[broken].tolist(), strict=True)
    return dict(zip(ids, found.at[broken].tolist(), strict=True))


def test_no_share_changes_nothing_whatever_the_factor() -> None:
    drawn, base = blown(chain(100), 60.0)
    same = under(drawn, hardened_factor=2.0)
    for name in ("at", "section", "work", "blocked_by_tree", "difficulty", "hard_access"):
        np.testing.assert_array_equal(getattr(base, name), getattr(same, name))


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(1, 2), st.floats(1, 2), st.integers(0, 500))
def test_more_hardening_only_ever_spares_and_delays(a: float, b: float, f: float, g: float, replication: int) -> None:
    drawn, base = blown(chain(40), 62.0, POLES_ONLY, replication)
    less = poles(under(drawn, hardened_fraction=min(a, b), hardened_factor=min(f, g)))
    more = poles(under(drawn, hardened_fraction=max(a, b), hardened_factor=max(f, g)))
    assert set(more) <= set(less) <= set(poles(base))
    assert all(at >= less[asset] for asset, at in more.items())


def test_all_poles_hardened_is_a_stronger_median() -> None:
    drawn, _ = blown(chain(200), 66.0, POLES_ONLY)
    share = poles(under(drawn, hardened_fraction=1.0, hardened_factor=1.2))
    whole = poles(under(drawn, pole_strength_factor=1.2))
    assert len(whole) > 100
    assert share == pytest.approx(whole)


def test_the_mean_of_a_hardened_share_is_the_closed_form() -> None:
    network, runs = chain(100), 40
    plan = {"hardened_fraction": 0.4, "hardened_factor": 1.15}
    counts = []
    for i in range(runs):
        drawn, _ = blown(network, 66.0, POLES_ONLY, replication=i)
        counts.append(under(drawn, **plan).n_poles_broken)
    expected = expected_faults(network, drawn.wind, drawn.scenario.damage.model_copy(update=plan))["pole"].sum()
    base = expected_faults(network, drawn.wind, drawn.scenario.damage)["pole"].sum()
    assert abs(np.mean(counts) - expected) < 4 * np.std(counts) / np.sqrt(runs)
    assert expected < 0.75 * base


def test_nothing_breaks_underground_and_elsewhere_all_stays_as_it_was() -> None:
    network = chain(400)
    drawn, base = blown(network, 64.0)
    plan = drawn.scenario.damage.model_copy(update={"underground_fraction": 0.3})
    buried = underground(drawn.scenario, network, plan)
    assert 0.2 < buried.mean() < 0.4
    found = faults(drawn, plan)
    kept = ~buried[base.section]
    assert kept.any()
    assert not kept.all()
    np.testing.assert_array_equal(found.section, base.section[kept])
    np.testing.assert_array_equal(found.at, base.at[kept])
    np.testing.assert_array_equal(found.work, base.work[kept])
    np.testing.assert_array_equal(found.difficulty, base.difficulty[kept])
    assert len(under(drawn, underground_fraction=1.0)) == 0


@given(st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=25)
def test_the_same_sections_lie_underground_in_every_storm_and_under_every_larger_share(a: float, b: float) -> None:
    network = chain(50)
    one, two = (blown(network, 10.0, replication=i)[0].scenario for i in (0, 7))
    less, more = (underground(one, network, Damage(underground_fraction=share)) for share in (min(a, b), max(a, b)))
    assert not (less & ~more).any()
    np.testing.assert_array_equal(less, underground(two, network, Damage(underground_fraction=min(a, b))))


def test_the_expected_number_falls_by_the_share_underground() -> None:
    network = chain(20)
    drawn, _ = blown(network, 64.0)
    base = expected_faults(network, drawn.wind, drawn.scenario.damage)
    plan = drawn.scenario.damage.model_copy(update={"underground_fraction": 0.25})
    for name, number in expected_faults(network, drawn.wind, plan).items():
        assert number == pytest.approx(0.75 * base[name])
