"""What a plan costs, and the part that is spent even if the storm turns away.

Own crews and the usual agents cost the same before landfall whatever the plan, so they are counted from the
scenario's start until the emergency ends: when customers out stay below 1 % of those ever interrupted,
else the horizon. What is still to mend then is ordinary work, and foreign crews go home. Hours are those of
the shifts' calendar: overtime of a crew that finishes its task is not charged. From a decision that changes a
group's shifts on they are those that the log has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import get_args

import numpy as np

from sim.hotline import shifts_of
from sim.log import Log
from sim.metrics.duty import duty_hours, ordered_at
from sim.metrics.fuel import refuelled, running_hours
from sim.scenario.instants import at_minutes, clock_minutes, local_minute_of_day
from sim.scenario.model import Aid, Cost, CrewKind, Crews, Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H

CREW_KINDS: tuple[str, ...] = get_args(CrewKind)


@dataclass(frozen=True)
class Part:
    """A part of the cost: its unit of quantity, and the keys of `[cost]` of which the first that is given is its price."""

    unit: str
    price: tuple[str, ...]


_OWN = {f"own_{kind}": Part("crew-h", (f"{kind}_crew_h", "crew_h")) for kind in CREW_KINDS}
_AID = {f"aid_{kind}": Part("crew-h", ("aid_crew_h",)) for kind in CREW_KINDS}
PARTS: dict[str, Part] = {
    **_OWN,
    "contractors": Part("crew-h", ("contractor_crew_h", "crew_h")),
    **_AID,
    "mobilisation": Part("crews", ("aid_mobilise",)),
    "standby": Part("crew-h", ("standby_h",)),
    "lodging": Part("person-nights", ("lodging_night",)),
    "generators": Part("days", ("generator_day",)),
    "fuel": Part("h", ("generator_fuel_h",)),
    "refuelling": Part("visits", ("refuel_visit",)),
    "agents": Part("agent-h", ("agent_h",)),
    "agent_calls": Part("calls", ("agent_call",)),
    "voice_calls": Part("calls", ("voice_call",)),
    "notices": Part("messages", ("notice",)),
    "payments": Part("currency", ()),
}
"""What the utility pays. own_*, aid_*: crews on shift, by kind; contractors: theirs, of all kinds. mobilisation: calling
foreign crews in, but for those that refuse. standby: foreign crews there before landfall, off shift. lodging: foreign
crews' nights. generators: days of hire, begun days in full. fuel: hours that generators run. refuelling: visits of tankers.
agents: usual and called-in agents, and people at the order desk. agent_calls, voice_calls: by whom they were taken. notices:
messages. payments: what the standards grant to customers for long interruptions; they come as an amount of their own currency."""

LOST = ("contractors", *_AID, "mobilisation", "standby", "lodging", "generators", "agents", "notices")
"""Parts of which something may be spent for nothing when the storm turns away."""

Quantities = dict[str, float]
"""How much of each part was used, by name in PARTS."""


def price(part: str, prices: Cost) -> float | None:
    """Return the price of one unit of a part in the scenario's currency; None: not priced."""
    if part == "payments":
        return 1.0
    given = (getattr(prices, key) for key in PARTS[part].price)
    return next((value for value in given if value is not None), None)


def amounts(used: Quantities, prices: Cost) -> dict[str, float]:
    """Return what each part costs; nan where it is not priced, unless nothing of it was used."""
    return {part: _amount(n, price(part, prices)) for part, n in used.items()}


def total(parts: dict[str, float]) -> float:
    """Return the sum of the parts that are priced; nan when none is that was used."""
    known = [value for value in parts.values() if not math.isnan(value)]
    return math.nan if len(known) < len(parts) and not any(known) else float(sum(known))


