"""What a chat visit counts while something of it is not settled, or never will be."""

from streams.simulator.chat.records import ChatRecord
from streams.simulator.sums import Sums, cell


def count_visit(sums: Sums, record: ChatRecord, now_ms: int) -> None:
    """Add what may still change of a visit, as it stands at `now_ms`."""
    lost = record.lost_ms is not None
    if record.answered_ms is None:
        known = not lost and now_ms < record.entry_ms + record.limit_ms
        sums.add(record.at, "waiting" if known else "outcome_unknown")
    else:
        known = not lost and now_ms < record.answered_ms + record.limit_ms
        sums.add(record.at, "cohort_open" if known else "cohort_unknown")
        if not record.reply:
            sums.add(record.at, f"chat_{_reply(record, now_ms)}")
    if record.asked_ms is not None:
        at = cell(record.at[0], record.queue, "chat", record.asked_ms, record.site)
        waits = now_ms < record.asked_ms + record.limit_ms
        sums.add(at, "turn_unknown" if lost else "turn_open" if waits else "turn_unanswered")


def _reply(record: ChatRecord, now_ms: int) -> str:
    """What is known of a first reply that nobody has seen so far."""
    if now_ms < record.reply_by_ms:
        return "reply_unknown" if record.lost_ms is not None else "pending_reply"
    # Nobody looked any more when the time was up: that there was no reply is not known.
    looked_away = record.lost_ms is not None and record.lost_ms <= record.reply_by_ms
    return "reply_unknown" if looked_away else "noreply"
