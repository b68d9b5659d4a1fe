"""Instants and clock times as a scenario writes them and as the program counts them, in minutes."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator

from sim.errors import InputError
from sim.units import MIN_PER_DAY, MIN_PER_H, minutes_since

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

INSTANT_FORM = (
    "an instant: landfall-48h, landfall+12h, T+6h, or a date and time with offset (2019-09-09T05:00:00+09:00)"
)
LOCAL_FORM = (
    "an instant: landfall-48h, landfall+12h, T+6h or 6h30 (from the start), or a date and time, local"
    " (2019-09-09T05:00) or with offset"
)
NEVER = "never"
ASKING_FORM = f'{INSTANT_FORM}; or "{NEVER}"'
MOMENT_FORM = "a date and time with offset between 1850 and 2200, such as 2019-09-09T05:00:00+09:00"
CLOCK_FORM = 'a local clock time from "00:00" to "23:59"'
CLOCK_END_FORM = 'a local clock time from "00:00" to "24:00"'

_ANCHORED = re.compile(r"(landfall|T)(?:\s*([+-])\s*(\d{1,6}(?:\.\d{1,6})?)\s*(h|min|d))?")
_ELAPSED = re.compile(r"(\d{1,4})h([0-5]\d)?")
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_MINUTES = {"min": 1.0, "h": MIN_PER_H, "d": MIN_PER_DAY}


def _moment(value: object) -> object:
    """Return a moment with offset from a TOML date-time or a text; pydantic refuses other types."""
    moment = value
    if isinstance(value, str):
        moment = datetime.fromisoformat(value.strip())
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("no offset")
        if not 1850 <= moment.year <= 2200:
            raise ValueError("too far from our time")
    return moment


def _parse(text: str) -> tuple[str, float] | datetime:
    """Return (anchor, minutes after it) or a moment; ValueError when `text` is neither."""
    found = _ANCHORED.fullmatch(text.strip())
    if found is None:
        moment = _moment(text)
        assert isinstance(moment, datetime)
        return moment
    anchor, sign, number, unit = found.groups()
    if number is None:
        return anchor, 0.0
    return anchor, float(f"{sign}{number}") * _MINUTES[unit]


def _instant(value: object) -> object:
    """Return an instant's text; a TOML date-time becomes its ISO text."""
    if isinstance(value, datetime):
        _moment(value)
        return value.isoformat()
    if isinstance(value, str):
        _parse(value)
    return value


def _asking(value: object) -> object:
    return value if value == NEVER else _instant(value)


def _local_instant(value: object) -> object:
    """Return a decision's instant as text: any instant, hours since the start, or a local date and time."""
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str) and _ELAPSED.fullmatch(value.strip()) is None:
        try:
            _parse(value)
        except ValueError:
            if not 1850 <= datetime.fromisoformat(value.strip()).year <= 2200:
                raise
    return value


def _clock(value: object) -> object:
    """Return a clock time as HH:MM; a TOML local time of whole minutes becomes its text."""
    if isinstance(value, time):
        if value.second or value.microsecond:
            raise ValueError("whole minutes only")
        return value.strftime("%H:%M")
    if isinstance(value, str) and clock_minutes(value) >= MIN_PER_DAY:
        raise ValueError("past the end of the day")
    return value


def _clock_end(value: object) -> object:
    return value if value == "24:00" else _clock(value)


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A date and time with an offset: a TOML date-time, or its ISO text."""
Instant = Annotated[str, BeforeValidator(_instant)]
"""`landfall-48h`, `landfall+12h`, `T+6h` (from the start), or a local date and time with an offset."""
Asking = Annotated[str, BeforeValidator(_asking)]
"""An instant of asking for something, or `never`."""
LocalInstant = Annotated[str, BeforeValidator(_local_instant)]
"""An instant as decisions are dated: also `6h30` from the start, or a local date and time without an offset."""
Clock = Annotated[str, BeforeValidator(_clock)]
"""A local clock time `HH:MM`."""
ClockEnd = Annotated[str, BeforeValidator(_clock_end)]
"""A local clock time `HH:MM` at which something ends; the end of the day is `24:00`."""

FORMS = {
    _moment: MOMENT_FORM, _instant: INSTANT_FORM, _asking: ASKING_FORM, _local_instant: LOCAL_FORM,
    _clock: CLOCK_FORM, _clock_end: CLOCK_END_FORM,
}  # fmt: skip
"""What is allowed, in words, by the function that checks it."""


def at_minutes(text: str | float, scenario: Scenario) -> float:
    """Return an instant in minutes since the scenario's start; numbers are minutes already.

    Raises
    ------
    InputError : when the text is no instant.
    """
    if not isinstance(text, str):
        return float(text)
    try:
        parsed = _parse(text)
    except ValueError:
        raise InputError.one("instant", "", f'"{text}"', INSTANT_FORM) from None
    if isinstance(parsed, datetime):
        return minutes_since(scenario.start, parsed)
    anchor, minutes = parsed
    return minutes if anchor == "T" else minutes_since(scenario.start, scenario.landfall) + minutes


def local_minutes(text: str, scenario: Scenario) -> float:
    """Return the instant of a decision, in minutes since the scenario's start.

    A date and time without an offset goes by the local clock at the scenario's start.

    Raises
    ------
    InputError : when the text is no such instant.
    """
    elapsed = _ELAPSED.fullmatch(text.strip())
    if elapsed is not None:
        return int(elapsed[1]) * MIN_PER_H + int(elapsed[2] or 0)
    with suppress(ValueError):
        local = datetime.fromisoformat(text.strip())
        if local.tzinfo is None:
            zone = timezone(timedelta(minutes=utc_offset_min(scenario)))
            return minutes_since(scenario.start, local.replace(tzinfo=zone))
    return at_minutes(text, scenario)


def clock_minutes(text: str) -> float:
    """Return the minutes after midnight of a clock time `HH:MM` up to `24:00`, or raise ValueError."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a clock time HH:MM")
    minutes = int(found[1]) * MIN_PER_H + int(found[2])
    if minutes > MIN_PER_DAY:
        raise ValueError(f"{text!r} is past 24:00")
    return minutes


def utc_offset_min(scenario: Scenario) -> float:
    """Return the local clock's lead over UTC at the scenario's start, min; it holds for the whole run."""
    offset = scenario.start.astimezone(ZoneInfo(scenario.timezone)).utcoffset()
    assert offset is not None
    return offset / timedelta(minutes=1)


def local_minute_of_day(at: ArrayLike, scenario: Scenario) -> NDArray[np.float64]:
    """Return local clock minutes after midnight, in [0, 1440), of instants in minutes since the start.

    The local clock's offset at the start holds throughout the run: a change to summer time is not followed.
    """
    local = scenario.start.astimezone(ZoneInfo(scenario.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    first = (local.replace(tzinfo=None) - midnight) / timedelta(minutes=1)
    minute: NDArray[np.float64] = np.mod(np.asarray(at, dtype=np.float64) + first, MIN_PER_DAY)
    return minute
