"""The command `floorwatch`. Each module here is one command: `command`, its function or sub-app,
`EXAMPLES`, the lines shown under its help, and as a rule no `CommandClass`."""

import gc
import importlib
import os
import sys
from collections import UserDict
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from streams.cli.output import say_error
from streams.errors import UserError

# Imports make a million objects and no garbage: collecting every 700 took 0.3 of their 2.2 s.
gc.set_threshold(50_000, 20, 20)

OK, FAILED_CHECK, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
COMMANDS = {
    "demo": "Watch",
    "run": "Watch",
    "simulate": "Watch",
    "whatif": "Watch",
    "diagnose": "Watch",
    "flash": "Watch",
    "handover": "Watch",
    "replay": "Record",
    "ledger": "Record",
    "month": "Record",
    "score": "Record",
    "explain": "Record",
    "audit": "Record",
    "reconcile": "Record",
    "rejects": "Record",
    "plan": "Record",
    "act": "Record",
    "worker": "Cluster",
    "send": "Cluster",
    "topics": "Cluster",
    "validate": "Check",
    "doctor": "Check",
    "kpis": "Reference",
    "schema": "Reference",
    "version": "Reference",
}
"""Every command and the heading of --help it stands under, in reading order."""
EXIT_CODES = "Exit codes: 0 ok, 1 failed check, 2 bad input, 130 interrupted."


class _Commands(UserDict[str, Any]):
    """The commands by name; a module is imported when its command is asked for."""

    def __init__(self) -> None:
        super().__init__({n: None for n in COMMANDS if find_spec(f"streams.cli.{n}")})

    def __getitem__(self, name: str) -> Any:
        if name in self.data and self.data[name] is None:
            self.data[name] = _loaded(name)
        return self.data[name]


def _loaded(name: str) -> Any:
    module = importlib.import_module(f"streams.cli.{name}")
    look: dict[str, Any] = {
        "name": name,
        "rich_help_panel": COMMANDS[name],
        "epilog": "\n\n".join(["Examples:", *module.EXAMPLES]),
    }
    parent = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    parent.callback()(root)
    if isinstance(module.command, typer.Typer):
        parent.add_typer(module.command, no_args_is_help=True, **look)
    else:
        # Where one command is not enough and a group too much: `ledger` and `ledger sync`.
        parent.command(cls=getattr(module, "CommandClass", None), **look)(module.command)
    group: Any = typer.main.get_command(parent)
    return group.commands[name]


class Floorwatch(TyperGroup):
    """Says what went wrong in one `error:` and one `hint:` line, and ends with the exit code."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in reading order, without importing anything."""
        return list(self.commands)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run a command line; with `standalone_mode` (as by default) the process exits with the code."""
        standalone = extra.pop("standalone_mode", True)
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra) or OK
        except UserError as error:
            say_error(error.message, error.hint)
            code = BAD_INPUT
        except TyperException as error:
            code = _usage(error)
        except (typer.Abort, KeyboardInterrupt):
            code = INTERRUPTED
        except BrokenPipeError:
            # The reader (`head`) has seen enough; the interpreter must not try to flush again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = OK
        if standalone:
            sys.exit(code)
        return code


def _usage(error: Any) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return BAD_INPUT
    path = context.command_path if context else "floorwatch"
    say_error(error.format_message().replace("Value error, ", ""), f"see {path} --help")
    return int(error.exit_code)


def _version(asked: bool) -> None:
    if asked:
        from streams.cli.version import command

        command()
        raise typer.Exit


def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Carries the options of `floorwatch` itself."""


app = typer.Typer(
    name="floorwatch",
    cls=Floorwatch,
    callback=root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Live KPIs of a contact center, from its events, right under disorder.",
    epilog=f"{EXIT_CODES}\n\nData go to stdout, logs to stderr. First look: floorwatch demo",
)


def main() -> None:
    """Entry point of the console script."""
    app(prog_name="floorwatch")
