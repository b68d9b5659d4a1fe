"""The hotline: who phones, who gets through, who complains."""

from sim.hotline.alone import CallRecords, Redial, exponential, run_alone
from sim.hotline.batch import (
    ABANDONED,
    APP,
    BUSY,
    CALLED_BACK,
    CUT_OFF,
    POSTED,
    RESULTS,
    RUNG_UP,
    SECOND_SITE,
    SERVED,
    VOICE,
    WAITING,
    is_answered,
    is_call,
    was_answered,
)
from sim.hotline.callers import FIRST, FOLLOWUP, KINDS, REDIAL
from sim.hotline.complaints import CAUSES, Complaints, Intervals
from sim.hotline.counting import binomial_quantile
from sim.hotline.hotline import Calls, Hotline, Reports
from sim.hotline.masts import Masts
from sim.hotline.promises import Announcements, Promises
from sim.hotline.relief import NO_RELIEF, Relief
from sim.hotline.shared import SharedHotlines
from sim.hotline.staffing import agents_at, second_site, shifts_of, staffing

__all__ = [
    "ABANDONED", "APP", "BUSY", "CALLED_BACK", "CAUSES", "CUT_OFF", "FIRST", "FOLLOWUP", "KINDS", "NO_RELIEF", "POSTED",
    "REDIAL", "RESULTS", "RUNG_UP", "SECOND_SITE", "SERVED", "VOICE", "WAITING", "Announcements", "CallRecords", "Calls",
    "Complaints", "Hotline", "Intervals", "Masts", "Promises", "Redial", "Relief", "Reports", "SharedHotlines", "agents_at",
    "binomial_quantile", "exponential", "is_answered", "is_call", "run_alone", "second_site", "shifts_of", "staffing",
    "was_answered",
]  # fmt: skip
