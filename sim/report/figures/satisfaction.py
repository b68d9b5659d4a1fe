"""Satisfaction per plan: the score of all who were cut off with its assumption band, and what a survey would find."""

from __future__ import annotations

import numpy as np

from sim.report import style
from sim.report.frame import Sheet, footer, framed, panels, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

_SHOWN = (
    "satisfaction_low", "satisfaction", "satisfaction_high", "satisfaction_surveyed", "satisfaction_margin", "survey_answers",
)  # fmt: skip
HEADER = ["plan", *_SHOWN, "runs_cut_off_by_the_horizon"]


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the mean over the runs, a row per plan; None where nobody was cut off."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    w, experiment = look.words, material.experiment
    values = np.stack([experiment.of(name) for name in _SHOWN])  # (6, n_plans, n_rep)
    counted = np.isfinite(values).any(axis=2).all()
    if not counted:
        return None
    low, middle, high, asked, margin, answers = np.nanmean(values, axis=2)
    reference, n = material.comparison.reference, len(experiment.plans)
    best = int(middle.argmax())
    title = w("satisfaction.title_same", reference=reference, points=f"{middle[0]:.0f}")
    if middle[best] - middle[0] >= 1.0:
        title = w(
            "satisfaction.title", plan=experiment.plans[best], points=f"{middle[best]:.0f}", reference=reference,
            other=f"{middle[0]:.0f}",
        )  # fmt: skip
    survey = material.scenario.survey
    subtitle = w("satisfaction.subtitle", low=f"{survey.low_factor:g}", high=f"{survey.high_factor:g}")
    cut = [plan for p, plan in enumerate(experiment.plans) if experiment.is_censored("satisfaction")[p].any()]
    if cut:
        plans = w("list.comma").join(cut)
        key = "satisfaction.cut_single" if material.comparison.n == 1 else "satisfaction.cut"
        subtitle = f"{subtitle} {w(key, plans=plans)}"
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 9.0, 1.5 + 0.45 * n)
        axes = panels(figure, 1)[0]
        rows = np.arange(n)
        axes.barh(rows, high - low, 0.5, left=low, color=style.PLAN_LIGHT_BAND)
        axes.plot(middle, rows, "o", color=style.PLAN, markersize=7)
        axes.errorbar(
            asked, rows + 0.18, xerr=margin, fmt="D", color=style.OBSERVED, markersize=4, elinewidth=1.3, capsize=2.5
        )
        names = [name if p else w("figure.reference", plan=name) for p, name in enumerate(experiment.plans)]
        labels = [shortened(name, 130, style.LABEL_PT) for name in names]
        axes.set_yticks(rows, labels)
        axes.set_ylim(n - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(w("satisfaction.x"))
        handles = [
            Line2D([], [], marker="o", linestyle="", color=style.PLAN, markersize=7), Patch(color=style.PLAN_LIGHT_BAND),
            Line2D([], [], marker="D", color=style.OBSERVED, markersize=4, linewidth=1.3),
        ]  # fmt: skip
        names = [w(f"satisfaction.key_{key}") for key in ("all", "band", "survey")]
        axes.legend(handles, names, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False)
    data: list[list[Cell]] = [
        [
            plan,
            *(float(column[p]) for column in (low, middle, high, asked, margin, answers)),
            int(experiment.is_censored("satisfaction")[p].sum()),
        ]
        for p, plan in enumerate(experiment.plans)
    ]
    parts = [
        w("satisfaction.alt_plan", plan=plan, points=f"{middle[p]:.0f}", asked=f"{asked[p]:.0f}")
        for p, plan in enumerate(experiment.plans)
    ]
    alt = w("satisfaction.alt", plans=w("list.semicolon").join(parts))
    return Sheet("22-satisfaction", figure, title, w("satisfaction.says"), alt, HEADER, data)
