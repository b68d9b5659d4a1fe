"""Errors that a user may see; each becomes one clear message and an exit code."""

from __future__ import annotations

from dataclasses import dataclass


class DrillError(Exception):
    """Base of all errors that the program raises on purpose; exit code 1."""

    exit_code = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    file : name of the file or option that holds the value.
    where : key path (``crews.line.count``) or line (``line 7``); empty when it is the whole file.
    value : the offending value as text; empty when there is none.
    allowed : what would be right, as a phrase.
    nearest : the nearest known name, empty when none is near.
    """

    file: str
    where: str
    value: str
    allowed: str
    nearest: str = ""

    def __str__(self) -> str:
        place = f"{self.file}: {self.where}" if self.where else self.file
        value = f" = {self.value}" if self.value else ""
        nearest = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{place}{value}: {self.allowed}.{nearest}"


class InputError(DrillError):
    """Input that cannot be used; carries every problem found; exit code 2."""

    exit_code = 2

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    @classmethod
    def one(cls, file: str, where: str, value: object, allowed: str, nearest: str = "") -> InputError:
        """Make an error of a single problem."""
        return cls([Problem(file, where, "" if value is None else str(value), allowed, nearest)])


def nearest_name(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Return the known name most like `name`, or an empty string when none is near."""
    from difflib import get_close_matches

    found = get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else ""
