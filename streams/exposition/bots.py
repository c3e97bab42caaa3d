"""Bots and other technology: figures of a window, and what goes on at this moment."""

from collections.abc import Iterable, Set
from datetime import datetime

import numpy as np

from kernels.columns import ARRIVAL_ROW, BOTS_ROW
from schemas.bots import BOT_CHANNEL, TECHNOLOGY_CHANNELS
from schemas.catalog import KPIS
from schemas.keys import Basis
from schemas.kpi import Kpi, Measure
from schemas.targets import Plan
from streams.days import local_day_start
from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.exposition.totals import Totals, values
from streams.kpis import value
from streams.selection import selected
from streams.view import QueueKey, View


def completing(view: View, plan: Plan) -> Set[QueueKey]:
    """Bots of which it is known how many conversations completed their task: the plan says that completions
    are reported, or some were. Of the others none is not known to be none (T3).
    """
    counts = view.day_bots.columns[:, BOTS_ROW.index("conv_contained")]
    some = (view.day_bots.keys[row] for row in np.flatnonzero(counts).tolist())
    told = {QueueKey(key.program, key.queue, key.channel) for key in some}
    return told | {
        bot for bot in view.conversations if "completion" in plan.program(bot.program).tells
    }


def write_technology(
    sheet: Sheet,
    declared: Iterable[tuple[Kpi | Measure, str]],
    bots: Totals,
    uptime: Totals,
    known: Set[QueueKey],
) -> None:
    """Figures of one window; a technology of which nothing is known has no ratio of its time, and a bot
    that is not among `known` (`completing`) no containment."""
    for of, metric in declared:
        if not of.of_technology:
            continue
        rows = uptime if of.basis is Basis.CLIPPED else bots
        numbers = values(of, rows)
        shown = np.array([_is_read_from(of, channel) for *_, channel in rows.owners], bool)
        if isinstance(of, Kpi) and rows is uptime:
            shown &= rows.column("unknown_ms") != rows.column("total_ms")
        if of is _CONTAINMENT:
            shown &= np.array([owner[1:] in known for owner in rows.owners], bool)
        sheet.extend(metric, rows.owners, np.where(shown, numbers, np.nan))


def _is_read_from(of: Kpi | Measure, channel: str) -> bool:
    if of.basis is not Basis.CLIPPED:
        return channel == BOT_CHANNEL
    return isinstance(of, Measure) or any(channel in each for each in of.channel_sets)


def hour_start_ms(plan: Plan, program: str, at_ms: int) -> int:
    """Start of the clock hour of a moment in the program's time zone, ms UTC."""
    local = datetime.fromtimestamp(at_ms / 1000, plan.zone(program))
    return at_ms // 1000 * 1000 - (local.minute * 60 + local.second) * 1000


def of_the_hour(view: View, plan: Plan) -> dict[QueueKey, dict[str, int]]:
    """Columns of every bot seen, of the conversations that began in the clock hour so far."""
    hour = {key: dict.fromkeys(BOTS_ROW, 0) for key in view.conversations}
    begins = {key: hour_start_ms(plan, key.program, view.at_ms) for key in hour}
    since = min(begins.values(), default=view.at_ms)
    near = np.flatnonzero((view.bots.starts_ms >= since) & (view.bots.starts_ms <= view.at_ms))
    for number, row in zip(near.tolist(), view.bots.columns[near].tolist(), strict=True):
        key = view.bots.keys[number]
        owner = QueueKey(key.program, key.queue, key.channel)
        if owner in hour and begins[owner] <= key.start_ms:
            sums = hour[owner]
            hour[owner] = {n: sums[n] + count for n, count in zip(BOTS_ROW, row, strict=True)}
    return hour


def write_conversations(sheet: Sheet, view: View, plan: Plan) -> None:
    """Open conversations, and what became so far of those that began in the clock hour."""
    known, told = known_programs(view), completing(view, plan)
    for owner, row in of_the_hour(view, plan).items():
        if owner.program not in known:
            continue
        now = view.conversations[owner]
        sheet.add("cc_bot_conversations_open", owner, now.open)
        if now.since_ms is not None:
            since_s = now.since_ms / 1000
            sheet.add("cc_bot_conversations_longest_open_timestamp_seconds", owner, since_s)
        sheet.add("cc_bot_hour_conversations_started", owner, row["conv_start"])
        sheet.add("cc_bot_hour_conversations_contained", owner, row["conv_contained"])
        sheet.add("cc_bot_hour_conversations_handed_off", owner, row["conv_handoff"])
        contained = value(_CONTAINMENT, row)
        if contained is not None and owner in told:
            sheet.add("cc_bot_hour_containment_ratio", owner, contained)


def write_attempts(sheet: Sheet, view: View, plan: Plan) -> None:
    """Attempts of each program's day and those blocked (V4), by the rows that the KPI is read from.

    0 once anything was told of its attempts: what grows from nothing has no increase. Of blocked ones
    nothing where nobody may have told of them: the plan does not say so, and nobody has.
    """
    known = known_programs(view)
    telling = {name for name in known if "blocked" in plan.program(name).tells}
    midnight = {name: local_day_start(plan, name, view.at_ms) for name in known}
    by_owner: dict[tuple[str, str], dict[str, int]] = {}
    for cells, names in ((view.day_arrival, ARRIVAL_ROW), (view.day_bots, BOTS_ROW)):
        counts = cells.columns[:, [names.index(name) for name in _ATTEMPTS]]
        rows = np.flatnonzero(counts.any(axis=1)).tolist()
        for number, row in zip(rows, counts[rows].tolist(), strict=True):
            key = cells.keys[number]
            if key.program in known:
                sums = by_owner.setdefault((key.program, key.channel), dict.fromkeys(_ATTEMPTS, 0))
                if row[1] or key.channel in TECHNOLOGY_CHANNELS:
                    telling.add(key.program)
                if key.start_ms >= midnight[key.program]:
                    for name, count in zip(_ATTEMPTS, row, strict=True):
                        sums[name] += count
    by_program: dict[str, dict[tuple[str, str], dict[str, int]]] = {}
    for owner, sums in by_owner.items():
        by_program.setdefault(owner[0], {})[owner] = sums
    for program in sorted(by_program):
        told = selected(KPIS["blocked"], by_program[program])
        sheet.add("cc_day_contact_attempts", (program,), told.get("attempts", 0))
        if program in telling:
            sheet.add("cc_day_contact_attempts_blocked", (program,), told.get("blocked", 0))


_ATTEMPTS = ("attempts", "blocked")
_CONTAINMENT = KPIS["containment"]
