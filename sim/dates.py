"""Local dates: minutes since a scenario's start as people of the place and the language say them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY, instant_at, minutes_since
from sim.words import Words


@dataclass(frozen=True)
class Dates:
    """Turns minutes since the scenario's start into local dates, in the words of a language."""

    scenario: Scenario
    words: Words

    def local(self, at_min: float) -> datetime:
        """Return the local instant."""
        return instant_at(self.scenario.start, at_min, self.scenario.timezone)

    def date(self, at_min: float) -> str:
        """Return the local date, such as 9 Sep."""
        return self._date(self.local(at_min))

    def date_time(self, at_min: float) -> str:
        """Return the local date and clock time, such as 9 Sep 07:30."""
        local = self.local(at_min)
        return self.words("date.time", date=self._date(local), clock=f"{local:%H:%M}")

    def midnights(self, start: float, end: float) -> list[float]:
        """Return the local midnights between two instants, minutes since the start."""
        zone = ZoneInfo(self.scenario.timezone)
        day = self.local(start).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        out = []
        for _ in range(int((end - start) / MIN_PER_DAY) + 3):
            minute = minutes_since(self.scenario.start, day.replace(tzinfo=zone))
            if start <= minute <= end:
                out.append(minute)
            day += timedelta(days=1)
        return out

    def _date(self, local: datetime) -> str:
        month = self.words(f"date.month_{local.month}")
        return self.words("date.day", day=local.day, month=month)
