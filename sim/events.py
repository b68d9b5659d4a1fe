"""Events of the log as sentences in a language, with what only numbers and names can say of them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.damage import WORK_CLASSES
from sim.dates import Dates
from sim.grid import bases
from sim.grid.network import Network
from sim.log import KINDS, NONE, Log
from sim.units import MIN_PER_H
from sim.words import Words

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_VALUE_TOLD = (
    "patrol_finished", "aid_requested", "aid_arrived", "aid_refused", "agents_seated", "lines_changed", "stock_ordered",
    "aid_released", "aid_left", "orders_handled", "orders_merged", "orders_waiting",
)  # fmt: skip
_CUSTOMERS_BEHIND = ("outage_inferred", "outage_closed", "line_switched_off", "line_switched_on")
_CUSTOMERS_LOST = ("fault_occurred", "section_tripped")
_CUSTOMERS_OWN = ("section_went_dark", "section_restored", "notice_sent", "warning_sent", "order_urged")
_AT_AREA = ("etr_published", "notice_sent", "warning_sent", "road_closed", "road_opened", "crew_given_to_area")
_OF_AID = ("aid_requested", "aid_released", "aid_arrived", "aid_refused", "aid_delayed", "aid_left")
_AT_BASE = (
    "crew_moving", "crew_based", "crew_returning", "stock_drawn", "stock_returned", "stock_ordered", "stock_delivered",
)  # fmt: skip
_OF_WORK = ("fault_occurred", "fault_spared", "material_ran_out", "material_is_back")
_MINUTE = re.compile(r"\bminute (\d+(?:\.\d+)?)\b")


def sentence(
    kind: str, w: Words, dates: Dates, *, place: str = "", crew: int = NONE, n: float = 0, value: float = math.nan,
    what: str = "",
) -> str:  # fmt: skip
    """Return what happened, in one sentence.

    Parameters
    ----------
    kind : name of the kind of event. place : where, see `place_of`. crew : number of the crew. n : see `counts`.
    value : as in the log. what : see `naming`.
    """
    key = "event.etr_assessing" if kind == "etr_published" and not value >= 0 else f"event.{kind}"
    when = w("event.end_of_run") if not math.isfinite(value) else dates.date_time(max(value, 0.0))
    work = w(f"event.work_{WORK_CLASSES[int(value)]}") if kind in _OF_WORK else ""
    return w(
        key, place=place, crew=crew + 1, n=w.number(n), work=work, hours=w.number(value / MIN_PER_H, 1), when=when,
        what=action_in_words(what, w, dates),
    )  # fmt: skip


def told(log: Log, row: int, network: Network, settings: Scenario, w: Words, dates: Dates) -> str:
    """Return one event of a log in one sentence; `settings` are those of its plan."""
    n = float(counts(log, np.array([row]), network)[0])
    return sentence(
        KINDS[log["kind"][row]].name, w, dates, place=place_of(network, int(log["section"][row])),
        crew=int(log["crew"][row]), n=n, value=float(log["value"][row]), what=naming(log, row, network, settings),
    )  # fmt: skip


def place_of(network: Network, section: int, area: int = NONE) -> str:
    """Return feeder and area of a section, empty for none; `area` where it is another than the section's own."""
    if section == NONE:
        return ""
    area = int(network.area[section]) if area == NONE else area
    return f"{network.feeder_name[network.feeder[section]]} ({network.area_name[area]})"


def counts(log: Log, rows: IntArray, network: Network) -> FloatArray:
    """Return the number that the sentence of each row tells, (n,): customers, crews, faults, by kind; else 1.

    Of a fault or trip these are the customers who lost supply by it, of an outage all behind its device.
    """
    below = np.concatenate(([0], np.cumsum(network.customers)))
    section = log["section"][rows]
    behind = np.where(section >= 0, below[network.end[section]] - below[section], 0)
    lost = np.bincount(
        np.maximum(log["cause_seq"], 0), log.of("section_went_dark") * np.maximum(log["customers"], 0),
        minlength=max(len(log), 1),
    )[rows]  # fmt: skip
    of = {
        _VALUE_TOLD: np.nan_to_num(log["value"][rows], nan=0.0, posinf=0.0), _CUSTOMERS_BEHIND: behind,
        _CUSTOMERS_LOST: lost, _CUSTOMERS_OWN: np.maximum(log["customers"][rows], 0),
    }  # fmt: skip
    out = np.ones(len(rows))
    for kinds, number in of.items():
        out = np.where(log.of(*kinds)[rows], number, out)
    return out


def naming(log: Log, row: int, network: Network, settings: Scenario) -> str:
    """Return the name that an event speaks of, or the text of an action; empty where there is none."""
    kind, place = KINDS[log["kind"][row]].name, int(log["place"][row])
    if kind in _OF_AID:
        return list(settings.aid)[place]
    if kind in _AT_AREA:
        return str(network.area_name[place])
    if kind in _AT_BASE:
        return bases(settings.depots, network)[place].name
    if kind in ("tie_closed", "tie_opened"):
        return str(network.tie_name[place])
    if kind.startswith("generator"):
        names = network.critical_name
        return str(names[place]) if place < len(names) else ""  # one that became critical meanwhile
    return log.detail.get(row, "")


def action_in_words(text: str, w: Words, dates: Dates) -> str:
    """Return what the log says of an action with the action's name in a language and its minutes as local dates."""
    name, space, rest = text.partition(" ")
    text = f"{w(f'action.{name}')}{space}{rest}" if f"action.{name}" in w else text
    return _MINUTE.sub(lambda found: dates.date_time(float(found[1])), text)
