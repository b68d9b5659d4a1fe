"""What is promised to customers and authorities: clauses, event grades, payments; a preset, and what is put over it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from sim.scenario.fields import Line, Table, as_tuple, param
from sim.standards import LEVELS

Evidence = Literal["A", "B", "C", "D", "X"]
About = Literal[
    "arrival",
    "restoration",
    "interruption",
    "answer",
    "abandoned",
    "busy",
    "complaint_contact",
    "complaint_answer",
    "wind",
]
Shares = Annotated[tuple[float, ...], BeforeValidator(as_tuple)]

LIMITS: dict[str, str] = {
    "arrival": "within_min", "restoration": "within_h", "interruption": "within_h", "answer": "within_s",
    "abandoned": "at_most_fraction", "busy": "at_most_fraction", "complaint_contact": "within_working_days",
    "complaint_answer": "within_working_days",
    "wind": "up_to_mps",
}  # fmt: skip
"""The key that holds a clause's limit, by what the clause is about."""
UNITS = {
    "within_min": "min", "within_h": "h", "within_s": "s", "within_working_days": "working days",
    "at_most_fraction": "fraction", "up_to_mps": "m/s",
}  # fmt: skip
BY_FAULTS = "by_faults"
_LONGEST = 100_000
_DEAREST = 1e9


class Clause(Table):
    """One promise: what it is about, its limit, and how cases are held against it."""

    about: About = param(
        doc="first crew on site after the report, restoration after that, a customer's interruption, a call's wait, "
        "calls given up or busy, a complaint contacted or answered, wind during work"
    )
    land: Literal["all", "city", "rural", "remote"] = param(
        "all", doc="class of area, for arrival, restoration and interruption"
    )
    within_min: float | None = param(None, unit="min", gt=0, le=_LONGEST, doc="arrival: limit")
    within_h: float | None = param(None, unit="h", gt=0, le=_LONGEST, doc="restoration, interruption: limit")
    within_s: float | None = param(None, unit="s", gt=0, le=_LONGEST, doc="answer: limit")
    within_working_days: float | None = param(
        None,
        unit="working days",
        gt=0,
        le=1000,
        doc="complaint_*: limit, the end of that working day after the day of lodging",
    )
    at_most_fraction: float | None = param(
        None, unit="fraction", ge=0, le=1, doc="abandoned, busy: the largest share of calls offered"
    )
    up_to_mps: float | None = param(None, unit="m/s", gt=0, le=60, doc="wind: limit of the 10-minute mean")
    mean: bool = param(
        False, doc="the limit is for the mean of a year's work, so that one storm's mean is for information only"
    )
    at_least_fraction: float = param(
        1.0, unit="fraction", gt=0, le=1, doc="share of the cases that must be within the limit"
    )
    strict: bool = param(False, doc="the limit itself is not within")
    per_day: bool = param(False, doc="busy: each local day for itself, and the worst of them counts")
    busy_hours: int = param(
        0, unit="h", ge=0, le=24, doc="busy per day: a day is bad only if as many of its hours are over the limit too"
    )
    exempt: Literal["never", "weather"] = param(
        "never",
        doc="weather: a case does not count when work was forbidden by wind there at some time within the limit",
    )
    source: Line = param("", doc="where it is laid down")
    grade: Evidence = param("X", doc="evidence for it")
    enabled: bool = param(True, doc="false removes the clause")

    @property
    def limit(self) -> float:
        """The limit, in `unit`."""
        return float(getattr(self, LIMITS[self.about]))

    @property
    def unit(self) -> str:
        """Unit of the limit."""
        return UNITS[LIMITS[self.about]]


class Grades(Table):
    """Event grades of one kind of place: each holds from its share on, the graver of load and customers counts."""

    levels: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = param(
        doc=f"grades, the gravest first, of {', '.join(LEVELS)}; the response level is the grade's"
    )
    load_fraction: Shares = param(unit="fraction", doc="share of load lost from which each holds, falling")
    customers_fraction: Shares = param(unit="fraction", doc="share of customers out from which each holds, falling")
    end_load_fraction: float | None = param(
        None, unit="fraction", gt=0, le=1,
        doc="the response may end when this share of the lost load is back; empty: its end is not told",
    )  # fmt: skip
    end_key_fraction: float = param(
        1.0, unit="fraction", gt=0, le=1, doc="and this share of what was lost in standards.key_areas"
    )
    source: Line = param("", doc="where they are laid down")
    grade: Evidence = param("X", doc="evidence for them")


