"""Arrays in a file: read back as they were, and the same bytes for the same arrays."""

import io
import time
from pathlib import Path

import numpy as np
import pytest

from sim.packing import pack


def test_arrays_are_read_back_as_they_were(tmp_path: Path) -> None:
    given = {"whole": np.arange(5, dtype=np.int16), "real": np.array([[0.5, np.nan]]), "text": np.array(["é", "千葉"]), "one": 3}
    pack(tmp_path / "a.npz", given)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert data.files == list(given)
        for name, array in given.items():
            assert data[name].dtype == np.asarray(array).dtype
            np.testing.assert_array_equal(data[name], array)


def test_the_same_arrays_give_the_same_bytes_whenever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    pack(first, {"a": np.arange(1000)})
    monkeypatch.setattr(time, "time", lambda: 1e9)
    pack(second, {"a": np.arange(1000)})
    assert first.getvalue() == second.getvalue()
    assert len(first.getvalue()) < 4000  # of 8,000


def test_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        pack(io.BytesIO(), {"a": np.array([{}])})
