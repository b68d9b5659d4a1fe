"""The replay: how soon a run is there, and a branch of it, frames in the terminal, and seek to painted frame in a real browser.

The page is that of a run with about 5,000 sections over 10 days; every section is a line on the map. Seek to painted
frame is taken in the page itself: from the call to a task after the animation frame that drew.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from sim import damage, rng
from sim.cli.inputs import prepare
from sim.experiment.series import make_setting
from sim.metrics.minutes import BY_MINUTE
from sim.replay import Playback, Recording
from sim.replay.page import page
from sim.replay.terminal import Desk, Show
from sim.replay.transport import Transport
from sim.scenario import read
from sim.scenario.template import template
from sim.words import words
from sim.world import run
from tests.benchmarks import scene
from tests.benchmarks.timing import seconds, spread, verdict
from tests.browser import browser, browser_path
from tests.runs import small_run

BIG = ("network.customers=500000", "crews.line.count=150", "crews.patrol.count=40", "crews.tree.count=20",
       "aid.neighbours.count=200")  # fmt: skip
"""A half million customers on 5,000 sections, and 410 crews."""
SCENARIO = Path(__file__).parents[2] / "scenarios" / "typhoon.toml"
N_SEEKS = 300
EMPTY_FRAMES = """(async () => { const taken = [];
  for (let k = 0; k < 10; k++) { const began = performance.now(); await desk.painted(); taken.push(performance.now() - began); }
  return taken })()"""


def main() -> None:
    """Time and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _loading(folder)
        _terminal()
        _page(folder)


def _loading(folder: Path) -> None:
    """Time runs of the small and of the default scenario from a new process to their playback, and a branch."""
    default = folder / "default"
    _drill("run", str(SCENARIO), "-n", "1", "--plan", "as_2019", "--out", str(default), "--quiet")
    for name, path in (("small", small_run(folder, n=1).path), ("default", default)):
        call = "from sim.replay import Playback, record; from sim.results import open_run; from pathlib import Path"
        command = [sys.executable, "-c", f"{call}; Playback(record(open_run(Path({str(path)!r}))))"]
        taken = [seconds(lambda: subprocess.run(command, check=True)) for _ in range(5)]  # noqa: B023 called at once
        print(f"the {name} scenario, from a new process to its playback: {spread(taken)} s"
              f" ({verdict(statistics.median(taken), 2)})")  # fmt: skip
    move = ("--at", "58h30", "--do", "move_crews crews=line count=40 depot=tateyama", "--quiet")
    taken = [seconds(lambda: _drill("branch", str(default), *move)) for _ in range(5)]
    print(f"a branch of the default scenario, with figures: {spread(taken)} s ({verdict(statistics.median(taken), 5)})")


def _drill(*args: str) -> None:
    subprocess.run([sys.executable, "-c", "from sim.cli import main; main()", *args], check=True, capture_output=True)


def _terminal() -> None:
    """Time frames of the city with 5,000 faults."""
    drawn, settings = scene.drawn(), scene.scenario()
    outcome = run(drawn, scene.plan(settings))
    quiet = dict.fromkeys(BY_MINUTE, np.zeros(int(settings.horizon_min) + 1, np.int32))
    playback = Playback(Recording(outcome.log, drawn.network, settings, "base", "", 0, quiet))
    now = [0.0]
    desk = Desk(Show(playback, words("en")), Transport(playback.horizon, lambda: now[0], 3600.0))
    console = Console(width=160, height=50, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for view in ("areas", "map"):
        desk.view = view
        desk.tape.seek(0.0)
        desk.tape.play()

        def frame() -> None:
            now[0] += 1.0
            desk.tape.tick()
            console.print(desk.picture(160, 50))

        taken = [seconds(frame) for _ in range(200)]
        late = sorted(taken)[int(0.95 * len(taken))]
        print(f"{view}, {len(outcome.faults)} faults, frames of 160 x 50: {spread(taken, '.3f')} s, 95 % {late:.3f} s"
              f" ({verdict(1 / late, 10, at_least=True)} a second)")  # fmt: skip


def _page(folder: Path) -> None:
    path = folder / "wide.toml"
    path.write_text(template(), encoding="utf-8")
    loaded = read(path, BIG)
    network, track = prepare(loaded)
    plan = make_setting(loaded.scenario, network, track).plans[0]
    drawn = damage.draw(loaded.scenario, network, track, 0)
    outcome = run(drawn, plan)
    drawn_calls = 300 * rng.uniforms(1, 0, "benchmark", np.arange(int(plan.settings.horizon_min) + 1))
    busy = np.cumsum(drawn_calls).astype(np.int32)
    curves = dict.fromkeys(BY_MINUTE, busy)
    recording = Recording(outcome.log, network, plan.settings, plan.name, plan.title, 0, curves)
    for players in (False, True):
        html = page(Playback(replace(recording), for_players=players), words("en"))
        mb = len(html.encode()) / 1e6
        print(f"page, {network.n_sections} sections, 10 days, {'players' if players else 'controller'}:"
              f" {mb:.2f} MB ({verdict(mb, 6)})")  # fmt: skip
    if browser_path() is None:
        print("no Chromium is installed: seek to painted frame was not measured")
        return
    (folder / "page.html").write_text(html, encoding="utf-8")
    with browser(folder / "profile") as tab:
        tab.open((folder / "page.html").as_uri(), 1400, 900)
        tab.until("window.desk !== undefined")
        tab.run("desk.measure(30)")
        empty, taken = [], []
        for _ in range(N_SEEKS // 10):  # interleaved: what the machine does to a frame in which nothing is drawn
            taken += [float(ms) for ms in tab.run("desk.measure(10)")]
            empty += [float(ms) for ms in tab.run(EMPTY_FRAMES)]
        late = sorted(taken)[int(0.95 * len(taken))]
        print(f"seek to painted frame, ms: {spread(taken, '.0f')}, 95 % {late:.0f} ({verdict(late, 50)})")
        print(
            f"a frame in which nothing is drawn, ms: {spread(empty, '.0f')}, 95 % {sorted(empty)[int(0.95 * len(empty))]:.0f}"
        )


if __name__ == "__main__":
    main()
