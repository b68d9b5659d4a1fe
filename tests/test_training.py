"""Training as one lever: what it moves, and that it is compared as a treatment."""

from sim.scenario import plan
from tests.tiny import tiny_scenario

AID = {"kind": "line", "count": 1, "requested_at": "T+0h", "induction_h": 2.0}


def test_training_moves_times_lead_times_and_promises_by_its_sizes() -> None:
    made = tiny_scenario(
        aid={"a": AID}, knowledge={"wrong_diagnosis_fraction": 0.2},
        work={"mobilise_min": 20.0}, hotline={"handling_s": 240.0, "surge_lead_h": 12.0},
        plans={
            "base": {},
            "trained": {"overrides": {"training": {"enabled": True}}},
            "own": {"overrides": {"training": {"enabled": True, "repair_factor": 0.5}, "work": {"repair_time_factor": 0.8},
                                  "etr": {"confidence": 0.9}}},
        },
    )  # fmt: skip
    base, trained, own = (plan(made, name).settings for name in ("base", "trained", "own"))
    assert (base.work.repair_time_factor, base.work.mobilise_min) == (1.0, 20.0)
    assert (trained.work.repair_time_factor, trained.work.mobilise_min) == (0.9, 16.0)
    assert (trained.hotline.handling_s, trained.hotline.surge_lead_h) == (216.0, 9.0)
    assert trained.aid["a"].induction_h == 1.5
    assert (base.knowledge.wrong_diagnosis_fraction, trained.knowledge.wrong_diagnosis_fraction) == (0.2, 0.1)
    assert (base.etr.confidence, trained.etr.confidence, own.etr.confidence) == (0.5, 0.7, 0.9)
    assert own.work.repair_time_factor == 0.4


def test_without_training_nothing_is_different() -> None:
    made = tiny_scenario(plans={"base": {}, "idle": {"overrides": {"training": {"repair_factor": 0.8}}}})
    base, idle = (plan(made, name).settings for name in ("base", "idle"))
    assert idle.model_copy(update={"training": base.training}) == base
