"""The network: settlements and coast are read, a network is grown from them, checked and written out."""

from sim.grid.bases import Base, bases
from sim.grid.coast import Coast, read_coast
from sim.grid.foreign import is_foreign, read_foreign
from sim.grid.growth import grow
from sim.grid.native import describe_columns, read_grid, write_grid, write_zip
from sim.grid.network import DEVICES, LAND_CLASSES, Network
from sim.grid.plant import KW_PER_CUSTOMER, EquippedNetwork, Grid, Switchgear, equipped, own_network, plain_switchgear
from sim.grid.settlements import Settlements, read_settlements
from sim.grid.statistics import describe
from sim.grid.structure import check
from sim.grid.tables import load, save, write_csv

__all__ = [
    "DEVICES",
    "KW_PER_CUSTOMER",
    "LAND_CLASSES",
    "Base",
    "Coast",
    "EquippedNetwork",
    "Grid",
    "Network",
    "Settlements",
    "Switchgear",
    "bases",
    "check",
    "describe",
    "describe_columns",
    "equipped",
    "grow",
    "is_foreign",
    "load",
    "own_network",
    "plain_switchgear",
    "read_coast",
    "read_foreign",
    "read_grid",
    "read_settlements",
    "save",
    "write_csv",
    "write_grid",
    "write_zip",
]
