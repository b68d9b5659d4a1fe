"""The command line, one module a command: data on stdout, progress on stderr.

Exit codes: 0 fine, 1 the job failed, 2 the input is wrong. Only click is imported here at start, so that help is
quick; each command imports what it needs when it runs.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path

import click

from sim import __version__
from sim.cli.branch import branch
from sim.cli.bulletins import bulletins
from sim.cli.check import check
from sim.cli.compare import compare
from sim.cli.explain import explain, schema
from sim.cli.grids import grid
from sim.cli.new import new
from sim.cli.reliability import reliability
from sim.cli.replay import replay
from sim.cli.risk import risk
from sim.cli.run import run
from sim.cli.storms import storms
from sim.cli.sweep import sweep
from sim.cli.target import target
from sim.cli.tornado import tornado
from sim.errors import DrillError, InputError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="drill")
def drill() -> None:
    """Rehearse a typhoon, to see which contingency plan gives power back soonest with the fewest complaints.

    \b
    Start with:
      drill run scenarios/typhoon.toml    compare the plans of the default scenario
      drill new mine.toml                 write a small scenario of your own
      drill check mine.toml               see what is wrong with it, and draw its inputs
    """  # noqa: D301 (click wants the character)


for _command in (
    check, run, compare, risk, replay, bulletins, branch, new, grid, reliability, sweep, target, storms, explain, schema, tornado,
):  # fmt: skip
    drill.add_command(_command)


_MOST_PROBLEMS = 50  # told one by one; a file of another kind has one on each of its lines


def main() -> None:
    """Run the command line and turn every expected failure into one message and an exit code."""
    _ready_streams()
    _end_as_by_ctrl_c()
    try:
        drill.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        _leave(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("Interrupted.")
        _leave(1)
    except InputError as error:
        n = len(error.problems)
        _say(f"The input cannot be used: {n:,} problem{'s' if n > 1 else ''}. Nothing was written.")
        for problem in error.problems[:_MOST_PROBLEMS]:
            _say(f"  {problem}")
        if n > _MOST_PROBLEMS:
            _say(f"  and {n - _MOST_PROBLEMS:,} more.")
        _leave(error.exit_code)
    except DrillError as error:
        _say(f"Error: {error}")
        _leave(error.exit_code)
    except BrokenPipeError:
        # the reader of our output went away (`drill run ... | head`): not a failure worth a message
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(1)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        _say(f"Error: {error.strerror or error}{place}")
        _leave(1)


def _ready_streams() -> None:
    """Let output never fail for where it goes: a closed stream, or an encoding that lacks a letter."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end_as_by_ctrl_c() -> None:
    """Let what a scheduler sends, and a terminal that closes, end the workers too; `nohup` stays in force."""
    for name in ("SIGTERM", "SIGHUP"):  # Windows lacks the second
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _leave(code: int) -> None:
    sys.exit(code)
