"""What a store knows at one moment: the live state, or where it has none what its ledger says."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from schemas.actions import Action
from schemas.keys import BUCKET_MS, Basis
from schemas.targets import Plan
from streams.close import Record
from streams.figures import STATES, span_start
from streams.moments import LAST_WRITABLE_MS
from streams.planning.came import Came, came
from streams.planning.curves import curves_of
from streams.planning.day import left_out_around
from streams.planning.deviation import Deviations, deviations
from streams.planning.past_day import Closed, view_of
from streams.planning.rest import Rest, rest_of_day
from streams.planning.versions import Versions
from streams.view import View


class Window(NamedTuple):
    """[start, end) ms of a planning interval of a program."""

    program: str
    start_ms: int
    end_ms: int


class Moment(NamedTuple):
    """A store as it stands: its view, the ledger beside it, and what is made of both."""

    plan: Plan
    view: View
    live: bool
    """False: the store has no live state; feeds, people and the rest of the day are unknown."""
    records: Sequence[Record]
    """Newest revisions of the days that the view touches, at least."""
    closed: Closed
    found: Deviations
    rest: Rest | None
    came: Came

    @property
    def programs(self) -> list[str]:
        """Programs with a record, a queue or a plan."""
        seen = {one.program for one in self.records}
        told = seen | {key.program for key in (*self.view.queues, *self.view.groups)}
        return sorted(told | {key.program for key in self.view.day_plan.official})

    def windows(self, count: int) -> list[Window]:
        """The last planning intervals of each program that are over, the newest first.

        Of all programs at the same moment: of one that is behind they are unknown, not older.
        """
        found = []
        for name in self.programs:
            length = self.plan.program(name).planning_interval_min
            span = f"{length}min"
            end = span_start(self.plan, name, self.view.at_ms, span)  # type: ignore[arg-type]
            found += [
                Window(name, end - (n + 1) * length * 60_000, end - n * length * 60_000)
                for n in range(count)
            ]
        return found


def view_now(
    versions: Versions, actions: Sequence[Action], records: Callable[[], Iterable[Record]]
) -> tuple[View, bool]:
    """The live state of a store as far as it had told, and True; where it has none, or its feeds have
    said that nothing follows, the day as far as `records` go."""
    view = versions.view(actions)
    if 0 < view.at_ms < LAST_WRITABLE_MS:
        return view, True
    kept = list(records())
    starts = [one.bucket_ms for one in kept if one.basis == Basis.ARRIVAL]
    if not starts:
        return view, False
    at_ms = max(starts) + BUCKET_MS
    return view_of(kept, versions.day(at_ms - 1), at_ms, left_out_around(actions, at_ms)), False


def moment_of(plan: Plan, view: View, live: bool, records: Sequence[Record]) -> Moment:
    """Everything the reports read of a view and the records around it."""
    found = deviations(view, plan)
    rest = None
    if live and view.day_plan.forecasts():
        rest = rest_of_day(view, plan, curves_of(view.day_plan, plan), found)
    closed = Closed(records, plan, STATES)
    return Moment(plan, view, live, records, closed, found, rest, came(view, records))
