"""Training and drills before the storm: one lever that moves times and promises by stated sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.fields import Table, param

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


class Training(Table):
    """Staff that has been trained and drilled: what that changes, where `enabled` says that it was done.

    Every size is assumed: no figure is known for storms.
    """

    enabled: bool = param(
        False, cause="people", doc="people were trained and drilled: times and promises change as follows; what it costs "
        "stands in treatment.cost",
    )  # fmt: skip
    repair_factor: float = param(
        0.9, unit="times", grade="X", low=0.8, high=1, gt=0, le=1, cause="people", doc="every time on site, times this"
    )
    mobilise_factor: float = param(
        0.8, unit="times", grade="X", low=0.6, high=1, gt=0, le=1, cause="people",
        doc="briefing and making safe on each trip, times this",
    )  # fmt: skip
    lead_factor: float = param(
        0.75, unit="times", grade="X", low=0.5, high=1, gt=0, le=1, cause="people",
        doc="lead times, times this: until agents called in sit down, and the instruction of foreign crews",
    )  # fmt: skip
    handling_factor: float = param(
        0.9, unit="times", grade="X", low=0.8, high=1, gt=0, le=1, cause="people",
        doc="mean handling time of a call, times this",
    )  # fmt: skip
    diagnosis_factor: float = param(
        0.5, unit="times", grade="X", low=0.25, high=1, ge=0, le=1, cause="people",
        doc="share of patrols' diagnoses that is wrong (knowledge.wrong_diagnosis_fraction), times this",
    )  # fmt: skip
    etr_confidence: float = param(
        0.7, unit="probability", grade="X", low=0.5, high=0.9, gt=0, lt=1, cause="people",
        doc="promises are made so that they are kept with at least this probability",
    )  # fmt: skip


def trained(settings: Scenario) -> Scenario:
    """Return a plan's settings as its training has made them; without training they stay as they are."""
    training = settings.training
    if not training.enabled:
        return settings
    work, desk, etr, knowledge = settings.work, settings.hotline, settings.etr, settings.knowledge
    wrong = knowledge.wrong_diagnosis_fraction * training.diagnosis_factor
    return settings.model_copy(
        update={
            "work": work.model_copy(
                update={
                    "repair_time_factor": work.repair_time_factor * training.repair_factor,
                    "mobilise_min": work.mobilise_min * training.mobilise_factor,
                }
            ),
            "hotline": desk.model_copy(
                update={
                    "handling_s": desk.handling_s * training.handling_factor,
                    "surge_lead_h": desk.surge_lead_h * training.lead_factor,
                }
            ),
            "knowledge": knowledge.model_copy(update={"wrong_diagnosis_fraction": wrong}),
            "etr": etr.model_copy(update={"confidence": max(etr.confidence, training.etr_confidence)}),
            "aid": {
                name: aid.model_copy(update={"induction_h": aid.induction_h * training.lead_factor})
                for name, aid in settings.aid.items()
            },
        }
    )
