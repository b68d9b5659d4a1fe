"""The replay in a terminal and in a pipe, and what is said about input that cannot be replayed."""

from __future__ import annotations

import json
import os
import select
import shutil
import struct
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from sim.errors import DrillError, InputError
from sim.experiment.series import play, worth_replaying
from sim.hotline import ABANDONED, BUSY
from sim.log import LOG_VERSION
from sim.replay import Playback, record
from sim.replay.feed import DECISION, FEED, INJECT, LANDFALL, feed_of, marks_of
from sim.replay.terminal import Desk, Show, print_plain
from sim.replay.transport import Transport
from sim.results import Run, open_run, setting_of
from sim.scenario.plans import Action
from sim.words import words
from tests.replays import recording, secret_pair, town, town_calls
from tests.runs import small_run
from tests.test_cli import CALL, drill


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("replay"), n=3).path


def town_show(*, players: bool = False, lang: str = "en") -> Show:
    actions = [
        Action(700.0, "set_dispatch_rule", {"rule": "customers_per_hour"}, "chief"),
        Action(1300.0, "section_tripped", {"section": "s7", "for_min": 60.0}, "controller"),
    ]
    return Show(Playback(recording(town(), town_calls(), actions), for_players=players), words(lang))


def desk_at(at: float, **options: str) -> Desk:
    show = town_show(**options)  # type: ignore[arg-type]
    return Desk(show, Transport(show.playback.horizon, lambda: 0.0, 600.0, at))


