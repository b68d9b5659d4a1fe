"""Logs kept until it is known which are worth replaying: none of those is lost, and few others stay."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import DrillError
from sim.results.spool import FOLDER, candidates
from tests.desk import digests, drill, install, lay


def test_after_all_storms_the_lower_median_alone_is_left() -> None:
    assert candidates(np.array([9.0, 7.0, 8.0, 1.0]), 4, 10).tolist() == [False, True, False, False]
    assert candidates(np.array([9.0, 7.0, 8.0]), 3, 10).tolist() == [False, False, True]


def test_of_equal_storms_the_earlier_ranks_first() -> None:
    assert candidates(np.array([5.0, 5.0, 5.0, 5.0]), 4, 10).tolist() == [False, True, False, False]


def test_while_storms_are_missing_whatever_may_become_the_median_is_left() -> None:
    # of five, the third is the middle: with one to come it is the second or the third of these four
    assert candidates(np.array([4.0, 3.0, 2.0, 1.0]), 5, 10).tolist() == [False, True, True, False]
    assert candidates(np.array([4.0, 3.0]), 5, 10).tolist() == [True, True]


def test_at_most_so_many_are_left_and_those_nearest_to_the_middle() -> None:
    assert candidates(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), 99, 1).tolist() == [False, False, True, False, False]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_the_final_median_is_among_those_left_at_every_moment(hours: list[int]) -> None:
    values = np.array(hours, float)
    final = int(np.argsort(values, kind="stable")[(len(hours) - 1) // 2])
    for k in range(final + 1, len(hours) + 1):
        assert candidates(values[:k], len(hours), 99)[final]


def test_a_run_has_its_logs_without_playing_a_storm_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    scenario = lay(tmp_path)
    drill(scenario, "--out", tmp_path / "kept", "--quiet", "--jobs", 1)
    monkeypatch.setattr("sim.results.spool.Spool.take", lambda *_: False)
    drill(scenario, "--out", tmp_path / "again", "--quiet", "--jobs", 1)
    assert digests(tmp_path / "kept") == digests(tmp_path / "again")
    assert not (tmp_path / "kept" / FOLDER).exists()
    monkeypatch.undo()
    install(monkeypatch)
    monkeypatch.setattr("sim.experiment.series.play", lambda *_: pytest.fail("a storm was played again"))
    drill(scenario, "--out", tmp_path / "once", "--quiet", "--jobs", 1)
    assert digests(tmp_path / "once") == digests(tmp_path / "kept")


def test_a_full_disk_is_told_by_the_worker_that_keeps_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.log.Log.save", full)
    with pytest.raises(DrillError, match="the disk is full"):
        drill(lay(tmp_path), "--out", tmp_path / "run", "--quiet", "--jobs", 2)
