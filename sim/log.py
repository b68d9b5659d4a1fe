"""The log: one flat, typed table of everything that happened; all measures are made from it.

Kinds are in the past tense. Each belongs to one layer: `truth` (what is so), `known` (what the control room
knows) or `reported` (what customers and the public were told).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.packing import pack

LOG_VERSION = 3
_WHOLE = (np.int8, np.int16, np.int32, np.int64)
NONE = -1  # an id column that does not apply


@dataclass(frozen=True)
class Kind:
    """A kind of event: its layer, the meaning and unit of `value`, and the id columns that it fills.

    `place` is a number into what the kind speaks of: areas, critical customers, aid agreements, ties, or bases of
    crews (sim.grid.bases).
    """

    name: str
    layer: str
    value: str
    columns: tuple[str, ...]


KINDS: tuple[Kind, ...] = (
    Kind("fault_occurred", "truth", "work class code (sim.damage.WORK_CLASSES)", ("fault", "section")),
    Kind("section_went_dark", "truth", "", ("section", "interruption", "customers")),
    Kind("section_restored", "truth", "minutes dark", ("section", "interruption", "customers")),
    Kind("section_tripped", "truth", "minutes until it may be closed again", ("section",)),
    Kind("breaker_reported", "known", "", ("section",)),
    Kind("monitor_reported", "known", "", ("section",)),
    Kind("outage_inferred", "known", "minute at which the deciding report was made", ("outage", "section")),
    Kind("outage_closed", "known", "", ("outage", "section")),
    Kind("job_opened", "known", "", ("job", "outage", "section", "fault")),
    Kind("crew_dispatched", "known", "travel minutes", ("crew", "job", "task", "section")),
    Kind("crew_arrived", "known", "on-site minutes expected", ("crew", "job", "task", "section")),
    Kind("patrol_finished", "known", "faults found", ("crew", "job", "task", "section", "outage")),
    Kind("fault_found", "known", "work class code", ("fault", "section", "crew", "outage", "job")),
    Kind("tree_cleared", "known", "minutes of work", ("fault", "section", "crew", "job", "task")),
    Kind("repair_finished", "known", "minutes of work", ("fault", "section", "crew", "job", "task")),
    Kind("generator_connected", "known", "", ("crew", "section", "place", "customers", "job")),
    Kind("generator_released", "known", "", ("crew", "section", "place", "job")),
    Kind("crew_stood_down", "known", "minute at which work may start again", ("crew", "section", "job")),
    Kind("shift_started", "known", "", ("crew",)),
    Kind("shift_ended", "known", "", ("crew",)),
    Kind("aid_requested", "known", "crews asked for", ("place",)),
    Kind("aid_arrived", "known", "crews arrived", ("place",)),
    Kind("etr_published", "reported", "minute by which power is promised, -1: assessing", ("place", "customers")),
    Kind("notice_sent", "reported", "share of customers reached", ("place", "customers")),
    Kind("action_taken", "known", "", ("section", "place")),
    Kind("action_refused", "known", "", ()),
    Kind("inject_given", "truth", "", ("section", "place")),
    Kind("inject_refused", "truth", "", ()),
    Kind("crew_broke_off", "known", "minutes worked on this visit", ("crew", "job", "task", "section")),
    Kind("crew_moving", "known", "travel minutes", ("crew", "place")),
    Kind("crew_moved", "known", "", ("crew",)),
    Kind("crew_lost", "known", "minute at which it is back", ("crew",)),
    Kind("crew_returned", "known", "", ("crew",)),
    Kind("road_closed", "known", "minute at which it is open again", ("place",)),
    Kind("road_opened", "known", "", ("place",)),
    Kind("aid_refused", "known", "crews that will not come", ("place",)),
    Kind("aid_delayed", "known", "minutes later", ("place",)),
    Kind("generator_failed", "known", "minute at which it works again", ("crew", "section", "place", "job")),
    Kind("critical_added", "known", "minutes that its own backup lasts", ("section", "place")),
    Kind("agents_seated", "known", "agents more, negative: fewer", ()),
    Kind("lines_changed", "known", "telephone lines that work", ()),
    Kind("map_lost", "known", "minute at which it is back", ()),
    Kind("job_given_back", "known", "", ("crew", "job", "section")),
    Kind("device_operated", "known", "minutes of work", ("crew", "job", "task", "section")),
    Kind("device_opened", "known", "", ("section",)),
    Kind("device_closed", "known", "", ("section",)),
    Kind("tie_closed", "known", "", ("place", "section")),
    Kind("tie_opened", "known", "", ("place", "section")),
    Kind("shift_set", "known", "minutes of the shift ordered", ("crew",)),
    Kind("job_called_off", "known", "", ("job", "section")),
    Kind("outage_cut_off", "known", "", ("outage", "section")),
    Kind("crew_based", "known", "", ("crew", "place")),
    Kind("generator_ran_dry", "known", "", ("crew", "section", "place", "job")),
    Kind("generator_refuelled", "known", "minutes without fuel", ("crew", "section", "place", "job")),
    Kind("meter_reported", "known", "", ("section", "customers")),
    Kind("outage_confirmed", "known", "", ("outage", "section")),
    Kind("service_reported", "known", "minute at which the call was noted", ("job", "section", "customers")),
    Kind("service_visited", "known", "1: no supply there, 0: there is", ("crew", "job", "task", "section")),
    Kind("own_etr_published", "reported", "minute by which power is promised", ("outage", "section", "customers")),
    Kind("diagnosis_corrected", "known", "work class code", ("fault", "section", "crew", "job", "task")),
    Kind("fault_spared", "truth", "work class code, of what a dead line was spared", ("fault", "section")),
    Kind("live_wire_down", "truth", "", ("fault", "section")),
    Kind("warning_sent", "reported", "share of customers reached", ("place", "customers")),
    Kind("line_switched_off", "known", "greatest gust forecast, m/s", ("outage", "section")),
    Kind("line_switched_on", "known", "", ("section",)),
    Kind("crew_given_to_area", "known", "minute until which it belongs to that area's commander", ("crew", "place")),
    Kind("aid_released", "known", "crews on their way from now", ("place",)),
    Kind("aid_left", "known", "crews that go home", ("place",)),
    Kind("stock_drawn", "known", "pieces left at the depot", ("crew", "job", "place")),
    Kind("stock_returned", "known", "pieces left at the depot", ("crew", "job", "place")),
    Kind("stock_ordered", "known", "pieces ordered", ("place",)),
    Kind("stock_delivered", "known", "pieces left at the depot", ("place",)),
    Kind("material_ran_out", "known", "work class code", ()),
    Kind("material_is_back", "known", "work class code", ()),
    Kind("task_finished", "known", "minutes of work", ("fault", "section", "crew", "job", "task")),
    Kind("crew_awaited_second", "known", "minute until which it waits", ("crew", "job", "task", "section")),
    Kind("work_begun", "known", "", ("crew", "job", "task", "section")),
    Kind("assist_finished", "known", "minutes of work", ("crew", "job", "task", "section")),
    Kind("crew_stopped_for_night", "known", "minute at which work may start again", ("crew", "section", "job")),
    Kind("task_handed_over", "known", "minutes worked on this visit", ("crew", "job", "task", "section")),
    Kind("crew_returning", "known", "travel minutes", ("crew", "place")),
    Kind("orders_handled", "known", "work orders handled since the last review, those merged apart", ()),
    Kind("orders_merged", "known", "work orders merged with an earlier one since the last review", ()),
    Kind("orders_waiting", "known", "work orders that nobody has taken up yet", ()),
    Kind("order_urged", "known", "minutes since the order was made", ("section", "customers")),
    Kind("generator_not_needed", "known", "1: no supply there, 0: there is", ("crew", "section", "place", "job")),
)
KIND_CODE: dict[str, int] = {kind.name: code for code, kind in enumerate(KINDS)}

ID_COLUMNS = ("cause_seq", "fault", "interruption", "outage", "job", "task", "section", "crew", "place", "customers")
_FIELDS = ("at", "kind", *ID_COLUMNS, "value")
_FLOATS = ("at", "value")
_NO_VALUE = np.array(np.nan).view(np.int64)
_packed = Struct(f"=qdq{len(ID_COLUMNS)}qd").pack  # a single event: its sequence number and _FIELDS

_BLOCK = 4  # what is kept of several events of one kind: first, how many, when, columns given


class Recorder:
    """Collect events as they happen; `finish` turns them into a `Log`. Events must come in order of time."""

    def __init__(self) -> None:
        self._rows = bytearray()  # single events one after the other, packed
        self._detail: dict[int, str] = {}
        self._blocks: list[list[Any]] = [[] for _ in KINDS]  # by kind, for what comes at once: _BLOCK entries each
        self._n = 0
        self._due_at = math.inf  # before an event of this minute or later is recorded, `flush` is called

    def add(
        self, at: float, kind: str, *, cause_seq: int = NONE, fault: int = NONE, interruption: int = NONE,
        outage: int = NONE, job: int = NONE, task: int = NONE, section: int = NONE, crew: int = NONE, place: int = NONE,
        customers: int = NONE, value: float = np.nan, detail: str = "",
    ) -> int:  # fmt: skip
        """Record one event at minute `at` and return its sequence number."""
        if self._due_at <= at:
            self.flush(at)
        seq = self._n
        self._rows += _packed(
            seq, at, KIND_CODE[kind], cause_seq, fault, interruption, outage, job, task, section, crew, place, customers,
            value,
        )  # fmt: skip
        if detail:
            self._detail[seq] = detail
        self._n = seq + 1
        return seq

    def add_many(
        self,
        at: float,
        kind: str,
        n: int,
        *,
        value: NDArray[np.float64] | float | None = None,
        **ids: NDArray[np.int64] | int,
    ) -> int:
        """Record `n` events of one kind at one instant, ids and value given as arrays (n,) or one number for all.

        Returns the sequence number of the first.
        """
        if self._due_at <= at:
            self.flush(at)
        given = ids if value is None else {"value": value, **ids}
        self._blocks[KIND_CODE[kind]] += self._n, n, at, given
        self._n += n
        return self._n - n

    def flush(self, until: float) -> None:
        """Record what is due up to minute `until`: nothing, unless a subclass keeps events for later."""

    def finish(self) -> Log:
        """Return the table of all events recorded so far."""
        n = self._n
        singles = np.frombuffer(self._rows, np.int64).reshape(-1, 1 + len(_FIELDS))
        table = np.full((len(_FIELDS), n), NONE, np.int64)  # numbers of either kind, eight bytes each
        table[-1] = _NO_VALUE
        table[:, singles[:, 0]] = singles[:, 1:].T
        columns: dict[str, NDArray[Any]] = {"seq": np.arange(n, dtype=np.int64)}
        columns |= {name: table[i].view(np.float64 if name in _FLOATS else np.int64) for i, name in enumerate(_FIELDS)}
        for code, blocks in enumerate(self._blocks):
            if not blocks:
                continue
            first, counts, at, given = (blocks[i::_BLOCK] for i in range(_BLOCK))
            ends = np.cumsum(counts)
            rows = np.arange(ends[-1]) + np.repeat(first - (ends - counts), counts)
            columns["at"][rows], columns["kind"][rows] = np.repeat(at, counts), code
            for column in set().union(*given):
                nothing = np.nan if column == "value" else NONE
                columns[column][rows] = _spread([each.get(column, nothing) for each in given], counts)
        columns["kind"] = columns["kind"].astype(np.int16)
        return Log(columns, dict(self._detail))


def _spread(numbers: list[Any], counts: Sequence[int]) -> NDArray[Any]:
    """Return the numbers of blocks one after the other; a block has an array (n,) or one number for all."""
    if not any(isinstance(each, np.ndarray) for each in numbers):
        return np.repeat(numbers, counts)
    parts = zip(numbers, counts, strict=True)
    return np.concatenate([each if isinstance(each, np.ndarray) else np.full(n, each) for each, n in parts])


@dataclass(frozen=True)
class Log:
    """A finished log: `columns[name]` are arrays (n_events,), `detail` maps sequence number to text.

    Columns: seq, at (minutes since the scenario's start), kind (code into KINDS), the id columns (-1: does not
    apply), value (meaning by kind).
    """

    columns: dict[str, NDArray[Any]]
    detail: dict[int, str]

    def __len__(self) -> int:
        return len(self.columns["seq"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def of(self, *kinds: str) -> NDArray[np.bool_]:
        """Return the mask of events of the given kinds."""
        if len(kinds) == 1:
            return np.asarray(self.columns["kind"] == KIND_CODE[kinds[0]])
        wanted = np.zeros(len(KINDS), bool)
        wanted[[KIND_CODE[kind] for kind in kinds]] = True
        return np.asarray(wanted[self.columns["kind"]])

    def layer(self, *layers: str) -> NDArray[np.bool_]:
        """Return the mask of events that belong to the given layers."""
        return np.isin(self.columns["kind"], [KIND_CODE[k.name] for k in KINDS if k.layer in layers])

    def lines(self) -> list[str]:
        """Return every event as one short readable line: `at kind name=value ...`, for tests and reading."""
        out = []
        for i in range(len(self)):
            kind = KINDS[self["kind"][i]]
            parts = [f"{self['at'][i]:g}", kind.name]
            parts += [f"{name}={self[name][i]}" for name in kind.columns if self[name][i] != NONE]
            if not np.isnan(self["value"][i]):
                parts.append(f"value={self['value'][i]:g}")
            if i in self.detail:
                parts.append(self.detail[i])
            out.append(" ".join(parts))
        return out

    def save(self, path: Path) -> None:
        """Write the log as a compressed npz file; equal logs give equal bytes.

        Whole numbers are stored in as few bytes as they need: with every number eight bytes long and packed harder the
        file took six times as long to write, and was larger.
        """
        seqs = np.array(sorted(self.detail), dtype=np.int64)
        texts = np.array([self.detail[int(s)] for s in seqs], dtype=np.str_)
        columns = {name: column for name, column in self.columns.items() if name != "seq"}
        tables = {"log_version": np.array(LOG_VERSION), "detail_seq": seqs, "detail_text": texts, **columns}
        pack(path, {name: narrow(column) for name, column in tables.items()})

    @classmethod
    def load(cls, path: Path) -> Log:
        """Read a log written by `save`; raises ValueError for a log of another version."""
        with np.load(path) as data:
            if int(data["log_version"]) != LOG_VERSION:
                raise ValueError(f"a log of version {data['log_version']}; this program reads {LOG_VERSION}")
            at, kind = data["at"], data["kind"].astype(np.int16)
            ids = {name: data[name].astype(np.int64) for name in ID_COLUMNS}
            columns = {"seq": np.arange(len(at), dtype=np.int64), "at": at, "kind": kind, **ids, "value": data["value"]}
            detail = dict(zip(data["detail_seq"].tolist(), data["detail_text"].tolist(), strict=True))
        return cls(columns, detail)


def narrow(column: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers in the shortest type that holds them all, also the soonest sorted; other columns as they are."""
    if column.dtype.kind != "i" or not column.size:
        return column
    low, high = int(column.min()), int(column.max())
    return column.astype(next(kind for kind in _WHOLE if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max))
