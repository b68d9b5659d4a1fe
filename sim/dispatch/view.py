"""What a dispatch rule sees: the control room's knowledge of the open jobs, as read-only columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class View:
    """All open jobs for crews of one kind, as known when one crew asks for work; arrays (n_jobs,), read-only.

    job : number of the job. opened_at : minute at which it was opened. customers : customers believed dark behind
    the job's device. shared_by : known open faults in that device's zone (at least 1): only when all are repaired do
    those customers have supply again. expected_min : expected minutes on site, from learned means. distance_km :
    straight distance to the asking crew. travel_min : minutes of travel over it, briefing included. critical :
    critical customers believed dark behind the device and without a mobile generator. backup_end_at : earliest
    minute at which the backup of one of those ends, inf where there is none. area : index of the job's area.
    attempts : visits that an earlier crew has ended without finishing the zone. now : present minute. crew_kind :
    the asking crew's kind.
    """

    job: IntArray
    opened_at: FloatArray
    customers: FloatArray
    shared_by: FloatArray
    expected_min: FloatArray
    distance_km: FloatArray
    travel_min: FloatArray
    critical: FloatArray
    backup_end_at: FloatArray
    area: IntArray
    attempts: IntArray
    now: float
    crew_kind: str

    def __len__(self) -> int:
        return len(self.job)
