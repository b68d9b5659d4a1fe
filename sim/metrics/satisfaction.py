"""Satisfaction of those cut off, and what a survey makes of it: a sample answers, the angry more readily than the content.

The score of a customer is `start_points` less what the outage cost him in goodwill: by its length (half of the loss within
`half_loss_h`), if a promise to him was broken, if nobody told him anything, if he asked and got no answer. The losses are
assumptions but for the broken promise. Among the customers of a section, who was told, let down or not answered is drawn
for each apart, from the shares of the section.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.metrics.intervals import Dark
from sim.scenario.public import Survey
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn

FloatArray = NDArray[np.float64]
_Z95 = 1.959964
_LOSSES = ("missed", "untold", "unanswered")


def satisfaction(journey: Mapping[str, FloatArray], dark: Dark, drawn: Drawn, survey: Survey) -> dict[str, float]:
    """Return the mean score of all cut off, at the middle and the ends of the losses, and what the survey finds.

    All are nan when nobody was cut off; what is surveyed also when nobody answers.

    Parameters
    ----------
    journey : numbers of customers by section, as `metrics.journey` returns. dark : who was dark and how long.
    """
    out = journey["journey_out"]
    total = float(out.sum())
    if total <= 0:
        return dict.fromkeys(
            ("satisfaction", "satisfaction_low", "satisfaction_high", "satisfaction_surveyed", "satisfaction_margin"),
            math.nan,
        ) | {"survey_answers": 0.0}
    hours = np.bincount(dark.section, dark.minutes * dark.sustained, len(out)) / MIN_PER_H
    shares = _shares(journey, out)
    loss = _length_points(hours, survey) + sum(_points(survey)[name] * shares[name] for name in _LOSSES)
    mean_loss = float((out * loss).sum()) / total
    scores = {
        "satisfaction": survey.start_points - mean_loss,
        "satisfaction_low": survey.start_points - survey.high_factor * mean_loss,
        "satisfaction_high": survey.start_points - survey.low_factor * mean_loss,
    }
    return scores | _surveyed(out, hours, shares, drawn, survey)


def _shares(journey: Mapping[str, FloatArray], out: FloatArray) -> dict[str, FloatArray]:
    """Return by section the shares to whom each thing happened, (n_sections,); 0 where nobody was cut off."""
    told = journey["journey_told_answered"] + journey["journey_told_others"]
    numbers = {
        "missed": journey["journey_missed"],
        "untold": out - told,
        "unanswered": journey["journey_in_touch"] - journey["journey_answered"],
    }
    return {name: np.clip(n / np.maximum(out, 1.0), 0.0, 1.0) * (out > 0) for name, n in numbers.items()}


def _surveyed(
    out: FloatArray, hours: FloatArray, shares: Mapping[str, FloatArray], drawn: Drawn, survey: Survey
) -> dict[str, float]:
    """Return mean, half-width of its 95 % interval and number of the answers to the survey."""
    key, asked = (drawn.seed, drawn.replication), np.arange(survey.sample)
    chance = rng.uniforms(*key, "survey.who", asked)
    section = np.searchsorted(np.cumsum(out), chance * out.sum(), side="right")
    section = np.minimum(section, int(np.flatnonzero(out)[-1]))
    loss = _length_points(hours[section], survey)
    for name, points in _points(survey).items():
        loss = loss + points * (rng.uniforms(*key, f"survey.{name}", asked) < shares[name][section])
    angrier = np.clip(loss / survey.start_points, 0.0, 1.0)
    ready = survey.response_fraction * (1.0 + (survey.response_bias - 1.0) * angrier)
    answers = rng.uniforms(*key, "survey.answers", asked) < ready
    score = (survey.start_points - loss + survey.spread_points * rng.normals(*key, "survey.mood", asked))[answers]
    n = len(score)
    return {
        "satisfaction_surveyed": float(score.mean()) if n else math.nan,
        "satisfaction_margin": _Z95 * float(score.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan,
        "survey_answers": float(n),
    }


def _length_points(hours: FloatArray, survey: Survey) -> FloatArray:
    return np.asarray(survey.length_points * (1.0 - 2.0 ** (-hours / survey.half_loss_h)))


def _points(survey: Survey) -> dict[str, float]:
    return dict(
        zip(_LOSSES, (survey.missed_etr_points, survey.untold_points, survey.unanswered_points), strict=True)
    )
