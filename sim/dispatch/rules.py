"""Dispatch rules: which open job a free crew takes. A rule scores all open jobs; the highest score wins.

A job's customers are all who are believed dark behind its device, also where another known fault further up keeps them
dark: the fault further up has at least as many behind it and so tends to come first. Where one zone has several known
faults, `customers_per_hour` shares its customers among them, so that a zone nearly mended gains weight.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.damage import WORK_CLASSES
from sim.dispatch.areas import LargestBacklogArea
from sim.dispatch.rollout import Rollout
from sim.dispatch.view import View
from sim.errors import DrillError, InputError, nearest_name
from sim.scenario.model import Dispatch, Scenario
from sim.units import MIN_PER_H, instant_at

FloatArray = NDArray[np.float64]
Rule = Callable[[View], FloatArray]

_WIRE = WORK_CLASSES.index("wire")
_LEAST_MIN = 1e-9  # of travel and work, so that nothing is divided by zero
_CLASS = 1e9  # above every number of customers
_NOT_CRITICAL = -1e7  # minutes, 19 years: below every job with critical customers behind it


def first_come(view: View) -> FloatArray:
    """Score the job that was opened first highest."""
    return -view.opened_at


def nearest(view: View) -> FloatArray:
    """Score the job nearest to the crew highest."""
    return -view.distance_km


def most_customers(view: View) -> FloatArray:
    """Score the job with most customers behind it highest."""
    return view.customers


def customers_per_hour(view: View) -> FloatArray:
    """Score by customers behind per expected hour of travel and work: the index of weighted shortest time (Smith 1956)."""
    minutes = view.expected_min + view.travel_min
    if view.asking.mobilise_min < _LEAST_MIN:
        minutes = np.maximum(minutes, _LEAST_MIN)
    minutes *= view.shared_by
    return view.customers * MIN_PER_H / minutes


def critical_first(view: View) -> FloatArray:
    """Score jobs with critical customers behind first, least backup left first; then by customers per hour."""
    per_hour = customers_per_hour(view)
    below_one = per_hour / (per_hour.max() + 1.0) if len(per_hour) else per_hour
    scores = below_one + _NOT_CRITICAL
    critical = (view.critical > 0).nonzero()[0]
    if len(critical):
        end_at = view.backup_end_at[critical]
        scores[critical] = below_one[critical] - np.where(np.isfinite(end_at), np.floor(end_at), 0.0)
    return scores


def restore_in_order(view: View) -> FloatArray:
    """Score wires down first, then what feeders leave substations by, critical customers, and most customers first.

    The order of Edison Electric Institute and PSEG Long Island: make wires safe; transmission and substations; critical
    services; most customers first; single homes last. Wires that are down go in the same order among themselves.
    """
    order = np.where(view.at_substation > 0, 2.0, np.where(view.critical > 0, 1.0, 0.0))
    return np.asarray((order + 3.0 * (view.work == _WIRE)) * _CLASS + view.customers)


RULES: dict[str, Rule] = {
    "first_come": first_come,
    "nearest": nearest,
    "most_customers": most_customers,
    "customers_per_hour": customers_per_hour,
    "critical_first": critical_first,
    "restore_in_order": restore_in_order,
}
"""Rules that look at the view alone."""

MADE: dict[str, Callable[[Dispatch], Rule]] = {
    "largest_backlog_area": lambda d: LargestBacklogArea(RULES[d.index_rule], d.area_period_h * MIN_PER_H),
    "rollout": lambda d: Rollout(RULES[d.index_rule], d.rollout_steps),
}
"""Rules that a run makes for itself from a plan's settings: they remember, or look ahead."""


NAMES = (*RULES, *MADE)
"""All rules that have a name."""


def backup_first(view: View) -> FloatArray:
    """Score the critical customer whose backup ends first highest."""
    return np.where(np.isfinite(view.backup_end_at), -view.backup_end_at, _NOT_CRITICAL)


