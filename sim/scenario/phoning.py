"""What must hold between the keys of the hotline and its callers: seats, shifts without gaps, shares that add up."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.finding import Finding, shown
from sim.scenario.instants import clock_minutes
from sim.scenario.model import Hotline, Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H

Findings = Iterator[Finding]


def staffed(scenario: Scenario) -> Findings:
    """Check the usual staffing: it fits the seats, and shifts leave no minute of the day without one."""
    desk = scenario.hotline
    if desk.shifts:
        yield from _shifts(desk)
        return
    for key in ("agents", "night_agents"):
        if getattr(desk, key) > desk.seats:
            yield Finding(("hotline", key), shown(getattr(desk, key)), f"at most hotline.seats, {desk.seats}")
    if clock_minutes(desk.day_start) >= clock_minutes(desk.day_end):
        allowed = f"after hotline.day_start, {shown(desk.day_start)}"
        yield Finding(("hotline", "day_end"), shown(desk.day_end), allowed)


def called_in(scenario: Scenario) -> Findings:
    """Check that those called in find seats."""
    desk = scenario.hotline
    most = max(agents for _, agents, _ in _course(desk)) if desk.shifts else max(desk.agents, desk.night_agents)
    if most <= desk.seats < most + desk.surge_agents:
        allowed = f"at most {desk.seats - most}, the seats that agents leave free"
        yield Finding(("hotline", "surge_agents"), shown(desk.surge_agents), allowed)


def voice_system(scenario: Scenario) -> Findings:
    """Check that the high-volume mode settles no fewer calls than usual."""
    desk = scenario.hotline
    if 0 < desk.high_volume_containment_fraction < desk.containment_fraction:
        allowed = f"0, or not below hotline.containment_fraction, {shown(desk.containment_fraction)}"
        yield Finding(
            ("hotline", "high_volume_containment_fraction"), shown(desk.high_volume_containment_fraction), allowed
        )


def fault_orders(scenario: Scenario) -> Findings:
    """Check that there is somebody to merge and to urge orders, and that merging takes no longer than handling."""
    desk = scenario.fault_orders
    if not desk.staff and desk.merging:
        yield Finding(("fault_orders", "merging"), shown(desk.merging), "false, or fault_orders.staff at least 1")
    if not desk.staff and desk.urge_after_h:
        yield Finding(("fault_orders", "urge_after_h"), shown(desk.urge_after_h), "0, or fault_orders.staff at least 1")
    if desk.merge_min > desk.handle_min:
        allowed = f"at most fault_orders.handle_min, {shown(desk.handle_min)}"
        yield Finding(("fault_orders", "merge_min"), shown(desk.merge_min), allowed)


def kinds_of_customers(scenario: Scenario) -> Findings:
    """Check that shares of kinds of customers, and of ways to report, are not above one together."""
    who = scenario.customers
    if who.important.fraction + who.life_support.fraction > 1:
        allowed = f"at most {shown(round(1 - who.important.fraction, 12))}, what customers.important.fraction leaves"
        yield Finding(("customers", "life_support", "fraction"), shown(who.life_support.fraction), allowed)
    if who.app_fraction + who.social_fraction > 1:
        allowed = f"at most {shown(round(1 - who.app_fraction, 12))}, what customers.app_fraction leaves"
        yield Finding(("customers", "social_fraction"), shown(who.social_fraction), allowed)


def _shifts(desk: Hotline) -> Findings:
    course = _course(desk)
    for i, (at, agents, on) in enumerate(course):
        until = course[i + 1][0] if i + 1 < len(course) else MIN_PER_DAY
        hours = f"from {_clock(at)} to {_clock(until)}"
        if on == 0:
            yield Finding(
                ("hotline", "shifts"), hours, "no gap: a shift, if only of 0 agents, at every minute of the day"
            )
        if agents > desk.seats:
            yield Finding(("hotline", "shifts"), f"{agents} agents {hours}", f"at most hotline.seats, {desk.seats}")


def _course(desk: Hotline) -> list[tuple[float, int, int]]:
    """Return (minute of the day, agents, shifts on) from 00:00, at each minute where a shift begins or ends."""
    spans = []
    for shift in desk.shifts.values():
        start, end = clock_minutes(shift.start) % MIN_PER_DAY, clock_minutes(shift.end)
        parts = [(start, end)] if start < end else [(start, MIN_PER_DAY), (0.0, end)]
        spans += [(begin, stop, shift.agents) for begin, stop in parts]
    edges = sorted({0.0, *(edge for begin, stop, _ in spans for edge in (begin, stop) if edge < MIN_PER_DAY)})
    on = [[n for begin, stop, n in spans if begin <= at < stop] for at in edges]
    return [(at, sum(numbers), len(numbers)) for at, numbers in zip(edges, on, strict=True)]


def _clock(minute: float) -> str:
    return f"{int(minute // MIN_PER_H):02d}:{int(minute % MIN_PER_H):02d}"
