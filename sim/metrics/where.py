"""Where the customer-hours went: not yet known, wind, waiting for crews, travel, work, material, switching, switched off.

A customer may be dark behind several broken zones at once. At every instant the hours count for the topmost
of them: the zone that is dark while the section above it is alive, since that one keeps all below it dark, but
for the pockets below it that are fed again another way.
The stage is that zone's, the first that fits:

* switched off: it was switched off beforehand and is not on again;
* wind: the zone's area is inside its stand-down interval, when nobody may work;
* work: a crew is on site in the zone to clear or repair;
* other_crew: a crew waits on site for a second one;
* travel: a crew is on its way there to clear or repair;
* switching: a repair of the zone is done but for the switch that a crew must close; also a zone that has no
  damage left, or never had, and is still switched off;
* other_crew, too: a repair of the zone was begun and waits for a crew of another kind, or damage was found for which no
  depot has the material;
* waiting: some other damage of the zone has been found and is not repaired, and no crew is on it;
* unknown: none of its open damage has been found: the outage is not inferred, or not yet patrolled; the
  patrol's own travel and time on site belong here, since until it ends nobody knows what to send.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import DrillError
from sim.grid.network import Network
from sim.log import KIND_CODE, Log, narrow
from sim.metrics.crews import TRAVELLING, WORKING, CrewTime
from sim.metrics.intervals import Dark
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STAGES = ("unknown", "wind", "waiting", "travel", "work", "other_crew", "switching", "switched_off")
_DARK, _WIND, _WORK, _TRAVEL, _KNOWN, _FAULTY, _BEGUN, _MENDED, _ALONE, _OFF = range(10)
_MARKED = (_WIND, _WORK, _TRAVEL, _KNOWN, _FAULTY, _BEGUN, _MENDED, _ALONE, _OFF)


class Stages:
    """What the zones that keep customers in the dark were waiting for, at every instant.

    Parameters
    ----------
    log, dark, crews : the log, its dark intervals and its crews' stretches of time.
    wind_from, wind_to : stand-down interval of each area, minutes, (n_areas,); nan where there is none.
    horizon : last minute.
    """

    def __init__(
        self,
        log: Log,
        dark: Dark,
        network: Network,
        crews: CrewTime,
        wind_from: ArrayLike,
        wind_to: ArrayLike,
        horizon: float,
    ) -> None:
        self._dark, self._network, self._span = dark, network, horizon + 1.0
        self._own_root = root_intervals(dark, network)
        pocket, blamed, start, end = pocket_intervals(dark, network, self._own_root)
        below = np.concatenate(([0], np.cumsum(network.customers)))
        root = self._own_root[0]
        self._weight = np.concatenate((below[network.end[root]] - below[root], below[pocket] - below[network.end[pocket]]))
        self._root = tuple(
            np.concatenate(columns) for columns in zip(self._own_root, (blamed, start, end), strict=True)
        )
        zone = network.zone[self._root[0]]
        marks = _marks(log, network, crews, zone, wind_from, wind_to, horizon)
        self._course = _Course(self._root[1], self._root[2], zone, self._weight, marks)

    def hours(self) -> dict[str, float]:
        """Return customer-hours per stage; they add up to the customer-hours of `dark`.

        Raises
        ------
        DrillError when they do not.
        """
        _, start, end = self._root
        total = float((self._dark.customers * self._dark.minutes).sum())
        seen = float((self._weight * (end - start)).sum())
        if abs(seen - total) > 1e-6 * max(total, 1.0):
            raise DrillError(
                f"customer-hours by cause do not add up: {seen / MIN_PER_H:.6g} of {total / MIN_PER_H:.6g}"
            )
        minutes = self._course.minutes()
        return {stage: minutes[i] / MIN_PER_H for i, stage in enumerate(STAGES)}

    def at(self, section: IntArray, at: FloatArray) -> IntArray:
        """Return the stage, an index into STAGES, in which sections in the dark are at instants, (n,)."""
        order = np.argsort(section * self._span + at)  # neighbours are looked up one after the other: much sooner found
        section, at = section[order], at[order]
        x = self._network.zone[self._topmost(section, at)] * self._span + at
        # what lies outside the drill must not reach into the time of the zone before or after
        upto = self._course.zone * self._span + np.clip(self._course.at, 0.0, self._span)
        latest = np.searchsorted(upto, x, "right") - 1
        stage = np.empty(len(x), np.int64)
        stage[order] = np.where(latest >= 0, self._course.stage[latest], _STAGE_OF[0])
        return stage

    def _topmost(self, section: IntArray, at: FloatArray) -> IntArray:
        """Return the topmost section above, dark at that instant without one alive between, (n,)."""
        root, start, until = self._own_root  # in order of section and time
        key = root * self._span + start
        found = np.array(section, np.int64)
        left = np.arange(len(found))
        while len(left):
            here = found[left]
            place = np.searchsorted(key, here * self._span + at[left], "right") - 1
            is_root = (place >= 0) & (root[place] == here) & (at[left] <= until[place])
            above = self._network.parent[here]
            goes_on = ~is_root & (above >= 0)
            left = left[goes_on]
            found[left] = above[goes_on]
        return found


def root_intervals(dark: Dark, network: Network) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return (section, start, end) of the times at which a section is dark and the one above it is alive."""
    return _intervals(*_states(dark, network), state=1)


