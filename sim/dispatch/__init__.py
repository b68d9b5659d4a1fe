"""Dispatch: rules that rank open jobs for one free crew, and the tables of open jobs they read."""

from sim.dispatch.areas import LargestBacklogArea
from sim.dispatch.jobs import JobTable
from sim.dispatch.rollout import Rollout
from sim.dispatch.rules import GENERATOR_POLICIES, NAMES, RULES, Rule, check_scores, resolve
from sim.dispatch.view import Asking, Outlook, View

__all__ = [
    "GENERATOR_POLICIES",
    "NAMES",
    "RULES",
    "Asking",
    "JobTable",
    "LargestBacklogArea",
    "Outlook",
    "Rollout",
    "Rule",
    "View",
    "check_scores",
    "resolve",
]
