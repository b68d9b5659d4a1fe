"""Several runs as one: paired in the same storms, refused by name when they cannot be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.experiment.compare import compare
from sim.results import Run, together
from sim.scenario.model import PlanEntry
from tests import synthetic


def a_run(
    name: str, plans: tuple[str, ...] = ("base", "other"), n: int = 5, speed: tuple[float, ...] = (1.0, 1.4), seed: int = 1,
    **scenario: Any,
) -> Run:  # fmt: skip
    made = synthetic.scenario(plans, **scenario)
    played = synthetic.experiment(plans, n, speed=speed, anger=(1.0,) * len(plans), seed=seed)
    files = (made.storm.track, made.network.settlements, made.network.coast)
    hashes = {str(file): f"hash of {file}" for file in files}
    return Run(Path(name), {"program": "drill 0", "log_version": 1, "sha256": hashes}, "", made, played)


def refused(*runs: Run) -> str:
    with pytest.raises(InputError) as error:
        together(runs)
    return str(error.value)


def test_plans_of_two_runs_are_paired_in_the_storms_that_both_have() -> None:
    one, two = a_run("one", n=6), a_run("two", ("base", "third"), n=4, speed=(1.0, 1.8))
    joined = together([one, two])
    assert joined.experiment.plans == ("base", "other", "third")
    assert joined.experiment.replications == (0, 1, 2, 3)
    hours = joined.experiment.of("customer_hours")
    np.testing.assert_array_equal(hours[1], one.experiment.of("customer_hours")[1, :4])
    np.testing.assert_array_equal(hours[2], two.experiment.of("customer_hours")[1])
    row = compare(joined.experiment, joined.scenario).pair("third", "customer_hours")
    assert row.difference == pytest.approx(float((hours[2] - hours[0]).mean()))
    assert list(joined.scenario.plans) == ["base", "other", "third"]
    assert joined.differences == ()


def test_a_plan_played_differently_is_numbered_and_what_differs_is_told() -> None:
    one = a_run("one")
    two = a_run("two", speed=(1.0, 1.9), hotline={"agents": 77})
    entry = PlanEntry(overrides={"hotline": {"agents": 99}})
    changed = one.scenario.model_copy(update={"plans": {**one.scenario.plans, "other": entry}})
    joined = together([replace(one, scenario=changed), two])
    assert joined.experiment.plans == ("base", "other (1)", "other (2)")
    assert joined.labels == {"base": "base", "other": "other (1)"}
    assert joined.experiment.reference == joined.scenario.reference_plan == "base"
    told = {row.key: row.values for row in joined.differences}
    assert told["hotline.agents"][1] == "77"
    assert told["plans.other.overrides.hotline.agents"] == ("99", "")


def test_the_reference_keeps_its_place_and_the_observations_their_plan() -> None:
    one, two = a_run("one"), a_run("two", speed=(1.2, 1.4))
    joined = together([one, two])
    assert joined.experiment.plans == ("base (1)", "base (2)", "other")
    assert joined.experiment.reference == "base (1)"
    assert joined.scenario.observed is not None
    assert joined.scenario.observed.plan == "base (1)"


def test_runs_of_other_storms_are_refused_by_name() -> None:
    assert refused(a_run("one"), a_run("two", seed=2)).startswith("two: seed = 2: must be 1 as in one.")
    text = refused(a_run("one"), a_run("two", horizon_h=200.0), a_run("three", seed=3))
    assert "two: horizon_h = 200.0: must be 336.0 as in one." in text
    assert "three: seed = 3: must be 1 as in one." in text


def test_what_no_plan_may_decide_must_be_equal() -> None:
    text = refused(a_run("one"), a_run("two", customers={"caller_fraction": 0.33}))
    assert "two: customers.caller_fraction = 0.33: must be " in text


def test_other_data_files_programs_and_reference_plans_are_refused() -> None:
    one = a_run("one")
    moved = {**one.manifest["sha256"], str(one.scenario.storm.track): "another"}
    changed = replace(one, path=Path("two"), manifest={**one.manifest, "sha256": moved})
    assert "two: storm.track" in refused(one, changed)
    assert "must be the same file as in one" in refused(one, changed)
    newer = replace(one, path=Path("two"), manifest={**one.manifest, "program": "drill 9"})
    assert 'two: manifest.program = "drill 9": must be "drill 0" as in one.' in refused(one, newer)
    values = one.experiment.values.copy()
    values[0, 2, one.experiment.measures.index("affected")] += 1
    other = replace(one, path=Path("two"), experiment=replace(one.experiment, values=values))
    assert "cuts off other customers than base, the reference plan of one" in refused(one, other)


def test_a_run_is_not_compared_with_itself() -> None:
    assert "one: named twice" in refused(a_run("one"), a_run("one"))
