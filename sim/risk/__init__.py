"""The risk register: service risks graded from simulated storms, their causes and treatments."""

from sim.risk.judge import unfit
from sim.risk.register import Assessed, Register, assess
from sim.risk.treatments import Compared, compare, uninsurable

__all__ = ["Assessed", "Compared", "Register", "assess", "compare", "unfit", "uninsurable"]
