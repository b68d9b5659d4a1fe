"""The log: one table, every kind declared, nothing lost between recording and reading."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.log import ID_COLUMNS, KIND_CODE, KINDS, NONE, Log, Recorder


def small() -> Log:
    log = Recorder()
    cause = log.add(10.0, "fault_occurred", fault=0, section=3, value=1)
    log.add_many(10.0, "section_went_dark", 2, section=np.array([3, 4]), interruption=0, customers=np.array([7, 8]))
    log.add(12.5, "action_taken", detail="規則 → nearest", cause_seq=cause)
    log.add_many(70.0, "section_restored", 2, section=np.array([3, 4]), value=np.array([60.0, 60.0]))
    return log.finish()


def test_events_stand_in_the_order_of_recording() -> None:
    assert small().lines() == [
        "10 fault_occurred fault=0 section=3 value=1",
        "10 section_went_dark section=3 interruption=0 customers=7",
        "10 section_went_dark section=4 interruption=0 customers=8",
        "12.5 action_taken 規則 → nearest",
        "70 section_restored section=3 value=60",
        "70 section_restored section=4 value=60",
    ]


def test_sequence_numbers_name_the_rows() -> None:
    log = Recorder()
    assert log.add(0.0, "shift_started", crew=1) == 0
    assert log.add_many(1.0, "section_went_dark", 3, section=np.arange(3)) == 1
    assert log.add(2.0, "shift_ended", crew=1) == 4
    done = log.finish()
    assert done["seq"].tolist() == [0, 1, 2, 3, 4]
    assert done["section"].tolist() == [NONE, 0, 1, 2, NONE]
    assert done["crew"].tolist() == [1, NONE, NONE, NONE, 1]


def test_a_cause_points_at_an_earlier_row() -> None:
    log = small()
    assert log["cause_seq"].tolist() == [NONE, NONE, NONE, 0, NONE, NONE]


def test_nothing_recorded_is_an_empty_log() -> None:
    log = Recorder().finish()
    assert len(log) == 0
    assert log.lines() == []
    assert not log.of("fault_occurred").any()


def test_what_a_block_lacks_does_not_apply_and_others_of_its_kind_may_have_it() -> None:
    log = Recorder()
    log.add_many(1.0, "section_restored", 2, section=np.array([3, 4]), value=np.array([60.0, 61.0]), cause_seq=7)
    log.add_many(2.0, "section_restored", 1, section=5)
    log.add_many(3.0, "section_restored", 2, section=6, customers=np.array([8, 9]), value=1.5)
    done = log.finish()
    assert done["at"].tolist() == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert done["section"].tolist() == [3, 4, 5, 6, 6]
    assert done["customers"].tolist() == [NONE, NONE, NONE, 8, 9]
    assert done["cause_seq"].tolist() == [7, 7, NONE, NONE, NONE]
    np.testing.assert_array_equal(done["value"], [60.0, 61.0, np.nan, 1.5, 1.5])


def test_what_was_recorded_may_be_asked_for_more_than_once() -> None:
    log = Recorder()
    log.add(1.0, "shift_started", crew=5)
    log.add_many(1.0, "section_restored", 2, section=np.array([3, 4]))
    first = log.finish().lines()
    log.add_many(2.0, "section_restored", 1, section=5, value=1.0)
    assert log.finish().lines() == [*first, "2 section_restored section=5 value=1"]
    assert log.finish().lines()[:3] == first


def test_none_recorded_many_times_is_no_row() -> None:
    log = Recorder()
    log.add_many(1.0, "section_restored", 0, section=np.array([], np.int64))
    log.add(2.0, "shift_started", crew=5)
    assert log.finish().lines() == ["2 shift_started crew=5"]


def test_masks_pick_kinds_and_layers() -> None:
    log = small()
    assert log.of("section_went_dark").tolist() == [False, True, True, False, False, False]
    assert log.of("fault_occurred", "action_taken").sum() == 2
    assert log.layer("truth").sum() == 5
    assert log.layer("known").sum() == 1
    assert log.layer("reported").sum() == 0


def test_kinds_are_declared_once_with_known_columns_and_layers() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert [KIND_CODE[name] for name in names] == list(range(len(names)))
    for kind in KINDS:
        assert kind.layer in ("truth", "known", "reported")
        assert set(kind.columns) <= set(ID_COLUMNS)


def test_an_unknown_kind_or_column_is_refused() -> None:
    with pytest.raises(KeyError):
        Recorder().add(0.0, "fault_vanished")
    with pytest.raises(TypeError):
        Recorder().add(0.0, "fault_occurred", asset=1)
    with pytest.raises(KeyError):
        Recorder().add_many(0.0, "fault_vanished", 2)


def test_a_saved_log_reads_back_the_same(tmp_path: Path) -> None:
    log, path = small(), tmp_path / "log.npz"
    log.save(path)
    back = Log.load(path)
    assert back.lines() == log.lines()
    assert back.detail == log.detail
    for name, column in log.columns.items():
        assert back[name].dtype == column.dtype
        np.testing.assert_array_equal(back[name], column)


def test_equal_logs_give_equal_bytes_whatever_the_time(tmp_path: Path) -> None:
    small().save(tmp_path / "a.npz")
    small().save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=20))
def test_whole_numbers_of_any_size_read_back_the_same(numbers: list[int]) -> None:
    log = Recorder()
    for number in numbers:
        log.add_many(1.0, "fault_occurred", 1, fault=np.array([number]), section=np.array([0]))
        log.add(1.0, "fault_occurred", fault=number)
    with tempfile.TemporaryDirectory() as folder:
        log.finish().save(Path(folder) / "log.npz")
        back = Log.load(Path(folder) / "log.npz")
    assert back["fault"].tolist() == np.repeat(numbers, 2).tolist()
    assert back["seq"].tolist() == list(range(2 * len(numbers)))


def test_an_empty_log_reads_back_empty(tmp_path: Path) -> None:
    Recorder().finish().save(tmp_path / "log.npz")
    assert len(Log.load(tmp_path / "log.npz")) == 0


def test_a_log_of_another_version_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "log.npz", log_version=1, at=np.zeros(1))
    with pytest.raises(ValueError, match="a log of version 1"):
        Log.load(tmp_path / "log.npz")