def used(
    settings: Scenario, log: Log, n_by_agents: int, n_by_voice: int, ends_at: float, paid: float = 0.0
) -> Quantities:
    """Return how much of each part one outcome used.

    Parameters
    ----------
    settings : the plan's scenario. log : for the arrivals of aid and the notices sent.
    n_by_agents, n_by_voice : calls handled by agents, and taken by the voice system.
    ends_at : minute at which the emergency ends. paid : to customers, by the standards.
    """
    arrivals = aid_arrivals(settings, log)
    out = dict.fromkeys(PARTS, 0.0)
    orders, first = ordered_at(log), 0
    for group in _own(settings):
        crews = range(first, first + group.count)
        since = _since(settings, group.present_from)
        part = "contractors" if group.employer == "contractor" else f"own_{group.kind}"
        out[part] += _crew_hours(log, orders, crews, since, ends_at, group, settings)
        first += group.count
    places = dict(zip(settings.aid, accumulate((g.count for g in settings.aid.values()), initial=first), strict=False))
    for name, at, n, left in arrivals:
        group_of, crews = settings.aid[name], range(places[name], places[name] + int(n))
        out[f"aid_{group_of.kind}"] += _crew_hours(log, orders, crews, at, min(ends_at, left), group_of, settings)
        places[name] += int(n)
    out["mobilisation"] = _called(log, ends_at)
    out["standby"] = _standby_hours(settings, arrivals, min(ends_at, settings.landfall_at))
    out["lodging"] = _nights(settings, arrivals, ends_at)
    out["generators"] = float(_generator_days(settings, arrivals, ends_at))
    out["fuel"], out["refuelling"] = running_hours(log, ends_at), refuelled(log, ends_at)
    usual = _usual_agent_hours(settings, ends_at) + settings.fault_orders.staff * ends_at / MIN_PER_H
    out["agents"] = usual + _surge_hours(settings) + _called_in(log, settings)
    out |= {"agent_calls": float(n_by_agents), "voice_calls": float(n_by_voice), "notices": messages(log)}
    out["payments"] = paid
    return out


def committed(settings: Scenario, log: Log) -> Quantities:
    """Return what the plan has committed by landfall and cannot take back, by name in LOST: spent if the storm turns away.

    Contractors there before landfall: their hours up to it. Foreign crews asked for before landfall: calling them in
    unless they refuse, and their hours, standby and nights up to landfall for those that are there. Agents called in before
    landfall: their whole stay. Generators there before landfall: the days of hire begun by then. Messages sent before landfall.
    """
    landfall, desk = settings.landfall_at, settings.hotline
    arrivals = [row for row in aid_arrivals(settings, log) if row[1] < landfall]
    out = dict.fromkeys(LOST, 0.0)
    for group in _own(settings):
        if group.employer == "contractor":
            out["contractors"] += group.count * shift_hours(_since(settings, group.present_from), landfall, group, settings)
    for name, at, n, left in arrivals:
        until = min(landfall, left)
        out[f"aid_{settings.aid[name].kind}"] += n * shift_hours(at, until, settings.aid[name], settings)
    out["mobilisation"] = _called(log, landfall)
    out["standby"] = _standby_hours(settings, arrivals, landfall)
    out["lodging"] = _nights(settings, arrivals, landfall)
    out["generators"] = float(_generator_days(settings, arrivals, landfall))
    if at_minutes(desk.surge_called_at, settings) < landfall:
        out["agents"] = desk.surge_agents * desk.surge_for_h
    out["notices"] = messages(log, landfall)
    return out


Arrival = tuple[str, float, float, float]
"""An aid agreement, the minute at which crews of it came, how many, and the minute at which they went home, else inf."""


def aid_arrivals(settings: Scenario, log: Log) -> list[Arrival]:
    """Return every arrival of foreign crews; who came first of an agreement goes home first."""
    names, rows = list(settings.aid), log.of("aid_arrived")
    left: dict[int, list[float]] = {}
    for place, at in zip(log["place"][log.of("aid_left")].tolist(), log["at"][log.of("aid_left")].tolist(), strict=True):
        left.setdefault(place, []).append(at)
    columns = log["place"][rows].tolist(), log["at"][rows].tolist(), log["value"][rows].tolist()
    return [
        (names[place], at, n, left[place].pop(0) if left.get(place) else math.inf)
        for place, at, n in zip(*columns, strict=True)
    ]


def messages(log: Log, until: float = math.inf) -> float:
    """Return the number of messages sent before a minute: customers addressed times the share reached."""
    rows = log.of("notice_sent", "warning_sent") & (log["at"] < until)
    return float((log["customers"][rows] * np.nan_to_num(log["value"][rows], nan=1.0)).sum())


def shift_hours(start: float, end: float, group: Crews | Aid, scenario: Scenario) -> float:
    """Return the hours between two minutes that fall into a group's daily shift."""
    return daily_hours(start, end, clock_minutes(group.shift_start), group.shift_h * MIN_PER_H, scenario)


