"""What complaints are about: the cause that a complaint desk would book.

Complaints after a missed promise and after a failed call come with their cause. Those about the waiting itself are
about what was being waited for when the grievance arose, unless the customer had another reason, drawn by the
complaint:

* repeat: dark not for the first time, in so many of such cases;
* no_information: nothing stands promised to the area, in so many of such cases;
* conduct: crews are on the road or at work, in so few of such cases;
* repair, travel: a crew is at work in the zone that keeps the customer in the dark, or on its way;
* dispatch: everything before: damage not found, too windy, no crew yet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.hotline.complaints import FAILED_CONTACT, MISSED_ETR, Complaints
from sim.hotline.promises import Promises
from sim.metrics.intervals import Dark
from sim.metrics.where import STAGES, Stages
from sim.scenario.model import Complaints as Settings

CAUSES = (
    "dispatch", "travel", "repair", "missed_etr", "no_information", "failed_contact", "repeat", "conduct",
)  # fmt: skip
_TRAVEL, _WORK = STAGES.index("travel"), STAGES.index("work")


def causes(
    lodged: Complaints, dark: Dark, stages: Stages, told: Promises, settings: Settings, key: tuple[int, int]
) -> NDArray[np.int64]:
    """Return the cause of each complaint, an index into CAUSES, (n,).

    Parameters
    ----------
    lodged : the complaints.
    dark : intervals in the dark, by section and start.
    stages : what their zones were waiting for.
    told : what areas were promised.
    settings : the shares that are drawn.
    key : seed and replication of the draws.
    """
    stage = stages.at(lodged.section, lodged.arose_at)
    is_seen = (stage == _TRAVEL) | (stage == _WORK)
    is_again = _n_before(dark, lodged) > 0
    is_untold = np.isnan(told.latest(lodged.area, lodged.arose_at))
    u = rng.uniforms(*key, "complaint.reason", lodged.who, lodged.nth, np.arange(3)[:, None])
    about = {
        "missed_etr": lodged.cause == MISSED_ETR,
        "failed_contact": lodged.cause == FAILED_CONTACT,
        "repeat": is_again & (u[0] < settings.repeat_fraction),
        "no_information": is_untold & (u[1] < settings.no_information_fraction),
        "conduct": is_seen & (u[2] < settings.conduct_fraction),
        "repair": stage == _WORK,
        "travel": stage == _TRAVEL,
    }  # the first that fits
    return np.select([*about.values()], [CAUSES.index(name) for name in about], CAUSES.index("dispatch"))


def _n_before(dark: Dark, lodged: Complaints) -> NDArray[np.int64]:
    """Return how many sustained interruptions of its section had ended when each grievance arose."""
    ended = np.lexsort((dark.end[dark.sustained], dark.section[dark.sustained]))
    section, end = dark.section[dark.sustained][ended], dark.end[dark.sustained][ended]
    span = max(float(dark.end.max(initial=0.0)), float(lodged.arose_at.max(initial=0.0))) + 1.0
    first = np.searchsorted(section, lodged.section)
    return np.searchsorted(section * span + end, lodged.section * span + lodged.arose_at) - first
