"""`floorwatch act`: what was done about a deviation, and what followed."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from schemas.actions import CAUSES, Action
from schemas.targets import Plan
from streams.checkpoint.sqlite import SqliteStore
from streams.cli import onto_plan
from streams.cli.kept import effect_rows, versions_of
from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.cli.planned import ProgramName
from streams.clock import WallClock
from streams.errors import UserError
from streams.moments import local_text, parsed_ms
from streams.planning.effect import COLUMNS as EFFECT
from streams.published import event_of_action

EXAMPLES = (
    "floorwatch act add --program bank --queue cards --from 2026-03-02T10:00 --to 2026-03-02T11:30 "
    "--owner 'floor lead' --cause volume --lever 'breaks moved' --expect 'SL back to 80 %' --by mori",
    "floorwatch act add --program bank --from 2026-03-02T09:00 --to 2026-03-02T09:30 --owner it "
    "--cause technology --lever 'calls came twice' --exclude --reason 'line fault' --by mori",
    "floorwatch act close 1 --by mori --reason 'queue empty again'",
    "floorwatch act list --history --csv",
    "floorwatch act add --config center.toml --kafka --program bank --from 2026-03-02T09:00 "
    "--to 2026-03-02T09:30 --owner it --cause technology --lever none --exclude --reason fault --by mori",
    "floorwatch act send --config center.toml",
    "floorwatch act measure 1",
)
COLUMNS = (
    "number", "revision", "state", "program", "queues", "start", "end", "owner", "cause", "lever",
    "expected", "excluded", "reason", "by", "recorded",
)  # fmt: skip
command = typer.Typer(
    help="What was done about a deviation: note it, list it, measure what followed."
)

By = Annotated[str, typer.Option("--by", help="Who enters this.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Number = Annotated[int, typer.Argument(help="Number of the action.")]
Queues = Annotated[
    list[str] | None, typer.Option("--queue", help="A queue; more than once; none: all of them.")
]
Kafka = Annotated[bool, typer.Option("--kafka", help="Tell the workers too, over the topic plan.")]
Owner = Annotated[str | None, typer.Option("--owner", help="Role or id of who answers for it.")]
Cause = Annotated[str | None, typer.Option("--cause", help=f"One of {', '.join(CAUSES)}.")]
Lever = Annotated[str | None, typer.Option("--lever", help="What is done.")]
Expected = Annotated[str | None, typer.Option("--expect", help="What it should bring.")]
Since = Annotated[str | None, typer.Option("--from", help="First moment, local, on 15 minutes.")]
Until = Annotated[str | None, typer.Option("--to", help="Moment after the last.")]


@command.command()
def add(
    program: Annotated[str, typer.Option("--program", help="The program it is about.")],
    since: Annotated[str, typer.Option("--from", help="First moment, local, on 15 minutes.")],
    until: Annotated[str, typer.Option("--to", help="Moment after the last.")],
    owner: Annotated[str, typer.Option("--owner", help="Role or id of who answers for it.")],
    cause: Annotated[str, typer.Option("--cause", help=f"One of {', '.join(CAUSES)}.")],
    lever: Annotated[str, typer.Option("--lever", help="What is done.")],
    by: By,
    queues: Queues = None,
    expected: Expected = None,
    exclude: Annotated[
        bool,
        typer.Option("--exclude", help="A one-off: the rest of the day does not learn from it."),
    ] = False,
    reason: Reason = "",
    kafka: Kafka = False,
    config: Config = None,
    store: Store = None,
) -> None:
    """Note an action about a range of a program's intervals, also while `run` writes the store.

    With --kafka the workers are told: what is excluded they leave out of the rest of the day. The
    store is then the copy that `ledger sync` keeps.
    """
    with _opened(config, store) as kept, _told_to(config, kafka) as tell:
        plan = kept.plan()
        told = _told(plan, program, queues, since, until)
        told |= {"owner": owner, "cause": cause, "lever": lever, "expected": expected or ""}
        told |= {"excluded": exclude, "reason": reason}

        def first(known: list[Action]) -> Action:
            return _made(
                {"number": max((one.number for one in known), default=0) + 1, "program": program},
                *(told, by),
            )

        action = kept.act(first)
        tell(kept, action.number)
    note(f"action {action.number}")


@command.command()
def change(
    number: Number,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why it is changed.")],
    owner: Owner = None,
    cause: Cause = None,
    lever: Lever = None,
    expected: Expected = None,
    queues: Queues = None,
    since: Since = None,
    until: Until = None,
    exclude: Annotated[
        bool | None, typer.Option("--exclude/--include", help="Whether it is a one-off.")
    ] = None,
    state: Annotated[str | None, typer.Option("--state", help="open, closed, withdrawn.")] = None,
    kafka: Kafka = False,
    config: Config = None,
    store: Store = None,
) -> None:
    """Add a revision with what is said anew; the earlier ones stay as they are."""
    told: dict[str, Any] = {"owner": owner, "cause": cause, "lever": lever, "expected": expected}
    told |= {"excluded": exclude, "state": state, "reason": reason}
    with _opened(config, store) as kept, _told_to(config, kafka) as tell:
        _revise(kept, number, by, told, (queues, since, until))
        tell(kept, number)


@command.command()
def close(
    number: Number,
    by: By,
    reason: Reason = "",
    kafka: Kafka = False,
    config: Config = None,
    store: Store = None,
) -> None:
    """Say that an action is over."""
    with _opened(config, store) as kept, _told_to(config, kafka) as tell:
        over = [one.state for one in kept.actions() if one.number == number and one.state != "open"]
        if over:
            raise UserError(f"action {number} is {over[0]} already", "`act change` says more of it")
        _revise(kept, number, by, {"state": "closed", "reason": reason or None}, (None, None, None))
        tell(kept, number)


@command.command()
def send(config: Config = None, store: Store = None) -> None:
    """Tell the workers, over the topic plan, of every action in the store; again changes nothing."""
    with _opened(config, store, read_only=True) as kept, _told_to(config, True) as tell:
        tell(kept, None)


@command.command("list")
def list_(
    config: Config = None,
    store: Store = None,
    program: ProgramName = None,
    queue: Annotated[
        str | None, typer.Option("--queue", help="Only what covers this queue.")
    ] = None,
    state: Annotated[str | None, typer.Option("--state", help="open, closed, withdrawn.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Every revision.")] = False,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Print actions as they stand, or every revision with who entered it, when and why."""
    with _opened(config, store, read_only=True) as kept:
        plan = kept.plan()
        rows = [
            _row(plan, one)
            for one in kept.actions(history)
            if program in (None, one.program)
            and (queue is None or one.covers(one.program, queue))
            and state in (None, one.state)
        ]
    print_rows(rows, COLUMNS, form_of(as_json, as_csv))
    if not rows:
        note("no actions for this selection")


