"""Ground truth of chat: what became of each offer, wait, message and session, when it did.

Nothing here is read back from events. Meanings: definitions 3 (chat), R1-R7, `kernels/CHAT.md`.
"""

from typing import Any

from schemas.targets import Plan
from streams.simulator.chat.records import Cause, ChatRecord, Gone, Offer
from streams.simulator.chat.settings import ChatFloor
from streams.simulator.chat.unsettled import count_visit
from streams.simulator.sums import Sums, cell


class ChatTruth:
    """Sums of what happened in chat, by the key of each happening."""

    def __init__(self, floor: ChatFloor, plan: Plan) -> None:
        self._floor, self._plan = floor, plan
        self._sums = Sums()
        self._offers: dict[Offer, None] = {}
        self._open: dict[ChatRecord, None] = {}
        """Visits of which something is not settled."""

    def offer_shown(self, program: str, queue: str, now_ms: int) -> Offer:
        """A visitor is shown an offer."""
        limit_ms = round(self._floor.queues[queue].unresolved_s * 1000)
        offer = Offer(cell(program, queue, "chat", now_ms), now_ms + limit_ms)
        self._offers[offer] = None
        return offer

    def offer_ended(self, offer: Offer, how: str) -> None:
        """`how`: acc, dec, exp; empty if it never reached the screen."""
        del self._offers[offer]
        if how:
            self._sums.add(offer.at, "offer_shown")
            self._sums.add(offer.at, f"offer_{how}")

    def requested(self, program: str, queue: str, now_ms: int, *, first: bool) -> ChatRecord:
        """A customer waits for a person from now on; `first`: of the team the chat came to."""
        at = cell(program, queue, "chat", now_ms)
        target = self._plan.target_at(queue, now_ms)
        record = ChatRecord(at, self._floor.queues[queue], target, now_ms, queue)
        self._sums.add(at, "offered")
        self._sums.add(at, "chat_req")
        self._sums.add(at, "human_contact_n", first)
        self._open[record] = None
        return record

    def overflowed(self, record: ChatRecord, new: str) -> None:
        """A waiting chat was moved on to another queue."""
        for queue, column in ((record.queue, "ovf_out"), (new, "ovf_in")):
            self._sums.add(cell(record.at[0], queue, "chat", record.entry_ms), column)
        record.queue = new

    def left(self, record: ChatRecord, cause: Cause, now_ms: int) -> None:
        """The chat ended without a word from a person."""
        add, at, wait = self._sums.add, record.at, now_ms - record.entry_ms
        for column in ("abn", "chat_left", f"abn_{cause}"):
            add(at, column)
        add(at, "wait_abn_ms", wait)
        for i, limit in enumerate(record.target.thresholds_ms, 1):
            add(at, f"abn_in_T{i}", wait <= limit)
        short_ms = round(record.target.short_abandon_s * 1000)
        add(at, "abn_short", short_ms > 0 and wait <= short_ms)
        self._stays_unanswered(record)
        del self._open[record]

    def answered(self, record: ChatRecord, via: str, site: str, since_ms: int, now_ms: int) -> None:
        """A person who has had the chat since `since_ms` wrote for the first time."""
        add, at, wait = self._sums.add, record.at, now_ms - record.entry_ms
        add(at, "ans")
        add(at, "wait_ans_ms", wait)
        for i, limit in enumerate(record.target.thresholds_ms, 1):
            add(at, f"ans_in_T{i}", wait <= limit)
            add(at, f"ans_in_2T{i}", wait <= 2 * limit)
        record.queue, record.site = via, site
        record.answered_ms, record.since_ms = now_ms, since_ms
        self.staff_wrote(record, now_ms)

    def customer_wrote(self, record: ChatRecord, now_ms: int) -> None:
        """The customer wrote in session."""
        if not record.reply:
            self._decide(record, now_ms <= record.reply_by_ms)
        if record.reply == "noreply" and not record.late:
            record.late = True
            self._sums.add(record.at, "chat_late_reply")
        self.asked(record, now_ms)

    def asked(self, record: ChatRecord, received_ms: int) -> None:
        """A message received at `received_ms`, in the visit before or now, waits for an answer."""
        if record.asked_ms is None:
            record.asked_ms = received_ms

    def staff_wrote(self, record: ChatRecord, now_ms: int) -> None:
        """A person wrote: what waited for an answer has it."""
        if record.asked_ms is not None:
            at = cell(record.at[0], record.queue, "chat", record.asked_ms, record.site)
            self._sums.add(at, "n_turn")
            self._sums.add(at, "resp_ms", now_ms - record.asked_ms)
            record.asked_ms = None

    def session_ended(self, record: ChatRecord, gone: Gone, now_ms: int) -> None:
        """Nobody writes any more; the person may still have work with it."""
        if not record.reply:
            self._decide(record, gone == "handed on" and now_ms <= record.reply_by_ms)
        waited = record.asked_ms is not None and record.reply == "dialogue"
        self._sums.add(record.at, "sess_abn", waited and gone == "without a word")
        if gone == "handed on":
            record.asked_ms = None
        self._stays_unanswered(record)
        record.talked_ms = now_ms

    def handled(self, record: ChatRecord) -> None:
        """Nothing more is being done for the chat."""
        self._book(record, 1)
        del self._open[record]

    def reopened(self, record: ChatRecord) -> None:
        """After a pause, after-call work begins: the chat is not handled yet."""
        self._book(record, -1)
        self._open[record] = None

    def rows(self, now_ms: int) -> list[dict[str, Any]]:
        """Columns that are not 0, sorted by key; what is still open counts as such.

        `[{program, queue, channel, site, bucket_ms, columns}]`, times in ms.
        """
        sums = self._sums.copy()
        for offer in self._offers:
            sums.add(offer.at, "offer_shown")
            sums.add(offer.at, "offer_exp" if now_ms >= offer.until_ms else "offer_open")
        for record in self._open:
            count_visit(sums, record, now_ms)
        return sums.listed()

    def _decide(self, record: ChatRecord, replied: bool) -> None:
        record.reply = "dialogue" if replied else "noreply"
        self._sums.add(record.at, f"chat_{record.reply}")

    def _stays_unanswered(self, record: ChatRecord) -> None:
        if record.asked_ms is not None:
            at = cell(record.at[0], record.queue, "chat", record.asked_ms, record.site)
            self._sums.add(at, "turn_unanswered")
            record.asked_ms = None

    def _book(self, record: ChatRecord, sign: int) -> None:
        add, spans = self._sums.add, record.spans
        place = (record.at[0], record.queue, "chat", record.site)
        at = cell(*place[:3], spans[-1][1], record.site)
        lengths = [end_ms - start_ms for start_ms, end_ms in spans]
        add(at, "handled", sign)
        add(at, "talk_ms", sign * lengths[0])
        add(at, "acw_ms", sign * sum(lengths[1:]))
        if record.escalation:
            add(at, f"escalated_{record.escalation}", sign)
        for start_ms, end_ms in spans:
            self._sums.add_span(place, start_ms, end_ms, "handle_clip_ms", sign=sign)
        add(record.at, "cohort_handled", sign)
        add(record.at, "cohort_handle_ms", sign * sum(lengths))
