"""The report in a real browser: values under the pointer, plans switched off and on, nothing asked of a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import report
from sim.report.write import write
from tests import synthetic
from tests.browser import Tab, browser, browser_path

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")
PLANS = ("base", "other", "third")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A report of three plans, and the data of its first chart."""
    folder = tmp_path_factory.mktemp("run")
    material = synthetic.material(PLANS, 6, speed=(1.0, 1.5, 0.8), anger=(1.0, 0.5, 1.2))
    write(material, folder / "figures", folder / "report.html", ["drill"])
    html = (folder / "report.html").read_text(encoding="utf-8")
    found = html.partition('<script type="application/json"')[2].partition(">")[2].partition("</script>")[0]
    return folder / "report.html", json.loads(found)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def box_of(tab: Tab, what: str) -> dict[str, float]:
    """Scroll an element into the window and return where it is."""
    script = f"""(() => {{ const node = {what}; node.scrollIntoView({{ block: "center" }});
        const box = node.getBoundingClientRect(); return {{ x: box.left, y: box.top, w: box.width, h: box.height }}; }})()"""
    return dict(tab.run(script))


def move(tab: Tab, x: float, y: float) -> None:
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)


CHART = 'document.querySelector(".live > svg")'
VALUES = 'document.querySelector(".live .values").textContent'


@pytest.mark.parametrize("width", [1400, 400])
def test_the_values_of_all_plans_stand_where_the_pointer_is(tab: Tab, page: tuple[Path, Any], width: int) -> None:
    path, chart = page
    tab.open(path.as_uri(), width=width)
    hint = tab.run(VALUES)
    box = box_of(tab, CHART)
    move(tab, box["x"] + 0.6 * box["w"], box["y"] + box["h"] / 2)
    said = tab.run(VALUES)
    assert said != hint
    when, _, rest = said.partition(": ")
    place = chart["times"].index(when)
    left, right = 78, 14  # of the field within the drawing
    wide = max(300.0, box["w"])
    minute = chart["at"][0] + (0.6 * wide - left) / (wide - left - right) * (chart["at"][-1] - chart["at"][0])
    assert place == int(np.abs(np.array(chart["at"]) - minute).argmin())
    told = dict(part.rsplit(" ", 1) for part in rest.split(" · ")[: len(PLANS)])
    assert list(told) == list(PLANS)
    for plan in chart["plans"]:
        assert float(told[plan["name"]].replace(",", "")) == pytest.approx(plan["values"][place], abs=0.51)


@pytest.mark.parametrize("width", [1400, 1000, 400])
def test_no_date_is_cut_off_at_the_end_of_the_axis(tab: Tab, tmp_path: Path, width: int) -> None:
    day = 1440.0
    chart = {
        "name": "x", "title": "x", "y": "y", "at": [0.0, 4 * day], "times": ["a", "b"], "points": [],
        "days": [[4 * day, "17 September 2019"]], "plans": [{"name": "a", "colour": "#000", "dash": "", "values": [0, 1]}],
    }  # fmt: skip
    script = (Path(report.__file__).parent / "templates" / "live.js").read_text(encoding="utf-8")
    html = (
        '<html lang="en"><meta charset="utf-8"><style>svg { width: 100% }</style><div class="live" data-from="d"></div>'
        f'<script type="application/json" id="d">{json.dumps(chart)}</script><script>{script}</script>'
    )
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    tab.open((tmp_path / "page.html").as_uri(), width=width)
    ends = tab.run("""[document.querySelector(".live > svg"), [...document.querySelectorAll(".live text")].at(-1)]
        .map((node) => node.getBoundingClientRect().right)""")
    assert ends[1] <= ends[0]


def test_a_plan_is_switched_off_and_on_by_a_click(tab: Tab, page: tuple[Path, Any]) -> None:
    tab.open(page[0].as_uri())
    lines = 'document.querySelectorAll(".live")[0].querySelectorAll("polyline").length'
    assert tab.run(lines) == len(PLANS)
    box = box_of(tab, 'document.querySelectorAll(".live")[0].querySelectorAll("input")[1]')
    tab.click(box["x"] + box["w"] / 2, box["y"] + box["h"] / 2)
    assert tab.run(lines) == len(PLANS) - 1
    field = box_of(tab, CHART)
    move(tab, field["x"] + 0.5 * field["w"], field["y"] + field["h"] / 2)
    assert "other" not in tab.run(VALUES)
    box = box_of(tab, 'document.querySelectorAll(".live")[0].querySelectorAll("input")[1]')
    tab.click(box["x"] + box["w"] / 2, box["y"] + box["h"] / 2)
    assert tab.run(lines) == len(PLANS)


def test_the_page_asks_for_nothing_and_complains_of_nothing(tab: Tab, page: tuple[Path, Any]) -> None:
    tab.requests.clear()
    tab.open(page[0].as_uri())
    assert [each for each in tab.requests if not each.startswith(("file:", "data:"))] == []
    assert tab.complaints == []


@pytest.mark.parametrize("width", [1400, 400])
def test_no_part_of_the_page_is_wider_than_the_window(tab: Tab, page: tuple[Path, Any], width: int) -> None:
    tab.open(page[0].as_uri(), width=width)
    assert tab.run("document.documentElement.scrollWidth") <= width
