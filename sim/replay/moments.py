"""Instants as an exercise lead types them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sim.errors import InputError
from sim.scenario.instants import at_minutes
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, instant_at, minutes_since

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_HOURS = re.compile(r"([+-]?)(\d+(?:\.\d+)?)h(?:(\d{1,2}))?")
ALLOWED = "a time such as 14:30, +6h, landfall+12h, T+30h or 2019-09-10T14:30"


def moment(text: str, scenario: Scenario, now: float = 0.0, where: str = "--at") -> float:
    """Return the minute since the start that a text means.

    `14:30` is the next such local time after `now`; `+6h` and `-6h` count from `now`; `30h` and `14h30` (hours and
    minutes) count from the start; everything else is an instant as in a scenario file, local when it has no offset.

    Raises
    ------
    InputError for anything else, and for what lies outside the run.
    """
    text = text.strip()
    try:
        at = _moment(text, scenario, now)
    except (ValueError, InputError):
        raise InputError.one(where, "", f'"{text}"', ALLOWED) from None
    if not 0 <= at <= scenario.horizon_min:
        hours = f"{scenario.horizon_min / MIN_PER_H:g}"
        raise InputError.one(where, "", f'"{text}"', f"a time within the run, T+0h to T+{hours}h")
    return at


def _moment(text: str, scenario: Scenario, now: float) -> float:
    if found := _CLOCK.fullmatch(text):
        local = instant_at(scenario.start, now, scenario.timezone)
        then = local.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        if then <= local:
            then += timedelta(days=1)
        return minutes_since(scenario.start, then)
    if found := _HOURS.fullmatch(text):
        minutes = float(found[2]) * MIN_PER_H + float(found[3] or 0)
        return {"+": now + minutes, "-": now - minutes, "": minutes}[found[1]]
    if re.match(r"\d{4}-\d\d-\d\d", text):
        instant = datetime.fromisoformat(text)
        zoned = instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(scenario.timezone))
        return minutes_since(scenario.start, zoned)
    return at_minutes(text, scenario)
