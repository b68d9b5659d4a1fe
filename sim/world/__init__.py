"""The world: a plan played against nature, reality and knowledge apart; the only user of simpy."""

from sim.world.run import Outcome, World, run

__all__ = ["Outcome", "World", "run"]
