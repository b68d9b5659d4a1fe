"""Who has supply: exact for radial feeders by counters, and what can be fed again another way through ties."""

from sim.supply.blocks import Blocks
from sim.supply.radial import Supply, dark_by_search
from sim.supply.refeed import PickUp, refeed

__all__ = ["Blocks", "PickUp", "Supply", "dark_by_search", "refeed"]
