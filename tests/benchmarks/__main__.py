"""Run the benchmarks named on the command line, or all."""

from __future__ import annotations

import importlib
import sys

ALL = ("startup", "events", "city", "hotline", "memory", "workers", "cluster", "logs", "default_run", "replay", "exactness",
       "networks", "dispatching")  # fmt: skip


def main(names: list[str]) -> None:
    """Run benchmarks one after the other."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    for name in names or ALL:
        print(f"\n== {name}")
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
