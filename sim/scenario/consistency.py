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
from itertools import combinations
from typing import ParamSpec, get_args
from zoneinfo import ZoneInfo

from sim.errors import nearest_name
from sim.scenario import phoning
from sim.scenario.actions import ACTIONS, FRAME_KEYS, NAMING, ActionEntry, names_in
from sim.scenario.expressions import Kind, parse
from sim.scenario.fields import Table
from sim.scenario.finding import Finding, Path, dotted, shown
from sim.scenario.instants import NEVER, at_minutes, clock_minutes, local_minute_of_day, local_minutes
from sim.scenario.model import RULES, Aid, Checkpoint, Closure, CrewKind, Crews, Depot, Dispatch, Observed, Scenario
from sim.scenario.public import CALENDAR_DAYS, Weekday
from sim.scenario.risks import IMPACT_UNITS, Risk
from sim.scenario.standards_check import choice_findings, clause_findings, grades_findings, payment_findings
from sim.scenario.timed import action_of, contradictions
from sim.units import MIN_PER_DAY, MIN_PER_H, minutes_since

Findings = Iterator[Finding]
P = ParamSpec("P")

_BETWEEN = (
    ("peak_low", "peak_high"),
    ("poles_low", "poles_high"),
    ("peak_from", "peak_to"),
    ("calls_per_affected_low", "calls_per_affected_high"),
)
HOURS_PER_DAY = 24.0
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
        found += _told(_owner, ("risks", name), risk)
    return found


def check_settings(scenario: Scenario) -> list[Finding]:
    """Check what plans can change, the scenario being without its removed entries."""
    found = _told(phoning.staffed, scenario) + _told(phoning.called_in, scenario)
    found += _told(_called_in_at, scenario) + _told(phoning.voice_system, scenario) + _told(_complaint_desk, scenario)
    found += _told(phoning.fault_orders, scenario)
    found += _told(_dispatch, scenario) + _told(_promised, scenario) + _told(_switched_off_at, scenario)
    for name, depot in getattr(scenario, "depots", {}).items():
        found += _told(_deliveries, ("depots", name, "resupply"), depot)
    found += _told(_equipment, scenario) + _told(_menders, scenario) + _told(_two_crews, scenario)
    found += _told(_pole_people, scenario)
    for name, group in getattr(scenario, "crews", {}).items():
        found += _told(_instant, ("crews", name), group, "present_from", scenario)
        found += _told(_depot, ("crews", name), group, scenario) + _told(_drones, ("crews", name), group)
        found += _told(_first_shift, ("crews", name), group, scenario)
    for name, aid in getattr(scenario, "aid", {}).items():
        found += _told(_instant, ("aid", name), aid, "requested_at", scenario)
        found += _told(_depot, ("aid", name), aid, scenario) + _told(_arrivals, ("aid", name), aid)
        found += _told(_lodging, ("aid", name), aid, scenario) + _told(_stages, ("aid", name), aid, scenario)
        found += _told(_aid_on_duty, ("aid", name), aid, scenario)
    found += _told(_duty, scenario) + _told(_hand_over, scenario)
    for name, closure in getattr(scenario, "closures", {}).items():
        found += _told(_closure, ("closures", name), closure, scenario)
    return found + _told(_kind_names, scenario) + _told(_wind_limits, scenario) + _told(_nights, scenario)


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


def _owner(path: Path, risk: Risk) -> Findings:
    if not risk.owner.strip():
        yield Finding((*path, "owner"), shown(risk.owner), "the name of who answers for it")


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


def _switched_off_at(scenario: Scenario) -> Findings:
    rule, lead_h = scenario.preemptive, scenario.storm.forecast_lead_h
    yield from _instant(("preemptive",), rule, "at", scenario)
    if rule.gust_limit_mps is None or lead_h is None:
        return
    if at_minutes(rule.at, scenario) < scenario.landfall_at - lead_h * MIN_PER_H:
        allowed = f"not before the forecast is there, storm.forecast_lead_h = {lead_h:g} h before landfall"
        yield Finding(("preemptive", "at"), shown(rule.at), allowed)


def _dispatch(scenario: Scenario) -> Findings:
    yield from _rule(("dispatch",), scenario.dispatch)


