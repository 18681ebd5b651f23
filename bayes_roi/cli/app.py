"""The application that commands join, and what becomes of their errors.

Exit codes: 0 done; 1 finished, but the diagnosis failed (run) or a check did (falsify, refute); 2 the user's input is
at fault; 70 a fault of ours; 130 interrupted.
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

from bayes_roi.atomic import said
from bayes_roi.cli.show import as_options
from bayes_roi.errors import AT_FAULT, INTERRUPTED, OUR_FAULT, BayesRoiError, QueryError
from bayes_roi.plain_text import printable
from bayes_roi.version import __version__

ORDER = (
    "demo",
    "run",
    "check",
    "identify",
    "falsify",
    "refute",
    "average",
    "sensitivity",
    "roi",
    "ate",
    "do",
    "channels",
    "influence",
    "paths",
    "decompose",
    "journeys",
    "optimise",
    "scenario",
    "compare",
    "value-of-information",
    "report",
    "export",
    "new",
    "simulate",
    "schema",
)


RENAMED = {
    "value": "channels",
    "explain": "decompose",
    "plan": "optimise",
    "draft": "scenario",
    "worth": "value-of-information",
}
"""Commands by the names they had."""


class Commands(TyperGroup):
    """Runs a command and tells its errors in one message each."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in RENAMED:
            raise QueryError(f"the command {args[0]} is now called {RENAMED[args[0]]}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _errors_as_messages():  # an interrupt, above all
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _errors_as_messages(debug=ctx.params.get("debug", False)), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries; what a user should know is in the results
            return super().invoke(ctx)


def _let_go() -> None:
    """Have what stdout still holds go nowhere, if it cannot go out: Python would tell of it once more at exit."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def _errors_as_messages(*, debug: bool = False) -> Iterator[None]:
    try:
        yield
    except BayesRoiError as error:
        if debug:
            raise
        _end(f"error: {as_options(str(error))}", AT_FAULT)
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED)
    except BrokenPipeError:  # as with `| head`
        _let_go()
        raise typer.Exit(0) from None
    except OSError as error:  # a full disk under stdout, a folder that may not be read: not ours to mend
        if debug:
            raise
        _let_go()
        where = f"{error.filename}: " if error.filename else ""
        _end(f"error: {where}{said(error)}", AT_FAULT)
    except MemoryError:
        _end("error: the memory is used up; give fewer draws, chains or rows", AT_FAULT)
    except Exception as error:
        if not debug and getattr(error, "ctx", error) is None:  # Typer's own, raised before it knew the command
            _end(f"error: {str(error).rstrip('.')}; bayes-roi COMMAND --help shows what there is", AT_FAULT)
        if debug or isinstance(error, typer.Abort) or hasattr(error, "exit_code"):  # Typer's own
            if isinstance(message := getattr(error, "message", None), str):
                error.message = printable(message)  # type: ignore[attr-defined]  # it quotes what was typed
            raise
        text = " ".join(str(error).split())
        _end(
            f"error: {type(error).__name__}: {text}. This is a fault of bayes-roi, please report it; "
            "bayes-roi --debug COMMAND ... shows where it arose",
            OUR_FAULT,
        )


def _end(message: str, code: int) -> None:
    with contextlib.suppress(OSError, ValueError):  # nobody may be left to be told
        typer.echo(printable(message), err=True)
    raise typer.Exit(code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="What each marketing channel caused, what that is worth, and how sure we are.",
    epilog="Exit codes: 0 done; 1 finished, but the diagnosis failed (run) or a check did (falsify, refute); "
    "2 something in the input is to be mended.",
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
