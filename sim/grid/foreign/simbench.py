"""SimBench networks by their code, through the package that holds them (Meinecke et al. 2020, Energies 13(12), 3290)."""

from __future__ import annotations

import json
import re
import warnings

from sim.errors import InputError, nearest_name
from sim.grid.foreign.circuit import Circuit
from sim.grid.foreign.extras import wanted
from sim.grid.foreign.pandapower import circuit_of_pandapower

_CODE = re.compile(r"1-\w+-\w*-\w*-\d-(sw|no_sw)")


def is_code(text: str) -> bool:
    """Say whether a text has the form of a SimBench code: 1-MV-rural--0-sw."""
    return _CODE.fullmatch(text) is not None


def circuit_of_code(code: str) -> Circuit:
    """Return the circuit of a SimBench code; `InputError` when there is no such network or the package is not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages, about each other
        simbench = wanted("simbench", "simbench", code)
        pandapower = wanted("pandapower", "simbench", code)
        known = simbench.collect_all_simbench_codes()
        if code not in known:
            raise InputError.one(code, "", None, "SimBench has no such network", nearest_name(code, known))
        net = simbench.get_simbench_net(code)
        text = pandapower.to_json(net)
    return circuit_of_pandapower(json.loads(text), code)
