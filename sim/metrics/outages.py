"""The control room's records of outages, from the log, and how far the backlog is at every instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid.network import Network
from sim.log import Log
from sim.metrics.crews import TRAVELLING, WORKING, CrewTime
from sim.metrics.curves import lasting
from sim.metrics.where import fault_times

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BACKLOG = ("unknown", "probable", "confirmed", "assigned", "in_work")
"""How far a broken or suspected part of the network is: damage that no record stands for; an outage on record that only
calls, monitors or meters told of; one that its device or a crew has confirmed; a crew is on its way to clear or repair; a
crew is at it."""
_FAULTY, _RECORD, _SURE, _ASSIGNED, _IN_WORK = range(5)


@dataclass(frozen=True)
class Outages:
    """Records of outages, (n,): section of the device and minutes; nan: never.

    reported_at : of the deciding report. inferred_at : of being opened. confirmed_at : of being confirmed, by its own
    device, or by a crew that found what is wrong. on_site_at : first crew there. closed_at : of being closed.
    """

    section: IntArray
    reported_at: FloatArray
    inferred_at: FloatArray
    confirmed_at: FloatArray
    on_site_at: FloatArray
    closed_at: FloatArray


def outages(log: Log) -> Outages:
    """Return every record of an outage.

    Lines that were switched off beforehand are none, nor are feeders whose substation has lost supply: nobody reported
    them, and no crew goes out for them.
    """
    opened = np.flatnonzero(log.of("outage_inferred"))
    number, at, decided = log["outage"][opened], log["at"][opened], log["value"][opened]
    n = int(number.max(initial=-1)) + 1
    reported, inferred, confirmed, closed = np.full((4, n), np.nan)
    on_site, where = np.full(n, np.inf), np.zeros(n, np.int64)
    reported[number], inferred[number] = np.where(np.isnan(decided), at, decided), at
    where[number] = log["section"][opened]
    is_sure = np.array([log.detail.get(row, "") != "probable" for row in opened.tolist()], bool)
    confirmed[number[is_sure]] = at[is_sure]
    later = log.of("outage_confirmed")
    confirmed[log["outage"][later]] = log["at"][later]
    jobs = log.of("job_opened")
    outage_of = np.full(int(log["job"].max(initial=-1)) + 1, -1, np.int64)
    outage_of[log["job"][jobs]] = log["outage"][jobs]
    arrived = log.of("crew_arrived") & (log["job"] >= 0)
    outage = outage_of[log["job"][arrived]]
    np.minimum.at(on_site, outage[outage >= 0], log["at"][arrived][outage >= 0])
    ended = log.of("outage_closed")
    closed[log["outage"][ended]] = log["at"][ended]
    known = ~np.isnan(reported)
    known[log["outage"][log.of("line_switched_off")]] = False
    known[[n for row, n in zip(opened.tolist(), number.tolist(), strict=True) if log.detail.get(row) == "substation"]] = False
    on_site[np.isinf(on_site)] = np.nan
    return Outages(*(column[known] for column in (where, reported, inferred, confirmed, on_site, closed)))


def backlog(log: Log, network: Network, crews: CrewTime, grid_at: ArrayLike, horizon: float) -> dict[str, FloatArray]:
    """Return how many zones are at each stage of BACKLOG at grid instants, (n_grid,); each zone counts at its furthest.

    What lasts to the horizon is still there at that instant.

    Parameters
    ----------
    crews : the crews' stretches of time. grid_at : minutes, rising, (n_grid,). horizon : last minute.
    """
    grid, known = np.asarray(grid_at, float), outages(log)
    zone, broke, _, mended = fault_times(log, network, horizon)
    head = network.zone[known.section]
    closed = np.where(np.isnan(known.closed_at), horizon, known.closed_at)
    sure = ~np.isnan(known.confirmed_at)
    spells = [(_FAULTY, zone, broke, mended), (_RECORD, head, known.inferred_at, closed)]
    spells.append((_SURE, head[sure], known.confirmed_at[sure], closed[sure]))
    for bit, state in ((_ASSIGNED, TRAVELLING), (_IN_WORK, WORKING)):
        mask = (crews.state == state) & crews.mends
        spells.append((bit, network.zone[crews.section[mask]], crews.start[mask], crews.end[mask]))
    bits = np.concatenate([np.full(len(z), bit) for bit, z, _, _ in spells])
    key, start, end = (np.concatenate([spell[i] for spell in spells]) for i in (1, 2, 3))
    end = lasting(start, end, horizon)
    key, at, bits = np.tile(key, 2), np.concatenate((start, end)), np.tile(bits, 2)
    step = np.repeat([1, -1], len(start))
    order = np.lexsort((at, key))
    key, at, bits, step = key[order], at[order], bits[order], step[order]
    running = np.stack([np.cumsum(np.where(bits == bit, step, 0)) for bit in range(len(BACKLOG))]) > 0
    furthest = len(BACKLOG) - 1 - np.argmax(running[::-1], axis=0)
    lasts = np.append(key[1:] == key[:-1], False) & running.any(axis=0)
    first, last = np.searchsorted(grid, at), np.searchsorted(grid, np.append(at[1:], np.inf))
    out = {}
    for code, stage in enumerate(BACKLOG):
        mine = lasts & (furthest == code)
        change = np.bincount(first[mine], minlength=len(grid) + 1) - np.bincount(last[mine], minlength=len(grid) + 1)
        out[stage] = np.cumsum(change)[: len(grid)].astype(np.float64)
    return out