@command.command()
def measure(
    numbers: Annotated[list[int] | None, typer.Argument(help="Actions; none: all.")] = None,
    config: Config = None,
    store: Store = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--plan", help="Events of the plan, where the store has none."),
    ] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Print what the ledger says of the range of an action, of as long before it and behind it.

    `forecast` is of the official version, `projected` what the day's rest would have brought by what
    was known when the action began. People are those of the whole program. What is not closed yet, or
    not planned, is empty.
    """
    with _opened(config, store, read_only=True) as kept:
        plan, history = kept.plan(), kept.actions(history=True)
        known = {one.number: one for one in history}
        for number in numbers or ():
            _known(known, number, kept.path)
        versions = versions_of(kept, plan, files or ())
        rows = [
            row
            for number in numbers or known
            for row in effect_rows(kept, plan, versions, history, known[number])
        ]
    print_rows(rows, ("action", *EFFECT), form_of(as_json, as_csv))
    if not rows:
        note("no actions in this store")


@contextmanager
def _opened(
    config: Path | None, path: Path | None, read_only: bool = False
) -> Iterator[SqliteStore]:
    """The store, which must be there already. Raises StoreError."""
    path = path or load_settings(config).store
    SqliteStore(path, read_only=True).close()
    with closing(SqliteStore(path, read_only=read_only)) as kept:
        yield kept


@contextmanager
def _told_to(
    config: Path | None, kafka: bool
) -> Iterator[Callable[[SqliteStore, int | None], None]]:
    """What tells the workers of an action (None: of all), if they are to be told.

    The cluster is reached first, so that nothing is entered of which they cannot hear.
    """
    if not kafka:
        yield lambda *_: None
        return
    settings = load_settings(config)
    with onto_plan.reached(settings) as outgoing:

        def tell(kept: SqliteStore, number: int | None) -> None:
            history = [one for one in kept.actions(history=True) if number in (None, one.number)]
            entered = {one.number: one.recorded_ms for one in history if one.revision == 1}
            events = [event_of_action(one, entered[one.number]) for one in history]
            try:
                onto_plan.send(outgoing, events)
            except UserError as error:
                raise UserError(
                    f"entered, but the workers do not know it: {error.message}",
                    "floorwatch act send, once the cluster is well",
                ) from None
            note(f"{len(events)} revisions to {onto_plan.TOPIC}")

        yield tell


def _told(
    plan: Plan, program: str, queues: list[str] | None, since: str | None, until: str | None
) -> dict[str, Any]:
    """Queues and range as given, checked against the plan. Raises UserError."""
    if program not in plan.listed_programs() and not plan.accepts_unmapped:
        listed = ", ".join(sorted(plan.listed_programs()))
        raise UserError(f"program {program!r} is not listed in the plan", f"listed: {listed}")
    for queue in queues or ():
        of = plan.queues.get(queue)
        if (of is None and not plan.accepts_unmapped) or (of and of.program != program):
            listed = ", ".join(sorted(n for n, q in plan.queues.items() if q.program == program))
            raise UserError(
                f"queue {queue!r} is not one of program {program!r}", f"listed: {listed}"
            )
    zone = plan.zone(program)
    told: dict[str, Any] = {} if queues is None else {"queues": tuple(queues)}
    for name, text in (("start", since), ("end", until)):
        if text is not None:
            told[name] = parsed_ms(text, zone)
    return told


def _revise(
    kept: SqliteStore, number: int, by: str, told: dict[str, Any], of: tuple[Any, Any, Any]
) -> None:
    plan = kept.plan()

    def following(known: list[Action]) -> Action:
        last = _known({one.number: one for one in known}, number, kept.path)
        said = {name: value for name, value in told.items() if value is not None}
        said |= _told(plan, last.program, *of)
        return _made(last.model_dump() | {"revision": last.revision + 1}, said, by)

    action = kept.act(following)
    note(f"action {action.number}, revision {action.revision}: {action.state}")


def _made(head: dict[str, Any], told: dict[str, Any], by: str) -> Action:
    """A revision entered now. Raises UserError that names the field."""
    try:
        return Action.model_validate(head | told | {"by": by, "recorded_ms": WallClock().now_ms()})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = first["msg"].removeprefix("Value error, ")
        hint = {
            "start": "begin on a quarter of an hour",
            "end": "end on a quarter of an hour",
            "cause": ", ".join(CAUSES),
            "state": "open, closed, withdrawn",
        }.get(where, "see floorwatch act --help")
        raise UserError(f"{where}: {what}" if where else what, hint) from None


def _known(known: dict[int, Action], number: int, path: Path) -> Action:
    if number not in known:
        raise UserError(f"{path}: no action {number}", "see `floorwatch act list`")
    return known[number]


def _row(plan: Plan, action: Action) -> dict[str, Any]:
    zone = plan.zone(action.program)
    told = {"start": action.start, "end": action.end, "recorded": action.recorded_ms}
    return action.model_dump() | {
        "queues": ",".join(action.queues),
        **{name: local_text(moment, zone) for name, moment in told.items()},
    }
