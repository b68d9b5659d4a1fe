"""The figure of how precision grew: what it shows, and what it says about why no more storms were drawn."""

import math

import numpy as np
import pytest

from sim.experiment.compare import compare
from sim.experiment.stopping import growth
from sim.report.figures.precision import draw, ended
from sim.report.material import Material
from sim.report.style import look_for
from sim.words import words
from tests.test_experiment import experiment
from tests.tiny import tiny_scenario


def material(n: int, plans: tuple[str, ...] = ("base", "other", "third"), **precision) -> Material:
    rows = np.array([np.full(n, 100.0), *(95.0 + p + (p + 1) * (-1.0) ** np.arange(n) for p in range(len(plans) - 1))])
    made = experiment(n, plans, t95_h=rows)
    scenario = tiny_scenario(plans={plan: {} for plan in plans}, precision=precision)
    return Material(made, compare(made, scenario), scenario)


def test_the_figure_shows_the_half_widths_of_the_table() -> None:
    given = material(25, half_width=1.0)
    sheet = draw(given, look_for("en")[0])
    assert sheet is not None
    found = growth(given.experiment, given.scenario.precision)
    assert [row[1:3] for row in sheet.rows] == [[n, plan] for n in (10, 20, 25) for plan in ("other", "third")]
    assert [row[4] for row in sheet.rows] == [row.half_width for row in found.rows]
    lines = [axes.lines for axes in sheet.figure.axes]
    assert [list(drawn[0].get_xdata()) for drawn in lines] == [[10, 20, 25]] * 2
    assert [list(drawn[1].get_ydata()) for drawn in lines] == [[1.0, 1.0]] * 2
    assert sheet.figure.axes[0].get_ylim()[1] > max(1.0, found.rows[1].half_width)
    assert "other" in sheet.alt
    assert "nan" not in sheet.alt


def test_one_batch_or_one_plan_has_no_figure() -> None:
    look = look_for("en")[0]
    assert draw(material(10), look) is None
    assert draw(material(11), look) is not None
    assert draw(material(20, ("base",)), look) is None


@pytest.mark.parametrize(
    ("n", "precision", "words_of_it"),
    [
        (30, {"half_width": 50.0}, "Enough runs: 30"),
        (30, {"half_width": 1e-6, "maximum": 30}, "30 runs, the most allowed"),
        (30, {"half_width": 1e-6}, "the goal was not reached"),
        (20, {}, "The more runs, the surer"),
    ],
)
def test_why_no_more_storms_were_drawn(n, precision, words_of_it) -> None:
    given = material(n, **precision)
    found = growth(given.experiment, given.scenario.precision)
    assert words_of_it in ended(found, words("en"))
    assert ended(found, words("zh")) != ended(found, words("en"))


def test_values_without_meaning_leave_gaps() -> None:
    given = material(20)
    given.experiment.of("t95_h")[1, 15] = math.nan
    sheet = draw(given, look_for("en")[0])
    assert sheet is not None
    assert "other" not in sheet.alt
    assert "third" in sheet.alt
