"""Targets and opening hours from the topic `plan` into the copy of a ledger, as the workers took them."""

from collections.abc import Iterable

from pydantic import ValidationError

from schemas.promises import Promise
from schemas.targets import Plan
from streams.checkpoint import promises
from streams.checkpoint.sqlite import SqliteStore
from streams.promised import TAKEN, fates, merged
from streams.published import told
from streams.verdict import judge
from streams.wire import HOURS_CODE, TARGET_CODE

REFUSED = "too_late"
_LATE = f"SELECT raw FROM reject WHERE reason = '{REFUSED}'"


def promises_of(values: Iterable[bytes | None]) -> list[Promise]:
    """The promises among records of the topic; what is none, or cannot be one, is passed over."""
    found = []
    for raw in values:
        if raw is None or (b'"target"' not in raw and b'"opening_hours"' not in raw):
            continue
        event = judge(raw).event
        if event is None or event.code not in (TARGET_CODE, HOURS_CODE):
            continue
        try:
            what = told(event).what
        except ValidationError:
            continue
        if isinstance(what, Promise):
            found.append(what)
    return found


def settle(store: SqliteStore, plan: Plan) -> None:
    """Note of each promise in the store what workers made of it; keep `plan` with those they took.

    They took what their rejects do not name.
    """
    with store.reading() as db:
        told_of = [one for one, _ in promises.kept(db)]
        late = promises_of(raw for (raw,) in db.execute(_LATE))
    settled = [
        (one, "refused: too late" if one in late else fate)
        for one, fate in fates(told_of, plan, -1)
    ]
    if settled:
        with store.transaction() as db:
            promises.settle(db, settled)
    store.keep_plan(merged(plan, [one for one, fate in settled if fate == TAKEN]))
