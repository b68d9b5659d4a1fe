"""The table of actions: every decision and inject, its arguments, and where its effect lies.

Scenario checking, messages, help and the world's dispatch are made from this table and from the arguments declared
in `ActionEntry`; there is no second list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator

from sim.scenario.conditions import CONDITION_FORM, parse_condition
from sim.scenario.fields import Line, Table, as_tuple, facts, param
from sim.scenario.instants import FORMS, Clock, LocalInstant

Side = Literal["decision", "inject"]
Layer = Literal["truth", "known", "reported"]


@dataclass(frozen=True)
class ActionKind:
    """What can be done.

    side : a decision of the utility, or an inject of the exercise lead. layer : where the effect lies.
    sets : what it sets; two decisions of one minute that set the same for the same target contradict each other;
    empty: decisions of this kind add up.
    needs, may : arguments that it must and may have; one_of : exactly one of these must be there.
    targets : arguments that say for whom; left out, it is for all.
    """

    side: Side
    layer: Layer
    sets: str
    doc: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def takes(self) -> tuple[str, ...]:
        """All its arguments."""
        return (*self.needs, *self.one_of, *self.may)

    def usage(self, name: str) -> str:
        """Return name and arguments in one line, those that may be left out in brackets."""
        one_of = ["|".join(self.one_of)] if self.one_of else []
        return " ".join([name, *self.needs, *one_of, *(f"[{key}]" for key in self.may)])


ACTIONS: dict[str, ActionKind] = {
    "set_dispatch_rule": ActionKind(
        "decision", "known", "rule", "dispatch by another rule", needs=("rule",)
    ),
    "prioritise": ActionKind(
        "decision", "known", "priority", "jobs in these areas and for these critical customers come before all others; "
        "replaces what had priority before, with neither nothing has", may=("areas", "critical"),
    ),
    "move_crews": ActionKind(
        "decision", "known", "base", "crews move to a new base, a depot or the middle of an area, when their job is done",
        needs=("crews",), one_of=("depot", "area"), may=("count",), targets=("crews",),
    ),
    "assign_crews": ActionKind(
        "decision", "known", "district", "crews take jobs in these areas only; without areas: everywhere again",
        needs=("crews",), may=("areas", "count"), targets=("crews",),
    ),
    "hold_crews": ActionKind(
        "decision", "known", "hold", "crews take no new job until they are released; what they are at they finish",
        needs=("crews",), may=("count",), targets=("crews",),
    ),
    "release_crews": ActionKind(
        "decision", "known", "hold", "crews that were held take jobs again", needs=("crews",), targets=("crews",)
    ),
    "set_shift": ActionKind(
        "decision", "known", "shift", "another shift pattern from each group's next shift on; 24 h: relief, day and night",
        needs=("crews", "shift_h"), may=("shift_start",), targets=("crews",),
    ),
    "ask_for_aid": ActionKind(
        "decision", "known", "aid", "ask now for the help of an aid agreement that was not asked for yet",
        needs=("aid",), targets=("aid",),
    ),
    "stop_work": ActionKind(
        "decision", "known", "work", "crews on site or under way there break off, and nobody is sent, until work is resumed",
        may=("areas", "for_h"), targets=("areas",),
    ),
    "resume_work": ActionKind(
        "decision", "known", "work", "work that was stopped goes on", may=("areas",), targets=("areas",)
    ),
    "assign_generator": ActionKind(
        "decision", "known", "generator", "the next free mobile generator goes to this critical customer, or the one that "
        "stands at another is brought over", needs=("critical",), may=("from_critical",), targets=("critical",),
    ),
    "switch_tie": ActionKind(
        "decision", "known", "tie", "close a tie so that the part believed dark behind it is fed from the other feeder, "
        "before any other way; or open it and leave it open. Only where the plan operates devices (switching.enabled)",
        needs=("tie", "to"), targets=("tie",),
    ),
    "publish_etr": ActionKind(
        "decision", "reported", "etr", "tell areas by when power will be back, or that it is being assessed",
        may=("areas", "restored_by"), targets=("areas",),
    ),
    "send_notice": ActionKind(
        "decision", "reported", "notice", "send a message to the customers of areas believed out",
        may=("areas", "reach_fraction"), targets=("areas",),
    ),
    "open_seats": ActionKind(
        "decision", "known", "", "call in hotline agents, and open seats for them where none are free",
        needs=("agents",), may=("lead_h", "for_h"),
    ),
    "section_tripped": ActionKind(
        "inject", "truth", "supply", "the device that protects a section opens without a fault",
        needs=("section",), may=("for_h",),
    ),
    "feeder_tripped": ActionKind(
        "inject", "truth", "supply", "a feeder's breaker opens without a fault", needs=("feeder",), may=("for_h",)
    ),
    "substation_tripped": ActionKind(
        "inject", "truth", "supply", "all feeders of a substation are lost", needs=("substation",), may=("for_h",)
    ),
    "faults_added": ActionKind(
        "inject", "truth", "faults", "further damage, spread over the areas' lines by chance",
        needs=("areas", "count"), may=("work",),
    ),
    "crews_lost": ActionKind(
        "inject", "known", "crews", "crews fall out; their jobs are open again", needs=("crews", "count"), may=("for_h",)
    ),
    "depot_lost": ActionKind(
        "inject", "known", "depot", "a depot cannot be used: crews that are there fall out, the others go to the nearest one",
        needs=("depot",), may=("for_h",),
    ),
    "road_closed": ActionKind(
        "inject", "known", "roads", "areas are cut off: no crew comes in or out", needs=("areas", "for_h")
    ),
    "aid_refused": ActionKind(
        "inject", "known", "aid", "the crews of an aid agreement that are not there yet will not come", needs=("aid",)
    ),
    "aid_delayed": ActionKind(
        "inject", "known", "aid", "the crews of an aid agreement that are not there yet come later", needs=("aid", "late_h")
    ),
    "generator_failed": ActionKind(
        "inject", "known", "generator", "the mobile generator at a critical customer fails", needs=("critical",),
        may=("for_h",),
    ),
    "call_surge": ActionKind(
        "inject", "reported", "calls", "people phone with questions, besides those who report an outage",
        needs=("calls", "for_h"), may=("areas",),
    ),
    "rumour_spread": ActionKind(
        "inject", "reported", "calls", "people stop believing the promise they were given, and some phone to ask",
        needs=("areas", "calls", "for_h"),
    ),
    "phones_failed": ActionKind(
        "inject", "known", "phones", "only so many telephone lines work", needs=("lines", "for_h")
    ),
    "map_failed": ActionKind(
        "inject", "known", "map", "the control room's map is down: no report is acted upon until it is back", needs=("for_h",)
    ),
    "notices_failed": ActionKind(
        "inject", "known", "notice", "the system that sends notices is down: none goes out until it is back",
        needs=("for_h",),
    ),
    "wrong_etr_published": ActionKind(
        "inject", "reported", "etr", "a wrong promise goes out, and the control room does not notice",
        needs=("restored_by",), may=("areas",),
    ),
    "critical_added": ActionKind(
        "inject", "known", "critical", "somebody at a section has become a critical customer, such as a shelter",
        needs=("section", "name", "backup_h"),
    ),
    "wind_returned": ActionKind(
        "inject", "truth", "wind", "a second band of wind: up within an hour, down within an hour",
        needs=("gust_mps", "for_h"), may=("areas",),
    ),
}  # fmt: skip
"""Every action by the name that stands behind `do`."""

if TYPE_CHECKING:
    Do = str
else:
    Do = Literal[tuple(ACTIONS)]


def _condition(value: object) -> object:
    """Return a condition's text; one that cannot be read is refused."""
    if isinstance(value, str):
        parse_condition(value)
    return value


