"""Treatments by hand: money and harm apart, insurance, safety floors; and that a transfer moves nothing but money."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.experiment.replicate import Experiment
from sim.metrics.measures import MEASURE_NAMES
from sim.risk import assess, compare, uninsurable
from sim.risk.treatments import Compared, best, paid_out
from sim.scenario.model import Scenario
from sim.scenario.risks import Treatment
from tests.synthetic import using
from tests.test_cli import drill
from tests.test_risk_register import RISK, SERVED, played
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario

CRITICAL = RISK | {"when": "critical_beyond_backup >= 1", "impact": "critical_beyond_backup", "safety": True}


def scenario(rules: dict[str, Any] | None = None, **treatments: dict[str, Any]) -> Scenario:
    plans = {name: {"overrides": {"treatment": table} if table else {}} for name, table in treatments.items()}
    return tiny_scenario(risks={"late": RISK, "dark": CRITICAL}, risk=rules or {}, plans=plans, reference_plan="a")


def compared(made: Scenario, *plans: dict[str, list[float]]) -> tuple[Compared, ...]:
    experiment = played(*plans)
    return compare(experiment, made, assess(experiment, made, SERVED))


def test_money_and_harm_worked_by_hand() -> None:
    """Two storms; the plan costs 10 more itself, 5 besides, and saves 20 and 40 customer-hours."""
    made = scenario(a={}, b={"kind": "avoid", "cost": 5.0})
    base = {"cost": [100.0, 200.0], "customer_hours": [50.0, 90.0]}
    plan = {"cost": [110.0, 210.0], "customer_hours": [30.0, 50.0]}
    one, two = compared(made, base, plan)
    assert (one.kind, two.kind) == ("accept", "avoid")
    assert (one.cash.mean, two.cash.mean) == (150.0, 165.0)
    assert (two.more.mean, two.more.lo, two.more.hi) == (15.0, 15.0, 15.0)
    assert (two.hours.mean, two.hours_tail, two.saved.mean) == (40.0, 50.0, 30.0)
    assert math.isnan(two.price)  # two storms do not show beyond chance that hours are saved
    assert (one.more.mean, one.saved.mean, one.price) == (0.0, 0.0, pytest.approx(math.nan, nan_ok=True))
    assert math.isnan(two.total.mean)
    assert not one.is_dominated
    assert not two.is_dominated


def test_the_price_of_an_hour_saved_where_it_is_saved_beyond_chance() -> None:
    base = {"cost": [100.0] * 4, "customer_hours": [50.0, 60.0, 70.0, 80.0]}
    plan = {"cost": [130.0] * 4, "customer_hours": [40.0, 50.0, 60.0, 70.0]}
    assert compared(scenario(a={}, b={}), base, plan)[1].price == 3.0


def test_a_value_of_customer_hours_makes_one_sum_with_its_tail() -> None:
    made = scenario({"customer_hour_value": 2.0}, a={}, b={"cost": 30.0})
    rows = compared(
        made, {"cost": [0.0, 0.0], "customer_hours": [10.0, 30.0]}, {"cost": [0.0, 0.0], "customer_hours": [5.0, 9.0]}
    )
    assert [row.total.mean for row in rows] == [40.0, 44.0]
    assert [row.total_tail for row in rows] == [60.0, 48.0]
    assert [row.plan for row in best(rows)] == ["a"]


def test_without_a_value_all_that_are_not_dominated_are_to_choose_among() -> None:
    made = scenario(a={}, b={}, c={})
    plans = (
        {"cost": [1.0], "customer_hours": [9.0]},
        {"cost": [2.0], "customer_hours": [5.0]},
        {"cost": [3.0], "customer_hours": [5.0]},
    )
    rows = compared(made, *plans)
    assert [row.is_dominated for row in rows] == [False, False, True]
    assert [row.plan for row in best(rows)] == ["a", "b"]


def test_money_that_lacks_what_has_no_price_decides_nothing() -> None:
    from sim.report.figures.treatments import draw
    from sim.report.style import Look
    from sim.report.treatments import told, treatment_cells
    from sim.words import words

    made = scenario({"customer_hour_value": 2.0}, a={}, b={}, c={})
    hours = {"customer_hours": [50.0, 60.0, 70.0, 80.0]}
    fewer = {"customer_hours": [40.0, 50.0, 60.0, 70.0]}
    plans = {"cost": [100.0] * 4} | hours, {"cost": [90.0] * 4} | fewer, {"cost": [95.0] * 4} | fewer
    used = {"own_line": (1.0, 1.0, 1.0), "lodging": (5.0, 9.0, 5.0)}
    experiment = using(played(*plans), **used)
    register = assess(experiment, made, SERVED)
    rows = compare(experiment, made, register)
    assert [row.lacking for row in rows] == [{}, {"lodging": 4.0}, {}]
    assert [math.isnan(row.price) for row in rows] == [True, True, False]
    assert [row.is_dominated for row in rows] == [True, False, False]
    said = told(rows, register, "USD", words("en"))
    assert said[0].startswith("Choose among b and c")
    assert said[1].startswith("Cash holds only what has a price in USD")
    assert "lodging" in said[1]
    assert "cash for what has a price, USD" in treatment_cells(rows, register, "USD", words("en"))[0]
    sheet = draw(rows, register, "tiny", "USD", Look(words("en"), ("DejaVu Sans",)))
    assert "in what has a price" in sheet.title
    assert sheet.figure.axes[0].get_xlabel() == "cash per storm for what has a price, USD"
    alike = using(played(*plans), own_line=(1.0, 1.0, 1.0), lodging=(5.0, 5.0, 5.0))
    assert told(compare(alike, made, register), register, "USD", words("en"))[0].startswith("With a customer-hour valued at")


# Insurance


def test_what_an_insurer_pays_by_hand() -> None:
    treatment = Treatment(excess=10.0, limit=25.0)
    assert paid_out(treatment, np.array([0.0, 10.0, 10.5, 34.9, 35.0, 1e9])).tolist() == pytest.approx(
        [0, 0, 0.5, 24.9, 25, 25]
    )


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0, 1e9), st.floats(0, 1e9))
def test_an_insurer_never_pays_more_than_the_damage_or_the_limit(
    paid: list[float], excess: float, limit: float
) -> None:
    got = paid_out(Treatment(excess=excess, limit=limit), np.array(paid))
    assert (got >= 0).all()
    assert (got <= np.minimum(limit, paid)).all()


def test_insured_payments_lower_cash_and_its_spread_and_change_no_harm() -> None:
    made = scenario(a={}, b={"kind": "transfer", "premium": 8.0, "excess": 10.0, "limit": 100.0})
    storm = {"cost": [100.0, 200.0, 300.0], "customer_hours": [1.0, 2.0, 3.0]}
    experiment = with_payments(played(storm, storm), [0.0, 20.0, 200.0])
    one, two = compare(experiment, made, assess(experiment, made, SERVED))
    assert two.recovered == pytest.approx((0 + 10 + 100) / 3)
    assert two.cash.mean == pytest.approx(200 + 8 - 110 / 3)
    assert (two.premium, two.besides) == (8.0, 0.0)
    for name in ("hours", "hours_tail", "saved", "safety", "levels"):
        assert getattr(one, name) == getattr(two, name)


def with_payments(experiment: Experiment, paid: list[float]) -> Experiment:
    """Return the experiment with a measure more, alike under all plans."""
    more = np.broadcast_to(np.array(paid)[None, :, None], (len(experiment.plans), len(paid), 1))
    return replace(
        experiment, measures=(*experiment.measures, "cost_payments"), values=np.concatenate([experiment.values, more], axis=2),
        censored=np.concatenate([experiment.censored, np.zeros(more.shape, bool)], axis=2),
    )  # fmt: skip


def test_an_insured_measure_that_there_is_not_is_named() -> None:
    made = scenario(a={"limit": 1.0, "insured": "cost_paymnts"}, b={"insured": "nothing"})
    (problem,) = uninsurable(made, "mine.toml", (*MEASURE_NAMES, "cost_payments"))
    assert str(problem).startswith('mine.toml: plans.a.treatment.insured = "cost_paymnts": not among the')
    assert problem.nearest == "cost_payments"


def test_a_transfer_never_changes_the_service_harm() -> None:
    """The same storm under a plan and under that plan with everything insured: log, calls and measures to the byte."""
    from sim.metrics.measure import measure
    from sim.scenario import plan
    from sim.world import run

    insured = {"kind": "transfer", "cost": 1e6, "premium": 5e5, "excess": 1.0, "limit": 1e9, "insured": "cost"}
    made = tiny_scenario(plans={"base": {}, "insured": {"overrides": {"treatment": insured}}})
    network = tiny_network([-1, 0, 1], [100, 200, 300], critical=[(2, 60.0)])
    drawn = tiny_drawn(network, made, given=tiny_faults((400.0, 1, "pole"), (500.0, 2, "wire")))
    plain, moved = (run(drawn, plan(made, name)) for name in ("base", "insured"))
    for name in plain.log.columns:
        assert plain.log[name].tobytes() == moved.log[name].tobytes()
    for name in ("at", "section", "caller", "result"):
        assert getattr(plain.calls, name).tobytes() == getattr(moved.calls, name).tobytes()
    one, two = (measure(outcome, drawn, plan(made, name)) for outcome, name in ((plain, "base"), (moved, "insured")))
    assert one.values["customer_hours"] > 0
    np.testing.assert_equal(two.values, one.values)


# Safety floors


def test_a_plan_that_endangers_people_beyond_chance_is_never_chosen_however_cheap() -> None:
    made = scenario({"customer_hour_value": 1.0}, a={}, b={})
    safe = {"cost": [100.0] * 6, "critical_beyond_backup": [0.0] * 6}
    rows = compared(made, safe, {"cost": [1.0] * 6, "critical_beyond_backup": [1.0] * 6})
    assert [row.safety for row in rows] == ["kept", "broken"]
    assert rows[1].endangered == ("dark",)
    assert [row.plan for row in best(rows)] == ["a"]
    assert not rows[0].is_dominated
    unsure = compared(made, safe, {"cost": [1.0] * 6, "critical_beyond_backup": [0.0] * 5 + [1.0]})
    assert [row.safety for row in unsure] == ["kept", "unsure"]
    assert [row.plan for row in best(unsure)] == ["b"]


@pytest.mark.parametrize(("most", "safety"), [(0.49, "broken"), (0.5, "kept")])
def test_a_stated_floor_is_taken_on_both_sides(most: float, safety: str) -> None:
    made = scenario({"safety_likelihood_max": most}, a={}, b={})
    storm = {"cost": [1.0] * 4, "critical_beyond_backup": [1.0, 1.0, 0.0, 0.0]}
    rows = compared(made, storm, storm)
    assert {row.safety for row in rows} == {safety}
    assert bool(best(rows)) == (safety == "kept")


def test_residual_levels_are_counted() -> None:
    late = {"t95_h": [100.0] * 100, "customer_hours": [5000.0] * 100, "critical_beyond_backup": [0.0] * 100}
    (row,) = compared(scenario(a={}), late)
    assert row.levels == {"low": 1, "medium": 0, "high": 1}
    assert row.residual == "high"


def test_without_prices_nothing_is_said_to_be_worth_its_money() -> None:
    from sim.report.figures.treatments import draw
    from sim.report.style import Look
    from sim.report.treatments import told
    from sim.words import words

    made = scenario(a={}, b={})
    plans = {"cost": [math.nan] * 3, "customer_hours": [9.0] * 3}, {"cost": [1.0] * 3, "customer_hours": [5.0] * 3}
    experiment = played(*plans)
    register = assess(experiment, made, SERVED)
    said = told(compare(experiment, made, register), register, "CNY", words("en"))
    assert said[0].startswith("What the plans cost is not known, as what they use has no price in CNY")
    assert not any(text.startswith("Choose among") for text in said)
    none = compare(played(plans[0]), scenario(a={}), assess(played(plans[0]), scenario(a={}), SERVED))
    look = Look(words("en"), ("DejaVu Sans",))
    assert len(draw(none, register, "tiny", "CNY", look).figure.axes) == 1
    assert len(draw(compare(experiment, made, register), register, "tiny", "CNY", look).figure.axes) == 2


# The command


def test_treatments_are_compared_by_the_command_and_priced_without_playing_again(tmp_path: Path) -> None:
    small = ("--set", "network.customers=20000", "-n", "2", "--jobs", "1", "--quiet")
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    (tmp_path / "mine.toml").write_text(
        (tmp_path / "mine.toml").read_text(encoding="utf-8")
        + "\n[plans.strong]\n[plans.strong.damage]\nhardened_fraction = 0.9\nunderground_fraction = 0.5\n"
        + '[plans.strong.treatment]\nkind = "avoid"\ncost = 5\n',
        encoding="utf-8",
    )
    done = drill("run", "mine.toml", *small, "--out", "run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "price.toml").write_text("[plans.strong.treatment]\ncost = 1000\n", encoding="utf-8")
    told = [json.loads(drill("risk", "run", "--json", *more, folder=tmp_path).stdout)["treatments"]
            for more in ((), ("--risks", "price.toml"))]  # fmt: skip
    first, priced = ({row["plan"]: row for row in rows} for rows in told)
    assert priced["strong"]["cash"]["mean"] == pytest.approx(first["strong"]["cash"]["mean"] + 995)
    assert first["strong"]["hours"]["mean"] < first["as_now"]["hours"]["mean"]
    assert first["strong"]["kind"] == "avoid"
    shown = drill("risk", "run", "--lang", "zh", folder=tmp_path)
    assert "strong：" in shown.stdout
    assert "规避" in shown.stdout
    assert (tmp_path / "run" / "risk" / "risk-treatments.csv").is_file()
    assert "应对措施比较" in (tmp_path / "run" / "risk.html").read_text(encoding="utf-8")
    for text, words in (
        ("[plans.none.treatment]\ncost = 1\n", "a plan of the run: as_now"),
        ("[plans.strong.treatment]\ncost = -1\n", "plans.strong.treatment.cost = -1"),
        ("[plans.strong.hotline]\nagents = 1\n", "[plans.NAME.treatment]"),
        ('[plans.strong.treatment]\nlimit = 1\ninsured = "x"\n', 'plans.strong.treatment.insured = "x"'),
    ):
        (tmp_path / "price.toml").write_text(text, encoding="utf-8")
        wrong = drill("risk", "run", "--risks", "price.toml", folder=tmp_path)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert words in wrong.stderr
