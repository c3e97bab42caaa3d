"""What an exported metric is declared by."""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "info"]

QUEUE = ("program", "queue", "channel")
"""Labels of what belongs to a queue as a whole."""
CELL = ("site", *QUEUE)
"""Labels of interval and day figures; the site is empty where a figure belongs to the network."""
GROUP = ("site", "program", "group")
"""Labels of what belongs to a staffing group; names of people are never among them."""


class Family(NamedTuple):
    """One metric: its literal name, kind, labels and help line."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
