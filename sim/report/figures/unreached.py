"""Who was never reached: customers neither answered nor told anything, by area and plan."""

from __future__ import annotations

import numpy as np

from sim.report import style
from sim.report.frame import Sheet, footer, framed, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

HEADER = ["area", "plan", "customers_out", "customers_unreached", "unreached_fraction"]
_MOST = 15  # areas shown
_SHADES = ("#F4F1EA", "#FBDFA0", "#F5AE5B", "#E0702F", "#A83A16", "#5A1208")  # light to dark throughout
_LIMITS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw a table of shades, areas by plans; None where the run does not have the journey, or nobody was cut off."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    w, experiment, network = look.words, material.experiment, material.network
    if "journey_unreached" not in experiment.areas or network is None:
        return None
    out, lost = (
        experiment.areas[f"journey_{name}"].mean(axis=1) for name in ("out", "unreached")
    )  # (n_plans, n_areas)
    if not out.max() > 0:
        return None
    order = np.argsort(-lost[0], kind="stable")
    order = order[out.max(axis=0)[order] > 0][:_MOST]
    names = [str(network.area_name[area]) for area in order]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(out > 0, lost / out, np.nan)
    n, plans = len(order), experiment.plans
    title = w(
        "unreached.title", plan=plans[0], n=w.about(lost[0].sum()), share=w.percent(lost[0].sum() / max(out[0].sum(), 1e-9)),
        areas=w.listed(names[:3]),
    )  # fmt: skip
    with style.styled(look):
        figure = framed(
            look, title, w("unreached.subtitle", most=n), footer(material, w), 3.4 + 1.3 * len(plans), 0.6 + 0.25 * n
        )
        axes = figure.subplots()
        shades = ListedColormap(_SHADES)
        axes.imshow(share[:, order].T, cmap=shades, norm=BoundaryNorm(_LIMITS, len(_SHADES)), aspect="auto")
        for row, area in enumerate(order.tolist()):
            for p in range(len(plans)):
                if not np.isfinite(share[p, area]):
                    continue
                shade = _SHADES[min(int(np.searchsorted(_LIMITS, share[p, area], side="right")) - 1, len(_SHADES) - 1)]
                text = w("unreached.cell", n=w.about(lost[p, area]), share=w.percent(share[p, area]))
                axes.text(p, row, text, ha="center", va="center", size=7.5, color=style.text_on(shade))
        axes.set_xticks(range(len(plans)), [shortened(plan, 88, style.LABEL_PT) for plan in plans])
        axes.set_yticks(range(n), [shortened(name, 120, style.LABEL_PT) for name in names])
        axes.set_xticks(np.arange(len(plans) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(n + 1) - 0.5, minor=True)
        axes.grid(visible=False)
        axes.grid(which="minor", color=style.PAPER, linewidth=1.5)
        axes.tick_params(which="both", length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
    rows: list[list[Cell]] = [
        [str(network.area_name[area]), plan, float(out[p, area]), float(lost[p, area]), float(share[p, area])]
        for area in range(out.shape[1])
        for p, plan in enumerate(plans)
    ]
    parts = [w("unreached.alt_plan", plan=plan, n=w.about(lost[p].sum())) for p, plan in enumerate(plans)]
    alt = w("unreached.alt", plans=w("list.semicolon").join(parts))
    return Sheet("20-unreached", figure, title, w("unreached.says"), alt, HEADER, rows)