def daily_hours(start: float, end: float, clock: float, length: float, scenario: Scenario) -> float:
    """Return the hours of [start, end] in a window that opens daily at local `clock` for `length`."""
    if end <= start:
        return 0.0
    first = start - (float(local_minute_of_day(start, scenario)) - clock)
    opens = np.arange(first - 2 * MIN_PER_DAY, end + MIN_PER_DAY, MIN_PER_DAY)
    closes = opens + min(length, MIN_PER_DAY)
    return float(np.clip(np.minimum(closes, end) - np.maximum(opens, start), 0.0, None).sum()) / MIN_PER_H


def _crew_hours(
    log: Log, orders: dict[int, float], crews: range, since: float, until: float, group: Crews | Aid, settings: Scenario
) -> float:
    """Return crew-hours on shift: by the calendar, and as logged from a decision that changed the pattern on.

    crews : their numbers, in the order of the plan's groups. orders : minute of that decision, by crew.
    """
    changed = [crew for crew in crews if crew in orders]
    hours = (len(crews) - len(changed)) * shift_hours(since, until, group, settings)
    for crew in changed:
        at = min(max(orders[crew], since), until)
        hours += shift_hours(since, at, group, settings) + duty_hours(log, [crew], at, until)
    return hours


def _since(settings: Scenario, instant: str) -> float:
    return max(0.0, at_minutes(instant, settings))


def _own(settings: Scenario) -> list[Crews]:
    return list(settings.crews.values())


def _called(log: Log, until: float) -> float:
    """Return the foreign crews asked for before a minute, without those that refused, by then or later."""
    asked, refused = log.of("aid_requested") & (log["at"] < until), log.of("aid_refused")
    return sum(
        max(0.0, float(log["value"][asked & of_one].sum() - log["value"][refused & of_one].sum()))
        for of_one in (log["place"] == place for place in np.unique(log["place"][asked]).tolist())
    )


def _standby_hours(settings: Scenario, arrivals: list[Arrival], until: float) -> float:
    """Return crew-hours of foreign crews off shift before `until`."""
    return sum(
        n * ((min(until, left) - at) / MIN_PER_H - shift_hours(at, min(until, left), settings.aid[name], settings))
        for name, at, n, left in arrivals
        if at < until
    )


def _amount(quantity: float, price: float | None) -> float:
    if price is None:
        return 0.0 if quantity == 0 else math.nan
    return quantity * price


def _nights(settings: Scenario, arrivals: list[Arrival], until: float) -> float:
    """Return person-nights of foreign crews: one for every local midnight that they are there."""
    clock = float(local_minute_of_day(0.0, settings))
    days = [
        (math.floor((at + clock) / MIN_PER_DAY), math.floor((min(until, left) + clock) / MIN_PER_DAY))
        for _, at, _, left in arrivals
    ]
    return sum(
        n * settings.aid[name].people * max(0, last - first)
        for (name, _, n, _), (first, last) in zip(arrivals, days, strict=True)
    )


def _generator_days(settings: Scenario, arrivals: list[Arrival], until: float) -> float:
    """Return days of hire of generators up to `until`, begun days in full."""
    own = [(g.count, _since(settings, g.present_from), math.inf) for g in _own(settings) if g.kind == "generator"]
    foreign = [(n, at, left) for name, at, n, left in arrivals if settings.aid[name].kind == "generator"]
    spans = [(n, at, min(until, left)) for n, at, left in [*own, *foreign] if at < until]
    return sum(n * math.ceil((end - at) / MIN_PER_DAY) for n, at, end in spans)


def _usual_agent_hours(settings: Scenario, ends_at: float) -> float:
    desk, shifts = settings.hotline, shifts_of(settings.hotline)
    hours = [daily_hours(0.0, ends_at, shift.start, shift.length, settings) for shift in shifts]
    if not desk.shifts:  # day and night make up the whole
        hours[1] = ends_at / MIN_PER_H - hours[0]
    usual = sum(shift.agents * n for shift, n in zip(shifts, hours, strict=True))
    return usual + desk.priority_agents * ends_at / MIN_PER_H


def _called_in(log: Log, settings: Scenario) -> float:
    """Return hours of agents called in by decision, their whole stay up to the horizon."""
    rows = log.of("agents_seated")
    return float((log["value"][rows] * (settings.horizon_min - log["at"][rows])).sum()) / MIN_PER_H


def _surge_hours(settings: Scenario) -> float:
    """Return hours of agents called in: their whole stay up to the horizon, needed or not."""
    desk = settings.hotline
    sits_at = at_minutes(desk.surge_called_at, settings) + desk.surge_lead_h * MIN_PER_H
    return desk.surge_agents * min(desk.surge_for_h, max(0.0, settings.horizon_min - sits_at) / MIN_PER_H)
