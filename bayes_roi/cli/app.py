"""The application that commands join, and what becomes of their errors.

Exit codes: 0 done; 1 finished, but the diagnosis failed; 2 the user's input is at fault; 70 a fault of ours; 130
interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bayes_roi import __version__
from bayes_roi.errors import BayesRoiError

UNTRUSTED, AT_FAULT, OUR_FAULT, INTERRUPTED = 1, 2, 70, 130


ORDER = (
    "demo",
    "run",
    "check",
    "roi",
    "ate",
    "do",
    "value",
    "influence",
    "paths",
    "explain",
    "plan",
    "draft",
    "compare",
    "worth",
    "report",
    "new",
    "simulate",
)


class Commands(TyperGroup):
    """Runs a command and tells its errors in one message each."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def invoke(self, ctx: Any) -> Any:
        if ctx.params.get("debug"):
            return super().invoke(ctx)
        with _told(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries; what a user should know is in the results
            return super().invoke(ctx)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BayesRoiError as error:
        _end(f"error: {error}", AT_FAULT)
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED)
    except BrokenPipeError:  # as with `| head`; Python would tell of it once more when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except Exception as error:
        if isinstance(error, typer.Abort) or hasattr(error, "exit_code"):  # Typer's own
            raise
        text = " ".join(str(error).split())
        _end(
            f"error: {type(error).__name__}: {text}. This is a fault of bayes-roi, please report it; "
            "bayes-roi --debug COMMAND ... shows where it arose",
            OUR_FAULT,
        )


def _end(message: str, code: int) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="What each marketing channel caused, what that is worth, and how sure we are.",
    epilog="Exit codes: 0 done; 1 finished, but the diagnosis failed; 2 something in the input is to be mended.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bayes-roi {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""