ConditionText = Annotated[str, BeforeValidator(_condition)]
FORMS[_condition] = CONDITION_FORM
Names = Annotated[tuple[str, ...] | None, BeforeValidator(as_tuple)]


class ActionEntry(Table):
    """An action as written in the file: when, what, and the arguments that it takes; see ACTIONS."""

    at: LocalInstant | None = param(None, doc="instant; with a condition the earliest one")
    when: ConditionText | None = param(None, doc="done at the first review at which this holds; judged on what is known")
    do: Do = param(doc="what is done")
    rule: str | None = param(None, doc="the dispatch rule")
    crews: Names = param(None, names="crews", doc="groups of crews, own or aid")
    count: int | None = param(
        None, unit="crews or faults", ge=1, le=20_000, doc="how many; empty: all"
    )
    depot: str | None = param(None, names="depot", doc="depot")
    area: str | None = param(None, names="area", doc="area")
    areas: Names = param(None, names="area", doc="areas; empty: all")
    aid: str | None = param(None, names="aid", doc="aid agreement")
    shift_start: Clock | None = param(None, doc="local clock time at which the shift starts; empty: as before")
    shift_h: float | None = param(None, unit="h", gt=0, le=24, doc="length of the shift")
    critical: Names = param(None, names="critical", doc="critical customers")
    from_critical: str | None = param(None, names="critical", doc="critical customer whose generator is taken away")
    tie: str | None = param(None, names="tie", doc="tie, named by the sections that it joins or as the grid's own files do")
    to: Literal["closed", "open"] | None = param(None, doc="position that a tie is switched to")
    restored_by: LocalInstant | None = param(None, doc="the promise; empty: 'assessing'")
    reach_fraction: float | None = param(
        None, unit="fraction", gt=0, le=1, doc="share of customers whom the message reaches; empty: the plan's"
    )
    agents: int | None = param(None, unit="agents", ge=1, le=20_000, doc="agents called in")
    lead_h: float | None = param(None, unit="h", ge=0, le=500, doc="they sit down after; empty: the plan's surge_lead_h")
    section: str | None = param(None, names="section", doc="section")
    feeder: str | None = param(None, names="feeder", doc="feeder")
    substation: str | None = param(None, names="substation", doc="substation")
    for_h: float | None = param(None, unit="h", gt=0, le=10_000, doc="for so long; empty: to the end")
    work: Literal["wire", "pole", "transformer"] | None = param(None, doc="what is broken; empty: wire")
    late_h: float | None = param(None, unit="h", gt=0, le=1000, doc="later than announced by")
    calls: int | None = param(None, unit="calls", ge=1, le=2_000_000, doc="calls in all")
    lines: int | None = param(None, unit="lines", ge=1, le=100_000, doc="telephone lines that still work")
    name: Line | None = param(None, doc="name")
    backup_h: float | None = param(None, unit="h", ge=0, le=1000, doc="own backup supply lasts")
    gust_mps: float | None = param(None, unit="m/s", gt=0, le=120, doc="3-second gust at its height")
    author: Line = param("plan", doc="who decided")


FRAME_KEYS = ("at", "when", "do", "author")
"""Keys of an entry that are no argument."""
NAMING: dict[str, str] = {
    key: names for key, field in ActionEntry.model_fields.items() if (names := facts(field).get("names"))
}
"""Arguments that name something, and what."""


def names_in(value: object) -> tuple[str, ...]:
    """Return the names that an argument holds: none, one, or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple) else ()
