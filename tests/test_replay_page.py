"""The replay in a browser: self-contained, the same states as in Python, and nothing of the truth for players."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import DrillError
from sim.log import KINDS
from sim.replay.page import page
from sim.replay.page.pack import GRID, minutes, real, whole
from sim.replay.page.payload import payload
from sim.replay.page.serve import LOOPBACK, server
from sim.replay.playback import Playback
from sim.replay.terminal.screen import RANKS, rank
from sim.scenario.plans import Action
from sim.words import words
from tests.browser import Tab, browser, browser_path
from tests.replays import recording, secret_pair, town, town_calls
from tests.runs import small_run
from tests.test_cli import CALL, drill

TRUTH = {kind.name for kind in KINDS if kind.layer == "truth"}
ACTIONS = [
    Action(700.0, "set_dispatch_rule", {"rule": "customers_per_hour"}, "chief </script><b>"),
    Action(1300.0, "section_tripped", {"section": "s7", "for_min": 60.0}, "controller"),
]


def unpacked(told: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(told["b"]), np.dtype(told["t"]).newbyteorder("<"))


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def leaves(told: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every packed array and every plain value of a payload, with where it stands."""
    if isinstance(told, dict) and set(told) == {"t", "b"}:
        yield path, unpacked(told)
    elif isinstance(told, dict):
        for key, value in told.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(told, list):
        for i, value in enumerate(told):
            yield from leaves(value, f"{path}[{i}]")
    else:
        yield path, told


def town_page(*, players: bool = False, lang: str = "en") -> str:
    return page(Playback(recording(town(), town_calls(), ACTIONS), for_players=players), words(lang))


# Packing


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20))
def test_whole_numbers_come_back(numbers: list[int]) -> None:
    assert unpacked(whole(numbers)).tolist() == numbers


def test_whole_numbers_take_as_few_bytes_as_they_need() -> None:
    assert [whole([high])["t"] for high in (255, 256, 65535, 65536)] == ["u1", "u2", "u2", "u4"]
    assert [whole([low])["t"] for low in (-128, -129)] == ["i1", "i2"]
    with pytest.raises(ValueError, match="do not fit"):
        whole([2**33])
    assert np.array_equal(unpacked(real([0.5, np.nan, -1.0])), [0.5, np.nan, -1.0], equal_nan=True)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 30000), max_size=30).map(sorted))
def test_instants_come_back_to_the_second(at: list[float]) -> None:
    assert np.allclose(np.cumsum(unpacked(minutes(at))) / 60, at, atol=0.51 / 60)


# What players get


def test_the_players_page_of_worlds_that_differ_only_in_the_truth_is_the_same_bytes() -> None:
    plain, other = secret_pair()
    for lang in ("en", "zh"):
        assert page(plain, words(lang)) == page(other, words(lang))
    whole_plain, whole_other = (Playback(p.recording) for p in (plain, other))
    assert page(whole_plain, words("en")) != page(whole_other, words("en"))


def test_the_players_page_has_no_field_and_no_instant_of_the_truth() -> None:
    playback = Playback(recording(town(), town_calls(), ACTIONS))
    html = town_page(players=True)
    told, all_told = data_of(html), data_of(town_page())
    assert {"dark", "faults"} == set(all_told) - set(told)
    assert not TRUTH & {kind["name"] for kind in told["feed"]["kinds"]}
    assert {kind["layer"] for kind in told["feed"]["kinds"]} <= {"known", "reported"}
    assert "inject" not in {mark["kind"] for mark in told["marks"]}
    assert "section_tripped" not in json.dumps(told)
    for text in ("stage_unknown", "stage_falsely_out", "series_out_true", "n_faults", "page_next_inject"):
        assert words("en")(f"replay.{text}") not in html
    log = playback.recording.log
    known = {round(at * 60) for at in log["at"][log.layer("known", "reported")].tolist()}
    secret = {round(at * 60) for at in log["at"][log.layer("truth")].tolist()} - known
    assert len(secret) > 10
    for path, array in leaves(told):
        if path.endswith(".at") and isinstance(array, np.ndarray):
            assert not secret & set(np.cumsum(array).tolist()), path
    assert secret & set(np.cumsum(unpacked(all_told["feed"]["at"])).tolist())


def test_what_is_told_is_what_players_see_and_no_more() -> None:
    playback = Playback(recording(town(), town_calls()), for_players=True)
    told = payload(playback, words("en"))
    assert unpacked(told["stage"]["value"]).tolist() == playback.knowledge.stage.value.tolist()
    assert unpacked(told["crews"]["crew"]).tolist() == playback.crews.legs.crew.tolist()
    assert "seed" not in json.dumps({key: value for key, value in told.items() if key != "words"})


# The page by itself


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("players", [False, True])
def test_the_page_needs_nothing_else(lang: str, players: bool) -> None:
    html = town_page(players=players, lang=lang)
    assert re.findall(r'\b(?:src|href|action|poster|srcset)\s*=\s*"([^"]*)"', html) == ["data:,"]
    assert not re.findall(r"@import|url\(|https?://|\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon", html)
    assert "default-src 'none'" in html
    assert "DRILL" in html.split("<main>")[0].split("<header>")[1]
    assert html.count("</script>") == 2
    assert town_page(players=players, lang=lang) == html