def _promised(scenario: Scenario) -> Findings:
    etr = scenario.etr
    if etr.first_after_h is not None:
        last_h = (scenario.horizon_min - scenario.landfall_at) / MIN_PER_H
        if etr.first_after_h >= last_h:
            allowed = f"below {last_h:g}, so that a time is promised before the run ends"
            yield Finding(("etr", "first_after_h"), shown(etr.first_after_h), allowed)


def _rule(path: Path, table: Dispatch | ActionEntry) -> Findings:
    rule = table.rule
    if rule is not None and rule not in RULES and not _OWN_RULE.fullmatch(rule):
        allowed = "one of " + ", ".join(RULES) + ", or module:function with --allow-code"
        yield Finding((*path, "rule"), shown(rule), allowed, nearest_name(rule, RULES))


def _depot(path: Path, group: Crews | Aid, scenario: Scenario) -> Findings:
    yield from _depot_named((*path, "depot"), group.depot, "empty for all of them", scenario)


def _lodging(path: Path, aid: Aid, scenario: Scenario) -> Findings:
    yield from _depot_named((*path, "lodging"), aid.lodging, "empty for the depot they work from", scenario)


def _depot_named(path: Path, name: str, empty: str, scenario: Scenario) -> Findings:
    names = list(scenario.depots)
    if name and name not in names:
        allowed = "a depot that is enabled: " + (", ".join(names) or "there is none") + f"; {empty}"
        yield Finding(path, shown(name), allowed, nearest_name(name, names))


def _deliveries(path: Path, depot: Depot) -> Findings:
    for key in ("wire", "poles", "transformers"):
        if getattr(depot.resupply, key) and getattr(depot.stock, key) is None:
            allowed = f"0, or a number for stock.{key}: without one the depot is never short"
            yield Finding((*path, key), shown(getattr(depot.resupply, key)), allowed)


def _equipment(scenario: Scenario) -> Findings:
    """Find equipment that replacing a pole needs and no line crew has."""
    needed = scenario.work.pole_equipment
    groups = scenario.groups
    there = dict.fromkeys(name for g in groups if g.kind == "line" and g.count for name in g.equipment)
    if needed and needed not in there:
        allowed = "equipment of line crews, own or aid; " + (f"they have {', '.join(there)}" if there else "they have none")
        yield Finding(("work", "pole_equipment"), shown(needed), allowed, nearest_name(needed, list(there)))


def _closure(path: Path, closure: Closure, scenario: Scenario) -> Findings:
    """Find closures of no area, without an end, or of a ferry half described."""
    yield from _in_run((*path, "closed_from"), closure.closed_from, at_minutes(closure.closed_from, scenario), scenario)
    n_edges = sum(edge is not None for edge in closure.rectangle)
    if not closure.areas and not n_edges:
        yield Finding((*path, "areas"), "", "missing; a closure has areas, or a rectangle of west, south, east and north")
    if n_edges not in (0, 4):
        missing = [key for key in ("west", "south", "east", "north") if getattr(closure, key) is None]
        yield Finding((*path, missing[0]), "", "missing; a rectangle has west, south, east and north")
    for name in closure.depots:
        yield from _depot_named((*path, "depots"), name, "empty for none", scenario)
    if closure.open_at is None and not closure.is_ferry:
        yield Finding((*path, "open_at"), "", "missing; only ferries have no end: ferry_wind_limit_mps, ferry_from")
    elif closure.open_at is not None and at_minutes(closure.open_at, scenario) <= at_minutes(closure.closed_from, scenario):
        yield Finding((*path, "open_at"), shown(closure.open_at), f"after closed_from, {shown(closure.closed_from)}")
    elif closure.open_at is not None:
        yield from _in_run((*path, "open_at"), closure.open_at, at_minutes(closure.open_at, scenario), scenario)
    given = {key: getattr(closure, key) for key in ("ferry_from", "ferry_until")}
    if None in given.values() and any(given.values()):
        missing = [key for key, value in given.items() if value is None]
        yield Finding((*path, missing[0]), "", "missing; a ferry that keeps hours has ferry_from and ferry_until")
    elif closure.ferry_from is not None and closure.ferry_from == closure.ferry_until:
        yield Finding((*path, "ferry_until"), shown(closure.ferry_until), "another time than ferry_from")