def seen(desk: Desk, width: int = 110, height: int = 36) -> str:
    console = Console(width=width, height=height, file=StringIO(), force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(desk.picture(width, height))
    return capture.get()


# Feed and marks


def test_the_feed_tells_who_lost_power_by_what() -> None:
    show = town_show()
    feed = feed_of(show.playback)
    first = int(np.flatnonzero(feed.kind == FEED.index("fault_occurred"))[0])
    assert show.line(first) == "Wire down at f0 (area0); 173 customers lose power"
    told = [show.line(i) for i in range(len(feed))]
    assert "set_dispatch_rule customers_per_hour by chief" in told
    assert "Inject: device opened at f1 (area2); 0 customers lose power" in told
    assert all(feed.at[1:] >= feed.at[:-1])
    lost = feed.n[np.isin(feed.kind, [FEED.index("fault_occurred"), FEED.index("section_tripped")])].sum()
    log = show.playback.log
    assert lost == log["customers"][log.of("section_went_dark")].sum()
    back = feed.n[feed.kind == FEED.index("section_restored")].sum()
    assert back == log["customers"][log.of("section_restored")].sum()


def test_marks_tell_decisions_from_injects_and_players_get_no_injects() -> None:
    show, players = town_show(), town_show(players=True)
    assert [(mark.at, mark.kind) for mark in show.marks] == [
        (360.0, LANDFALL), (600.0, DECISION), (700.0, DECISION), (1300.0, INJECT),
    ]  # fmt: skip
    assert INJECT not in [mark.kind for mark in marks_of(players.playback, players.feed)]
    told = {FEED[kind] for kind in players.feed.kind.tolist()}
    assert not told & {"fault_occurred", "section_restored", "section_tripped"}


# The desk


def test_keys_move_the_tape() -> None:
    desk = desk_at(600.0)
    for key, at in [("right", 610.0), ("left", 600.0), ("pagedown", 960.0), ("d", 960.0), ("D", 700.0), ("i", 1300.0),
                    ("home", 0.0), ("r", 1300.0), ("end", 5760.0)]:  # fmt: skip
        desk.press(key)
        assert desk.tape.at == at, key
    desk.press("home")
    desk.press(".")
    first = desk.tape.at
    desk.press(".")
    second = desk.tape.at
    assert 0.0 < first < second
    desk.press(",")
    assert desk.tape.at == first
    desk.press("space")
    assert desk.tape.is_playing
    desk.press("+")
    assert desk.tape.speed == 1200
    desk.press("q")
    assert desk.is_over


def test_a_time_can_be_typed_to_go_or_to_play_to() -> None:
    desk = desk_at(0.0)
    for key in ["g", *"T+2", "h", "enter"]:
        desk.press(key)
    assert (desk.tape.at, desk.tape.is_playing, desk.typed) == (120.0, False, None)
    for key in ["p", *"soox", "enter"]:
        desk.press(key)
    assert desk.typed == "soox"  # stays to be mended
    for key in ["backspace"] * 4 + [*"03:00", "enter"]:
        desk.press(key)
    assert (desk.tape.is_playing, desk.tape.stop_at) == (True, 180.0)
    desk.press("g")
    desk.press("escape")
    assert desk.typed is None


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", ["areas", "map", "crews", "feed"])
@pytest.mark.parametrize("size", [(110, 36), (60, 20), (40, 12)])
def test_every_view_fits_and_says_that_it_is_a_drill(lang: str, view: str, size: tuple[int, int]) -> None:
    desk = desk_at(1500.0, lang=lang)
    desk.view = view
    picture = seen(desk, *size)
    assert "DRILL" in picture
    lines = picture.splitlines()
    assert len(lines) <= size[1]
    assert words(lang)("replay.paused") in picture
    desk.tape.play()
    assert words(lang)("replay.playing") in seen(desk, *size)


def test_the_past_has_a_sign_and_help_lists_the_keys() -> None:
    desk = desk_at(1500.0)
    assert "PAST" not in seen(desk)
    desk.press("left")
    assert "PAST: 2 Aug 01:00 was reached" in seen(desk)
    desk.press("?")
    assert "next and previous decision" in seen(desk)


def test_the_areas_show_truth_to_the_controller_only() -> None:
    assert "Without power" in seen(desk_at(1500.0))
    desk = desk_at(1500.0)
    desk.players = lambda: town_show(players=True).playback
    desk.press("t")
    picture = seen(desk)
    assert "Without power" not in picture
    assert "Damage not repaired" not in picture
    assert "players' view" in picture
    desk.press("t")
    assert "Without power" in seen(desk)


def test_plain_text_has_a_line_per_step_and_one_per_mark() -> None:
    out = StringIO()
    print_plain(town_show(), out, at=600.0, every=480.0)
    lines = out.getvalue().splitlines()
    assert lines[0] == "DRILL  tiny"
    assert lines[3].split("  ")[0] == "Local time"
    assert [line.split("  ")[0] for line in lines[4:8]] == ["1 Aug 10:00", "1 Aug 10:00", "1 Aug 11:40", "1 Aug 18:00"]
    assert lines[4].endswith("* decision: Aid asked for, near: crews 2")
    assert lines[6].endswith("* decision: set_dispatch_rule customers_per_hour by chief")
    assert len([line for line in lines[4:] if "*" not in line]) == 11
    state = town_show().playback(1080.0)
    row = next(line for line in lines if line.startswith("1 Aug 18:00"))
    assert state.truth is not None
    assert row.split()[3:6] == [str(state.truth.out.sum()), str(state.known.out.sum()), str(state.known.n_outages)]


# Recordings


def test_a_log_that_was_not_kept_is_played_again_to_the_same_bytes(run: Path, tmp_path: Path) -> None:
    opened = open_run(run)
    kept = worth_replaying(opened.experiment)
    plan, replication = kept["median-ready_early"]
    whole = record(opened, plan, replication)
    assert whole.is_kept
    poorer = tmp_path / "run"
    shutil.copytree(run, poorer)
    (poorer / "logs" / f"median-{plan}.npz").unlink()
    again = record(open_run(poorer), plan, replication)
    assert not again.is_kept
    for name in whole.log.columns:
        assert whole.log[name].tobytes() == again.log[name].tobytes()
    assert whole.log.detail == again.log.detail


def calls_lost(run: Run, plan: str, replication: int) -> int:
    outcome = play(setting_of(run, (plan,)), plan, replication)[1]
    return int(np.isin(outcome.calls.result, (ABANDONED, BUSY)).sum())


def test_what_the_log_gives_is_what_the_run_wrote_down(run: Path) -> None:
    opened = open_run(run)
    for plan in opened.experiment.plans:
        for replication in opened.experiment.replications:
            playback = Playback(record(opened, plan, replication))
            p, r = opened.experiment.plans.index(plan), opened.experiment.replications.index(replication)
            wrote = opened.experiment.curves["customers_out"][p, r]
            assert playback.truly_out(opened.experiment.grid_at).tolist() == wrote.tolist()
            last = playback(opened.scenario.horizon_min).known.hotline
            values = dict(zip(opened.experiment.measures, opened.experiment.values[p, r].tolist(), strict=True))
            assert last.calls == values["calls_offered"]
            grid, by_half_hour = opened.experiment.grid_at.astype(int), opened.experiment.curves
            hotline = playback.recording.hotline
            assert hotline["queue"][grid].tolist() == by_half_hour["queue"][p, r].tolist()
            dialled = sum(by_half_hour[f"calls_{kind}"][p, r] for kind in ("first", "redial", "followup"))
            assert np.diff(hotline["calls"][grid]).tolist() == dialled[:-1].tolist()
            assert np.diff(hotline["complaints"][grid]).tolist() == by_half_hour["complaints"][p, r][:-1].tolist()
            assert last.lost == calls_lost(opened, plan, replication)


def test_a_run_can_be_replayed_after_its_data_files_have_gone(tmp_path: Path) -> None:
    made = small_run(tmp_path, n=1)
    text = (made.path / "scenario.json").read_text(encoding="utf-8")
    said = json.loads((made.path / "manifest.json").read_text(encoding="utf-8"))
    track = said["sha256"].pop("faxai/track.csv")
    said["sha256"]["mine/track.csv"] = track
    (made.path / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    (made.path / "scenario.json").write_text(text.replace("faxai/track.csv", "mine/track.csv"), encoding="utf-8")
    made.complete()
    (made.path / "logs" / "median-as_now.npz").unlink()
    (made.path / "logs" / "worst-as_now.npz").unlink()
    assert not record(open_run(made.path)).is_kept
    (made.path / "data" / "track.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(InputError, match="is not the track that the run"):
        record(open_run(made.path))
    (made.path / "data" / "track.csv").unlink()
    with pytest.raises(InputError, match="its track 'mine/track.csv' is no longer there"):
        record(open_run(made.path))


def test_unknown_plans_and_replications_are_named(run: Path) -> None:
    opened = open_run(run)
    with pytest.raises(InputError) as error:
        record(opened, "ready_erly")
    assert str(error.value) == ("--plan = \"ready_erly\": the run has as_now, ready_early. Did you mean 'ready_early'?")
    with pytest.raises(InputError) as error:
        record(opened, None, 3)
    assert str(error.value) == "--replication = 3: the run has replications 0 to 2."


def test_logs_of_another_version_are_refused(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    shutil.copytree(run, other)
    said = json.loads((other / "manifest.json").read_text(encoding="utf-8")) | {"log_version": 99}
    (other / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InputError, match=f"are of version 99; this program reads {LOG_VERSION}"):
        record(open_run(other))


# The command


def test_in_a_pipe_it_writes_plain_text(run: Path) -> None:
    done = drill("replay", str(run), "--every", "24", folder=run.parent)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("DRILL  ")
    assert len([line for line in lines[4:] if "*" not in line]) == 11
    spoken = drill("replay", str(run), "--players", "--lang", "zh", folder=run.parent)
    assert spoken.returncode == 0
    assert "参演视图" in spoken.stdout
    assert "实际停电" not in spoken.stdout


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--plan", "as_nw"), 2, "Did you mean 'as_now'?"), (("--replication", "7"), 2, "replications 0 to 2"),
        (("--at", "yesterday"), 2, "--at"), (("--lang", "fr"), 2, "languages are"), (("--speed", "0"), 2, "--speed"),
    ],
)  # fmt: skip
def test_wrong_input_is_named(run: Path, args: tuple[str, ...], code: int, says: str) -> None:
    done = drill("replay", str(run), *args, folder=run.parent)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_whole_run_is_refused(run: Path, tmp_path: Path) -> None:
    done = drill("replay", str(tmp_path), folder=tmp_path)
    assert (done.returncode, "not a run folder" in done.stderr) == (2, True)
    broken = tmp_path / "broken"
    shutil.copytree(run, broken)
    (broken / "COMPLETE").unlink()
    done = drill("replay", str(broken), folder=tmp_path)
    assert (done.returncode, "is not whole" in done.stderr) == (2, True)
    log = next((run / "logs").glob("median-as_now.npz"))
    shutil.copytree(run, tmp_path / "damaged")
    (tmp_path / "damaged" / "logs" / log.name).write_bytes(log.read_bytes()[:-40])
    done = drill("replay", str(tmp_path / "damaged"), folder=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "median-as_now" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_at_a_terminal_keys_work_and_q_gives_it_back(run: Path) -> None:
    import fcntl
    import pty
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    before = termios.tcgetattr(follower)
    home = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "TERM": "xterm-256color"}
    desk = subprocess.Popen(
        [sys.executable, "-c", CALL, "replay", str(run), "--at", "landfall+6h"],
        stdin=follower, stdout=follower, stderr=subprocess.PIPE, env=home, cwd=run.parent,
    )  # fmt: skip
    shown = ""
    try:
        shown += _until(leader, "PAUSED")
        assert "DRILL" in shown
        os.write(leader, b" ")
        shown += _until(leader, "PLAYING")
        os.write(leader, b" \x1b[D")
        shown += _until(leader, "PAST")
        os.write(leader, b"q")
        _, complained = desk.communicate(timeout=30)
    finally:
        desk.kill()
    assert (desk.returncode, complained) == (0, b"")
    assert termios.tcgetattr(follower) == before


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_without_a_keyboard_the_desk_does_not_open(run: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", CALL, "replay", str(run)], stdin=subprocess.DEVNULL, stdout=follower,
        stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"the input is not a terminal" in done.stderr


def _until(descriptor: int, text: str, within_s: float = 60.0) -> str:
    """Return what a terminal shows until it holds a text."""
    shown, end = b"", time.monotonic() + within_s
    while text.encode() not in shown:
        assert time.monotonic() < end, f"{text} did not come: {shown[-2000:]!r}"
        if select.select([descriptor], [], [], 0.2)[0]:
            shown += os.read(descriptor, 65536)
    return shown.decode(errors="replace")


def test_players_read_the_same_of_worlds_that_differ_only_in_the_truth() -> None:
    texts, pictures = [], []
    for playback in secret_pair():
        show, out = Show(playback, words("en")), StringIO()
        print_plain(show, out, every=30.0)
        texts.append(out.getvalue())
        desk = Desk(show, Transport(playback.horizon, lambda: 0.0, 600.0, 800.0))
        pictures.append([seen(desk) for desk.view in ("areas", "map", "crews", "feed")])
    assert texts[0] == texts[1]
    assert pictures[0] == pictures[1]


def test_a_storm_that_comes_out_otherwise_is_not_shown_as_the_run(run: Path) -> None:
    opened = open_run(run)
    plan, replication = "as_now", 0
    assert (plan, replication) not in worth_replaying(opened.experiment).values()
    assert not record(opened, plan, replication).is_kept
    opened.experiment.curves["customers_out"][0, 0, 150] += 1
    with pytest.raises(
        DrillError, match="played again, the run in .* comes out otherwise; it was made with program drill"
    ):
        record(opened, plan, replication)
