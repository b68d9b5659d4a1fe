"""The hotline: who phones, who gets through, who complains."""

from sim.hotline.alone import CallRecords, Redial, exponential, run_alone
from sim.hotline.batch import (
    ABANDONED,
    BUSY,
    CALLED_BACK,
    RESULTS,
    SECOND_SITE,
    SERVED,
    VOICE,
    WAITING,
    is_answered,
)
from sim.hotline.callers import FIRST, FOLLOWUP, KINDS, REDIAL
from sim.hotline.complaints import CAUSES, Complaints, Intervals
from sim.hotline.hotline import Calls, Hotline, Reports
from sim.hotline.promises import Announcements, Promises
from sim.hotline.relief import NO_RELIEF, Relief
from sim.hotline.shared import SharedHotlines
from sim.hotline.staffing import agents_at, staffing

__all__ = [
    "ABANDONED", "BUSY", "CALLED_BACK", "CAUSES", "FIRST", "FOLLOWUP", "KINDS", "NO_RELIEF", "REDIAL", "RESULTS",
    "SECOND_SITE", "SERVED", "VOICE", "WAITING", "Announcements", "CallRecords", "Calls", "Complaints", "Hotline",
    "Intervals", "Promises", "Redial", "Relief", "Reports", "SharedHotlines", "agents_at", "exponential",
    "is_answered", "run_alone", "staffing",
]  # fmt: skip
