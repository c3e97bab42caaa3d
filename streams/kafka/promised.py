"""The topic `plan` into the copy of a ledger: figures as they are, targets and opening hours as the
workers took them."""

from collections.abc import Iterable

import msgspec
from pydantic import ValidationError

from schemas.contacts import event_type
from schemas.forecasts import PLAN_EVENTS
from schemas.promises import Promise
from schemas.published import PUBLISHED_EVENTS
from schemas.targets import Plan
from streams.checkpoint import promises
from streams.checkpoint.sqlite import SqliteStore
from streams.promised import TAKEN, fates, merged
from streams.published import told
from streams.verdict import judge
from streams.wire import HOURS_CODE, TARGET_CODE

FIGURES = frozenset(event_type(one) for one in PLAN_EVENTS if one not in PUBLISHED_EVENTS)
REFUSED = "too_late"
_LATE = f"SELECT raw FROM reject WHERE reason = '{REFUSED}'"


class _Typed(msgspec.Struct):
    type: str = ""


_TYPED = msgspec.json.Decoder(_Typed)


def figures_of(values: Iterable[bytes | None]) -> list[bytes]:
    """Forecasts, required and requested FTE and schedules among records of the topic, each one line."""
    found = []
    for raw in values:
        try:
            if raw is None or _TYPED.decode(raw).type not in FIGURES:
                continue
            found.append(raw if b"\n" not in raw else msgspec.json.encode(msgspec.json.decode(raw)))
        except msgspec.MsgspecError:
            continue  # the workers keep it as a reject
    return found


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
