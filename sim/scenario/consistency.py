"""What must hold between keys: order of instants, names that exist, numbers that fit each other.

Every check takes a scenario that may lack attributes, where the file is wrong in itself: what needs a
missing one is left unsaid, because the file's first mistake is told already.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import ParamSpec, get_args
from zoneinfo import ZoneInfo

from sim.errors import nearest_name
from sim.scenario import phoning
from sim.scenario.actions import ACTIONS, FRAME_KEYS, NAMING, ActionEntry, names_in
from sim.scenario.expressions import Kind, parse
from sim.scenario.fields import Table
from sim.scenario.finding import Finding, Path, dotted, shown
from sim.scenario.instants import NEVER, at_minutes, clock_minutes, local_minutes
from sim.scenario.model import RULES, Aid, Checkpoint, Crews, Dispatch, Observed, Scenario
from sim.scenario.public import CALENDAR_DAYS, Weekday
from sim.scenario.risks import IMPACT_UNITS, Risk
from sim.scenario.standards_check import choice_findings, clause_findings, grades_findings, payment_findings
from sim.scenario.timed import action_of, contradictions
from sim.units import minutes_since

Findings = Iterator[Finding]
P = ParamSpec("P")

_BETWEEN = (
    ("peak_low", "peak_high"),
    ("poles_low", "poles_high"),
    ("peak_from", "peak_to"),
    ("calls_per_affected_low", "calls_per_affected_high"),
)
_OWN_RULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def check_frame(scenario: Scenario) -> list[Finding]:
    """Check what no plan can change: time zone, instants, names of plans, precision, risks, observations."""
    found = _told(_timezone, scenario) + _told(_times, scenario) + _told(_plan_names, scenario)
    found += _told(_precision, scenario) + _told(phoning.kinds_of_customers, scenario) + check_risks(scenario)
    return found + _observed(scenario) + _standards(scenario)


def check_risks(scenario: Scenario) -> list[Finding]:
    """Check cut-offs and expressions of risks; whether the measures exist is for those who take them."""
    found = _told(_grading, scenario)
    for name, risk in getattr(scenario, "risks", {}).items():
        found += _told(_expressions, ("risks", name), risk) + _told(_own_cut_offs, ("risks", name), risk)
    return found


def check_settings(scenario: Scenario) -> list[Finding]:
    """Check what plans can change, the scenario being without its removed entries."""
    found = _told(phoning.staffed, scenario) + _told(phoning.called_in, scenario)
    found += _told(_called_in_at, scenario) + _told(phoning.voice_system, scenario) + _told(_complaint_desk, scenario)
    found += _told(phoning.fault_orders, scenario)
    found += _told(_dispatch, scenario)
    for name, group in getattr(scenario, "crews", {}).items():
        found += _told(_instant, ("crews", name), group, "present_from", scenario)
        found += _told(_depot, ("crews", name), group, scenario) + _told(_drones, ("crews", name), group)
    for name, aid in getattr(scenario, "aid", {}).items():
        found += _told(_instant, ("aid", name), aid, "requested_at", scenario)
        found += _told(_depot, ("aid", name), aid, scenario) + _told(_arrivals, ("aid", name), aid)
    return found


def check_means(scenario: Scenario) -> list[Finding]:
    """Check that there is a depot to start from, a crew that patrols and a crew that mends lines."""
    return _told(_depots, scenario) + _told(_kinds, scenario)


def check_action(entry: ActionEntry, path: Path, settings: Scenario) -> list[Finding]:
    """Check one timed action under a plan's settings: arguments, instants, and names of the plan's own means."""
    return (
        _told(_dated, path, entry, settings)
        + _told(_arguments, path, entry)
        + _told(_promise, path, entry, settings)
        + _told(_rule, path, entry)
        + _told(_means, path, entry, settings)
        + _told(_switched, path, entry, settings)
    )


def check_together(entries: Sequence[ActionEntry], path: Path, settings: Scenario) -> list[Finding]:
    """Check that no two decisions contradict each other; all entries are right in themselves."""
    actions = [action_of(entry, settings) for entry in entries]
    return [
        Finding(
            (*path, j, "do"), shown(actions[j].do),
            f"contradicts {dotted((*path, i))}, {shown(actions[i].do)}, at the same minute; leave one of them out",
        )
        for i, j in contradictions(actions)
    ]  # fmt: skip


def _told(check: Callable[P, Findings], *args: P.args, **kwargs: P.kwargs) -> list[Finding]:
    """Return what a check finds until it meets something that the file gets wrong in itself."""
    found: list[Finding] = []
    with suppress(AttributeError):
        found.extend(check(*args, **kwargs))
    return found


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def _timezone(scenario: Scenario) -> Findings:
    zones = _zones()
    if not zones:
        yield Finding(("timezone",), "", "this machine has no time zone data; pip install tzdata")
    elif scenario.timezone not in zones:
        nearest = nearest_name(scenario.timezone, sorted(zones))
        yield Finding(("timezone",), shown(scenario.timezone), "an IANA time zone, such as Asia/Tokyo", nearest)


def _times(scenario: Scenario) -> Findings:
    if scenario.landfall_at < 0:
        yield Finding(("landfall",), shown(scenario.landfall), f"not before start, {shown(scenario.start)}")
    elif scenario.horizon_min <= scenario.landfall_at:
        needed = f"more than {scenario.landfall_at / 60:g} h, so that the run reaches beyond landfall"
        yield Finding(("horizon_h",), shown(scenario.horizon_h), needed)


def _plan_names(scenario: Scenario) -> Findings:
    names = list(scenario.plans)
    if not names:
        yield Finding(("plans",), "{}", "at least one plan, [plans.NAME]")
        return
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(unicodedata.normalize("NFKC", name).casefold(), name)
        if other != name:
            yield Finding(("plans", name), "", f"a name that does not look like '{other}', upper and lower case alike")
    yield from _plan_named(("reference_plan",), scenario.reference_plan, names)


def _plan_named(path: Path, name: str, names: list[str]) -> Findings:
    if name not in names:
        yield Finding(path, shown(name), "a plan of this file: " + ", ".join(names), nearest_name(name, names))


def _precision(scenario: Scenario) -> Findings:
    asked = scenario.precision
    if asked.maximum < asked.minimum:
        yield Finding(
            ("precision", "maximum"), shown(asked.maximum), f"at least precision.minimum, which is {asked.minimum}"
        )
    if asked.relative and asked.half_width is None:
        yield Finding(("precision", "relative"), "true", "goes with precision.half_width, which is missing")


def _grading(scenario: Scenario) -> Findings:
    grading = scenario.risk
    for stem in ("likelihood", *(stem for stem, _ in IMPACT_UNITS.values())):
        yield from _rising(("risk",), grading, f"{stem}_medium", f"{stem}_high")
    if grading.likelihood_per == "year" and scenario.storm.per_year is None:
        yield Finding(("risk", "likelihood_per"), shown("year"), "needs storm.per_year, which is not given")


def _rising(path: Path, table: Table, low: str, high: str) -> Findings:
    a, b = getattr(table, low), getattr(table, high)
    if a is not None and b is not None and a >= b:
        yield Finding((*path, high), shown(b), f"above {low}, {shown(a)}")


def _expressions(path: Path, risk: Risk) -> Findings:
    kinds: tuple[tuple[str, Kind], ...] = (("when", "truth"), ("impact", "number"))
    for key, kind in kinds:
        text = getattr(risk, key)
        try:
            parse(text, kind)
        except ValueError as error:
            yield Finding((*path, key), shown(text), str(error))


def _own_cut_offs(path: Path, risk: Risk) -> Findings:
    own = ("impact_medium", "impact_high")
    missing = [key for key in own if getattr(risk, key) is None]
    if len(missing) == 1:
        yield Finding((*path, missing[0]), "", "missing; both cut-offs of a risk are given, or neither")
    elif missing and risk.unit and risk.unit not in IMPACT_UNITS:
        allowed = "one of " + ", ".join(IMPACT_UNITS) + "; another unit needs impact_medium and impact_high"
        yield Finding((*path, "unit"), shown(risk.unit), allowed, nearest_name(risk.unit, tuple(IMPACT_UNITS)))
    yield from _rising(path, risk, *own)


def _observed(scenario: Scenario) -> list[Finding]:
    seen = getattr(scenario, "observed", None)
    if seen is None:
        return []
    found = _told(_observed_plan, seen, scenario)
    for low, high in _BETWEEN:
        found += _told(_order, seen, low, high)
    for i, point in enumerate(getattr(seen, "checkpoints", ())):
        found += _told(_checkpoint, ("observed", "checkpoints", i, "at"), point, scenario)
    return found


def _standards(scenario: Scenario) -> list[Finding]:
    standards = getattr(scenario, "standards", None)
    if standards is None:
        return []
    found = _told(choice_findings, standards) + _told(payment_findings, scenario)
    for name, clause in getattr(standards, "clauses", {}).items():
        found += _told(clause_findings, ("standards", "clauses", name), clause)
    for name, grades in getattr(standards, "grades", {}).items():
        found += _told(grades_findings, ("standards", "grades", name), grades)
    return found


def _observed_plan(seen: Observed, scenario: Scenario) -> Findings:
    yield from _plan_named(("observed", "plan"), seen.plan, list(scenario.plans))


def _checkpoint(path: Path, point: Checkpoint, scenario: Scenario) -> Findings:
    yield from _in_run(path, point.at, minutes_since(scenario.start, point.at), scenario)


def _order(seen: Observed, low: str, high: str) -> Findings:
    a, b = getattr(seen, low), getattr(seen, high)
    if a > b:
        yield Finding(("observed", high), shown(b), f"not below observed.{low}, {shown(a)}")


def _in_run(path: Path, value: object, at: float, scenario: Scenario) -> Findings:
    if not 0 <= scenario.landfall_at < scenario.horizon_min:
        return  # the run's own instants are wrong, which is told
    if not 0 <= at <= scenario.horizon_min:
        last = f"{scenario.horizon_h:g} h later"
        yield Finding(path, shown(value), f"an instant within the run, from {shown(scenario.start)} to {last}")


def _instant(path: Path, table: Table, key: str, scenario: Scenario) -> Findings:
    text = getattr(table, key)
    if text == NEVER:
        return
    yield from _in_run((*path, key), text, at_minutes(text, scenario), scenario)


def _complaint_desk(scenario: Scenario) -> Findings:
    desk = scenario.complaint_desk
    if clock_minutes(desk.opens_at) >= clock_minutes(desk.closes_at):
        allowed = f"after complaint_desk.opens_at, {shown(desk.opens_at)}"
        yield Finding(("complaint_desk", "closes_at"), shown(desk.closes_at), allowed)
    if desk.answer_days < desk.contact_days:
        allowed = f"at least complaint_desk.contact_days, {desk.contact_days}"
        yield Finding(("complaint_desk", "answer_days"), shown(desk.answer_days), allowed)
    if scenario.timezone not in _zones():
        return
    first = scenario.start.astimezone(ZoneInfo(scenario.timezone)).date()
    names = [get_args(Weekday).index(name) for name in desk.workdays]
    days = [first + timedelta(days=i) for i in range(CALENDAR_DAYS)]
    n = sum(day.weekday() in names and day not in desk.holidays for day in days)
    if n <= desk.answer_days:
        found = "no working day" if n == 0 else f"working days: {n}"
        yield Finding(
            ("complaint_desk", "holidays"), f"{found} in the {CALENDAR_DAYS:,} days from {first}",
            f"more working days than complaint_desk.answer_days, {desk.answer_days}, left by workdays and holidays",
        )  # fmt: skip


def _called_in_at(scenario: Scenario) -> Findings:
    yield from _instant(("hotline",), scenario.hotline, "surge_called_at", scenario)


def _dispatch(scenario: Scenario) -> Findings:
    yield from _rule(("dispatch",), scenario.dispatch)


def _rule(path: Path, table: Dispatch | ActionEntry) -> Findings:
    rule = table.rule
    if rule is not None and rule not in RULES and not _OWN_RULE.fullmatch(rule):
        allowed = "one of " + ", ".join(RULES) + ", or module:function with --allow-code"
        yield Finding((*path, "rule"), shown(rule), allowed, nearest_name(rule, RULES))


def _depot(path: Path, group: Crews | Aid, scenario: Scenario) -> Findings:
    names = list(scenario.depots)
    if group.depot and group.depot not in names:
        allowed = "a depot that is enabled: " + (", ".join(names) or "there is none") + "; empty for all of them"
        yield Finding((*path, "depot"), shown(group.depot), allowed, nearest_name(group.depot, names))


def _drones(path: Path, group: Crews) -> Findings:
    if group.patrol_kmh is not None and group.kind != "patrol":
        allowed = f"for crews that patrol; these are {group.kind} crews"
        yield Finding((*path, "patrol_kmh"), shown(group.patrol_kmh), allowed)


def _arrivals(path: Path, aid: Aid) -> Findings:
    if aid.last_arrival_h < aid.first_arrival_h:
        allowed = f"not below first_arrival_h, {shown(aid.first_arrival_h)}"
        yield Finding((*path, "last_arrival_h"), shown(aid.last_arrival_h), allowed)


def _depots(scenario: Scenario) -> Findings:
    if not scenario.depots:
        yield Finding(("depots",), "", "at least one depot, [depots.NAME], that is enabled")
    elif not sum(depot.share for depot in scenario.depots.values()):
        yield Finding(("depots",), "", "at least one depot with a share above 0")


def _kinds(scenario: Scenario) -> Findings:
    groups: list[Crews | Aid] = [*scenario.crews.values(), *scenario.aid.values()]
    kinds = {group.kind for group in groups if group.count > 0}
    for kind, task in (("patrol", "no damage is ever found"), ("line", "nothing is ever mended")):
        if kind not in kinds:
            yield Finding(("crews",), "", f'at least one crew of kind "{kind}", own or aid; without any {task}')


def _dated(path: Path, entry: ActionEntry, scenario: Scenario) -> Findings:
    if entry.at is not None:
        yield from _in_run((*path, "at"), entry.at, local_minutes(entry.at, scenario), scenario)
    elif entry.when is None:
        yield Finding((*path, "at"), "", "missing; an action has an instant, or a condition `when`")


def _arguments(path: Path, entry: ActionEntry) -> Findings:
    kind = ACTIONS[entry.do]
    for key in kind.needs:
        if not _is_given(entry, key):
            yield Finding((*path, key), "", f"missing; {entry.do} needs it")
    if kind.one_of and sum(_is_given(entry, key) for key in kind.one_of) != 1:
        yield Finding((*path, kind.one_of[0]), "", f"{entry.do} needs one of {', '.join(kind.one_of)}, and not more")
    for key in ActionEntry.model_fields:
        if key not in (*FRAME_KEYS, *kind.takes) and getattr(entry, key) is not None:
            takes = ", ".join(kind.takes)
            yield Finding((*path, key), shown(getattr(entry, key)), f"no argument of {entry.do}; it takes {takes}")


def _is_given(entry: ActionEntry, key: str) -> bool:
    return getattr(entry, key) not in (None, ())


def _promise(path: Path, entry: ActionEntry, scenario: Scenario) -> Findings:
    if entry.restored_by is None or entry.at is None:
        return
    if local_minutes(entry.restored_by, scenario) <= local_minutes(entry.at, scenario):
        allowed = f"after the action's own instant, {shown(entry.at)}"
        yield Finding((*path, "restored_by"), shown(entry.restored_by), allowed)


def _means(path: Path, entry: ActionEntry, settings: Scenario) -> Findings:
    """Find names of crews, depots and aid that the plan does not have."""
    means = {
        "crews": [*settings.crews, *settings.aid], "depot": list(settings.depots), "aid": list(settings.aid),
    }  # fmt: skip
    for key, names in NAMING.items():
        known = means.get(names, [])
        for name in names_in(getattr(entry, key)) if names in means else ():
            if name not in known:
                there = f"the plan has {', '.join(known)}" if known else "the plan has none"
                yield Finding((*path, key), shown(name), f"no {key} of that name; {there}", nearest_name(name, known))


def _switched(path: Path, entry: ActionEntry, settings: Scenario) -> Findings:
    """Find orders to switch under a plan that operates no devices."""
    if entry.do == "switch_tie" and not settings.switching.enabled:
        allowed = "an action of a plan that operates devices; this plan has switching.enabled = false"
        yield Finding((*path, "do"), shown(entry.do), allowed)
