"""Bulletins: what the command post would have issued, from what was known and told alone."""

import csv
import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import drill
from sim.dates import Dates
from sim.replay.bulletin_page import bulletin_page, bulletin_tables
from sim.replay.bulletins import ASSESSING, Count, bulletins, instants
from sim.replay.layers import told
from sim.replay.playback import Playback
from sim.words import words
from tests.replays import recording, secret_pair, town, town_calls
from tests.runs import small_run
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario

# Two feeders in two areas. Feeder 0: breaker, then a fuse with a hospital behind it; feeder 1: breaker.
NETWORK = tiny_network(
    [-1, 0, -1], [100, 20, 300], ["breaker", "fuse", "breaker"], [True, False, True], area=[0, 0, 1], n_areas=2,
    critical=[(1, 30.0)], transformers=[4, 1, 10],
)  # fmt: skip


def day(**overrides):
    """Return the players' view of a day: feeder 1 fails at 01:00, the hospital's fuse at 06:00 and nobody knows it."""
    settings = tiny_scenario(
        horizon_h=48.0, bulletins={"hours": ("01:10", "04:00", "09:00", "12:00")},
        crews={
            "line": {"kind": "line", "count": 1, "people": 6, "vehicles": 2, "shift_start": "00:00", "shift_h": 24.0},
            "patrol": {"kind": "patrol", "count": 1, "people": 3, "shift_start": "02:00", "shift_h": 8.0},
            "generator": {"kind": "generator", "count": 1, "people": 2, "shift_start": "00:00", "shift_h": 24.0},
        },
        **({"etr": {"policy": "none"}} | overrides),
    )  # fmt: skip
    faults = tiny_faults((60.0, 2), (130.0, 0, "transformer"), (360.0, 1))
    return Playback(recording(tiny_drawn(NETWORK, settings, given=faults)), for_players=True)


def test_a_day_by_hand() -> None:
    issued = bulletins(day())
    assert [each.at for each in issued[:3]] == [240.0, 540.0, 720.0]  # at 01:10 nothing was known
    first = issued[0]
    # feeder 1 since 01:15, feeder 0 since 02:15 with the hospital behind it; neither is mended
    assert first.feeders == Count(2, 0)
    assert first.transformers == Count(15, 0)
    assert first.customers == Count(420, 0)
    assert first.critical == Count(1, 0)
    assert (first.people, first.vehicles, first.generators) == (11, 4, 1)
    assert [(area.name, area.customers.out, area.transformers.out) for area in first.areas] == [
        ("area0", 120, 5), ("area1", 300, 10),
    ]  # fmt: skip
    assert np.isnan(first.areas[0].etr)
    assert not first.promised


def test_what_was_out_and_is_back_is_restored_and_the_last_one_says_all_is_back() -> None:
    playback = day()
    issued = bulletins(playback)
    log = playback.log
    over = float(log["at"][log.of("outage_closed")].max())
    assert issued[-2].at < over <= issued[-1].at
    last = issued[-1]
    assert last.customers == Count(0, 420)
    assert last.feeders == Count(0, 2)
    assert last.critical == Count(0, 1)  # so it is believed: the fuse blew after its feeder had gone
    assert [each.number for each in issued] == list(range(1, len(issued) + 1))
    assert all(each.people == 8 for each in issued if each.at % 1440 >= 720)  # the patrol is off from 10:00


def test_promises_stand_as_they_were_told() -> None:
    playback = day(etr={"policy": "computed", "update_h": 2.0})
    issued = bulletins(playback)
    told_by = {each.at: {area.name: area.etr for area in each.areas if area.customers.out} for each in issued}
    log = playback.log
    rows = np.flatnonzero(log.of("etr_published"))
    for at, areas in told_by.items():
        for name, etr in areas.items():
            mine = [i for i in rows if f"area{log['place'][i]}" == name and log["at"][i] <= at]
            value = float(log["value"][mine[-1]])
            assert etr == (ASSESSING if value < 0 else value)
    assert any(each.promised for each in issued)


def test_hours_are_local_and_each_day() -> None:
    settings = tiny_scenario(horizon_h=48.0, bulletins={"hours": ("21:00", "08:00", "08:00")})
    assert instants(settings) == [480.0, 1260.0, 1920.0, 2700.0]
    west = tiny_scenario(horizon_h=30.0, timezone="Europe/London", start="2020-10-25T00:00:00+01:00",
                         landfall="2020-10-25T06:00:00+00:00", bulletins={"hours": ("00:30", "08:00")})  # fmt: skip
    assert instants(west) == [30.0, 540.0, 1530.0]  # the clocks go back at 02:00


