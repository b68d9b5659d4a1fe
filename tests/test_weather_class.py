"""The class of weather that payments go by, found from each storm's faults."""

from pathlib import Path

import numpy as np
import pytest

from sim.metrics.further import costs, further_names
from sim.metrics.weather import ordinary_per_day, times_ordinary
from sim.scenario.standards import Standards
from sim.standards import preset
from tests.test_cli import drill
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import play

HAIR = 1e-9
LINE = tiny_network([-1, 0], [100, 100], length_km=[60.0, 40.0])


def gb(**change: object) -> Standards:
    return Standards.model_validate({"preset": "gb"} | preset("gb") | change)


@pytest.mark.parametrize(
    ("times", "name"),
    [(0.0, "calm"), (8 - HAIR, "calm"), (8.0, "class_1"), (13 - HAIR, "class_1"), (13.0, "class_2"), (1e4, "class_2")],
)
def test_british_storms_have_edges_with_two_sides(times: float, name: str) -> None:
    assert gb().classes == ("calm", "class_1", "class_2")
    assert gb().class_of(times) == name
    assert gb().due(times) == gb().payments[name]
    assert gb(weather="class_1").class_of(times) == "class_1"
    assert gb(weather="").due(times) is None


def test_below_every_class_nothing_is_paid() -> None:
    storms_only = {"payments": {name: paid for name, paid in preset("gb")["payments"].items() if name != "calm"}}
    assert gb(**storms_only).class_of(7.9) == ""
    assert gb(**storms_only).due(7.9) is None


def test_an_ordinary_day_is_given_or_comes_from_the_length_of_line() -> None:
    assert ordinary_per_day(LINE, gb()) == pytest.approx(100 * 0.065 / 365.25)
    assert ordinary_per_day(LINE, gb(ordinary_faults_per_km_year=0.13)) == pytest.approx(100 * 0.13 / 365.25)
    assert ordinary_per_day(LINE, gb(ordinary_faults_per_day=2.5)) == 2.5


def test_the_worst_24_hours_count() -> None:
    # at most four lie within 24 hours, of which the last instant is not part: 1540, 1600, 2000 and 2900, not 2980
    rows = [(100.0, 0), (1000.0, 1), (1540.0, 0), (1600.0, 1), (2000.0, 0), (2900.0, 1), (2980.0, 0)]
    log = play(tiny_drawn(LINE, tiny_scenario(), given=tiny_faults(*rows))).log
    assert times_ordinary(log, LINE, gb(ordinary_faults_per_day=0.5)) == 8.0
    calm = play(tiny_drawn(LINE, tiny_scenario(), given=tiny_faults())).log
    assert times_ordinary(calm, LINE, gb()) == 0.0


@pytest.mark.parametrize(("per_day", "paid"), [(4.0, 95.0), (0.25, 80.0)])
def test_each_storm_is_paid_by_its_own_class(per_day: float, paid: float) -> None:
    """Two faults: half an ordinary day's, then 8 times; 30 hours dark are paid in both, at other rates."""
    from sim.metrics.intervals import dark_intervals

    standards = {"preset": "gb"} | preset("gb") | {"ordinary_faults_per_day": per_day}
    made = tiny_scenario(standards=standards, cost={"currency": "GBP"}, horizon_h=31.0)
    log = play(tiny_drawn(LINE, made, given=tiny_faults((60.0, 0), (61.0, 0)))).log
    dark = dark_intervals(log, LINE.customers, 60.0 + 30 * 60)
    long = dark.__class__(
        dark.section, dark.start, np.full(len(dark), 60.0 + 29 * 60), np.zeros(len(dark), bool), dark.customers
    )
    from sim.hotline import Hotline

    calls = Hotline(tiny_drawn(LINE, made), made).finish()
    values, _ = costs(log, calls, long, LINE, made, 1000.0, 200.0)
    assert values["cost_payments"] == 200 * (paid + (45 if paid == 95 else 0) * 1)
    assert values["weather_faults_times"] == 2 / per_day
    assert values["weather_class"] == (0 if paid == 95 else 1)
    assert {"weather_faults_times", "weather_class"} <= set(further_names(made))
    assert not {"weather_class"} & set(further_names(tiny_scenario()))


def test_a_run_says_whether_the_class_is_found_or_given(tmp_path: Path) -> None:
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    base = (tmp_path / "mine.toml").read_text(
        encoding="utf-8"
    ) + '\n[cost]\ncurrency = "GBP"\n[standards]\npreset = "gb"\n'
    for more, said in (
        ("", "under as_now"),
        ('weather = "class_1"\n', "go by the class of weather class_1, which the"),
    ):
        (tmp_path / "mine.toml").write_text(base + more, encoding="utf-8")
        small = ("--set", "network.customers=20000", "-n", "2", "--jobs", "1", "--out", f"run{len(more)}")
        done = drill("run", "mine.toml", *small, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert said in " ".join(done.stdout.split())
        assert said in (tmp_path / f"run{len(more)}" / "report.html").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(
        base + 'weather = "by_faults"\n[standards.payments.calm]\nfaults_from = -1', encoding="utf-8"
    )
    wrong = drill("check", "mine.toml", folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "faults_from = -1: a number in times, 0 to" in wrong.stderr
