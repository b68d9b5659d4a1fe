"""What commands that play storms share: how many processes, and a bar with the time left."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sim.errors import InputError

if TYPE_CHECKING:
    from sim.experiment.pool import Engine

_ADDRESS = re.compile(r"(tcp|tls)://[^\s/:]+:\d+|(tcp|tls)://\[[0-9a-fA-F:.]+\]:\d+")

Progress = Callable[[int, int], None]


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def engine(cluster: str | None, jobs: int) -> Iterator[Engine]:
    """Yield what plays storms: `jobs` processes of this machine, or the cluster asked for.

    Raises
    ------
    InputError when the address is none, or Dask is not installed; DrillError when no scheduler answers.
    """
    from sim.experiment.pool import Processes

    if cluster is None:
        yield Processes(jobs)
        return
    if cluster != "local" and not _ADDRESS.fullmatch(cluster):
        raise InputError.one("--cluster", "", f'"{cluster}"', "local, or a scheduler's address, as in tcp://host:8786")
    try:
        from sim.experiment.cluster import connect
    except ImportError as error:
        need = "Dask, which is not installed here: pip install 'drill[cluster]'"
        raise InputError.one("--cluster", "", f'"{cluster}"', need) from error
    with connect(cluster, jobs) as workers:
        yield workers


@contextmanager
def progress(hidden: bool, title: str) -> Iterator[Progress | None]:
    """Show a bar with the time left on stderr while storms are played; yields what to call with (done, total)."""
    if hidden:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
