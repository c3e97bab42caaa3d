"""`floorwatch plan list`: every version of the plan that a store has."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from schemas.payroll import PaidTime
from schemas.promises import Promise
from schemas.targets import Plan
from streams.checkpoint import payroll, promises
from streams.checkpoint.sqlite import SqliteStore
from streams.cli.kept import versions_of
from streams.cli.options import AsCsv, AsJson, Config, Store, load_settings
from streams.cli.output import form_of, note, print_rows
from streams.moments import local_text
from streams.planning.paid import HOUR_MS
from streams.planning.versions import Versions
from streams.settings import Settings
from streams.view import STAFF_CHANNEL

COLUMNS = (
    "kind", "program", "of", "site", "from", "until", "version", "says", "fate", "published", "source",
    "author", "reason",
)  # fmt: skip


def list_(
    config: Config = None,
    store: Store = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Every version of forecasts, required FTE, targets, opening hours and payroll in a store, and what
    became of it. Schedules and requested FTE are not listed."""
    settings = load_settings(config, store=store)
    with closing(SqliteStore(settings.store, read_only=True)) as kept, kept.reading() as db:
        plan = kept.plan()
        rows = list(_figures(versions_of(kept, plan), plan))
        rows += [_promised(settings, *one) for one in promises.kept(db)]
        rows += [_paid(one) for one in payroll.kept(db)]
    print_rows(rows, COLUMNS, form_of(as_json, as_csv))
    if not rows:
        note("nothing imported; schedules and requested FTE are not listed here")


def _figures(versions: Versions, plan: Plan) -> Iterator[dict[str, Any]]:
    """Each version's figures of each queue or group, oldest version first."""
    book = versions.book
    rows = book.rows()
    heads = ["version", "queue", "site", "published", "note"]
    each, place = np.unique(rows[heads], return_inverse=True)
    for at, (version, queue, site, published, code) in enumerate(each.tolist()):
        mine, key, told = rows[place == at], versions.queues[queue], book.notes[code]
        zone, of_group = plan.zone(key.program), key.channel == STAFF_CHANNEL
        unit = "FTE" if of_group else "contacts"
        amount = mine["amount"].sum() / 1000 / (len(mine) if of_group else 1)
        yield {
            "kind": "fte_required" if of_group else "forecast",
            "program": key.program,
            "of": key.queue,
            "site": versions.sites[site],
            "from": local_text(int(mine["start"].min()), zone),
            "until": local_text(int(mine["end"].max()), zone),
            "version": version,
            "says": f"intervals={len(mine)} {unit}={amount:g}",
            "fate": "kept",
            "published": local_text(published, ZoneInfo("UTC")),
            **told._asdict(),
        }


def _promised(settings: Settings, one: Promise, fate: str) -> dict[str, Any]:
    said = (one.target or one.opening_hours or one).model_dump(
        mode="json", exclude={"valid_from"}, exclude_none=True
    )
    zone = settings.plan.zone(one.program)
    return _version(one) | {
        "kind": one.kind, "of": one.queue, "from": local_text(one.valid_from_ms, zone),
        "says": " ".join(f"{name}={_said(value)}" for name, value in said.items()),
        "fate": fate or "waiting",
    }  # fmt: skip


def _said(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _paid(one: PaidTime) -> dict[str, Any]:
    return _version(one) | {
        "kind": "payroll", "of": one.group, "site": one.site, "from": one.first_day,
        "until": one.last_day, "says": f"paid_h={one.paid_ms / HOUR_MS:g}", "fate": "kept",
    }  # fmt: skip


def _version(one: Promise | PaidTime) -> dict[str, Any]:
    head = one.model_dump(include={"program", "version", "source", "author", "reason"})
    return head | {"published": local_text(one.published, ZoneInfo("UTC"))}
