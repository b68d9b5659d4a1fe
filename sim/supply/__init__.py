"""Who has supply: by counters where feeders stand as built, traced where they are switched; what can be fed again."""

from sim.supply.blocks import Blocks
from sim.supply.radial import Supply, dark_by_search
from sim.supply.refeed import PickUp, refeed
from sim.supply.switched import Order, SwitchedSupply

__all__ = ["Blocks", "Order", "PickUp", "Supply", "SwitchedSupply", "dark_by_search", "refeed"]
