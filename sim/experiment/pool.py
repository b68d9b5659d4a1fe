"""Replications in processes: results in order, the same bytes whatever the number of workers."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from sim.errors import DrillError

Setting = TypeVar("Setting")
Result = TypeVar("Result")
_AHEAD = 3  # tasks handed out per worker before the oldest result is awaited

_setting: object = None
_work: Callable[..., object] | None = None


@dataclass(frozen=True)
class _Failed(Generic[Result]):
    """An error on purpose, brought home as text: exceptions with several arguments do not travel."""

    message: str


def in_order(
    work: Callable[[Setting, int], Result], setting: Setting, tasks: Sequence[int], jobs: int
) -> Generator[Result, None, None]:
    """Yield work(setting, task) for each task in the order given, computed by `jobs` processes.

    With one job (or one task) the work is done here. The setting is shipped once per worker, without copying
    where processes can be forked. When the consumer stops early, by Ctrl-C or otherwise, the workers are
    ended.

    Raises
    ------
    DrillError when the work raises one, or when a worker dies.
    """
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        for task in tasks:
            yield work(setting, task)
        return
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_begin, initargs=(work, setting))
    waiting: deque[tuple[int, Future[Result | _Failed[Result]]]] = deque()
    remaining = iter(tasks)
    try:
        while True:
            for ahead in islice(remaining, jobs * _AHEAD - len(waiting)):
                waiting.append((ahead, pool.submit(_do, ahead)))  # type: ignore[arg-type]
            if not waiting:
                break
            task, future = waiting.popleft()
            result = _outcome(task, future)
            if isinstance(result, _Failed):
                raise DrillError(result.message)
            yield result
    except BaseException:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _outcome(task: int, future: Future[Result | _Failed[Result]]) -> Result | _Failed[Result]:
    try:
        return future.result()
    except BrokenProcessPool:
        raise DrillError(
            f"a worker process died while replication {task} was awaited, perhaps for lack of memory;"
            " try again with fewer jobs (--jobs 1)"
        ) from None


def _context() -> multiprocessing.context.BaseContext:
    """Return the fork context on Linux, else the platform's own: forking is not safe elsewhere."""
    return multiprocessing.get_context("fork" if sys.platform.startswith("linux") else None)


def _begin(work: Callable[[Setting, int], Result], setting: Setting) -> None:
    """Make a worker ready: keep the setting; leave Ctrl-C to the parent, who ends the workers by SIGTERM."""
    global _setting, _work
    _setting, _work = setting, work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _do(task: int) -> object:
    assert _work is not None
    try:
        return _work(_setting, task)
    except DrillError as error:
        return _Failed[object](str(error))
