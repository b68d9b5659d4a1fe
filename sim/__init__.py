"""The map of the program: with this typhoon, this network and these people, and the plan that serves customers best.

One drill flows one way. `scenario` reads the TOML file. `storm` makes a wind field from a track, `grid` grows the
network or reads yours, `damage` turns both into faults: nature's draws, made before anything is played and the same
for every plan. `world` plays a plan against them with SimPy, driving `supply` (who is dark), `hotline` (who calls),
`dispatch` (which job next) and `etr` (what is promised), and writes one `log`. `metrics` turns log and draws into
numbers, `experiment` sets plans side by side, `risk` grades what may go wrong, `results` keeps the run, `report` draws
and says it, `replay` plays it back and issues the bulletins of a command post. `reliability` takes an ordinary year
instead of a storm: the indices of a network from failure rates.

Reality and knowledge never mix: `world.truth` knows what is broken, `world.control` what reports have told; decisions
read the second alone. Time is minutes since the scenario's start, lengths km, wind the 3-second gust in m/s at 10 m,
customers whole numbers; only `scenario` and the readers convert on the way in, and what shows results (`report`,
`replay`, `cli`) on the way out.

Layers, high to low; a module imports only from lower lines, and modules on one line do not import each other:

    cli
    report | replay
    results
    risk
    experiment | reliability
    world | metrics
    hotline | dispatch | etr | supply
    events
    damage
    storm | grid
    factors | dates
    scenario
    standards
    words
    log | rng | units | errors
    packing | once

`standards` knows what authorities and companies promise and when it is kept. `factors` (what one replication has in
common everywhere) stands between scenario and storm because the wind, the damage, the crews and the callers all take
their level from it. `dates` says minutes as local dates in a language, `events` what the log holds as sentences: for the
replay and for what is told of a branch.
"""

__version__ = "0.1.0"
