"""What the equipment of a network can do and how often it fails, beside the arrays of `Network`.

The network alone says who hangs on what. Switching needs loads, ratings and the times and reach of devices;
reliability needs failure rates. A number that is not known is nan or unlimited (inf), never a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.errors import DrillError
from sim.grid.coast import Coast
from sim.grid.network import Network

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

KW_PER_CUSTOMER = 1.0
"""Mean load of a customer where none is given (grade X)."""


@dataclass(frozen=True)
class Switchgear:
    """Devices, ties and ratings. Section arrays (n_sections,) speak of the device at the upstream end."""

    is_remote: BoolArray  # the control room can operate it
    success: FloatArray  # probability that it clears a fault in its zone
    switch_min: FloatArray  # minutes until it is opened or closed on order; nan: as the faulted section says
    peak_kw: FloatArray  # load of the section's customers at peak
    capacity_kw: FloatArray  # rating of the section; inf: not known to bind
    tie_name: NDArray[np.str_]  # (n_ties,)
    tie_is_remote: BoolArray
    tie_switch_min: FloatArray  # nan: as the faulted section says
    tie_capacity_kw: FloatArray
    substation_capacity_kw: FloatArray  # (n_substations,)


@dataclass(frozen=True)
class FailureRates:
    """Failures per year and the minutes that follow; section arrays unless named otherwise.

    Rates are of the whole section. `isolate_min` passes from a fault until it is cut off and what can be is
    fed again, where the devices have no time of their own.
    """

    fail_per_yr: FloatArray  # sustained faults of the line
    temporary_per_yr: FloatArray  # faults that are gone when a recloser closes again
    repair_min: FloatArray
    isolate_min: FloatArray
    transformer_fail_per_yr: FloatArray  # all transformers of the section together
    transformer_repair_min: FloatArray
    substation_fail_per_yr: FloatArray  # (n_substations,)
    substation_repair_min: FloatArray
    substation_isolate_min: FloatArray


@dataclass(frozen=True)
class LoadPoints:
    """Groups of customers for which results are given, arrays (n_load_points,)."""

    name: NDArray[np.str_]
    section: IntArray
    customer_class: NDArray[np.str_]
    customers: IntArray
    load_kw: FloatArray  # mean load of the whole group


@dataclass(frozen=True)
class Note:
    """Something that a reader assumed or could not use: a key of the words' table `grid.note`, and its values."""

    key: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grid:
    """A network with its equipment. `is_placed`: its coordinates are real and not a drawing."""

    network: Network
    switchgear: Switchgear
    rates: FailureRates
    load_points: LoadPoints
    notes: tuple[Note, ...] = ()
    is_placed: bool = True


@dataclass(frozen=True)
class EquippedNetwork(Network):
    """A network that brings its own switchgear."""

    switchgear: Switchgear

    @property
    def tie_name(self) -> NDArray[np.str_]:
        """Names of the ties as the grid's own files give them, (n_ties,)."""
        return self.switchgear.tie_name


def own_network(grid: Grid, coast: Coast) -> EquippedNetwork:
    """Return the network of a grid as it stands on the coast, with its switchgear.

    Raises
    ------
    DrillError when the grid has no coordinates.
    """
    network = grid.network
    if not grid.is_placed:
        raise DrillError("the network has no coordinates, so no storm can meet it; give buses.csv")
    columns = {field.name: getattr(network, field.name) for field in fields(Network)}
    columns["cell_coast_km"] = coast.distance_km(network.cell_lon, network.cell_lat)
    return EquippedNetwork(**columns, switchgear=grid.switchgear)


def plain_switchgear(network: Network) -> Switchgear:
    """Return switchgear where nothing else is known: devices that report are remote, nothing is rated."""
    n, n_ties, n_substations = network.n_sections, len(network.tie), len(network.substation_name)
    return Switchgear(
        is_remote=network.reports.copy(), success=np.ones(n), switch_min=np.full(n, math.nan),
        peak_kw=np.asarray(network.customers * KW_PER_CUSTOMER, np.float64), capacity_kw=np.full(n, math.inf),
        tie_name=network.tie_name,
        tie_is_remote=np.zeros(n_ties, bool), tie_switch_min=np.full(n_ties, math.nan),
        tie_capacity_kw=np.full(n_ties, math.inf), substation_capacity_kw=np.full(n_substations, math.inf),
    )  # fmt: skip


def equipped(network: Network) -> Grid:
    """Return a network with plain switchgear in which nothing fails."""
    n, n_substations = network.n_sections, len(network.substation_name)
    unknown, unlimited, never = np.full(n, math.nan), np.full(n, math.inf), np.zeros(n)
    rates = FailureRates(
        fail_per_yr=never, temporary_per_yr=never, repair_min=unknown, isolate_min=unlimited,
        transformer_fail_per_yr=never, transformer_repair_min=unknown,
        substation_fail_per_yr=np.zeros(n_substations), substation_repair_min=np.full(n_substations, math.nan),
        substation_isolate_min=np.full(n_substations, math.inf),
    )  # fmt: skip
    return Grid(network, plain_switchgear(network), rates, _by_class(network))


def _by_class(network: Network) -> LoadPoints:
    """Return the residential and the business customers of every section as load points."""
    groups = (("residential", network.customers - network.business), ("business", network.business))
    section = np.concatenate([np.flatnonzero(count) for _, count in groups])
    kind = np.concatenate([np.full(int((count > 0).sum()), name, dtype="<U11") for name, count in groups])
    count = np.concatenate([count[count > 0] for _, count in groups])
    order = np.lexsort((kind, section))
    section, kind, count = section[order], kind[order], count[order]
    name = np.array([f"{network.name[s]} {k}" for s, k in zip(section, kind, strict=True)], np.str_)
    return LoadPoints(name, section, kind, count, count * KW_PER_CUSTOMER)