def test_a_page_can_be_written_and_says_so(tmp_path: Path) -> None:
    run = small_run(tmp_path, n=1).path
    done = drill("replay", str(run), "--html", "page.html", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "page.html" in done.stderr
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert data_of(html)["players"] is False
    assert len(html) < 6e6
    done = drill("replay", str(run), "--players", "--html", "players.html", folder=tmp_path)
    assert done.returncode == 0
    assert data_of((tmp_path / "players.html").read_text(encoding="utf-8"))["players"] is True
    done = drill("replay", str(run), "--html", "nowhere/page.html", folder=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "nowhere/page.html" in done.stderr
    with socket.create_server((LOOPBACK, 0)) as other:
        port = str(other.getsockname()[1])
        done = drill("replay", str(run), "--browser", "--port", port, folder=tmp_path)
    assert (done.returncode, f"port {port} is in use" in done.stderr) == (1, True)


# Served


def test_it_is_served_on_this_machine_only_and_nothing_else_is() -> None:
    content = town_page(players=True).encode()
    with server(content, 0, LOOPBACK) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        host, port = listening.server_address[:2]
        assert host == "127.0.0.1"
        address = f"http://{host!s}:{port}"
        with urllib.request.urlopen(f"{address}/", timeout=10) as answer:
            assert answer.read() == content
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        for path in ("/data", "/../", "/index.html", "/etc/passwd"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{address}{path}", timeout=10)
            assert refused.value.code == 404
            refused.value.close()
        with pytest.raises(DrillError, match=f"port {port} is in use"):
            server(content, int(port), LOOPBACK)
        listening.shutdown()
    with pytest.raises(DrillError, match="cannot serve on"):
        server(content, 0, "203.0.113.7")


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    run = small_run(tmp_path, n=1).path
    assert drill("replay", str(run), "--players", "--html", "page.html", folder=tmp_path).returncode == 0
    home = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "BROWSER": "true"}
    command = [sys.executable, "-c", CALL, "replay", str(run), "--players", "--browser"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as desk:
        assert desk.stderr is not None
        try:
            said = desk.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", said)
            assert address, said
            with urllib.request.urlopen(address[0], timeout=30) as answer:
                assert answer.read() == (tmp_path / "page.html").read_bytes()
            desk.send_signal(signal.SIGINT)
            assert desk.wait(60) == 0
            assert desk.stderr.read() == ""
        finally:
            desk.kill()


# In a real browser


needs_browser = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def shown(tab: Tab, folder: Path, html: str, width: int = 1400, height: int = 900) -> str:
    """Open a page from disk and return its address."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    tab.requests.clear()
    tab.complaints.clear()
    tab.open(path.as_uri(), width, height)
    tab.until("window.desk !== undefined")
    return path.as_uri()


SEEN = """(() => { const d = desk, p = d.playback; p.seek(%f, %s); return {
  rank: [...p.rank], known: [...p.outKnown], truth: [...p.outTrue], promised: [...p.promised].map((v) => isNaN(v) ? null : v),
  state: [...p.crews.state], x: [...p.crews.x], y: [...p.crews.y], outages: p.outages.seek(%f), waiting: p.waiting.seek(%f),
  hotline: ["calls", "lost", "complaints", "queue"].map((name) => p.counted(name, %f)) } })()"""


@needs_browser
def test_the_browser_shows_the_states_that_python_has(tab: Tab, tmp_path: Path) -> None:
    made = recording(town(), town_calls(), ACTIONS)
    hotline = {name: np.cumsum(np.arange(5761) * (i + 3) % 7 - (i == 3)) for i, name in enumerate(made.hotline)}
    playback = Playback(replace(made, hotline=hotline))
    shown(tab, tmp_path, page(playback, words("en")))
    km = data_of(page(playback, words("en")))["km"]
    instants = [0.0, 75.0, 100.0, 900.0, *(5760 * ((k * 0.6180339887) % 1) for k in range(40))]
    for at in (round(instant * 60) / 60 for instant in instants):
        state, seen = playback(at), tab.run(SEEN % (at + 1e-4, "true", *[at + 1e-4] * 3))
        assert state.truth is not None
        assert seen["rank"] == rank(state).tolist()
        assert seen["known"] == state.known.out.tolist()
        assert seen["truth"] == state.truth.out.tolist()
        assert (seen["outages"], seen["waiting"]) == (state.known.n_outages, state.known.n_jobs_waiting)
        now = state.known.hotline
        assert seen["hotline"] == [now.calls, now.lost, now.complaints, now.queue]
        assert seen["state"] == state.known.crews.state.tolist()
        for name, along in (("x", state.known.crews.x), ("y", state.known.crews.y)):  # alike but for one origin
            assert np.ptp(np.array(seen[name]) / GRID * km - along) < 0.02
        promised = [None if np.isnan(v) else v for v in playback.knowledge.promise(at).tolist()]
        assert seen["promised"] == pytest.approx(promised, abs=0.01)
    assert tab.run("RANKS") == list(RANKS)


@needs_browser
def test_keys_buttons_and_bar_move_the_tape_and_nothing_is_asked_of_a_network(tab: Tab, tmp_path: Path) -> None:
    address = shown(tab, tmp_path, town_page())
    tab.until("document.getElementById('state').textContent === 'PAUSED'")
    start = tab.run("desk.tape.at")
    tab.press(" ", " ")
    tab.until("document.getElementById('state').textContent === 'PLAYING' && desk.tape.at > " + str(start))
    tab.press(" ", " ")
    tab.press("ArrowLeft")
    tab.until("document.body.classList.contains('past')")
    assert "PAST" in tab.run("document.getElementById('past').innerText")
    tab.run("desk.tape.seek(0)")
    tab.press(".", ".")
    first = tab.run("desk.tape.at")
    assert first == tab.run("desk.eventsAt().find((t) => t > 0)")
    tab.press("d", "d")
    tab.until("desk.tape.at === 600")
    tab.press("i", "i")
    tab.until("desk.tape.at === 1300")
    tab.press("D", "D")
    tab.until("desk.tape.at === 700")
    box = tab.run(
        "(({left, top, width}) => [left, top, width])(document.getElementById('bar').getBoundingClientRect())"
    )
    tab.click(box[0] + box[2] / 2, box[1] + 25)
    tab.until("Math.abs(desk.tape.at - 5760 / 2) < 10")
    here = tab.run("desk.tape.at")
    tab.run("document.querySelector('[data-do=next]').click()")
    assert tab.run("desk.tape.at") > here
    tab.press("g", "g")
    tab.call("Input.insertText", text="T+20h")
    tab.press("Enter", "\r")
    tab.until("desk.tape.at === 1200")
    tab.press("b", "b")
    tab.until("document.getElementById('state').textContent.startsWith('TALK 0:00:0')")
    tab.until("document.getElementById('decide').textContent.includes('--at 20h00 --discussed 0.')")
    assert "TALK" in tab.run("document.getElementById('state').innerText")
    assert tab.run("desk.tape.at") == 1200
    tab.press("o", "o")
    tab.until("desk.tape.at > 1200 && document.getElementById('state').textContent.endsWith('STORM GOES ON')")
    tab.until("document.getElementById('decide').textContent.endsWith(\"--running --do '...'\")")
    tab.press("b", "b")
    tab.until("document.getElementById('state').textContent === 'PAUSED'")
    tab.press("t", "t")
    assert tab.run("[desk.withTruth, document.querySelector('.truth-only').offsetParent === null]") == [False, True]
    assert tab.run("document.getElementById('audience').textContent") == words("en")("replay.for_players")
    assert tab.requests == [address]
    assert tab.complaints == []


@needs_browser
@pytest.mark.parametrize("width", [400, 1400])
def test_no_name_of_a_place_covers_a_depot(tab: Tab, tmp_path: Path, width: int) -> None:
    shown(tab, tmp_path, town_page(), width)
    far = """(() => { const map = desk.map;
        map.areaAt = [Float32Array.of(%s), Float32Array.of(%s)]; map.layOut();
        const size = parseFloat(map.font.slice(4)), [x, y] = [map.x(map.depotAt[0][0]), map.y(map.depotAt[1][0])];
        return map.names.map(([name, left, top]) => [name, Math.abs(left - x), Math.abs(top - y) - size / 2]); })()"""
    area = "...[...map.served].map((_, a) => map.depotAt[{}][0] + a * 9000)"
    names = tab.run(far % (area.format(0), area.format(1)))
    assert names
    assert all(down > 4.5 for _, across, down in names if across < 1)
    assert any(across < 1 for _, across, down in names)


@needs_browser
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(400, 860), (1100, 700), (1400, 900), (1920, 1080)])
def test_it_fits_wide_and_narrow_windows(tab: Tab, tmp_path: Path, lang: str, width: int, height: int) -> None:
    shown(tab, tmp_path, town_page(lang=lang, players=True), width, height)
    assert tab.run("document.documentElement.scrollWidth") <= width
    tab.run("desk.tape.seek(1500); desk.tape.seek(1400); desk.dirty = true; desk.draw()")
    for place in (".drill", "#clock", "#state", "#past", "#bar", "#play", "#map"):
        box = tab.run(f"(({{left, right, width, height}}) => [left, right, width, height])"
                      f"(document.querySelector('{place}').getBoundingClientRect())")  # fmt: skip
        assert box[0] >= 0, place
        assert box[1] <= width, place
        assert min(box[2:]) > 10, place
    tab.run("window.scrollTo(0, document.body.scrollHeight)")
    top, bottom = tab.run(
        "(({top, bottom}) => [top, bottom])(document.querySelector('.drill').getBoundingClientRect())"
    )
    assert 0 <= top < bottom <= height  # always in sight
    assert tab.run("document.querySelector('.drill').textContent").endswith("DRILL")
    assert tab.run("document.body.classList.contains('truth')") is False
    assert tab.complaints == []
    picture = tmp_path / "page.png"
    tab.picture(picture)
    assert len(picture.read_bytes()) > 10_000
