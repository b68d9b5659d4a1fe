"""The report: figures that fit, data that are those drawn, an answer that follows from the comparison, a safe page."""

import base64
import csv
import dataclasses
import hashlib
import inspect
import io
import itertools
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim import report
from sim.errors import DrillError, InputError
from sim.experiment.compare import compare
from sim.log import Recorder
from sim.report import basemap, page, style
from sim.report.figures import APPENDIX, MAIN, draw_all, inputs, satisfaction
from sim.report.figures.journey import STAGES, flows
from sim.report.frame import Sheet, scaled, shortened, wrapped, write_sheet
from sim.report.headlines import with_verdict
from sim.report.live import charts
from sim.report.material import Material, median_replication, worst_hour
from sim.report.style import CJK_FONTS, cjk_font, look_for
from sim.report.terminal import COLUMNS, line_title, plan_cell
from sim.report.wrapping import columns, lines, pieces
from sim.words import words
from tests import synthetic
from tests.tiny import tiny_network

NAMES = [
    "1-customers-out", "2-differences", "3-customer-hours", "4-complaints", "8-cost", "9-choice", "5-calls", "18-desk",
    "19-journey", "20-unreached", "16-complaint-causes", "17-complaint-desk", "22-satisfaction", "6-map", "7-crews",
    "14-gantt", "23-depots", "29-stock", "33-backlog", "34-promises", "35-arrival", "10-percentiles", "11-trapezoid",
    "12-critical", "13-places",
]  # fmt: skip
FEW = {"9-choice", "10-percentiles"}  # not drawn for few runs
NO_MAPS = {  # need the network or a log
    "6-map", "20-unreached", "14-gantt", "23-depots", "29-stock", "33-backlog", "34-promises", "35-arrival",
    "11-trapezoid", "12-critical",
}  # fmt: skip
EVIL = '<script>alert("x")</script> $\\frac{1}{2}$ & "q"'


def sheets(material: Material, lang: str = "en") -> dict[str, Sheet]:
    look, _ = look_for(lang)
    return {sheet.name: sheet for sheet in draw_all(material, look)}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def two_plans(speed: float = 1.5, anger: float = 0.5, n: int = 6, **given: Any) -> Material:
    return synthetic.material(("base", "other"), n, speed=(1.0, speed), anger=(1.0, anger), **given)


# Figures


def texts_of(figure: Any, renderer: Any) -> list[tuple[str, Any]]:
    from matplotlib.text import Text

    found = []
    for artist in figure.findobj(Text):
        if artist.get_visible() and artist.get_text().strip() and (artist.axes is None or artist.axes.get_visible()):
            found.append((artist.get_text(), artist.get_window_extent(renderer)))
    return found


def shown_text(sheet: Sheet) -> str:
    """Return what stands in the head and foot of a figure."""
    return " ".join(text.get_text() for text in sheet.figure.texts)


def shown_ticks(axis: Any, renderer: Any) -> list[Any]:
    low, high = sorted(axis.get_view_interval())
    ticks = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high and t.label1.get_visible()]
    boxes = [t.label1.get_window_extent(renderer) for t in ticks if t.label1.get_text()]
    return sorted(boxes, key=lambda box: (box.x0, box.y0))