def _n_crews(scenario: Scenario, kind: str) -> int:
    groups = scenario.groups
    return sum(group.count for group in groups if group.kind == kind)


def _menders(scenario: Scenario) -> Findings:
    """Find shares of repairs given to kinds that do not mend or that the plan lacks, and shares above the whole."""
    for key in ("wire_fraction", "pole_fraction", "transformer_fraction"):
        total = 0.0
        for kind, rules in scenario.work.kinds.items():
            share, path = getattr(rules, key), ("work", "kinds", kind, key)
            total += share
            if share and kind not in ("underground", "substation"):
                yield Finding(path, shown(share), f"0; {kind} crews do no share of the repairs, underground and substation may")
            elif share and not _n_crews(scenario, kind):
                yield Finding(path, shown(share), f'0, or crews of kind "{kind}", own or aid, who mend these; there are none')
            elif total > 1:
                yield Finding(path, shown(share), "at most 1 with the shares of the other kinds")


def _two_crews(scenario: Scenario) -> Findings:
    share = scenario.work.pole_two_crews_fraction
    groups = scenario.groups
    there = [group for group in groups if group.kind == "line" and group.count]
    meet = any(group.count > 1 for group in there) or any(_meet(a, b) for a, b in combinations(there, 2))
    if share and not meet:
        allowed = "0, or two crews of kind line at least, own or aid, that are on duty at the same time"
        yield Finding(("work", "pole_two_crews_fraction"), shown(share), allowed)


def _pole_people(scenario: Scenario) -> Findings:
    """Find poles that no crew of a kind that replaces them, nor two of them on duty together, has the people for."""
    needed = scenario.work.pole_people
    shares = {kind: rules.pole_fraction for kind, rules in scenario.work.kinds.items() if rules.pole_fraction}
    kinds = [*(["line"] if sum(shares.values()) < 1 else []), *shares]
    groups = scenario.groups
    for kind in kinds:
        there = [group for group in groups if group.kind == kind and group.count]
        tool = scenario.work.pole_equipment
        able = [group for group in there if not tool or tool in group.equipment]  # one of them goes first
        alone = max((group.people for group in able), default=0.0)
        both = [2 * group.people for group in able if group.count > 1]
        both += [a.people + b.people for a, b in combinations(there, 2) if (a in able or b in able) and _meet(a, b)]
        most = max([alone, *both])
        if able and needed > most:
            allowed = f"at most {most:g}: {kind} crews, own or aid, have {alone:g} people at most"
            allowed += f", two that are on duty at the same time {max(both):g}" if both else ", and no two are on duty together"
            yield Finding(("work", "pole_people"), shown(needed), allowed)


def _stages(path: Path, aid: Aid, scenario: Scenario) -> Findings:
    """Find aid that answers after it has come, or goes home before it has come."""
    answers = aid.release_h or aid.refused_probability or aid.late_probability
    if answers and aid.release_h >= aid.first_arrival_h:
        allowed = f"below first_arrival_h, {shown(aid.first_arrival_h)}: nobody comes before the answer"
        yield Finding((*path, "release_h"), shown(aid.release_h), allowed)
    if aid.requested_at == NEVER:
        return
    asked = at_minutes(aid.requested_at, scenario)
    last = asked + max(aid.first_arrival_h, aid.last_arrival_h if aid.groups > 1 else 0.0) * MIN_PER_H
    if aid.leaves_at is not None:
        yield from _in_run((*path, "leaves_at"), aid.leaves_at, at_minutes(aid.leaves_at, scenario), scenario)
        if at_minutes(aid.leaves_at, scenario) <= last:
            allowed = f"after the last of them come, T+{last / MIN_PER_H:g}h"
            yield Finding((*path, "leaves_at"), shown(aid.leaves_at), allowed)


