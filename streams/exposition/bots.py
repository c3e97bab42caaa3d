"""Bots and other technology: figures of a window, and what goes on at this moment."""

from collections.abc import Iterable, Mapping

from kernels.columns import BOTS_ROW
from schemas.bots import BOT_CHANNEL
from schemas.keys import BUCKET_MS, Basis
from schemas.kpi import Kpi, Measure
from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.kpis import value
from streams.view import QueueKey, View

Rows = Mapping[QueueKey, Mapping[str, dict[str, int]]]
"""Columns by technology and site."""
_STARTED, _CONTAINED = BOTS_ROW.index("conv_start"), BOTS_ROW.index("conv_contained")
HOUR_BUCKETS = 4


def write_technology(
    sheet: Sheet, declared: Iterable[tuple[Kpi | Measure, str]], bots: Rows, uptime: Rows
) -> None:
    """Figures of one window; a technology of which nothing is known has no ratio of its time."""
    for of, metric in declared:
        if not of.of_technology:
            continue
        for key, sites in (uptime if of.basis is Basis.CLIPPED else bots).items():
            if not _is_read_from(of, key.channel):
                continue
            for site, row in sites.items():
                blind = isinstance(of, Kpi) and row.get("unknown_ms", 0) == row.get("total_ms", -1)
                number = None if blind else value(of, row)
                if number is not None:
                    sheet.add(metric, (site, *key), number)


def _is_read_from(of: Kpi | Measure, channel: str) -> bool:
    if of.basis is not Basis.CLIPPED:
        return channel == BOT_CHANNEL
    return isinstance(of, Measure) or any(channel in each for each in of.channel_sets)


def write_conversations(sheet: Sheet, view: View) -> None:
    """Open conversations, and containment of the open interval and the three before it."""
    known = known_programs(view)
    since = view.at_ms // BUCKET_MS * BUCKET_MS - (HOUR_BUCKETS - 1) * BUCKET_MS
    hour = {key: (0, 0) for key in view.conversations}
    for key, row in zip(view.bots.keys, view.bots.columns.tolist(), strict=True):
        owner = QueueKey(key.program, key.queue, key.channel)
        if owner in hour and since <= key.start_ms <= view.at_ms:
            started, contained = hour[owner]
            hour[owner] = (started + row[_STARTED], contained + row[_CONTAINED])
    for owner, (started, contained) in hour.items():
        if owner.program not in known:
            continue
        sheet.add("cc_bot_conversations_open", owner, view.conversations[owner])
        sheet.add("cc_bot_hour_conversations_started", owner, started)
        sheet.add("cc_bot_hour_conversations_contained", owner, contained)
        if started:
            sheet.add("cc_bot_hour_containment_ratio", owner, contained / started)
