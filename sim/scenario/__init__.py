"""The scenario: one TOML file is one drill; read, checked, and seen through each of its plans."""

from sim.scenario.declared import Declaration, declarations, schema
from sim.scenario.instants import at_minutes, clock_minutes, local_minute_of_day
from sim.scenario.model import Scenario
from sim.scenario.plans import Plan, plan
from sim.scenario.read import Loaded, examine, read
from sim.scenario.template import template
from sim.scenario.timed import Action
from sim.scenario.vary import Vary, combinations, read_varies

__all__ = [
    "Action",
    "Declaration",
    "Loaded",
    "Plan",
    "Scenario",
    "Vary",
    "at_minutes",
    "clock_minutes",
    "combinations",
    "declarations",
    "examine",
    "local_minute_of_day",
    "plan",
    "read",
    "read_varies",
    "schema",
    "template",
]
