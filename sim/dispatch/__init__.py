"""Dispatch: rules that rank open jobs for one free crew, and the tables of open jobs they read."""

from sim.dispatch.jobs import JobTable
from sim.dispatch.rules import GENERATOR_POLICIES, RULES, Rule, check_scores, resolve
from sim.dispatch.view import View

__all__ = ["GENERATOR_POLICIES", "RULES", "JobTable", "Rule", "View", "check_scores", "resolve"]
