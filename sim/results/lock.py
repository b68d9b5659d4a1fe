"""One run at a time writes into a folder: a lock that ends with the process, even one that is killed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sim.errors import DrillError

LOCK = ".lock"


@dataclass
class Lock:
    """A lock held by this process, but not by its workers. The file stays behind when the process is killed."""

    path: Path
    file: int
    is_held: bool = True

    def release(self) -> None:
        """Remove the file and give up the lock, if it is still held."""
        if not self.is_held:
            return
        self.is_held = False
        with suppress(FileNotFoundError):
            self.path.unlink()
        os.close(self.file)


def take(folder: Path) -> Lock:
    """Lock an existing folder.

    Raises
    ------
    DrillError when another process holds the lock; OSError when the file cannot be made.
    """
    path = folder / LOCK
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _claim(file)
        except (BlockingIOError, PermissionError):
            os.close(file)
            raise DrillError(
                f"another run is writing into {folder}; wait until it has ended, or name another folder with --out"
            ) from None
        # who held it before may have removed the file while it was opened here
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return Lock(path, file)
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _claim(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _claim(file: int) -> None:
        # a record lock: forked workers do not share it, so that it ends with this process
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
