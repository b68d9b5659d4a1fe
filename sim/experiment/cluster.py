"""Replications on the workers of a Dask scheduler: the same tasks in the same order, so the same bytes.

The setting is shipped once to each worker, also to those that come later, and stays there until the series has ended. A
worker that is lost, is lost to Dask, which gives its tasks to others. Imports Dask, an optional extra: import this
module only where a cluster was asked for.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from distributed import Client, Future, KilledWorker, LocalCluster, Reschedule, Worker, WorkerPlugin
from tornado.ioloop import PeriodicCallback

from sim.errors import DrillError
from sim.experiment.made_with import made_with
from sim.experiment.pool import AHEAD, Failed, attempt

Setting = TypeVar("Setting")
Result = TypeVar("Result")
LOCAL = "local"
_ANSWER_S = 10.0  # so long a scheduler may take to answer, and the first worker to come
_PATIENCE_S = 60.0  # so long all workers may be gone before the run gives up
_LOOK_S = 5.0

# Dask looks at its own event loop every 20 ms and at the stack of the task every 10 ms, for dashboards that nobody sees
# here. Each look takes the interpreter away from the task: together a fifth of a worker's time, and a twentieth without.
_WATCHERS = ("tick", "ticks", "monitor", "profile", "profile-cycle")

_settings: dict[str, tuple[Callable[[Any, int], object], object]] = {}
"""On a worker: token of a series -> its work and setting."""


@dataclass(frozen=True)
class Cluster:
    """The workers of one scheduler; an engine for `series.run`."""

    client: Client
    address: str

    def in_order(
        self,
        work: Callable[[Setting, int], Result],
        setting: Setting,
        tasks: Sequence[int],
        weigh: Callable[[Setting, int], float] | None = None,
    ) -> Generator[Result, None, None]:
        """Yield work(setting, task) for each task in the order given; see `pool.in_order`.

        Raises
        ------
        DrillError when the work raises one, a worker has other versions than this machine, the scheduler or all workers
        are lost, or workers died again and again over the same task.
        """
        load = pickle.dumps((work, setting))
        plugin = _Begin(load, made_with())
        waiting: deque[Future[Any]] = deque()
        try:
            with self._kept():
                self.client.register_plugin(plugin)
                for place, task in enumerate(tasks):
                    n_ahead = AHEAD * max(1, self._threads())
                    # below 0, that of the tasks before them, which would else be left over for the end
                    priority = -1.0 / (1.0 + weigh(setting, task)) if weigh and len(tasks) - place <= n_ahead else 0.0
                    key = f"{plugin.name}-{place}"
                    waiting.append(
                        self.client.submit(_do, plugin.token, task, key=key, pure=False, priority=priority)
                    )
                    while len(waiting) > n_ahead:
                        yield self._outcome(waiting.popleft())
                while waiting:
                    yield self._outcome(waiting.popleft())
        finally:
            with suppress(Exception):  # the scheduler may be what was lost
                self.client.cancel(list(waiting))
                self.client.unregister_worker_plugin(plugin.name)

    def _outcome(self, future: Future[Any]) -> Any:
        """Wait for a result, as long as there is a worker to hope for."""
        alone_s = 0.0
        while True:
            try:
                result = future.result(timeout=_LOOK_S)
            except TimeoutError:
                alone_s = 0.0 if self._threads() else alone_s + _LOOK_S
                if alone_s >= _PATIENCE_S:
                    raise DrillError(f"all workers of {self.address} are gone") from None
                continue
            if isinstance(result, Failed):
                raise result.again()
            return result

    def _threads(self) -> int:
        """Return how many tasks the workers do at a time; none, when the scheduler is lost and nothing is known."""
        workers = self.client.scheduler_info(n_workers=-1).get("workers", {})
        return sum(worker["nthreads"] for worker in workers.values())

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Turn Dask's failures into one clear DrillError."""
        try:
            yield
        except KilledWorker as error:
            raise DrillError(
                f"workers of {self.address} died, one after the other, over the same replication, perhaps for lack of"
                " memory; start fewer on each host"
            ) from error
        except (OSError, CancelledError) as error:
            raise DrillError(f"the scheduler at {self.address} was lost ({error or type(error).__name__})") from error


