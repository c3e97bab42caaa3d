"""What a board and its panels are declared by, before they become Grafana's JSON."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from streams.grafana.words import Text

Kind = Literal["stat", "lines", "bars", "table", "history"]
QUEUES = '{program=~"$program",queue=~"$queue",channel=~"$channel"}'
GROUPS = '{site=~"$site",program=~"$program",group=~"$group"}'
PROGRAMS = '{program=~"$program"}'
BY_QUEUE = "program, queue, channel"
BY_GROUP = "site, program, group"


class Look(NamedTuple):
    """How a value is coloured, and the words in its place: each from its least value on, in order.

    The first step reaches down without end. A colour never stands alone: a step without a word
    keeps the number.
    """

    steps: tuple[tuple[float, str, Text | None], ...]


class Query(NamedTuple):
    """One expression, and what its values are called. `unit` is Grafana's; empty: the panel's."""

    expr: str
    name: Text
    unit: str = ""
    look: Look | None = None
    legend: str = ""
    """Labels beside the name, as Grafana writes them: `{{queue}}`."""
    fill_to: Text | None = None
    """Name of another line of the panel: what lies between them is filled."""


class Field(NamedTuple):
    """One field of the ledger's rows: its path in the JSON, what it is called, how it is shown."""

    path: str
    name: Text
    type: Literal["string", "number", "timestamp_epoch"] = "number"
    unit: str = ""
    look: Look | None = None


class Recorded(NamedTuple):
    """What is asked of `/ledger` beside the chosen programs, queues and sites."""

    span: Literal["interval", "day", "month"]
    fields: tuple[Field, ...]
    level: Literal["queue", "program", "group"] = "queue"
    since: str = "${__from}"
    until: str = "${__to}"


class Panel(NamedTuple):
    """One panel: of expressions, or of what the ledger has recorded."""

    kind: Kind
    title: Text
    says: Text
    """Its description."""
    queries: tuple[Query, ...] = ()
    unit: str = "short"
    look: Look | None = None
    recorded: Recorded | None = None
    worst: tuple[Text, bool] | None = None
    """Column to sort by, and whether the greatest comes first."""
    width: int = 12
    height: int = 8


class Variable(NamedTuple):
    """What can be chosen at the top: a label, read from the series that carry it."""

    label: str
    metric: str
    after: tuple[str, ...] = ()
    """Variables before it that narrow it down."""
    one: bool = False
    """One is always chosen, never several or all."""


class Board(NamedTuple):
    """One board; its uid is floorwatch-`name`, with -ja in Japanese."""

    name: str
    title: Text
    says: Text
    panels: Sequence[Panel]
    variables: Sequence[Variable]
    since: str = "now-8h"
    until: str = "now"
    refresh: str = "15s"


QUEUE_VARIABLES = (
    Variable("program", "cc_queue_info"),
    Variable("queue", "cc_queue_info", ("program",)),
    Variable("channel", "cc_queue_info", ("program", "queue")),
)
ONE_QUEUE_VARIABLES = tuple(each._replace(one=each.label == "queue") for each in QUEUE_VARIABLES)
GROUP_VARIABLES = (
    Variable("site", "cc_staff"),
    Variable("program", "cc_staff", ("site",)),
    Variable("group", "cc_staff", ("site", "program")),
)
ALL_VARIABLES = (
    Variable("site", "cc_staff"),
    *QUEUE_VARIABLES,
    Variable("group", "cc_staff", ("site", "program")),
)
PROGRAM_VARIABLE = (Variable("program", "cc_queue_info"),)


def of_queue(metric: str, how: str = "max") -> str:
    """A recorded series of the chosen queues, without its name: columns of a table join on labels."""
    return f"max by ({BY_QUEUE}) (queue:{metric}:{how}{QUEUES})"


def of_group(metric: str, how: str = "sum") -> str:
    """A recorded series of the chosen staffing groups, without its name."""
    return f"max by ({BY_GROUP}) (group:{metric}:{how}{GROUPS})"
