"""The start of the command line against the start of bare Python."""

from __future__ import annotations

import statistics
import subprocess
import sys

from tests.benchmarks.timing import interleaved, ratios, spread, verdict


def _run(*command: str) -> None:
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)


def main(rounds: int = 21) -> None:
    """Time and print."""
    call = "import sys; sys.argv = ['drill', '--help']; from sim.cli import main; main()"
    works = {"bare": lambda: _run("-c", "pass"), "help": lambda: _run("-c", call)}
    interleaved(works, 2)
    taken = interleaved(works, rounds)
    slower = ratios(taken["help"], taken["bare"])
    print(f"bare Python {spread(taken['bare'], '.3f')} s, drill --help {spread(taken['help'], '.3f')} s")
    print(f"drill --help / bare: {spread(slower, '.1f')} ({verdict(statistics.median(slower), 12)})")


if __name__ == "__main__":
    main()
