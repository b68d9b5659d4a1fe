"""Dispatch: rules that rank open jobs for one free crew, and the tables of open jobs they read."""

from sim.dispatch.jobs import JobTable
from sim.dispatch.rules import RULES, Rule, check_scores, generator_order, resolve
from sim.dispatch.view import View

__all__ = ["RULES", "JobTable", "Rule", "View", "check_scores", "generator_order", "resolve"]
