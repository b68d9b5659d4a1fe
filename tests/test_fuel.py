"""What mobile generators burn, from logs written by hand."""

import pytest

from sim.log import Log, Recorder
from sim.metrics.cost import PARTS, amounts, price
from sim.metrics.fuel import refuelled, running_hours
from sim.scenario.cost import Cost


def log_of(*rows: tuple[float, str, int]) -> Log:
    log = Recorder()
    for at, kind, crew in rows:
        log.add(at, kind, crew=crew)
    return log.finish()


RUN = log_of(
    (60.0, "generator_connected", 0),
    (120.0, "generator_connected", 1),
    (300.0, "generator_refuelled", 1),  # in time: it runs on
    (360.0, "generator_ran_dry", 0),
    (480.0, "generator_refuelled", 0),
    (600.0, "generator_released", 0),
    (660.0, "generator_failed", 1),
    (660.0, "generator_released", 1),
    (700.0, "generator_connected", 0),
)


@pytest.mark.parametrize(
    ("until", "hours", "visits"),
    [(50.0, 0, 0), (120.0, 1, 0), (420.0, 5 + 5, 1), (600.0, 7 + 8, 2), (760.0, 7 + 9 + 1, 2)],
)
def test_hours_from_connected_to_released_without_those_run_dry(until: float, hours: float, visits: int) -> None:
    assert running_hours(RUN, until) == pytest.approx(hours)
    assert refuelled(RUN, until) == visits


def test_fuel_and_visits_have_their_prices_and_no_other_currencys() -> None:
    prices = Cost(generator_fuel_h=20.0, refuel_visit=100.0)
    assert amounts({"fuel": 16.0, "refuelling": 2.0}, prices) == {"fuel": 320.0, "refuelling": 200.0}
    assert price("fuel", Cost.model_validate({"currency": "CNY"})) is None
    assert {"fuel", "refuelling"} < set(PARTS)
