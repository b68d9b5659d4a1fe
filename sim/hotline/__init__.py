"""The hotline: who phones, who gets through, who complains."""

from sim.hotline.alone import CallRecords, Redial, exponential, run_alone
from sim.hotline.batch import ABANDONED, BUSY, RESULTS, SERVED, VOICE, WAITING
from sim.hotline.callers import FIRST, FOLLOWUP, KINDS, REDIAL
from sim.hotline.complaints import CAUSES, Complaints, Intervals
from sim.hotline.hotline import Calls, Hotline, Reports
from sim.hotline.promises import Announcements, Promises
from sim.hotline.shared import SharedHotlines
from sim.hotline.staffing import agents_at, staffing

__all__ = [
    "ABANDONED", "BUSY", "CAUSES", "FIRST", "FOLLOWUP", "KINDS", "REDIAL", "RESULTS", "SERVED", "VOICE",
    "WAITING", "Announcements", "CallRecords", "Calls", "Complaints", "Hotline", "Intervals", "Promises",
    "Redial", "Reports", "SharedHotlines", "agents_at", "exponential", "run_alone", "staffing",
]  # fmt: skip
