"""What results depend on beside the input: the program's code and the libraries that it computes with."""

from __future__ import annotations

import hashlib
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sim

_LIBRARIES = ("numpy", "scipy", "simpy", "pydantic")


def made_with() -> dict[str, str]:
    """Return versions by name: program, code (a hash of its source files), python, platform and libraries.

    Two machines or runs with the same answer give the same bytes; replications of others are not mixed with them.
    """
    return {
        "program": f"drill {sim.__version__}",
        "code": _code(),
        "python": platform.python_version(),
        "platform": sys.platform,
        **{library: version_of(library) for library in _LIBRARIES},
    }


@cache
def _code() -> str:
    """Return the first 12 digits of a SHA-256 over the program's Python files, line ends apart."""
    root = Path(sim.__file__).parent
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda file: file.relative_to(root).as_posix()):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:12]


def version_of(library: str) -> str:
    """Return the installed version of a library."""
    try:
        return version(library)
    except PackageNotFoundError:  # a vendored copy bears no version
        return "unknown"