def assert_legible(sheet: Sheet, lang: str) -> None:
    """Nothing leaves the figure, tick labels of an axis keep apart, head and foot keep clear of the panels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with style.styled(look_for(lang)[0]) as missing:
        figure = sheet.figure
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        width, height = figure.bbox.width, figure.bbox.height
        inside_ticks = set()
        for axes in figure.axes:
            if not axes.get_visible():
                continue
            for axis in (axes.xaxis, axes.yaxis):
                boxes = shown_ticks(axis, renderer)
                inside_ticks |= {(round(b.x0, 3), round(b.y0, 3)) for b in boxes}
                touching = [(a, b) for a, b in itertools.pairwise(boxes) if a.overlaps(b)]
                assert not touching, f"{sheet.name}: tick labels touch"
            for text, box in texts_of(axes, renderer):
                is_hidden_tick = box.width == 0 or box.x1 < 0
                if not is_hidden_tick and text not in ("",) and axes.bbox.x0 - 400 < box.x0:
                    pass
        own = [t for t in figure.texts if t.get_text()]
        heads = [t.get_window_extent(renderer) for t in own]
        for box in heads:
            assert box.x0 >= 0
            assert box.x1 <= width, f"{sheet.name}: a line of the head or foot leaves the figure"
            assert box.y0 >= 0
            assert box.y1 <= height
        for axes in figure.axes:
            if axes.get_visible():
                tight = axes.get_tightbbox(renderer)
                assert tight.x0 >= -1, f"{sheet.name}: panel leaves the figure at the left"
                assert tight.x1 <= width + 1, f"{sheet.name}: panel leaves the figure at the right"
                assert not any(tight.overlaps(box) for box in heads), f"{sheet.name}: panel runs into head or foot"
        for legend in figure.legends:
            box = legend.get_window_extent(renderer)
            assert box.x1 <= width
            assert not any(box.overlaps(head) for head in heads)
        visible = [axes for axes in figure.axes if axes.get_visible()]
        for a, b in itertools.combinations(visible, 2):
            assert not a.get_window_extent(renderer).overlaps(b.get_window_extent(renderer)), (
                f"{sheet.name}: panels overlap"
            )
    # without a CJK font only CJK letters of the user's own names can be missing, and the run says so
    known = [] if cjk_font() is not None else [code for code in missing if int(code) >= 0x2E80]
    assert [code for code in missing if code not in known] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_six_plans_give_all_figures_and_nothing_overlaps(lang: str) -> None:
    made = sheets(synthetic.material(n=6), lang)
    assert list(made) == NAMES
    for sheet in made.values():
        assert_legible(sheet, lang)
        assert sheet.title
        assert sheet.alt
        assert sheet.says


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"plans": ("alone",), "n": 4}, {"2-differences", "8-cost"} | FEW),
        ({"plans": ("alone",), "n": 6}, {"2-differences", "8-cost", "9-choice"}),
        ({"plans": ("a", "b"), "n": 1}, FEW),
        ({"plans": ("a", "b"), "n": 6, "size": 0.0}, {"19-journey", "20-unreached"}),
        ({"plans": ("a", "b"), "n": 3, "maps": False}, FEW | NO_MAPS),
        ({"plans": tuple("abcdefghijk"), "n": 6, "speed": (1.0,) * 11, "anger": (1.0,) * 11}, set()),
    ],
)
def test_edge_cases_give_legible_figures(given: dict[str, Any], missing: set[str]) -> None:
    plans = given.pop("plans")
    given.setdefault("speed", (1.0, 1.2)[: len(plans)])
    given.setdefault("anger", (1.0, 0.8)[: len(plans)])
    made = sheets(synthetic.material(plans, **given))
    assert set(NAMES) - set(made) == missing
    for sheet in made.values():
        assert_legible(sheet, "en")


@pytest.mark.parametrize("factor", [10.0, 30.0])
def test_wide_differences_have_fewer_ticks(factor: float) -> None:
    plans = ("slow", "slower", "fast")
    made = synthetic.material(plans, 2, speed=(1.0, 1 / factor, factor), anger=(1.0, 5 * factor, 1 / factor))
    sheet = sheets(made)["2-differences"]
    assert_legible(sheet, "en")
    labels = [[t.get_text() for t in axes.get_xticklabels()] for axes in sheet.figure.axes]
    assert max(len(text) for each in labels for text in each) >= 8  # ten thousands of per cent
    assert max(len(each) for each in labels) <= 7


def axis_numbers(axis: Any) -> list[float]:
    """Return the numbers that stand at the ticks of an axis."""
    texts = [axis.get_major_formatter()(at) for at in axis.get_majorticklocs()]
    return [float(text.replace("−", "-").replace(",", "")) for text in texts]


@pytest.mark.parametrize("reach", [0.07, 0.9, 1.0, 1.3, 4.0, 5.4, 6.0, 8.5, 13.0, 60.0, 81_000.0])
@pytest.mark.parametrize("unit", [1.0, 1e6])
def test_numbers_at_ticks_are_as_even_as_the_ticks(reach: float, unit: float) -> None:
    axes = Figure().subplots()
    axes.set_xlim(0.0, reach * unit)
    scaled(axes.xaxis, words("en"), unit)
    assert axis_numbers(axes.xaxis) == pytest.approx(axes.get_xticks() / unit, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("size", [1.0, 0.35, 0.1])
def test_axes_of_figures_have_even_numbers(size: float) -> None:
    made = synthetic.material(("base", "other"), 10, size=size, speed=(1.0, 1.2), anger=(1.0, 0.9))
    look, _ = look_for("en")
    across = dict.fromkeys(("2-differences", "3-customer-hours", "8-cost", "10-percentiles", "13-places"), "xaxis")
    for name, side in (across | {"9-choice": "yaxis"}).items():
        for axes in (MAIN | APPENDIX)[name](made, look).figure.axes:
            steps = np.diff(axis_numbers(getattr(axes, side)))
            assert steps == pytest.approx(np.full(len(steps), steps[0])), name


def test_long_and_strange_names_stay_inside() -> None:
    plans = (
        "as_it_was",
        "a-very-long-name-of-a-plan-that-goes-on-and-on-without-an-end-in-sight",
        "台风预案甲方案",
        EVIL,
    )
    made = synthetic.material(plans, 6, speed=(1.0, 1.2, 1.3, 1.1), anger=(1.0, 1.0, 1.0, 1.0))
    made = dataclasses.replace(made, scenario=made.scenario.model_copy(update={"name": "A long name " * 16}))
    for sheet in sheets(made).values():
        assert_legible(sheet, "en")


def test_drawn_lines_are_the_csv(tmp_path: Path) -> None:
    material = two_plans()
    look, _ = look_for("en")
    made = {sheet.name: sheet for sheet in draw_all(material, look)}
    for sheet in made.values():
        write_sheet(sheet, tmp_path, look)
    out = material.experiment.curves["customers_out"]
    for p, (axes, plan) in enumerate(zip(made["1-customers-out"].figure.axes, ("base", "other"), strict=True)):
        rows = [row for row in table(tmp_path / "1-customers-out.csv") if row["plan"] == plan]
        median = np.array([float(row["median"]) for row in rows])
        drawn = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) == len(median)]
        assert any(np.allclose(y, median, rtol=1e-9) for y in drawn)
        np.testing.assert_allclose(median, np.median(out[p].astype(float), axis=0), rtol=1e-9)
    observed = [row for row in table(tmp_path / "1-customers-out.csv") if row["kind"].startswith("observed")]
    assert [float(row["median"]) for row in observed] == [540_000, 300_000, 20_000]
    points = [line for line in made["1-customers-out"].figure.axes[0].lines if line.get_marker() in ("o", "v")]
    assert sorted(y for line in points for y in line.get_ydata()) == [20_000, 300_000, 540_000]


def test_drawn_bars_are_the_csv(tmp_path: Path) -> None:
    material = two_plans()
    look, _ = look_for("en")
    sheet = sheets(material)["3-customer-hours"]
    write_sheet(sheet, tmp_path, look)
    rows = table(tmp_path / "3-customer-hours.csv")
    bars = list(sheet.figure.axes[0].patches)
    widths = np.array([bar.get_width() for bar in bars]).reshape(-1, 2).T
    read = np.array([[float(row[name]) for name in list(row)[1 : 1 + len(widths.T)]] for row in rows])
    np.testing.assert_allclose(widths, read, rtol=1e-9)
    np.testing.assert_allclose(read.sum(axis=1), material.experiment.of("customer_hours").mean(axis=1), rtol=1e-6)


def test_the_flow_of_customers_is_the_journey() -> None:
    """Shares of the synthetic journey; what comes into each part goes out of it, or is its end."""
    plan = {"out": 200.0, "aware": 180.0, "in_touch": 40.0, "answered": 30.0, "told_answered": 20.0, "told_others": 80.0,
            "missed": 40.0, "unreached": 90.0}  # fmt: skip
    found = flows(plan)
    into = {part: sum(f.share for f in found if f.end == part) for stage in STAGES[1:] for part in stage}
    assert into == pytest.approx(
        {"aware": 0.9, "unaware": 0.1, "answered": 0.15, "in_vain": 0.05, "silent": 0.8, "told": 0.5, "untold": 0.05,
         "unreached": 0.45, "held": 0.3, "missed": 0.2}
    )  # fmt: skip
    for stage in STAGES[1:-1]:
        for part in set(stage) - {"untold", "unreached"}:
            assert sum(f.share for f in found if f.start == part) == pytest.approx(into[part])
    bars = [bar for bar in sheets(two_plans())["19-journey"].figure.axes[0].patches if bar.get_height() > 0]
    heights = sorted(round(bar.get_height(), 9) for bar in bars if hasattr(bar, "get_width"))
    assert heights == pytest.approx(sorted([1.0, *into.values()]))


def test_the_desk_can_take_what_agents_and_voice_system_can() -> None:
    """60 agents at 240 s and 65 % settled by the voice system: 900 calls an hour for agents are 2,571 in all."""
    sheet = sheets(two_plans())["18-desk"]
    capacity = [row[6] for row in sheet.rows]
    assert max(capacity) == pytest.approx(60 * 15 / 0.35)
    drawn = sheet.figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, capacity[: len(drawn)])


def test_intervals_drawn_are_those_of_the_comparison() -> None:
    material = two_plans()
    row = material.comparison.pair("other", "customer_hours")
    axes = sheets(material)["2-differences"].figure.axes[1]
    spans = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 1.8]
    np.testing.assert_allclose(spans[0], [100 * row.relative_lo, 100 * row.relative_hi])
    low, high = axes.get_xlim()
    assert low < 0 < high


def test_complaints_are_summed_and_the_band_holds_the_line() -> None:
    sheet = sheets(two_plans())["4-complaints"]
    values = np.array([row[3:] for row in sheet.rows], float)
    assert (values[:, 0] <= values[:, 1]).all()
    assert (values[:, 1] <= values[:, 2]).all()
    half = len(values) // 2
    assert (np.diff(values[:half, 1]) >= 0).all()


def test_calls_are_per_hour() -> None:
    material = two_plans()
    sheet = sheets(material)["5-calls"]
    first = np.array([row[sheet.header.index("calls_first_per_h")] for row in sheet.rows], float)
    curve = material.experiment.curves["calls_first"].astype(float).mean(axis=1).ravel()
    np.testing.assert_allclose(first, 2 * curve)


def test_y_axes_begin_at_zero_and_are_shared() -> None:
    made = sheets(synthetic.material(n=3))
    for name in ("1-customers-out", "4-complaints", "7-crews"):
        limits = {axes.get_ylim() for axes in made[name].figure.axes if axes.get_visible()}
        assert len(limits) == 1, name
        assert next(iter(limits))[0] == 0


def test_the_same_report_has_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, jobs in zip(folders, (1, 2), strict=True):
        report.write(two_plans(), folder / "figures", folder / "report.html", synthetic.COMMAND, jobs=jobs)
    names = sorted(path.relative_to(folders[0]) for path in folders[0].rglob("*") if path.is_file())
    assert len(names) == len(NAMES) * 3 + 1
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    svg = (folders[0] / "figures" / "1-customers-out.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert str(tmp_path) not in (folders[0] / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("jobs", [1, 2])
def test_work_beside_the_figures_is_done_before_the_page_is_written(tmp_path: Path, jobs: int) -> None:
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables" / "plans.csv"
    report.write(two_plans(), tmp_path / "figures", tmp_path / "report.html", ["drill"], jobs=jobs, beside=table.touch)
    assert 'href="tables/plans.csv"' in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_is_told_by_the_process_that_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.report.frame.write_bytes", full)
    with pytest.raises(DrillError, match="the disk is full; the run in"):
        report.write(two_plans(), tmp_path / "figures", tmp_path / "report.html", ["drill"], jobs=jobs)


def test_the_map_is_a_picture_inside_the_drawing(tmp_path: Path) -> None:
    """Thousands of sections must not become thousands of vector paths."""
    look, _ = look_for("en")
    write_sheet(sheets(two_plans())["6-map"], tmp_path, look)
    assert "<image" in (tmp_path / "6-map.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["5-calls", "6-map", "20-unreached", "23-depots"])
def test_what_is_not_measured_moves_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is the one for which matplotlib seeks the place of every title and of names that say nothing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    look, _ = look_for("en")
    write_sheet(sheets(two_plans())[name], tmp_path, look)
    settings = style.settings
    monkeypatch.setattr(style, "settings", lambda families: settings(families) | {"axes.titley": None})
    figure = sheets(two_plans())[name].figure
    with style.styled(look):
        figure.set_dpi(style.DPI)
        figure.get_layout_engine().execute(figure)
        figure.set_layout_engine("none")
        for axes in figure.axes:
            axes.set_position([round(edge, 5) for edge in axes.get_position(original=True).bounds])
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    np.testing.assert_array_equal(np.asarray(canvas.buffer_rgba())[:, :, :3], np.asarray(Image.open(tmp_path / f"{name}.png")))


def test_global_settings_stay_as_they_were(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    write_sheet(sheets(two_plans())["1-customers-out"], tmp_path, look_for("en")[0])
    assert dict(mpl.rcParams) == before


# Titles, words, fonts


def test_titles_say_what_is_seen() -> None:
    better, alike = two_plans(speed=1.5), two_plans(speed=1.0)
    gain = -better.comparison.pair("other", "t95_h").difference
    assert sheets(better)["1-customers-out"].title == f"other brings 95 % back {gain:.0f} h sooner than base"
    assert sheets(alike)["1-customers-out"].title == "No plan is shown to bring 95 % back sooner than base"
    calm = synthetic.material(("base",), 3, size=0.0, speed=(1.0,), anger=(1.0,))
    assert sheets(calm)["1-customers-out"].title == "Nobody loses power in this storm"
    assert sheets(better)["3-customer-hours"].title == "Under base, 38 % of all customer-hours pass waiting for a crew"


def test_titles_and_notes_claim_no_more_than_the_runs_show() -> None:
    made = sheets(two_plans())
    assert made["16-complaint-causes"].title.startswith("Under base, the most frequent complaints are ")
    material = two_plans(n=1)
    notes = [text.get_text() for axes in sheets(material)["1-customers-out"].figure.axes for text in axes.texts]
    assert any(note.startswith("95 % back after ") for note in notes)
    assert not any("(mean)" in note or "more than" in note for note in notes)
    played = material.experiment
    cut = np.zeros_like(played.censored)
    cut[1, :, played.measures.index("customer_hours")] = True
    cut_off = dataclasses.replace(played, censored=cut)
    material = dataclasses.replace(material, experiment=cut_off, comparison=compare(cut_off, material.scenario))
    first, second = ([text.get_text() for text in axes.texts] for axes in sheets(material)["1-customers-out"].figure.axes[:2])
    assert not any("more than" in note for note in first)
    assert any(re.search(r"^more than .* customer-hours$", note, re.M) for note in second)


def test_without_a_chinese_font_figures_are_english_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(style, "cjk_font", lambda: None)
    written = report.write(two_plans(), tmp_path / "figures", tmp_path / "report.html", synthetic.COMMAND, "zh")
    assert len(written.messages) == 1
    assert "Noto Sans CJK" in written.messages[0]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in page
    assert words("zh")("page.h_answer") in page
    assert "customers without power" not in page or "No plan is shown" not in page


def test_characters_without_a_font_are_reported(tmp_path: Path) -> None:
    material = two_plans()
    named = material.scenario.model_copy(update={"name": "台风"})
    look = style.Look(words("en"), (style.LATIN_FONT,))
    sheet = next(iter(draw_all(dataclasses.replace(material, scenario=named), look)))
    _, missing = write_sheet(sheet, tmp_path, look)
    assert missing


def test_chinese_figures_use_a_chinese_font() -> None:
    font = style.cjk_font()
    if font is None:
        pytest.skip("no Chinese font is installed here")
    look, messages = look_for("zh")
    assert font in CJK_FONTS
    assert look.families[0] == font
    assert not messages


def test_unknown_language_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        report.write(two_plans(), tmp_path / "figures", tmp_path / "report.html", synthetic.COMMAND, "fr")
    assert not list(tmp_path.iterdir())


def test_lines_break_at_spaces_and_between_chinese_characters() -> None:
    assert lines("one two three", 8) == ["one two", "three"]
    assert lines("台风登陆，停电了。", 8) == ["台风登", "陆，停电", "了。"]
    assert all(columns(line) <= 10 for line in lines("方案 early 恢复最早 95% 的用户", 10))
    assert "".join(pieces("a  b\n台风，c")) == "a b 台风，c"
    assert shortened("a very long name", 40, 10).endswith("…")
    assert len(wrapped("word " * 500, 300, 10)) == 4


# The answer


def said(material: Material, lang: str = "en") -> str:
    return report.answer(material.comparison, material.scenario, material.check, words(lang), material.experiment)


def test_the_answer_names_the_better_plan_with_its_interval_and_share() -> None:
    material = two_plans(speed=1.5, anger=0.5)
    row = material.comparison.pair("other", "t95_h")
    assert row.verdict == "better"
    text = said(material)
    assert text.startswith("other serves customers best. In 6 simulated runs of this storm it has power back for 95 %")
    wanted = f"hours sooner than base ({-row.hi:.0f} to {-row.lo:.0f}), and sooner in every run."
    assert row.share_better == 1
    assert f"{row.plan_mean:.0f} hours after landfall on average: {-row.difference:.0f} {wanted}" in text
    fewer = {end: -rows[0].difference for end, rows in material.comparison.complaint_band.rows.items()}
    assert f"It draws {fewer['middle']:,.0f} fewer complaints" in text
    assert f": {fewer['low']:,.0f} to {fewer['high']:,.0f} fewer if people complain 0.3 to 3 times" in text
    assert "The model meets 2 of 3 points of the check" in text
    assert "restores too fast" in text
    chinese = said(material, "zh")
    assert f"比 base 早 {-row.difference:.0f} 小时（{-row.hi:.0f} 至 {-row.lo:.0f}）" in chinese
    assert "3 项对照中有 2 项相符" in chinese


def test_the_answer_is_short_enough_to_be_read() -> None:
    text = said(synthetic.material(n=20))
    assert len(text.split()) <= 260
    assert max(len(sentence.split()) for sentence in text.split(". ")) <= 45


def test_the_answer_names_the_stage_that_saves_most_and_the_critical_customers() -> None:
    material = two_plans(speed=1.5)
    values = material.experiment.values.copy()
    column = material.experiment.measures.index("critical_beyond_backup")
    values[0, :, column], values[1, :, column] = 51.0, 43.0
    played = dataclasses.replace(material.experiment, values=values)
    changed = dataclasses.replace(material, experiment=played, comparison=compare(played, material.scenario))
    waiting = np.subtract(*played.of("hours_waiting").mean(axis=1))  # the largest share in this made-up world
    text = said(changed)
    assert f"The largest part of that, {words('en').big(waiting)} hours, is time spent waiting for a crew." in text
    assert "Backup power runs out at 43 critical customers, under base at 51." in text


def test_the_answer_says_in_which_storms_the_choice_would_change() -> None:
    material = synthetic.material(("base", "best", "storm"), 9, speed=(1.0, 1.6, 1.2), anger=(1.0, 0.5, 0.8))
    assert "The lead holds in mild and severe storms." in said(material)
    values = material.experiment.values.copy()
    column = material.experiment.measures.index("customer_hours")
    severe = np.argsort(material.experiment.of("affected")[0])[-3:]
    values[2, severe, column] = 0.9 * values[1, severe, column]
    turned = dataclasses.replace(material.experiment, values=values)
    changed = dataclasses.replace(material, experiment=turned, comparison=compare(turned, material.scenario))
    assert said(changed).startswith("best serves customers best.")
    assert "The choice would change for customer-hours in severe storms (storm)." in said(changed)
    assert "用户小时数、较强台风（storm）" in said(changed, "zh")


def test_plans_that_each_lead_somewhere_are_told_apart() -> None:
    material = synthetic.material(("base", "fast", "kind"), 8, speed=(1.0, 1.6, 1.0), anger=(1.0, 2.0, 0.3))
    text = said(material)
    assert text.startswith("No plan is shown to be best at everything. In 8 simulated runs of this storm fast has power")
    assert "fast saves customers" in text
    assert "kind draws" in text
    assert "fast costs" in text
    assert "kind costs" in text


def test_the_answer_says_when_a_plan_is_worse() -> None:
    material = two_plans(speed=0.6, anger=3.0)
    text = said(material)
    assert text.startswith("Stay with base: no plan is shown to serve customers better.")
    assert "Worse than base: other (time, customer-hours and complaints)." in text
    assert said(material, "zh").startswith("维持 base：没有方案被证明对用户更有利。")
    assert "比 base 更差的有：other（时间、用户小时数和投诉）。" in said(material, "zh")


def test_the_answer_says_when_it_cannot_tell() -> None:
    material = two_plans(speed=1.01, anger=1.0)
    assert with_verdict(material.comparison, "t95_h", "cannot_tell")
    text = said(material)
    assert "The lowest mean time is that of other" in text
    assert "These runs cannot tell other from base." in text
    assert "serves customers best" not in text
    assert "这些模拟无法区分 other 与 base 的优劣。" in said(material, "zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_of_special_cases(lang: str) -> None:
    w = words(lang)
    alone = synthetic.material(("base",), 3, speed=(1.0,), anger=(1.0,))
    assert w("answer.one_plan") in said(alone, lang)
    single = two_plans(n=1)
    assert w("answer.one_run") in said(single, lang)
    assert "nan" not in said(single, lang)
    calm = two_plans(n=3, size=0.0)
    assert said(calm, lang) == w("answer.none", runs=w("count.runs", n=3))
    unchecked = dataclasses.replace(two_plans(), check=())
    assert w("answer.unchecked") in said(unchecked, lang)


def test_the_runner_up_is_judged_against_the_first() -> None:
    plans = ("base", "fast", "same", "slow")
    alike = synthetic.material(plans[:3], 8, speed=(1.0, 1.6, 1.6), anger=(1.0, 1.0, 1.0))
    assert re.search(r"(same|fast) cannot be told apart from (fast|same) in time\.", said(alike))
    apart = synthetic.material((*plans[:2], "slow"), 8, speed=(1.0, 1.8, 1.3), anger=(1.0, 1.0, 1.0))
    assert re.search(r"slow is next, [\d.]+ hours behind fast\.", said(apart))


def test_the_answer_says_when_the_complaint_verdict_rests_on_the_assumption() -> None:
    material = synthetic.material(("base", "calm", "loud"), 6, speed=(1.0, 1.0, 1.0), anger=(1.0, 0.6, 0.65))
    values = material.experiment.values.copy()
    column = material.experiment.measures.index("complaints_high")
    values[1, :, column], values[2, :, column] = values[2, :, column].copy(), values[1, :, column].copy()
    turned = dataclasses.replace(material.experiment, values=values)
    changed = dataclasses.replace(material, experiment=turned, comparison=compare(turned, material.scenario))
    text = said(changed)
    assert "an assumption: calm at its low end, calm in the middle, loud at its high end" in text
    assert sheets(changed)["4-complaints"].title == words("en")("complaints.title_depends")


def test_times_cut_off_by_the_horizon_are_named() -> None:
    material = two_plans()
    censored = material.experiment.censored.copy()
    censored[1, 0, material.experiment.measures.index("t95_h")] = True
    cut = dataclasses.replace(material.experiment, censored=censored)
    changed = dataclasses.replace(material, experiment=cut, comparison=compare(cut, material.scenario))
    assert "In some runs of other fewer than 95 % were back when the simulation ended after 14 days: " in said(changed)
    assert "> " in report.as_text(changed.comparison, (), changed.scenario, words("en"))


def changed(material: Material, plan: int, **columns: Any) -> Material:
    """Return the material with other values of some measures under one plan, or, for True, with cut-off ones."""
    experiment = material.experiment
    values, censored = experiment.values.copy(), experiment.censored.copy()
    for name, value in columns.items():
        column = experiment.measures.index(name)
        if value is True:
            censored[plan, 0, column] = True
        else:
            values[plan, :, column] = value
    played = dataclasses.replace(experiment, values=values, censored=censored)
    return dataclasses.replace(material, experiment=played, comparison=compare(played, material.scenario))


def test_sums_that_go_on_after_the_simulation_are_said_to_be_more() -> None:
    cut = changed(two_plans(speed=1.01, anger=1.0), 0, customer_hours=True, complaints=True, cost=True)
    reference = cut.comparison.row("base", "complaints").mean
    assert re.search(r"without power for more than [\d.]+ million hours in all", said(cut))
    assert f"lodge more than {reference:,.0f} complaints. " in said(cut)
    assert "base costs more than 42.0 million USD." in said(cut)
    assert "投诉 超过 " in said(cut, "zh")
    ahead = changed(two_plans(), 0, cost=True)
    assert "It costs 54.6 million USD, base more than 42.0 million; 3.20 million are spent" in said(ahead)
    assert "for more than" not in said(two_plans(speed=1.01, anger=1.0))


def test_a_stage_that_saves_more_than_is_saved_in_all_is_no_part_of_it() -> None:
    material = two_plans(speed=1.5)
    most = material.experiment.of("hours_unknown")[0] + material.experiment.of("customer_hours")[0]
    text = said(changed(material, 0, hours_unknown=most))
    assert "It saves most in the time spent before the damage is even known, " in text
    assert "The largest part of that" not in text


def test_days_of_the_simulation_are_told_shortly() -> None:
    material = changed(two_plans(), 1, t95_h=True)
    shorter = dataclasses.replace(material, scenario=material.scenario.model_copy(update={"horizon_h": 160.0}))
    assert "when the simulation ended after 6.67 days" in said(shorter)


def test_verdicts_that_cut_off_runs_forbid_are_named() -> None:
    material, w = two_plans(), words("en")
    assert page.withheld(material.comparison, w) == ""
    told = page.withheld(changed(material, 1, t95_h=True).comparison, w)
    assert told.endswith("what was cut off might undo it: other (Time until 95 % are back).")


def test_titles_claim_no_end_that_the_simulation_did_not_see() -> None:
    material = two_plans()
    assert sheets(material)["11-trapezoid"].title.endswith("h after landfall before supply is all but whole")
    assert sheets(material)["14-gantt"].title.endswith("until 95 % are back in this run")
    shown = material.worst_hour
    assert shown is not None
    curves = material.experiment.curves | {
        "customers_out": np.maximum.accumulate(material.experiment.curves["customers_out"], axis=2)
    }
    censored = material.experiment.censored.copy()
    censored[:, :, material.experiment.measures.index("t95_h")] = True
    played = dataclasses.replace(material.experiment, curves=curves, censored=censored)
    cut = dataclasses.replace(material, experiment=played, comparison=compare(played, material.scenario))
    made = sheets(cut)
    assert "supply is not yet all but whole when the simulation ends" in made["11-trapezoid"].title
    assert made["14-gantt"].title.endswith("until this run ends, before 95 % are back")
    assert "95 % are back after more than" in made["10-percentiles"].title
    for name in ("11-trapezoid", "14-gantt"):
        assert_legible(made[name], "en")


def test_a_storm_has_one_number_in_figures_and_tables() -> None:
    material = synthetic.material(n=3)
    shown, made = material.worst_hour, sheets(material)
    assert shown is not None
    number = f"storm {shown.replication}"
    for name in ("6-map", "14-gantt", "29-stock", "33-backlog", "34-promises", "35-arrival", "12-critical"):
        assert f"{number} (the one with the median" in shown_text(made[name]), name
    assert {row[1] for row in made["14-gantt"].rows} == {shown.replication}


def test_a_single_run_is_told_in_the_singular() -> None:
    material = synthetic.material(("alone",), 1, speed=(1.0,), anger=(1.0,))
    censored = np.ones_like(material.experiment.censored)
    cut = dataclasses.replace(material.experiment, censored=censored)
    changed = dataclasses.replace(material, experiment=cut, comparison=compare(cut, material.scenario))
    text = report.as_text(changed.comparison, (), changed.scenario, words("en"))
    made = sheets(changed)
    assert made["1-customers-out"].title == "alone: fewer than 95 % are back when the simulation ends"
    assert not [sheet.name for sheet in made.values() if "some runs" in sheet.title + shown_text(sheet)]
    told = " ".join(text.split())
    assert "In 1 simulated run of this storm, alone takes more than" in told
    assert "In the run of alone fewer than 95 % were back" in told
    assert "Plans: 1 simulated run of the storm" in told
    assert "on average" not in told
    assert "±" not in told
    assert "1 simulated runs" not in told


def test_what_is_not_priced_is_not_at_least_anything() -> None:
    material = two_plans()
    played = material.experiment
    cost = played.measures.index("cost")
    values, censored = played.values.copy(), played.censored.copy()
    values[:, :, cost], censored[:, :, cost] = np.nan, True
    changed = dataclasses.replace(played, values=values, censored=censored)
    assert plan_cell(compare(changed, material.scenario), "base", "cost", words("en")) == ("–", False)


def test_a_plan_named_in_chinese_stands_apart_from_the_text() -> None:
    material = synthetic.material(("base", "fast", "kind"), 8, speed=(1.0, 1.6, 1.0), anger=(1.0, 2.0, 0.3))
    text = said(material, "zh")
    named = [plan for plan in material.experiment.plans if f"{plan} 平均在登陆后" in text]
    assert len(named) == 1
    assert not re.search(f"({'|'.join(material.experiment.plans)})[一-鿿]", text)


def test_a_list_of_plans_sets_what_is_said_of_each_apart() -> None:
    long = "x" * 60
    material = synthetic.material(("base", long), 6, speed=(1.0, 1.5), anger=(1.0, 0.5), size=64e6)
    values = material.experiment.values * 1e4  # numbers too wide for a table
    wide = dataclasses.replace(material.experiment, values=values)
    text = report.as_text(compare(wide, material.scenario), (), material.scenario, words("en"))
    below = text.partition("\nbase (reference)\n")[2].splitlines()
    assert all(line.startswith("  ") for line in below[: len(COLUMNS)])
    assert below[len(COLUMNS)] == long


def test_cost_and_what_is_lost_if_the_storm_turns_away() -> None:
    text = said(two_plans())
    lost = "3.20 million are spent for nothing if the storm turns away."
    assert f"It costs 54.6 million USD, base 42.0 million; {lost}" in text


# Terminal, JSON


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_terminal_is_plain_and_fits_100_columns(lang: str) -> None:
    material = synthetic.material(n=8)
    text = report.as_text(material.comparison, material.check, material.scenario, words(lang), material.experiment)
    assert "\x1b" not in text
    assert max(columns(line.rstrip()) for line in text.splitlines()) <= 100
    for plan in material.comparison.plans:
        assert plan in text
    assert words(lang)("verdict.better") in text
    assert words(lang)("verdict.cannot_tell") in text
    assert "…" not in text


def test_the_best_mean_is_marked_once_per_column() -> None:
    material = two_plans(speed=1.5)
    text = report.as_text(material.comparison, (), material.scenario, words("en"))
    rows = [line for line in text.splitlines() if line.strip().startswith(("base ", "other ")) and "±" in line]
    assert rows[1].count("*") == 3
    assert rows[0].count("*") == 1


def test_markup_in_names_is_not_obeyed() -> None:
    material = synthetic.material(("base", "[red]x[/red]"), 3, speed=(1.0, 1.2), anger=(1.0, 1.0))
    assert "[red]x[/red]" in report.as_text(material.comparison, (), material.scenario, words("en"))


def test_json_holds_the_comparison_and_no_nan() -> None:
    material = two_plans(n=1)
    result = json.loads(report.as_json(material.comparison, material.check, Path("run")), parse_constant=pytest.fail)
    assert result["reference"] == "base"
    assert [row["verdict"] for row in result["paired"]] == ["cannot_tell"] * 3
    assert result["paired"][0]["lo"] is None
    assert result["check"][2]["ok"] is False


# The page


LIVE = (Path(report.__file__).parent / "templates" / "live.js").read_text(encoding="utf-8")


class Page(HTMLParser):
    """Collects pictures, links, headings, scripts, cells and tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[dict[str, Any]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self._open.append(tag)
        if tag == "img":
            self.images.append(given)
        if "href" in given:
            self.links.append(str(given["href"]))
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "script":
            self.scripts.append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts[-1] += data
        elif "tr" in self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


def test_the_page_is_whole_in_itself_and_describes_every_figure(tmp_path: Path) -> None:
    report.write(two_plans(), tmp_path / "figures", tmp_path / "report.html", synthetic.COMMAND)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    assert len(page.images) == len(NAMES)
    assert all(image.get("alt") for image in page.images)
    assert all(image["src"].startswith(("data:image/png;base64,", "data:image/svg+xml;base64,")) for image in page.images)
    assert "url(" not in html
    assert "@import" not in html
    assert "http" not in LIVE.replace("http://www.w3.org/2000/svg", "")
    assert not {"link", "iframe", "object"} & set(page.tags)
    assert page.scripts[-1] == LIVE
    digest = base64.b64encode(hashlib.sha256(LIVE.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in html or f"script-src 'sha256-{digest}'" in html
    assert html.lstrip().startswith('<!DOCTYPE html>\n<html lang="en">')
    assert [page.tags.count(tag) for tag in ("html", "h1", "main", "header", "footer")] == [1] * 5
    assert "drill run typhoon.toml -n 20 --seed 2019" in html
    assert "GeoNames" in html
    assert "Natural Earth" in html


def written(folder: Path, material: Material, lang: str = "en") -> tuple[str, Page]:
    from sim.results import write_tables

    (folder / "tables").mkdir()
    assert material.network is not None
    write_tables(folder / "tables", material.experiment, material.comparison, (), material.scenario, material.network)
    report.write(material, folder / "figures", folder / "report.html", synthetic.COMMAND, lang)
    html = (folder / "report.html").read_text(encoding="utf-8")
    return html, Page(html)


Whole = tuple[Material, Path, str, Page]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return the report of six plans: material, folder, text and page; made once, it takes seconds."""
    folder, material = tmp_path_factory.mktemp("whole"), synthetic.material(n=10)
    return material, folder, *written(folder, material)


@pytest.fixture(scope="module")
def in_chinese(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Page]:
    return written(tmp_path_factory.mktemp("zh"), two_plans(n=3), "zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_headings_descend_ids_are_single_and_every_picture_is_described(
    whole: Whole, in_chinese: tuple[str, Page], lang: str
) -> None:
    html, page = whole[2:] if lang == "en" else in_chinese
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    assert len(page.ids) == len(set(page.ids))
    assert all(len(image["alt"]) > 10 for image in page.images)
    assert len({image["alt"] for image in page.images}) == len(page.images)
    assert re.findall(r'aria-labelledby="([^"]+)"', html) == [i for i in page.ids if f'aria-labelledby="{i}"' in html]
    assert page.tags.count("table") == page.tags.count("thead")


def luminance(colour: str) -> float:
    """Return relative luminance (WCAG 2.2)."""
    colour = colour.lstrip("#")
    colour = "".join(2 * c for c in colour) if len(colour) == 3 else colour
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def test_text_stands_out_from_its_ground() -> None:
    css = (Path(report.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", css))
    for ground in ("#ffffff", named["soft"]):
        assert all(contrast(named[ink], ground) >= 4.5 for ink in ("ink", "muted", "accent", "bad"))
    for ink in (style.INK, style.MUTED):
        assert contrast(ink, style.PAPER) >= 4.5
    assert contrast("#FFFFFF", style.STAGES["hours_unknown"][0]) >= 4.5
    for stage in ("hours_wind", "hours_waiting", "hours_travel", "hours_work", "hours_other_crew", "hours_switching"):
        assert contrast(style.INK, style.STAGES[stage][0]) >= 4.5


def test_every_link_leads_to_a_file_and_every_file_of_a_figure_is_linked(whole: Whole) -> None:
    _, folder, _, page = whole
    assert all((folder / link).is_file() for link in page.links)
    files = {path.relative_to(folder).as_posix() for path in (folder / "figures").iterdir()}
    tables = {path.relative_to(folder).as_posix() for path in (folder / "tables").iterdir()}
    assert set(page.links) == files | tables


def test_the_numbers_of_the_page_are_those_of_the_tables(whole: Whole) -> None:
    material, folder, html, page = whole
    w = words("en")
    plans = {(row["plan"], row["measure"]): row for row in table(folder / "tables" / "plans.csv")}
    for plan in material.comparison.plans:
        mean = {m: float(plans[plan, m]["mean"]) for m in ("t95_h", "customer_hours", "complaints", "cost")}
        cells = next(row for row in page.rows if row[0] == plan and len(row) == 7)
        assert cells[1].startswith(w.number(mean["t95_h"], 0 if mean["t95_h"] >= 100 else 1))
        assert cells[2].startswith(w.number(mean["customer_hours"] / 1e6, w.digits(mean["customer_hours"] / 1e6)))
        assert cells[3].startswith(w.number(mean["complaints"]))
        assert cells[5].startswith(w.number(mean["cost"] / 1e6, w.digits(mean["cost"] / 1e6)))
    paired = [row for row in table(folder / "tables" / "paired.csv") if row["measure"] in ("t95_h", "customer_hours")]
    said_by = {(row[0], row[1]): row for row in page.rows if len(row) == 5}
    for row in paired:
        cells = said_by[row["plan"], w(f"measure.{row['measure']}")]
        value = float(row["difference"]) if row["measure"] == "t95_h" else 100 * float(row["relative"])
        assert float(re.split(" [h%]", cells[2])[0].replace("−", "-")) == pytest.approx(value, abs=0.0501)
        assert cells[4] == w(f"verdict.{row['verdict']}")
    best = {(row["plan"], row["measure"]): float(row["probability"]) for row in table(folder / "tables" / "best.csv")}
    for plan in material.comparison.plans:
        cells = next(row for row in page.rows if row[0] == plan and len(row) == 4)
        assert cells[1:] == [w.percent(best[plan, measure]) for measure in ("t95_h", "customer_hours", "complaints")]
    soonest = with_verdict(material.comparison, "t95_h", "better")[0]
    assert f"{-soonest.difference:.0f} hours sooner than {material.comparison.reference}" in html


def test_curves_to_hover_over_are_the_medians_of_the_table(whole: Whole) -> None:
    material, folder, _, page = whole
    out, lodged = (json.loads(script) for script in page.scripts[:-1])
    assert [plan["name"] for plan in out["plans"]] == list(material.experiment.plans)
    assert len(out["at"]) == len(out["times"]) == len(out["plans"][0]["values"]) <= 240
    rows = [row for row in table(folder / "tables" / "curves.csv") if row["plan"] == "balanced"]
    by_minute = dict(zip(material.experiment.grid_at.tolist(), rows, strict=True))
    for at, value in zip(out["at"], out["plans"][-1]["values"], strict=True):
        assert value == pytest.approx(float(by_minute[at]["customers_out_median"]), abs=0.06)
    assert [point[1] for point in out["points"]] == [540_000, 300_000, 20_000]
    assert "at most" in out["points"][2][2]
    assert np.diff(lodged["plans"][0]["values"]).min() >= 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_circles_are_explained_where_there_are_any(lang: str) -> None:
    made = two_plans(n=2)
    plain = dataclasses.replace(made, scenario=made.scenario.model_copy(update={"observed": None}))
    assert charts(made, words(lang))[0]["title"] == words(lang)("live.customers_out_reported")
    assert charts(plain, words(lang))[0]["title"] == words(lang)("live.customers_out")
    assert ("circles" if lang == "en" else "圆圈") not in charts(plain, words(lang))[0]["title"]


def test_what_is_not_shown_is_named(whole: Whole, in_chinese: tuple[str, Page]) -> None:
    assert words("en")("left_out.choice") not in whole[2]
    assert words("en")("left_out.tornado") in whole[2]
    assert words("zh")("left_out.choice") in in_chinese[0]
    assert words("zh")("left_out.percentiles") in in_chinese[0]
    assert words("zh")("left_out.map") not in in_chinese[0]
    few = [words(lang)("page.chances_few", n=10) for lang in ("en", "zh")]
    assert [few[0] in whole[2], few[1] in in_chinese[0]] == [False, True]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_that_may_be_missing_has_words_for_it(lang: str) -> None:
    drawers = MAIN | APPENDIX
    may_miss = [name for name, draw in drawers.items() if "None" in str(inspect.signature(draw).return_annotation)]
    assert {"19-journey", "22-satisfaction"} <= set(may_miss)
    assert not [name for name in may_miss if f"left_out.{name.partition('-')[2]}" not in words(lang)]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_report_where_nobody_was_cut_off_is_written(lang: str, tmp_path: Path) -> None:
    material = changed(two_plans(n=3, size=0.0), 1, satisfaction_margin=[np.nan] * 3)
    html, _ = written(tmp_path, material, lang)
    for name in ("journey", "unreached", "satisfaction"):
        assert words(lang)(f"left_out.{name}") in html


def test_the_page_says_what_the_check_rests_on(whole: Whole) -> None:
    text = " ".join(whole[2].split())
    assert "agreement is calibration and not validation" in text


def test_evil_names_are_shown_and_not_run(tmp_path: Path) -> None:
    material = synthetic.material(("base", EVIL), 3, speed=(1.0, 1.5), anger=(1.0, 0.5))
    titled = dataclasses.replace(material.experiment, titles=("<img src=http://evil/x>", EVIL))
    evil = dataclasses.replace(
        material, experiment=titled, scenario=material.scenario.model_copy(update={"name": "</style>" + EVIL})
    )
    report.write(evil, tmp_path / "figures", tmp_path / "report.html", ("drill", "run", "a b;<c>.toml"))
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.tags.count("script") == len(page.scripts) == 3
    assert not {"b", "iframe", "svg"} & set(page.tags)
    assert len(page.images) == len(set(NAMES) - FEW)
    assert page.scripts[-1] == LIVE
    assert [json.loads(script)["plans"][1]["name"] for script in page.scripts[:-1]] == [EVIL, EVIL]


def test_assumptions_show_values_in_force_grades_and_who_changes_them() -> None:
    from sim.report.assumptions import assumptions
    from sim.scenario.model import PlanEntry

    scenario = synthetic.scenario(("base", "open"), complaints={"missed_etr_factor": 2.5}, work={"hard_access_fraction": 0.07})
    told = PlanEntry(overrides={"notices": {"reach_fraction": 0.45}})
    scenario = scenario.model_copy(update={"plans": {**scenario.plans, "open": told}})
    rows = {row.key: row for row in assumptions(scenario, ("base", "open"), words("en"))}
    assert rows["complaints.missed_etr_factor"].value == "2.5"
    assert rows["complaints.missed_etr_factor"].grade == "X"
    assert rows["work.wind_limit_mps"].unit == "m/s"
    shares = rows["damage.fragility_log_sd"], rows["work.hard_access_fraction"], rows["customers.followup_per_h"]
    assert [f"{row.value} {row.unit}".strip() for row in shares] == ["0 of the logarithm", "7 %", "0.01 per hour"]
    assert rows["notices.reach_fraction"].changed_by == ("open",)


def test_units_of_assumptions_are_words_of_the_language() -> None:
    from sim.report.assumptions import assumptions

    rows = assumptions(synthetic.scenario(), (), words("zh"))
    assert {row.unit for row in rows if re.search("[A-Za-z]", row.unit)} == set()


# Map and inputs


def test_the_worst_hour_is_read_from_the_log() -> None:
    network = tiny_network([-1, 0, 0, -1], [10, 20, 30, 100])
    log = Recorder()
    for at, kind, section in (
        (10.0, "section_went_dark", 1),
        (20.0, "section_went_dark", 3),
        (20.0, "section_went_dark", 2),
        (25.0, "section_restored", 1),
        (30.0, "section_went_dark", 0),
        (40.0, "section_restored", 3),
    ):
        log.add(at, kind, section=section)
    worst = worst_hour(log.finish(), network, "base", 7)
    assert (worst.at, worst.dark.tolist(), worst.replication) == (20.0, [False, True, True, True], 7)
    calm = worst_hour(Recorder().finish(), network, "base", 0)
    assert not calm.dark.any()


def test_changes_at_one_instant_count_together() -> None:
    network = tiny_network([-1, -1], [100, 120])
    log = Recorder()
    log.add(10.0, "section_went_dark", section=0)
    log.add(20.0, "section_went_dark", section=1)
    log.add(20.0, "section_restored", section=0)
    assert worst_hour(log.finish(), network, "base", 0).dark.tolist() == [False, True]


def test_the_median_replication_is_the_middle_one() -> None:
    played = synthetic.experiment(("base",), 5, speed=(1.0,), anger=(1.0,))
    hours = played.of("customer_hours")[0]
    assert hours[median_replication(played)] == np.median(hours)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_inputs_are_drawn_and_add_up(lang: str) -> None:
    network, coast, track = synthetic.island()
    given = report.inputs_of(synthetic.scenario(), network, coast, track)
    made = inputs.draw_all(given, look_for(lang)[0])
    for sheet in made:
        assert_legible(sheet, lang)
    wind, lines_of, damage = made
    assert max(row[-1] for row in wind.rows) == pytest.approx(given.gust.max())  # type: ignore[type-var]
    assert sum(row[2] for row in wind.rows) == network.n_customers  # type: ignore[misc]
    assert sum(row[1] for row in lines_of.rows) == network.n_customers  # type: ignore[misc]
    total = sum(float(value) for row in damage.rows for value in row[1:])  # type: ignore[arg-type]
    assert total == pytest.approx(sum(float(each.sum()) for each in given.expected.values()))


def test_crowded_lines_are_enlarged_beside_the_map() -> None:
    n = 600
    x = [float(i % 7) if i % 2 else 60.0 * np.cos(i) for i in range(n)]
    y = [float(i % 5) if i % 2 else 60.0 * np.sin(i) for i in range(n)]
    network = tiny_network([-1] * n, [10] * n, x=x, y=y)
    frame = basemap.frame_of(network)
    dense = basemap.densest(network, frame)
    assert dense is not None
    assert dense.holds(network.lon, network.lat).mean() >= 0.4
    assert (dense.east - dense.west) == pytest.approx((frame.east - frame.west) / 3)
    even = tiny_network([-1] * n, [10] * n, x=[i % 24 for i in range(n)], y=[i // 24 for i in range(n)])
    assert basemap.densest(even, basemap.frame_of(even)) is None
    _, coast, track = synthetic.island()
    sheet = inputs.draw_network(report.inputs_of(synthetic.scenario(), network, coast, track), look_for("en")[0])
    assert len(sheet.figure.axes) == 2
    assert_legible(sheet, "en")


def test_damage_of_many_areas_ends_in_one_bar_that_loses_nothing() -> None:
    network, coast, track = synthetic.island()
    given = report.inputs_of(synthetic.scenario(), network, coast, track)
    n = 40
    many = dataclasses.replace(network, area_name=np.array([f"Area {a}" for a in range(n)]))
    expected = {"wire": np.arange(n, dtype=float), "pole": np.full(n, 2.0), "transformer": np.zeros(n)}
    sheet = inputs.draw_damage(dataclasses.replace(given, network=many, expected=expected), look_for("en")[0])
    assert_legible(sheet, "en")
    (axes,) = sheet.figure.axes
    widths = [bar.get_width() for bar in axes.patches]
    assert len(widths) == 3 * 16
    assert sum(widths) == pytest.approx(sum(each.sum() for each in expected.values()))
    assert axes.get_yticklabels()[-1].get_text() == "other areas (25)"
    assert sheet.title == "About 860 faults expected, 80 of them poles; most in Area 39"


def test_a_storm_without_wind_is_drawn_without_damage() -> None:
    network, coast, track = synthetic.island()
    given = report.inputs_of(synthetic.scenario(), network, coast, track)
    calm = {kind: np.zeros_like(each) for kind, each in given.expected.items()}
    made = inputs.draw_all(dataclasses.replace(given, gust=np.zeros_like(given.gust), expected=calm), look_for("en")[0])
    for sheet in made:
        assert_legible(sheet, "en")
    assert "Less than one fault" in made[2].title


@pytest.mark.parametrize("seen", [(29.5, 54.3), (0.0, 0.0), (40.0, 40.0), (12.0, 85.0), (25.0, 55.0)])
def test_classes_of_gusts_are_few_round_and_hold_all(seen: tuple[float, float]) -> None:
    limits = inputs.limits_of(*seen)
    assert 2 <= len(limits) <= 8
    assert limits[0] <= seen[0]
    assert limits[-1] >= seen[1]
    assert len(set(np.diff(limits).tolist())) == 1


class Screen(io.StringIO):
    """A terminal, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [120, 60, 40])
def test_the_terminal_keeps_every_number_whole_however_narrow_it_is(
    lang: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    material, screen, w = two_plans(n=8), Screen(), words(lang)
    report.print_result(material.comparison, material.check, material.scenario, w, material.experiment, screen)
    said = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    for plan in material.comparison.plans:
        for measure in COLUMNS:
            number = plan_cell(material.comparison, plan, measure, w)[0].removesuffix(" *")
            assert number in said, f"{plan} {measure}"
    from rich.cells import cell_len

    assert max(cell_len(line) for line in said.splitlines()) <= columns
    assert (w("table.line", title=line_title("cost", material.scenario, w), text="") in said) == (columns < 100)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_score_cut_off_by_the_end_of_the_simulation_is_marked(lang: str) -> None:
    material = two_plans()
    experiment, w = material.experiment, words(lang)
    cut = experiment.censored.copy()
    cut[1, 0, experiment.measures.index("satisfaction")] = True
    marked = dataclasses.replace(material, experiment=dataclasses.replace(experiment, censored=cut))
    said, look = w("satisfaction.cut", plans="other").replace(" ", ""), look_for(lang)[0]
    drawn = [satisfaction.draw(each, look) for each in (material, marked)]
    told = ["".join(text.get_text() for text in sheet.figure.texts) for sheet in drawn]
    assert [said in re.sub(r"\s", "", text) for text in told] == [False, True]
    assert [row[-1] for row in drawn[1].rows] == [0, 1]


def test_a_worker_that_dies_over_a_figure_names_it(tmp_path, monkeypatch) -> None:
    from sim.report import figures

    monkeypatch.setattr(figures, "MAIN", {"1-whole": lambda *_: None, "2-deadly": lambda *_: os._exit(1)})
    monkeypatch.setattr(figures, "APPENDIX", {})
    with pytest.raises(DrillError, match="over figure 2-deadly, perhaps for lack of memory"):
        figures.write_all(None, None, tmp_path / "figures", jobs=2)


def test_simulated_numbers_have_three_digits_and_reported_ones_all() -> None:
    from sim.experiment.check import CheckRow
    from sim.report.checked import check_cells
    from sim.report.clock import Clock

    row = CheckRow("out", 2040.0, 724_341.0, 515_395.0, 1_134_867.0, 436_100.0, 348_880.0, 523_320.0, False)
    _, simulated, observed, allowed, _ = check_cells(row, Clock(synthetic.scenario(), words("en")), words("en"))
    assert (simulated, observed) == ("724,000 (515,000 to 1,130,000)", "436,100")
    assert allowed == "348,880 to 523,320"


def test_check_tries_the_radius_at_the_ends_of_its_declaration() -> None:
    from sim.scenario.declared import declarations

    (factor,) = (each for each in declarations() if each.key == "storm.rmax_factor")
    assert (factor.low, factor.high) == report.RADIUS_FACTORS
