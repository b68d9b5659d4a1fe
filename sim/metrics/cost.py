"""What a plan costs, and the part that is spent even if the storm turns away.

Own crews and the usual agents cost the same before landfall whatever the plan, so they are counted from the
scenario's start until the emergency ends: when customers out stay below 1 % of those ever interrupted,
else the horizon. What is still to mend then is ordinary work, and foreign crews go home. Hours are those of
the shifts' calendar: overtime of a crew that finishes its task is not charged. From a decision that changes a
group's shifts on they are those that the log has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from itertools import accumulate

import numpy as np

from sim.log import Log
from sim.metrics.duty import duty_hours, ordered_at
from sim.scenario.instants import at_minutes, clock_minutes, local_minute_of_day
from sim.scenario.model import Aid, Crews, Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H


@dataclass(frozen=True)
class Bill:
    """Cost by kind, in the scenario's currency.

    own_crews, aid_crews : crew-hours on shift. mobilisation : calling foreign crews in. standby : foreign
    crews there before landfall, off shift. generators : days of hire, begun days in full. agents : usual and
    called-in agents' hours. calls : handled by agents and by the voice system. notices : messages.
    """

    own_crews: float
    aid_crews: float
    mobilisation: float
    standby: float
    generators: float
    agents: float
    calls: float
    notices: float

    @property
    def total(self) -> float:
        """Return the sum."""
        return float(sum(getattr(self, field.name) for field in fields(self)))


def bill(settings: Scenario, log: Log, n_by_agents: int, n_by_voice: int, ends_at: float) -> Bill:
    """Return the bill of one outcome.

    Parameters
    ----------
    settings : the plan's scenario. log : for the arrivals of aid and the notices sent.
    n_by_agents, n_by_voice : calls handled by agents, and taken by the voice system.
    ends_at : minute at which the emergency ends.
    """
    price, arrivals = settings.cost, aid_arrivals(settings, log)
    orders, own, aid, first = ordered_at(log), 0.0, 0.0, 0
    for group in _own(settings):
        crews = range(first, first + group.count)
        own += _crew_hours(log, orders, crews, _since(settings, group.present_from), ends_at, group, settings)
        first += group.count
    places = dict(zip(settings.aid, accumulate((g.count for g in settings.aid.values()), initial=first), strict=False))
    for name, at, n in arrivals:
        crews = range(places[name], places[name] + int(n))
        aid += _crew_hours(log, orders, crews, at, ends_at, settings.aid[name], settings)
        places[name] += int(n)
    return Bill(
        own_crews=price.crew_h * own,
        aid_crews=price.aid_crew_h * aid,
        mobilisation=price.aid_mobilise * _called(log, ends_at),
        standby=price.standby_h * _standby_hours(settings, arrivals, min(ends_at, settings.landfall_at)),
        generators=price.generator_day * _generator_days(settings, arrivals, ends_at),
        agents=price.agent_h * (_usual_agent_hours(settings, ends_at) + _surge_hours(settings) + _called_in(log, settings)),
        calls=price.agent_call * n_by_agents + price.voice_call * n_by_voice,
        notices=price.notice * messages(log),
    )


def if_storm_turns_away(settings: Scenario, log: Log) -> float:
    """Return what the plan has committed by landfall and cannot take back.

    Foreign crews asked for before landfall: calling them in, and their hours and standby up to landfall for
    those that are there. Agents called in before landfall: their whole stay. Generators there before
    landfall: the days of hire begun by then.
    """
    price, landfall, aid = settings.cost, settings.landfall_at, settings.aid
    arrivals = [row for row in aid_arrivals(settings, log) if row[1] < landfall]
    hours = sum(n * shift_hours(at, landfall, aid[name], settings) for name, at, n in arrivals)
    desk = settings.hotline
    early = at_minutes(desk.surge_called_at, settings) < landfall
    return (
        price.aid_mobilise * _called(log, landfall)
        + price.aid_crew_h * hours
        + price.standby_h * _standby_hours(settings, arrivals, landfall)
        + price.generator_day * _generator_days(settings, arrivals, landfall)
        + price.agent_h * (desk.surge_agents * desk.surge_for_h if early else 0.0)
    )


def aid_arrivals(settings: Scenario, log: Log) -> list[tuple[str, float, float]]:
    """Return (aid group, minute, crews) of every arrival; `place` counts the groups in file order."""
    names, rows = list(settings.aid), log.of("aid_arrived")
    columns = log["place"][rows].tolist(), log["at"][rows].tolist(), log["value"][rows].tolist()
    return [(names[place], at, n) for place, at, n in zip(*columns, strict=True)]


def messages(log: Log) -> float:
    """Return the number of messages sent: customers addressed times the share reached."""
    rows = log.of("notice_sent")
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
    """Return the foreign crews asked for before a minute."""
    rows = log.of("aid_requested")
    return float(log["value"][rows][log["at"][rows] < until].sum())


def _standby_hours(settings: Scenario, arrivals: list[tuple[str, float, float]], until: float) -> float:
    """Return crew-hours of foreign crews off shift before `until`."""
    return sum(
        n * ((until - at) / MIN_PER_H - shift_hours(at, until, settings.aid[name], settings))
        for name, at, n in arrivals
        if at < until
    )


def _generator_days(settings: Scenario, arrivals: list[tuple[str, float, float]], until: float) -> float:
    """Return days of hire of generators up to `until`, begun days in full."""
    own = [(g.count, _since(settings, g.present_from)) for g in _own(settings) if g.kind == "generator"]
    foreign = [(n, at) for name, at, n in arrivals if settings.aid[name].kind == "generator"]
    return sum(n * math.ceil((until - at) / MIN_PER_DAY) for n, at in [*own, *foreign] if at < until)


def _usual_agent_hours(settings: Scenario, ends_at: float) -> float:
    desk = settings.hotline
    opens = clock_minutes(desk.day_start)
    length = clock_minutes(desk.day_end) - opens
    day = daily_hours(0.0, ends_at, opens, length if length > 0 else length + MIN_PER_DAY, settings)
    return desk.agents * day + desk.night_agents * (ends_at / MIN_PER_H - day)


def _called_in(log: Log, settings: Scenario) -> float:
    """Return hours of agents called in by decision, their whole stay up to the horizon."""
    rows = log.of("agents_seated")
    return float((log["value"][rows] * (settings.horizon_min - log["at"][rows])).sum()) / MIN_PER_H


def _surge_hours(settings: Scenario) -> float:
    """Return hours of agents called in: their whole stay up to the horizon, needed or not."""
    desk = settings.hotline
    sits_at = at_minutes(desk.surge_called_at, settings) + desk.surge_lead_h * MIN_PER_H
    return desk.surge_agents * min(desk.surge_for_h, max(0.0, settings.horizon_min - sits_at) / MIN_PER_H)