class Payments(Table):
    """What customers are paid for a long interruption, in one class of weather."""

    currency: str = param(min_length=1, max_length=8, doc="currency of the amounts; that of the scenario's prices")
    after_h: float = param(unit="h", ge=0, le=_LONGEST, doc="for an interruption that is longer than this")
    home: float = param(unit="currency", ge=0, le=_DEAREST, doc="then, to a home")
    business: float = param(unit="currency", ge=0, le=_DEAREST, doc="then, to a business")
    further: float = param(0.0, unit="currency", ge=0, le=_DEAREST, doc="and for every whole further_h more")
    further_h: float | None = param(None, unit="h", gt=0, le=_LONGEST, doc="empty: nothing more")
    cap: float | None = param(None, unit="currency", ge=0, le=_DEAREST, doc="most for one interruption; empty: no cap")
    customers_out: int = param(
        0, unit="customers", ge=0, le=50_000_000, doc="only where so many were out at the same time"
    )
    faults_from: float | None = param(
        None, unit="times", ge=0, le=1e6, doc=f'with weather = "{BY_FAULTS}": the class of a storm whose worst 24 hours '
        "bring at least so many times the faults of an ordinary day; of several the highest",
    )  # fmt: skip
    source: Line = param("", doc="where it is laid down")
    grade: Evidence = param("X", doc="evidence for it")


class Standards(Table):
    """What is promised; a preset lies under the keys given here."""

    preset: Literal["none", "sgcc", "csg", "japan", "maryland", "michigan", "california-go166", "gb", "ny"] = param(
        "none", doc="rules of a company or an authority: clauses, grades and payments that this table may change"
    )
    sustained_min: float = param(
        5.0, unit="min", grade="A", ge=0, le=60, source="IEEE 1366-2022, 3.21",
        doc="an interruption is sustained when it lasts longer than this; shorter ones are momentary",
    )  # fmt: skip
    clauses: dict[str, Clause] = param(dict, doc="clauses by name")
    grades: dict[str, Grades] = param(dict, doc="event grades by kind of place")
    area_class: str = param("", doc="kind of place that is graded, one of the grades; empty: no event grade")
    graded_areas: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = param(
        (), doc="areas that are graded, taken together; empty: the whole network"
    )
    key_areas: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = param(
        (), doc="areas in which more must be back before the response may end"
    )
    payments: dict[str, Payments] = param(dict, doc="payments by class of weather")
    weather: str = param(
        "", doc="class of weather that is paid for, one of the payments, in every storm; "
        f"{BY_FAULTS}: the class that each storm's faults come to; empty: nothing is paid",
    )  # fmt: skip
    ordinary_faults_per_day: float | None = param(
        None, unit="faults/day", gt=0, le=1e6, doc="faults of an ordinary day; empty: from the length of line"
    )
    ordinary_faults_per_km_year: float = param(
        0.065, unit="faults/km/year", grade="X", low=0.03, high=0.3, gt=0, le=100,
        source="0.065 for overhead lines of the RBTS test system (Allan et al. 1991)",
        doc="faults of a km of line in an ordinary year, where ordinary_faults_per_day is not given",
    )  # fmt: skip

    @property
    def judged(self) -> dict[str, Clause]:
        """The clauses that are enabled."""
        return {name: clause for name, clause in self.clauses.items() if clause.enabled}

    @property
    def wind_limits_mps(self) -> list[float]:
        """The limits of the enabled clauses about wind, m/s."""
        return [clause.limit for clause in self.judged.values() if clause.about == "wind"]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of weather by faults, the calmest first."""
        found = {name: paid.faults_from for name, paid in self.payments.items() if paid.faults_from is not None}
        return tuple(sorted(found, key=lambda name: found[name]))

    def class_of(self, times: float) -> str:
        """Return the class of weather of a storm that is paid for, empty for none.

        times : faults of its worst 24 hours over those of an ordinary day.
        """
        if self.weather != BY_FAULTS:
            return self.weather
        reached = [name for name in self.classes if times >= (self.payments[name].faults_from or 0.0)]
        return reached[-1] if reached else ""

    def due(self, times: float) -> Payments | None:
        """Return the payments of a storm, see `class_of`; None: nothing is paid."""
        name = self.class_of(times)
        return self.payments[name] if name else None
