"""The storm that comes when the track is a forecast: sizes, growth, memory, timing, and what must not change."""

import math

import numpy as np
import pytest

from sim.factors import NOMINAL, Factors
from sim.scenario.model import Scenario
from sim.storm import Path, as_it_comes, errors, path
from sim.storm.track import shift
from sim.units import distance_km
from tests.test_storm import field, straight
from tests.tiny import tiny_scenario

MOVED = Factors(1.0, 12.0, -5.0, 1.0, 1.0, 1.0, 1.0, 0.0)
LANDFALL = 360.0  # minutes after the start


def scenario(lead_h: float | None = 24.0, **storm) -> Scenario:
    return tiny_scenario(storm={"forecast_lead_h": lead_h, **storm} if lead_h is not None else storm)


def many(lead_h: float, at: float, n: int = 3000, **storm) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors along, across and of the wind at one instant in n replications."""
    drawn = [errors(scenario(lead_h, **storm), 1, r, [at]) for r in range(n)]
    return tuple(np.array([getattr(e, name)[0] for e in drawn]) for name in ("along_km", "across_km", "wind_mps"))


def place(track_path: Path, i: int = 0) -> tuple[float, float]:
    return float(track_path.lon[i]), float(track_path.lat[i])


@pytest.mark.parametrize(("lead", "km", "mps"), [(0.0, 22.7, 1.3), (24, 80.2, 4.5), (48, 143.3, 6.0), (72, 221.7, 6.6)])
def test_errors_at_landfall_are_as_large_as_those_of_official_forecasts(lead: float, km: float, mps: float) -> None:
    along, across, wind = many(lead, LANDFALL, forecast_along_over_across=1.0)
    assert np.hypot(along, across).mean() == pytest.approx(km, rel=0.03)
    assert np.abs(wind).mean() == pytest.approx(mps, rel=0.03)
    for error in (along, across, wind):
        assert abs(error.mean()) < 4 * error.std() / math.sqrt(len(error))
    assert abs(np.corrcoef(along, across)[0, 1]) < 0.06


def test_errors_along_and_across_stand_in_the_stated_ratio_and_keep_their_mean_square() -> None:
    even = many(48, LANDFALL, forecast_along_over_across=1.0)
    along, across, _ = many(48, LANDFALL, forecast_along_over_across=2.0)
    assert along.std() / across.std() == pytest.approx(2 * even[0].std() / even[1].std(), rel=1e-9)
    assert np.mean(along**2 + across**2) == pytest.approx(np.mean(even[0] ** 2 + even[1] ** 2), rel=0.03)


def test_errors_grow_between_the_stated_lead_times_and_stay_alike() -> None:
    """Twelve hours apart the correlation is exp(-12 / memory)."""
    base = scenario(48.0, forecast_memory_h=72.0)
    drawn = [errors(base, 1, r, [LANDFALL - 12 * 60, LANDFALL]).across_km for r in range(3000)]
    early, late = np.array(drawn).T
    assert late.std() / early.std() == pytest.approx(143.3 / ((80.2 + 143.3) / 2), rel=0.05)
    assert np.corrcoef(early, late)[0, 1] == pytest.approx(math.exp(-12 / 72), abs=0.015)


def test_before_it_is_issued_a_forecast_errs_as_an_analysis_does() -> None:
    base = scenario(24.0)
    error = errors(base, 1, 0, [LANDFALL - 48 * 60, LANDFALL - 24 * 60])
    assert error.along_km[0] == error.along_km[1]


def test_the_factor_scales_every_error_and_nought_is_the_forecast_itself() -> None:
    base, double = errors(scenario(), 1, 3, [LANDFALL]), errors(scenario(forecast_error_factor=2.0), 1, 3, [LANDFALL])
    assert double.along_km == pytest.approx(2 * base.along_km)
    assert double.wind_mps == pytest.approx(2 * base.wind_mps)
    track, at = straight(east_kmh=25.0), np.array([300.0, LANDFALL])
    exact = as_it_comes(track, scenario(forecast_error_factor=0.0), NOMINAL, 1, 3, at)
    expected = path(track, scenario().start, at)
    for name in ("lon", "lat", "vmax_mps", "pressure_hpa", "rmax_km"):
        np.testing.assert_allclose(getattr(exact, name), getattr(expected, name))


def test_without_a_lead_time_the_track_is_what_happened() -> None:
    track, at, plain = straight(east_kmh=25.0), np.arange(0.0, 700.0, 50.0), scenario(None)
    came = as_it_comes(track, plain, MOVED, 1, 3, at)
    expected = shift(path(track, plain.start, at), 12.0, -5.0)
    for name in ("at", "lon", "lat", "east_mps", "north_mps", "vmax_mps", "pressure_hpa", "rmax_km"):
        assert getattr(came, name).tobytes() == getattr(expected, name).tobytes()


def test_the_storm_is_ahead_aside_and_stronger_by_the_errors_drawn() -> None:
    """A storm that goes straight east at 30 km/h: along is east, left of it is north."""
    track, base, at = straight(east_kmh=30.0), scenario(24.0), np.array([LANDFALL])
    for replication in range(5):
        error = errors(base, 1, replication, at)
        came, expected = as_it_comes(track, base, NOMINAL, 1, replication, at), path(track, base.start, at)
        middle = (float(came.lon[0]), float(expected.lat[0]))
        east = float(distance_km(*place(expected), *middle)) * np.sign(came.lon[0] - expected.lon[0])
        north = float(distance_km(*middle, *place(came))) * np.sign(came.lat[0] - expected.lat[0])
        assert east == pytest.approx(error.along_km[0], abs=2.0)
        assert north == pytest.approx(error.across_km[0], abs=2.0)
        assert came.vmax_mps[0] == pytest.approx(40.0 + error.wind_mps[0])
        deficit = base.storm.environment_hpa - came.pressure_hpa[0]
        assert deficit == pytest.approx(60.0 * (came.vmax_mps[0] / 40.0) ** 2)


def test_a_storm_past_its_last_fix_has_no_wind() -> None:
    track, base = straight(east_kmh=30.0), scenario(24.0)
    at = np.array([LANDFALL + 24 * 60 - 1.0])
    ahead = [r for r in range(20) if errors(base, 1, r, at).along_km[0] > 5.0]
    assert ahead
    for replication in ahead:
        assert as_it_comes(track, base, NOMINAL, 1, replication, at).vmax_mps[0] == 0.0


def test_the_wind_field_follows_the_storm_that_comes_and_keys_decide_it() -> None:
    lon, lat = np.linspace(138.0, 142.0, 9), np.full(9, 30.0)
    given = {"gust_residual_sd": 0.0, "forecast_lead_h": 48.0}
    one = field(straight(east_kmh=30.0), lon, lat, replication=1, **given)
    again = field(straight(east_kmh=30.0), lon, lat, replication=1, **given)
    other = field(straight(east_kmh=30.0), lon, lat, replication=2, **given)
    assert one.gust.tobytes() == again.gust.tobytes()
    assert not np.allclose(one.peak, other.peak, rtol=0.05)
    assert np.isfinite(one.gust).all()
    # the factors of the track's own spread have no say beside the forecast's errors
    moved = field(straight(east_kmh=30.0), lon, lat, factors=MOVED, replication=1, **given)
    assert moved.gust.tobytes() == one.gust.tobytes()