def _aid_on_duty(path: Path, aid: Aid, scenario: Scenario) -> Findings:
    """Find aid of which some come after the run, or are never on duty before it ends or they go home."""
    if aid.requested_at == NEVER or aid.last_arrival_h < aid.first_arrival_h or scenario.timezone not in _zones():
        return
    asked, horizon = at_minutes(aid.requested_at, scenario), scenario.horizon_min
    if not 0 <= asked <= horizon:
        return
    room, step_h = (horizon - asked) / MIN_PER_H, (aid.last_arrival_h - aid.first_arrival_h) / max(1, aid.groups - 1)
    for i in range(min(aid.groups, aid.count)):
        comes = asked + (aid.first_arrival_h + i * step_h) * MIN_PER_H
        key, who = ("last_arrival_h", "the last of them come") if i else ("first_arrival_h", "anybody comes")
        if comes > horizon:
            allowed = f"at most {room:g}: the run ends {room:g} h after asking, before {who}"
            yield Finding((*path, key), shown(getattr(aid, key)), allowed)
            return
        ends = {key: horizon}
        if aid.leaves_h is not None:
            ends["leaves_h"] = comes + aid.leaves_h * MIN_PER_H
        if aid.leaves_at is not None:
            ends["leaves_at"] = at_minutes(aid.leaves_at, scenario)
        first = min(ends, key=lambda name: ends[name])
        begins = _on_duty_from(comes + aid.induction_h * MIN_PER_H, aid, scenario)
        if comes < ends[first] <= begins:
            last = f"{'the run ends' if first == key else 'they go home'} at T+{ends[first] / MIN_PER_H:g}h"
            allowed = f"a time that lets them work: who comes at T+{comes / MIN_PER_H:g}h is on duty from "
            allowed += f"T+{begins / MIN_PER_H:g}h, and {last}"
            yield Finding((*path, first), shown(getattr(aid, first)), allowed)
            return


def _on_duty_from(since: float, group: Crews | Aid, scenario: Scenario) -> float:
    """Return the first minute from `since` on at which crews are on shift."""
    if group.shift_h >= HOURS_PER_DAY:
        return since
    start, clock = clock_minutes(group.shift_start), float(local_minute_of_day(since, scenario))
    into = (clock - start) % MIN_PER_DAY
    return since if into < group.shift_h * MIN_PER_H else since + (start - clock) % MIN_PER_DAY


def _first_shift(path: Path, group: Crews, scenario: Scenario) -> Findings:
    """Find crews whose first shift would begin after the run."""
    if scenario.timezone not in _zones():
        return
    since = at_minutes(group.present_from, scenario)
    if group.count and 0 <= since <= scenario.horizon_min <= _on_duty_from(since, group, scenario):
        allowed = "an instant from which a shift still begins within the run: these crews would never work"
        yield Finding((*path, "present_from"), shown(group.present_from), allowed)


def _meet(one: Crews | Aid, other: Crews | Aid) -> bool:
    """Say whether two groups are ever on duty at the same hour."""
    since = (clock_minutes(other.shift_start) - clock_minutes(one.shift_start)) % MIN_PER_DAY
    return since < one.shift_h * MIN_PER_H or MIN_PER_DAY - since < other.shift_h * MIN_PER_H


def _by_shifts(scenario: Scenario) -> dict[str, Crews | Aid]:
    """Return the groups, own and aid, that work in shifts, by name; relief day and night has no end."""
    groups: list[tuple[str, Crews | Aid]] = [*scenario.crews.items(), *scenario.aid.items()]
    return {name: group for name, group in groups if group.count > 0 and group.shift_h < HOURS_PER_DAY}


def _kind_names(scenario: Scenario) -> Findings:
    kinds = get_args(CrewKind)
    for name in scenario.work.kinds:
        if name not in kinds:
            allowed = "a kind of crew: " + ", ".join(kinds)
            yield Finding(("work", "kinds", name), "", allowed, nearest_name(name, kinds))


def _wind_limits(scenario: Scenario) -> Findings:
    if scenario.work.wind_limit_by == "standards" and not scenario.standards.wind_limits_mps:
        allowed = '"plan"; no clause of the standards is about wind (standards.preset japan, sgcc and csg have one)'
        yield Finding(("work", "wind_limit_by"), shown("standards"), allowed)