@contextmanager
def connect(address: str, jobs: int) -> Iterator[Cluster]:
    """Connect to a scheduler such as tcp://host:8786, or start one with `jobs` workers here for "local".

    Raises
    ------
    DrillError when none answers, it has no workers, or a worker has other versions than this machine.
    """
    for name in ("distributed", "distributed.client", "distributed.worker", "distributed.nanny", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is raised
    with _scheduler(address, jobs) as place:
        try:
            # results come from the workers themselves, not by way of the scheduler
            client = Client(place, timeout=_ANSWER_S, set_as_default=False, direct_to_workers=True)
        except (OSError, ValueError) as error:
            raise DrillError(f"--cluster {address}: no scheduler answers there ({error})") from error
        with closing(client):
            try:
                client.wait_for_workers(1, timeout=_ANSWER_S)
            except TimeoutError:
                raise DrillError(f"--cluster {address}: the scheduler there has no workers") from None
            _refuse_others(client)
            yield Cluster(client, address)


@contextmanager
def _scheduler(address: str, jobs: int) -> Iterator[Any]:
    if address != LOCAL:
        yield address
        return
    with LocalCluster(
        n_workers=jobs, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=None,
        silence_logs=logging.CRITICAL,
    ) as cluster:  # fmt: skip
        yield cluster


def _refuse_others(client: Client) -> None:
    """Refuse workers whose versions differ from ours: their replications would have other bytes."""
    ours = made_with()
    wrong = [
        f"{address} has {_differences(theirs, ours)}"
        for address, theirs in sorted(client.run(_asking_made_with()).items())
        if theirs != ours
    ]
    if wrong:
        raise DrillError("workers must have the versions of this machine: " + "; ".join(wrong))


def _asking_made_with() -> Callable[[], dict[str, str]]:
    """Return a function that tells a worker's versions; being local, it travels whole, also to who lacks drill."""

    def ask() -> dict[str, str]:
        try:
            from sim.experiment.made_with import made_with
        except ImportError as error:
            return {"program": f"none ({error})"}
        return made_with()

    return ask


def _differences(theirs: dict[str, str], ours: dict[str, str]) -> str:
    """Return what differs, as in "numpy 2.3.1 (here 2.4.0)"."""
    return ", ".join(
        f"{name} {theirs.get(name, 'unknown')} (here {ours[name]})" for name in ours if theirs.get(name) != ours[name]
    )


class _Begin(WorkerPlugin):
    """Brings a series' work and setting to each worker, once."""

    def __init__(self, load: bytes, versions: dict[str, str]) -> None:
        self.load = load
        self.versions = versions
        self.token = hashlib.sha256(load).hexdigest()[:16]
        self.name = f"drill-{self.token}"

    def setup(self, worker: Worker) -> None:
        """Keep the setting, unwatched; a worker of other versions, which came late, keeps its refusal instead."""
        for watcher in _watchers(worker):
            watcher.stop()
        ours = made_with()
        if ours != self.versions:
            failed = Failed(f"the worker at {worker.address} has {_differences(ours, self.versions)}")
            _settings[self.token] = (_refuse, failed)
        else:
            _settings[self.token] = pickle.loads(self.load)

    def teardown(self, worker: Worker) -> None:
        """Forget the setting."""
        _settings.pop(self.token, None)
        for watcher in _watchers(worker):
            if not watcher.is_running():
                watcher.start()


def _watchers(worker: Worker) -> list[PeriodicCallback]:
    return [worker.periodic_callbacks[name] for name in _WATCHERS if name in worker.periodic_callbacks]


def _refuse(failed: object, _: int) -> object:
    return failed


def _do(token: str, task: int) -> object:
    if token not in _settings:  # a worker that has come this moment
        raise Reschedule
    work, setting = _settings[token]
    return attempt(work, setting, task)