GENERATOR_POLICIES: dict[str, Rule] = {"backup_first": backup_first, "nearest": nearest, "first_come": first_come}
"""To which critical customer a free mobile generator goes."""

NEVER_REFUSE: frozenset[Rule] = frozenset((*RULES.values(), *GENERATOR_POLICIES.values()))
"""Rules that look at nothing but the view and give no job the score -inf: a single job needs no score."""


def resolve(name: str, allow_code: bool = False, plan: str = "", settings: Scenario | None = None) -> Rule:
    """Return the rule of that name for one run, or load the function of `module:function` when code is allowed.

    Modules are looked for on the usual path and in the current folder. `plan` names the plan in messages, `settings`
    is the scenario under it (None: rules have their defaults, and messages no local time).

    Raises
    ------
    InputError for an unknown name, for code that is not allowed, or for a function that is not there.
    """
    if name in RULES:
        return RULES[name]
    if name in MADE:
        return MADE[name](settings.dispatch if settings else Dispatch())
    where = f"plan '{plan}': dispatch rule" if plan else "dispatch rule"
    allowed = f"one of {', '.join(NAMES)}, or module:function with --allow-code"
    module, colon, function = name.partition(":")
    if not colon:
        raise InputError.one(where, "", f'"{name}"', allowed, nearest_name(name, NAMES))
    if not allow_code:
        raise InputError.one(where, "", f'"{name}"', "a rule of your own needs --allow-code")
    here = str(Path.cwd())
    added = here not in sys.path
    if added:
        sys.path.insert(0, here)
    try:
        rule = getattr(importlib.import_module(module), function)
    except Exception as error:  # a module of the user's own may fail in any way
        why = f"a function that can be loaded ({type(error).__name__}: {error})"
        raise InputError.one(where, "", f'"{name}"', why) from error
    finally:
        if added:
            sys.path.remove(here)
    if not callable(rule):
        raise InputError.one(where, "", f'"{name}"', "a function of one view")
    return _guarded(rule, name, plan, settings)


def check_scores(scores: object, n: int, rule: str, plan: str = "") -> FloatArray:
    """Return the scores as floats (n,).

    Raises
    ------
    DrillError naming plan, key and rule when they are not n numbers or one of them is not a number.
    """
    who = _who(rule, plan)
    try:
        out = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError):
        raise DrillError(f"{who} returned {type(scores).__name__}, not an array of {n} scores") from None
    if out.shape != (n,):
        raise DrillError(f"{who} returned scores of shape {out.shape}; {n} jobs are open, so ({n},) is needed")
    if np.isnan(out).any():
        raise DrillError(f"{who} returned a score that is not a number for job {int(np.argmax(np.isnan(out)))} of {n}")
    return out


def _who(rule: str, plan: str) -> str:
    return (f"plan '{plan}': " if plan else "") + f'dispatch.rule = "{rule}"'


def _guarded(rule: Callable[[View], object], name: str, plan: str, settings: Scenario | None) -> Rule:
    """Return the rule with its result checked and its errors told as ours."""

    def checked(view: View) -> FloatArray:
        try:
            scores = rule(view)
        except (Exception, SystemExit) as error:  # code of the user's own may fail in any way, and may want to leave
            what = f"{type(error).__name__}: {error}{_line(error)}"
            raise DrillError(f"{_who(name, plan)} failed at {_instant(view.now, settings)}: {what}") from error
        return check_scores(scores, len(view), name, plan)

    return checked


def _instant(at: float, settings: Scenario | None) -> str:
    """Return a minute of the run, with its local time where the scenario is known."""
    if settings is None:
        return f"minute {at:g}"
    return f"minute {at:g} ({instant_at(settings.start, at, settings.timezone):%Y-%m-%d %H:%M} local time)"


def _line(error: BaseException) -> str:
    """Return the file of the rule and the last of its lines that ran, empty where none is known."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is ours
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