def _nights(scenario: Scenario) -> Findings:
    """Find nights without end, and crews that stop at night and whose whole shift lies in it."""
    work = scenario.work
    start, end = clock_minutes(work.night_from), clock_minutes(work.night_until)
    length = (end - start) % MIN_PER_DAY
    if not length:
        yield Finding(("work", "night_until"), shown(work.night_until), f"another time than night_from, {work.night_from}")
    for table, groups in (("crews", scenario.crews), ("aid", scenario.aid)):
        for name, group in groups.items():
            rules = work.kinds.get(group.kind)
            if rules is None or not rules.night_stop or not group.count:
                continue
            since = (clock_minutes(group.shift_start) - start) % MIN_PER_DAY
            if since + group.shift_h * MIN_PER_H <= length:
                allowed = (
                    f"a shift of which some is by day: {group.kind} crews stop work from {work.night_from} to "
                    f"{work.night_until}, and this one ends before"
                )
                yield Finding((table, name, "shift_start"), shown(group.shift_start), allowed)


def _duty(scenario: Scenario) -> Findings:
    """Find rules of duty and rest that the longest shift leaves no room for."""
    groups, work = _by_shifts(scenario), scenario.work
    if not groups:
        return
    name = max(groups, key=lambda name: groups[name].shift_h)
    longest = groups[name].shift_h
    if work.rest_h + longest > HOURS_PER_DAY:
        allowed = f"at most {HOURS_PER_DAY - longest:g}, what the {longest:g} h shift of {name} leaves of the day"
        yield Finding(("work", "rest_h"), shown(work.rest_h), allowed)
    if 0 < work.longest_duty_h < longest:
        allowed = f"at least {longest:g}, the shift of {name}; or 0 for no limit but overtime"
        yield Finding(("work", "longest_duty_h"), shown(work.longest_duty_h), allowed)


def _hand_over(scenario: Scenario) -> Findings:
    """Find crews that are to hand over where no crew of their kind is ever on duty at the end of their shift."""
    if scenario.work.shift_end != "hand_over":
        return
    groups = _by_shifts(scenario)
    everybody = scenario.groups
    lasting = {group.kind for group in everybody if group.count > 0}
    lasting -= {group.kind for group in groups.values()}
    for one in groups.values():
        end = (clock_minutes(one.shift_start) / MIN_PER_H + one.shift_h) % HOURS_PER_DAY
        for other in groups.values():
            since = (end - clock_minutes(other.shift_start) / MIN_PER_H) % HOURS_PER_DAY
            if other.kind == one.kind and since < other.shift_h:
                lasting.add(one.kind)
    if groups and not lasting & {group.kind for group in groups.values()}:
        kinds = ", ".join(dict.fromkeys(group.kind for group in groups.values()))
        allowed = f'"finish" or "stop"; all crews of one kind ({kinds}) come off duty with nobody there to take over'
        yield Finding(("work", "shift_end"), shown("hand_over"), allowed)


def _drones(path: Path, group: Crews) -> Findings:
    for key in ("patrol_kmh", "detection_fraction"):
        value = getattr(group, key)
        if value is not None and group.kind != "patrol":
            allowed = f"for crews that patrol; these are {group.kind} crews"
            yield Finding((*path, key), shown(value), allowed)


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
    groups = scenario.groups
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
        if key not in (*FRAME_KEYS, *kind.takes) and getattr(entry, key, None) is not None:
            takes = ", ".join(kind.takes)
            yield Finding((*path, key), shown(getattr(entry, key)), f"no argument of {entry.do}; it takes {takes}")


def _is_given(entry: ActionEntry, key: str) -> bool:
    """Whether an argument stands there, be it right or wrong in itself; that is told already."""
    return getattr(entry, key, "wrong") not in (None, ())


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
        for name in names_in(getattr(entry, key, None)) if names in means else ():
            if name not in known:
                there = f"the plan has {', '.join(known)}" if known else "the plan has none"
                yield Finding((*path, key), shown(name), f"no {key} of that name; {there}", nearest_name(name, known))


def _switched(path: Path, entry: ActionEntry, settings: Scenario) -> Findings:
    """Find orders to switch under a plan that operates no devices."""
    if entry.do == "switch_tie" and not settings.switching.enabled:
        allowed = "an action of a plan that operates devices; this plan has switching.enabled = false"
        yield Finding((*path, "do"), shown(entry.do), allowed)