def pocket_intervals(
    dark: Dark, network: Network, root: tuple[IntArray, FloatArray, FloatArray]
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return (section, root, start, end) of the times at which a section is alive and the one above it is dark.

    `root` there is the topmost dark section above it without one alive between; a pocket whose root changes is split.
    """
    section, starts, ends = _intervals(*_states(dark, network), state=2)
    first = np.searchsorted(root[0], np.arange(network.n_sections + 1))
    rows: list[tuple[int, int, float, float]] = []
    for own, start, end in zip(section.tolist(), starts.tolist(), ends.tolist(), strict=True):
        left = [(start, end)]
        above = int(network.parent[own])
        while above >= 0 and left:
            for i in range(first[above], first[above + 1]):
                low, high = float(root[1][i]), float(root[2][i])
                rows += [(own, above, max(a, low), min(b, high)) for a, b in left if a < high and low < b]
                left = [piece for a, b in left for piece in ((a, min(b, low)), (max(a, high), b)) if piece[0] < piece[1]]
            above = int(network.parent[above])
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return (np.array(columns[0], np.int64), np.array(columns[1], np.int64),
            np.array(columns[2], np.float64), np.array(columns[3], np.float64))  # fmt: skip


def _states(dark: Dark, network: Network) -> tuple[IntArray, FloatArray, IntArray]:
    """Return (section, at, state): from that minute, 1 the section itself is dark, 2 the one above it, 3 both."""
    # Most sections go dark and come back together with the one above them; they are never topmost.
    of, parent = dark.section, network.parent[dark.section]
    first = np.searchsorted(dark.section, np.arange(network.n_sections + 1))
    count = np.diff(first)
    rank = np.arange(len(dark)) - first[of]
    has_parent = parent >= 0
    same_count = has_parent & (count[parent] == count[of])
    twin = np.where(same_count, first[parent] + rank, 0)
    if len(dark) == 0:
        return of, dark.start, of
    same = same_count & (dark.start[twin] == dark.start) & (dark.end[twin] == dark.end)
    differs = np.bincount(of[~same], minlength=network.n_sections) > 0
    own = differs[of]
    # own intervals count 1, the parent's 2: the section is topmost where the sum is 1
    children = np.flatnonzero(differs & (network.parent >= 0))
    above = network.parent[children]
    repeats = count[above]
    offset = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    pick = np.repeat(first[above], repeats) + offset
    section = np.concatenate((of[own], np.repeat(children, repeats)))
    start = np.concatenate((dark.start[own], dark.start[pick]))
    end = np.concatenate((dark.end[own], dark.end[pick]))
    step = np.concatenate((np.ones(int(own.sum()), np.int64), np.full(len(pick), 2)))
    key, at, change = np.tile(section, 2), np.concatenate((start, end)), np.concatenate((step, -step))
    order = np.lexsort((at, key))
    return key[order], at[order], np.cumsum(change[order])


def _intervals(key: IntArray, at: FloatArray, states: IntArray, state: int) -> tuple[IntArray, FloatArray, FloatArray]:
    keep = np.flatnonzero((states[:-1] == state) & (at[1:] > at[:-1])) if len(states) else np.zeros(0, np.int64)
    return key[keep], at[keep], at[keep + 1]


def _marks(
    log: Log,
    network: Network,
    crews: CrewTime,
    zones: IntArray,
    wind_from: ArrayLike,
    wind_to: ArrayLike,
    horizon: float,
) -> list[tuple[int, IntArray, FloatArray, FloatArray]]:
    """Return (bit, zone, start, end) of wind, work, travel and known damage in the zones of interest."""
    here = np.unique(zones)
    wind_from, wind_to = np.asarray(wind_from, float), np.asarray(wind_to, float)
    area = network.area[here]
    windy = ~np.isnan(wind_from[area])
    marks = [(_WIND, here[windy], wind_from[area[windy]], np.minimum(wind_to[area[windy]], horizon))]
    for bit, state in ((_WORK, WORKING), (_TRAVEL, TRAVELLING)):
        mask = (crews.state == state) & crews.mends
        marks.append((bit, network.zone[crews.section[mask]], crews.start[mask], crews.end[mask]))
    zone, broke, found, mended = fault_times(log, network, horizon)
    seen = found < mended
    marks.append((_KNOWN, zone[seen], found[seen], mended[seen]))
    marks.append((_FAULTY, zone, broke, mended))
    marks.append((_OFF, *_off_intervals(log, horizon)))
    marks += _held_up(log, network, found, mended, horizon)
    is_here = np.zeros(network.n_sections, bool)  # zones go by their first section
    is_here[here] = True
    return [(bit, z[keep], a[keep], b[keep]) for bit, z, a, b in marks for keep in [is_here[z] & (b > a)]]


def _off_intervals(log: Log, horizon: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return (section, start, end) of the times in which lines were switched off beforehand; each is so once."""
    off, on = log.of("line_switched_off"), log.of("line_switched_on")
    section = log["section"][off]
    back = dict(zip(log["section"][on].tolist(), log["at"][on].tolist(), strict=True))
    end = [back.get(each, horizon) for each in section.tolist()]
    return section, log["at"][off], np.array(end, np.float64)


def fault_times(log: Log, network: Network, horizon: float) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Return per fault its zone and the minutes of occurring, being found and repaired (else the horizon)."""
    occurred = log.of("fault_occurred")
    fault = log["fault"][occurred]
    n = int(fault.max()) + 1 if len(fault) else 0
    broke = np.full(n, np.nan)
    broke[fault] = log["at"][occurred]
    zone = np.zeros(n, np.int64)
    zone[fault] = network.zone[log["section"][occurred]]
    times = []
    for kind in ("fault_found", "repair_finished"):
        rows = np.flatnonzero(log.of(kind) & (log["fault"] >= 0))[::-1]  # the earliest counts
        at = np.full(n, float(horizon))
        at[log["fault"][rows]] = log["at"][rows]
        times.append(at)
    return zone[fault], broke[fault], times[0][fault], times[1][fault]


def _held_up(
    log: Log, network: Network, found: FloatArray, mended: FloatArray, horizon: float
) -> list[tuple[int, IntArray, FloatArray, FloatArray]]:
    """Return (bit, zone, start, end) of repairs begun that wait for another crew or for the switch, or lack material.

    found, mended : of each fault, in the order of its occurring.
    """
    occurred = log.of("fault_occurred")
    place = np.full(int(log["fault"].max(initial=-1)) + 1, -1)
    place[log["fault"][occurred]] = np.arange(int(occurred.sum()))
    marks = []
    for kind, bit in (("tree_cleared", _BEGUN), ("task_finished", _MENDED)):
        done = log.of(kind)
        marks.append((bit, network.zone[log["section"][done]], log["at"][done], mended[place[log["fault"][done]]]))
    rows = np.flatnonzero(log.of("crew_awaited_second"))
    until = np.full(len(rows), float(horizon))
    for i, row in enumerate(rows.tolist()):
        after = np.flatnonzero(log["crew"][row + 1 :] == log["crew"][row])
        if len(after):
            until[i] = log["at"][row + 1 + after[0]]
    marks.append((_ALONE, network.zone[log["section"][rows]], log["at"][rows], until))
    zone, work = network.zone[log["section"][occurred]], log["value"][occurred]
    has_it_at = _material_at(log, place, mended)
    out_rows = np.flatnonzero(log.of("material_ran_out"))
    for row in out_rows.tolist():
        back = np.flatnonzero(log.of("material_is_back") & (log["value"] == log["value"][row]) & (log["seq"] > row))
        gone, there = log["at"][row], log["at"][back[0]] if len(back) else float(horizon)
        mine = work == log["value"][row]
        marks.append((_BEGUN, zone[mine], np.maximum(found[mine], gone), np.minimum(has_it_at[mine], there)))
    return marks


def _material_at(log: Log, place: IntArray, mended: FloatArray) -> FloatArray:
    """Return the minute at which a crew drew the material for each fault for good, at the latest when it was mended."""
    at, rows = mended.copy(), np.flatnonzero(log.of("stock_drawn", "stock_returned"))
    if not len(rows):
        return at
    opened = log.of("fault_found") & (log["fault"] >= 0)
    of_job = np.full(int(log["job"].max(initial=-1)) + 1, -1)
    of_job[log["job"][opened]] = place[log["fault"][opened]]
    for row in rows.tolist():
        fault = of_job[log["job"][row]]
        is_drawn = KIND_CODE["stock_drawn"] == log["kind"][row]
        at[fault] = log["at"][row] if is_drawn else mended[fault]
    return at


class _Course:
    """What goes on in every zone: one pass over all changes, ordered by zone and time, (n_changes,).

    zone, at : of each change. dark : customers in the dark from there to the next. stage : theirs, an index into STAGES.
    """

    def __init__(
        self,
        start: FloatArray,
        end: FloatArray,
        zone: IntArray,
        weight: IntArray,
        marks: list[tuple[int, IntArray, FloatArray, FloatArray]],
    ) -> None:
        codes = [np.full(len(z), bit, np.int8) for bit, z, _, _ in marks]
        bits = np.concatenate([*codes, np.full(len(zone), _DARK, np.int8)])
        key = np.concatenate([z for _, z, _, _ in marks] + [zone])
        start = np.concatenate([a for _, _, a, _ in marks] + [start])
        end = np.concatenate([b for _, _, _, b in marks] + [end])
        step = np.concatenate([np.ones(len(z), np.int64) for _, z, _, _ in marks] + [weight])
        key, at = np.tile(key, 2), np.concatenate((start, end))
        order = np.argsort(at)  # whichever comes first of one instant: nobody is in the dark for no time
        order = order[np.argsort(narrow(key[order]), kind="stable")]
        self.zone, self.at = key[order], at[order]
        bits, step = np.tile(bits, 2)[order], np.concatenate((step, -step))[order]
        # every interval opens and closes within its zone, so running sums over all zones are sums within the zone
        self.dark = np.cumsum(np.where(bits == _DARK, step, 0))
        begins_or_ends = np.zeros(len(order), np.int64)
        for bit in _MARKED:
            rows = np.flatnonzero(bits == bit)
            goes_on = np.append(0, np.cumsum(step[rows]) > 0)
            begins_or_ends[rows] = (goes_on[1:] - goes_on[:-1]) << bit
        self.stage = _STAGE_OF[np.cumsum(begins_or_ends)]

    def minutes(self) -> FloatArray:
        """Return customer-minutes per stage."""
        length = np.where(self.zone[1:] == self.zone[:-1], np.diff(self.at), 0.0)
        return np.bincount(self.stage[:-1], self.dark[:-1] * length, len(STAGES)).astype(np.float64)


def _stages_of(marks: IntArray) -> IntArray:
    """Return the first stage that fits, given the marks that stand, a sum of 1 << bit each."""
    stands = {bit: marks >> bit & 1 > 0 for bit in _MARKED}
    return np.select(
        [
            stands[_OFF],
            stands[_WIND],
            stands[_WORK],
            stands[_ALONE],
            stands[_TRAVEL],
            stands[_MENDED],
            stands[_BEGUN],
            stands[_KNOWN],
            ~stands[_FAULTY],
        ],
        [7, 1, 4, 5, 3, 6, 5, 2, 6],
        0,
    )


_STAGE_OF = _stages_of(np.arange(1 << len((_DARK, *_MARKED))))
