"""Replications in processes: results in order, the same bytes whatever the number of workers.

A worker that dies is replaced and its task given out again; workers end when the program that started them ends,
however that happens.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Protocol, TypeVar

from sim.errors import DrillError

Setting = TypeVar("Setting")
Result = TypeVar("Result")
AHEAD = 3  # tasks handed out per worker before the oldest result is taken
_MOST_DEATHS = 3  # of workers over one task
_CAN_MASK = hasattr(signal, "pthread_sigmask")  # not on Windows


@dataclass(frozen=True)
class Failed:
    """An error brought home as text, since not every exception travels; `trace` when it was not on purpose."""

    message: str
    trace: str = ""

    def again(self) -> Exception:
        """Return the exception to raise at home."""
        return RuntimeError(f"{self.message}, in a worker:\n{self.trace}") if self.trace else DrillError(self.message)


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    in_hand: deque[int] = field(default_factory=deque)  # places of tasks; the first is the one in work


class Engine(Protocol):
    """What plays the replications of a series: processes of this machine, or a cluster."""

    def in_order(
        self,
        work: Callable[[Setting, int], Result],
        setting: Setting,
        tasks: Sequence[int],
        weigh: Callable[[Setting, int], float] | None = None,
    ) -> Generator[Result, None, None]:
        """Yield work(setting, task) for each task, in the order given.

        weigh : how much work a task is, beside the others; heavy ones may be begun first. Results do not depend on it.
        """
        ...


@dataclass(frozen=True)
class Processes:
    """Processes of this machine."""

    jobs: int

    def in_order(
        self,
        work: Callable[[Setting, int], Result],
        setting: Setting,
        tasks: Sequence[int],
        weigh: Callable[[Setting, int], float] | None = None,
    ) -> Generator[Result, None, None]:
        """Yield work(setting, task) for each task, in the order given; see the function of that name."""
        return in_order(work, setting, tasks, self.jobs, weigh)


def in_order(
    work: Callable[[Setting, int], Result],
    setting: Setting,
    tasks: Sequence[int],
    jobs: int,
    weigh: Callable[[Setting, int], float] | None = None,
    called: Callable[[int], str] = "replication {}".format,
) -> Generator[Result, None, None]:
    """Yield work(setting, task) for each task in the order given, computed by `jobs` processes.

    With one job (or one task) the work is done here. The setting is shipped once per worker, without copying
    where processes can be forked. When the consumer stops early, by Ctrl-C or otherwise, the workers are ended.
    `weigh` tells how much work a task is: the last tasks are begun with the heaviest, so that no worker is left alone
    with one at the end. `called` gives the words for a task in errors.

    Raises
    ------
    DrillError when the work raises one, or when three workers have died over the same task.
    """
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        for task in tasks:
            yield work(setting, task)
        return
    pool = _Pool(work, setting, tasks, jobs, weigh, called)
    try:
        yield from pool.results()
    finally:
        pool.end()


class _Pool(Generic[Setting, Result]):
    """Workers, what each holds, and the results that wait for their turn."""

    def __init__(
        self,
        work: Callable[[Setting, int], Result],
        setting: Setting,
        tasks: Sequence[int],
        jobs: int,
        weigh: Callable[[Setting, int], float] | None,
        called: Callable[[int], str],
    ) -> None:
        self._begin = (work, setting)
        self._tasks = tasks
        self._jobs = jobs
        self._last = len(tasks) - jobs * AHEAD  # from this place on, heavy ones go first
        self._weigh, self._called = weigh, called
        self._weights: dict[int, float] = {}  # by place
        self._waiting = deque(range(len(tasks)))  # places in `tasks` not yet handed out
        self._done: dict[int, Result] = {}
        self._deaths: dict[int, int] = {}
        self._workers: list[_Worker] = []

    def results(self) -> Generator[Result, None, None]:
        """Yield the results in order."""
        for place in range(len(self._tasks)):
            while place not in self._done:
                self._hand_out(place + self._jobs * AHEAD)
                self._take_in()
            # before the consumer has its turn, which may be long
            self._hand_out(place + 1 + self._jobs * AHEAD)
            yield self._done.pop(place)

    def end(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.process.close()
            worker.pipe.close()
        self._workers.clear()

    def _hand_out(self, limit: int) -> None:
        """Give the next tasks, up to the place `limit`, to those who hold fewest; start workers as needed."""
        while self._waiting and self._waiting[0] < limit:
            free = [worker for worker in self._workers if not worker.in_hand]
            if not free and len(self._workers) < self._jobs:
                self._workers.append(self._started())
                continue
            worker = min(self._workers, key=lambda each: len(each.in_hand))
            are_last = self._waiting[0] >= self._last
            # a second task spares a worker the wait for its next one; the last tasks go to who is free
            if len(worker.in_hand) >= (1 if are_last else 2):
                return
            place = self._heaviest(limit) if are_last else self._waiting[0]
            self._waiting.remove(place)
            worker.in_hand.append(place)
            with suppress(OSError):  # it has died: told by its end of the pipe, and the task comes back
                worker.pipe.send(self._tasks[place])

    def _heaviest(self, limit: int) -> int:
        """Return the heaviest of those waiting before the place `limit`; the first of equals, or of none weighed yet."""
        return max((place for place in self._waiting if place < limit), key=lambda place: self._weights.get(place, 0.0))

    def _weigh_one(self) -> bool:
        """Weigh one of the last tasks that wait; whether there was one left to weigh."""
        place = next((place for place in self._waiting if place >= self._last and place not in self._weights), None)
        if self._weigh is None or place is None:
            return False
        self._weights[place] = self._weigh(self._begin[1], self._tasks[place])
        return True

    def _take_in(self) -> None:
        """Wait for a result or a death, and take in all that has come; tasks are weighed meanwhile."""
        pipes = [worker.pipe for worker in self._workers]
        while not (ready := wait(pipes, 0)) and self._weigh_one():
            pass
        ready = ready or wait(pipes)
        for worker in [each for each in self._workers if each.pipe in ready]:
            try:
                result = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            if isinstance(result, Failed):
                raise result.again()
            self._done[worker.in_hand.popleft()] = result

    def _bury(self, worker: _Worker) -> None:
        """Take a dead worker's tasks back; refuse when the one in work has ended too many."""
        self._workers.remove(worker)
        worker.process.kill()  # it may have closed its pipe and yet live
        worker.process.join()
        worker.process.close()
        worker.pipe.close()
        if worker.in_hand:
            fatal = worker.in_hand[0]
            self._deaths[fatal] = self._deaths.get(fatal, 0) + 1
            if self._deaths[fatal] >= _MOST_DEATHS:
                raise DrillError(
                    f"{_MOST_DEATHS} worker processes died, one after the other, over {self._called(self._tasks[fatal])},"
                    " perhaps for lack of memory; try again with fewer jobs (--jobs 1)"
                )
        self._waiting = deque(sorted([*self._waiting, *worker.in_hand]))

    def _started(self) -> _Worker:
        context = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else None)
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, *self._begin), daemon=True)
        with _uninterrupted():
            process.start()
        theirs.close()
        return _Worker(process, ours)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for a moment, here and in a process begun meanwhile, which would die of it in many words."""
    if not _CAN_MASK:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, work: Callable[[Any, int], object], setting: object) -> None:
    """Do one task after the other, in a worker; Ctrl-C is left to the parent, who ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _CAN_MASK:  # since it was held back while this process began
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()  # what the parent made lives as long as we do: no collection need look through it, in each worker
    while True:
        pipe.send(attempt(work, setting, pipe.recv()))


def attempt(work: Callable[[Any, int], object], setting: object, task: int) -> object:
    """Return what the work gives, or its error as text."""
    try:
        return work(setting, task)
    except DrillError as error:
        return Failed(str(error))
    except Exception as error:
        return Failed(repr(error), traceback.format_exc())


def _end_with_parent() -> None:
    """End this process when the one that started it has ended, even by SIGKILL in the middle of a task."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
