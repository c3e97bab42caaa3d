"""Ground truth of technology: conversations, submits, what carriers counted, when it happened.

Nothing here is read back from events. Meanings: definitions 5, `kernels/BOTS.md`.
"""

from typing import Any, Literal

from streams.simulator.bots.records import Conversation, Submit
from streams.simulator.sums import Sums, cell

Way = Literal["handed off", "left", "error"]
"""How a conversation was over; `left` without more is contained if its task was completed."""


class BotTruth:
    """Sums of what happened between customers and bots, and on the lines."""

    def __init__(self) -> None:
        self.sums = Sums()
        self._open: dict[Conversation, None] = {}
        self._waiting: dict[Submit, None] = {}

    def started(self, conversation: Conversation) -> None:
        """A bot took up a concern, sent on by a person or not."""
        self.sums.add(conversation.at, _name(conversation, "conv_start", "migrated_start"))
        self._open[conversation] = None

    def submitted(self, submit: Submit) -> None:
        """A customer waits for a response."""
        self.sums.add(submit.at, "n_submit")
        self._waiting[submit] = None

    def responded(self, submit: Submit, now_ms: int) -> None:
        """The response is there."""
        del self._waiting[submit]
        latency, settings = now_ms - submit.since_ms, submit.conversation.settings
        self.sums.add(submit.at, "lat_n")
        self.sums.add(submit.at, "lat_ms", latency)
        self.sums.add(submit.at, "lat_in_x", latency <= round(settings.within_s * 1000))

    def ended(self, conversation: Conversation, way: Way, now_ms: int) -> None:
        """The conversation is over, and somebody said so."""
        del self._open[conversation]
        _book(self.sums, conversation, way, now_ms)

    def counted(
        self, program: str, line: str, span: tuple[int, int], calls: int, lost: int
    ) -> None:
        """A carrier counted calls over a span, `lost` of them on busy or full lines."""
        at = cell(program, line, "telecom", span[0])
        self.sums.add(at, "attempts", calls)
        self.sums.add(at, "blocked", lost)

    def rows(self, now_ms: int, sums: Sums) -> list[dict[str, Any]]:
        """Columns that are not 0, sorted by key, `sums` among them; what is open counts as such.

        `[{program, queue, channel, site, bucket_ms, columns}]`: the queue is the technology.
        """
        for conversation in self._open:
            if conversation.lost_ms is not None:
                sums.add(conversation.at, _name(conversation, "conv_unknown", "migrated_unknown"))
            elif now_ms >= conversation.idle_ms:
                _book(sums, conversation, "left", conversation.last_ms)
            else:
                sums.add(conversation.at, _name(conversation, "conv_open", "migrated_open"))
        for submit in self._waiting:
            sums.add(submit.at, _unanswered(submit, now_ms))
        return sums.listed()


def _book(sums: Sums, conversation: Conversation, way: Way, closed_ms: int) -> None:
    at = conversation.at
    if conversation.migrated:
        contained = conversation.completed and way != "handed off"
        sums.add(at, "migrated_n", contained)
    elif way == "handed off":
        sums.add(at, "conv_handoff")
    elif conversation.completed:
        sums.add(at, "conv_contained")
    else:
        sums.add(at, "conv_left")
        sums.add(at, "conv_left_error", way == "error")
    sums.add(at, "conv_n")
    sums.add(at, "bot_msg_n", conversation.messages)
    sums.add(at, "conv_ms", closed_ms - conversation.start_ms)


def _unanswered(submit: Submit, now_ms: int) -> str:
    lost_ms = submit.conversation.lost_ms
    if lost_ms is not None and lost_ms < submit.limit_ms:
        return "lat_unknown"
    return "lat_timeout" if now_ms >= submit.limit_ms else "lat_open"


def _name(conversation: Conversation, usual: str, migrated: str) -> str:
    return migrated if conversation.migrated else usual