def test_bulletins_know_nothing_of_the_truth() -> None:
    one, other = secret_pair()
    assert repr(bulletins(one)) == repr(bulletins(other))
    full = recording(town(), town_calls())
    view = Playback(full, for_players=True)
    assert view.log.lines() == told(full.log).lines()
    assert not view.log.layer("truth").any()
    with pytest.raises(AssertionError):
        bulletins(Playback(full))


def test_a_bulletin_is_the_players_view_of_its_minute() -> None:
    view = Playback(recording(town(), town_calls()), for_players=True)
    for each in bulletins(view):
        known = view(each.at).known
        assert each.customers.out == known.out.sum()
        assert sum(area.customers.out for area in each.areas) == each.customers.out
        assert 0 <= each.customers.restored <= view.recording.network.n_customers - each.customers.out


def test_tables_have_a_row_each() -> None:
    playback = day()
    issued = bulletins(playback)
    tables = bulletin_tables(issued, playback.recording, Dates(playback.recording.settings, words("en")))
    header, rows = tables["bulletins"]
    assert len(rows) == len(issued)
    assert dict(zip(header, rows[0], strict=True)) == {
        "number": 1, "local_time": "2020-08-01T04:00+09:00", "hours_after_landfall": -2.0, "feeders_out": 2,
        "feeders_restored": 0, "transformers_out": 15, "transformers_restored": 0, "customers_out": 420,
        "customers_restored": 0, "critical_out": 1, "critical_restored": 0, "people_on_duty": 11, "vehicles_on_duty": 4,
        "generators_in_place": 1, "areas_promised": 0, "areas_overdue": 0, "areas_assessing": 0, "first_etr": "", "last_etr": "",
    }  # fmt: skip
    header, rows = tables["areas"]
    assert dict(zip(header, rows[1], strict=True)) == {
        "number": 1, "local_time": "2020-08-01T04:00+09:00", "area": "area1", "transformers_out": 10,
        "transformers_restored": 0, "customers_out": 300, "customers_restored": 0, "critical_out": 0,
        "critical_restored": 0, "etr": "",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_needs_nothing_else(lang) -> None:
    playback = day(etr={"policy": "computed", "update_h": 2.0})
    issued = bulletins(playback)
    page = bulletin_page(issued, playback.recording, words(lang))
    assert page.count("<article>") == len(issued)
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    w = words(lang)
    assert w("bulletin.transformers") in page
    newest, oldest = page.split("<article>")[1], page.split("<article>")[-1]
    assert w("bulletin.etr_over") in newest
    assert "area1" not in newest  # nobody is out there any more
    assert "area1" in oldest


def test_the_command_writes_tables_and_page(tmp_path) -> None:
    run = small_run(tmp_path).path
    done = CliRunner().invoke(drill, ["bulletins", str(run)])
    assert done.exit_code == 0, done.output
    folder = next((run / "bulletins").iterdir())
    assert {path.name for path in folder.iterdir()} == {"bulletins.csv", "areas.csv", "bulletins.html"}
    with (folder / "bulletins.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 3
    assert max(int(row["customers_out"]) for row in rows) > 0
    assert str(folder) in done.output
    wrong = CliRunner().invoke(drill, ["bulletins", str(run), "--plan", "nobody"])
    assert "the run has" in str(wrong.exception)
    tables = run / "tables"
    (tables / "areas.csv").write_text("of the run", encoding="utf-8")
    over = CliRunner().invoke(drill, ["bulletins", str(run), "--out", str(tables)])
    assert "a folder that is new or empty" in str(over.exception)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tables.iterdir()] == [("areas.csv", "of the run")]
    assert CliRunner().invoke(drill, ["bulletins", str(run), "--out", str(tmp_path / "new")]).exit_code == 0
    assert CliRunner().invoke(drill, ["bulletins", str(run)]).exit_code == 0  # its own folder is written anew


@pytest.mark.parametrize(("lang", "said"), [("en", "1 Aug 03:30, passed"), ("zh", "8月1日 03:30，已逾期")])
def test_a_promise_that_has_passed_is_told_as_such(lang, said) -> None:
    playback = day()
    first = bulletins(playback)[0]
    late = dataclasses.replace(first, areas=(dataclasses.replace(first.areas[0], etr=first.at - 30.0), *first.areas[1:]))
    assert (late.n_overdue, first.n_overdue) == (1, 0)
    assert said in bulletin_page([late], playback.recording, words(lang))
    assert said not in bulletin_page([first], playback.recording, words(lang))
    header, rows = bulletin_tables([late], playback.recording, Dates(playback.recording.settings, words(lang)))["bulletins"]
    assert (rows[0][header.index("areas_promised")], rows[0][header.index("areas_overdue")]) == (1, 1)
