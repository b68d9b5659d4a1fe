"""The risk register: service risks graded from simulated storms, their causes and treatments."""

from sim.risk.judge import unfit
from sim.risk.register import Assessed, Register, assess

__all__ = ["Assessed", "Register", "assess", "unfit"]
