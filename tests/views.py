"""Views made by hand, for tests of what reads them."""

from dataclasses import replace

import numpy as np

from kernels.columns import (
    ARRIVAL_ROW,
    BOTS_ROW,
    CASES_ROW,
    CHAT_ROW,
    HANDLING_ROW,
    OUTBOUND_ROW,
    STAFF_ROW,
    UPTIME_ROW,
    WAIT_BINS,
)
from streams.view import (
    CasesNow,
    CellKey,
    Cells,
    ChatsNow,
    CheckpointView,
    DayPlan,
    Flow,
    LagView,
    Now,
    OutboundNow,
    Planned,
    QueueKey,
    Scheduled,
    SourceView,
    StateNow,
    TalksNow,
    View,
)

CARDS = QueueKey("bank", "cards", "voice")
LOANS = QueueKey("bank", "loans", "voice")
WEB = QueueKey("bank", "web", "chat")
SHOP = QueueKey("shop", "orders", "voice")
FAQ = QueueKey("bank", "faq", "bot")
FAQ_PROBED = QueueKey("bank", "faq", "conversational")
MAIL = QueueKey("bank", "mail", "deferred")
WINBACK = QueueKey("bank", "winback", "outbound")
LINE = QueueKey("bank", "0120", "telecom")
CARD_DESK = QueueKey("bank", "card-desk", "staff")
MIDNIGHT_MS = 1_709_510_400_000
"""2024-03-04 00:00 UTC, a Monday."""
NINE_MS = MIDNIGHT_MS + 9 * 3_600_000
AT_MS = NINE_MS + 5 * 60_000
BEFORE_MS = NINE_MS - 900_000


def cells(names, rows):
    """Cells of `{CellKey: {column: count}}` in the order of `names`."""
    columns = [[row.get(name, 0) for name in names] for row in rows.values()]
    width = WAIT_BINS if names in (ARRIVAL_ROW, CHAT_ROW, BOTS_ROW) else 0
    return Cells(
        tuple(rows),
        np.array(columns, dtype=np.int64).reshape(len(rows), len(names)),
        np.zeros((len(rows), width), dtype=np.int64),
    )


def key(queue, start_ms, site=""):
    return CellKey(*queue, site, start_ms)


def live(program, source="pbx", at_ms=AT_MS):
    return SourceView(source, program, at_ms - 2_000, at_ms - 7_000, silent=False)


def view(arrival=None, handling=None, day_arrival=None, day_handling=None, **changes):
    """A view at 09:05 UTC of two queues of `bank`, whose one source is live."""
    made = View(
        at_ms=AT_MS,
        arrival=cells(ARRIVAL_ROW, arrival or {}),
        handling=cells(HANDLING_ROW, handling or {}),
        day_arrival=cells(ARRIVAL_ROW, day_arrival or {}),
        day_handling=cells(HANDLING_ROW, day_handling or {}),
        waiting_in_T={},
        now={},
        flow={},
        sources=(live("bank"),),
        watermarks={"bank": AT_MS - 2_000},
        queues=(CARDS, LOANS),
    )
    if not changes.get("caught_up", True):
        changes.setdefault("recovering", frozenset({"bank"}))
    return replace(made, **changes)


def curve(amount):
    """The same amount in every half-hour of the day."""
    starts = range(MIDNIGHT_MS, MIDNIGHT_MS + 86_400_000, 1_800_000)
    return tuple(Planned(at, at + 1_800_000, amount, 180.0, "end", 0.3, 1.0, 2, 0) for at in starts)


def shift_of(heads, work):
    """So many people scheduled, and at work, in each quarter from 09:00 on until midnight."""
    quarters = np.full(60, 900_000)
    return Scheduled(NINE_MS, heads * quarters, work * quarters)


def busy_view():
    """A view in which every exported family has a sample."""
    traffic = {"offered": 10, "ans": 7, "ans_in_T1": 6, "abn": 1, "wait_ans_ms": 70_000}
    handled = {"handled": 2, "talk_ms": 600_000, "hold_ms": 80_000, "acw_ms": 120_000}
    shift = dict.fromkeys(
        ("avail_ms", "busy_union_ms", "paid_ms", "sess_ms", "chat_busy_union_ms", "sched_ms"),
        450_000,
    )
    attained = {"n_int": 2, "n_in_band": 1, "int_req_fte_ms": 3_600_000, "abs_dev_fte_ms": 90_000}
    shift |= {"staffed_ms": 900_000, "req_fte_ms": 900_000, "mismatch_ms": 45_000}
    asked = {"offered": 20, "ans": 18, "abn": 2, "chat_req": 20, "chat_left": 2, "chat_noreply": 3}
    asked |= {"chat_dialogue": 15, "sess_abn": 3}
    told = {"offer_shown": 50, "offer_acc": 20, "offer_dec": 30, "n_turn": 6, "resp_ms": 90_000}
    talks = {"conv_start": 10, "conv_contained": 6, "conv_open": 2, "n_submit": 20, "lat_n": 20}
    talks |= {"lat_in_x": 19, "lat_ms": 18_000, "migrated_start": 1, "conv_handoff": 1}
    up = {"total_ms": 300_000, "up_ms": 240_000, "down_ms": 60_000}
    up |= {"open_ms": 300_000, "up_open_ms": 240_000}
    probed = {FAQ_PROBED: up, LINE: up}
    return view(
        queues=(CARDS, LOANS, WEB),
        chat=cells(CHAT_ROW, {key(WEB, NINE_MS): told, key(WEB, BEFORE_MS): told}),
        day_chat=cells(CHAT_ROW, {key(WEB, MIDNIGHT_MS): told}),
        bots=cells(BOTS_ROW, {key(FAQ, NINE_MS): talks, key(FAQ, BEFORE_MS): talks}),
        day_bots=cells(
            BOTS_ROW,
            {key(FAQ, MIDNIGHT_MS): talks, key(LINE, MIDNIGHT_MS): {"attempts": 50, "blocked": 1}},
        ),
        uptime=cells(UPTIME_ROW, {key(of, NINE_MS): row for of, row in probed.items()}),
        day_uptime=cells(UPTIME_ROW, {key(of, MIDNIGHT_MS): row for of, row in probed.items()}),
        conversations={FAQ: TalksNow(2, AT_MS - 240_000)},
        promised={FAQ: 0.9},
        chats={key(CARD_DESK, AT_MS, "north"): ChatsNow(3, 4)},
        staff=cells(
            STAFF_ROW,
            {key(CARD_DESK, NINE_MS, "north"): shift, key(CARD_DESK, BEFORE_MS, "north"): shift},
        ),
        day_staff=cells(STAFF_ROW, {key(CARD_DESK, MIDNIGHT_MS, "north"): shift | attained}),
        day_plan=DayPlan({key(CARDS, 0): curve(30.0), key(CARD_DESK, 0, "north"): curve(2.0)}, {}),
        scheduled={key(CARD_DESK, 0, "north"): shift_of(6, 5)},
        groups=(CARD_DESK,),
        people={key(CARD_DESK, AT_MS, "north"): {"available": StateNow(2, AT_MS - 60_000)}},
        arrival={
            key(CARDS, NINE_MS): traffic,
            key(CARDS, BEFORE_MS): traffic,
            key(WEB, NINE_MS): asked,
            key(WEB, BEFORE_MS): asked,
        },
        handling={
            key(CARDS, NINE_MS, "north"): handled,
            key(CARDS, BEFORE_MS, "north"): handled,
        },
        day_arrival={
            # The first to the third of March, and the fourth so far.
            **{key(CARDS, MIDNIGHT_MS - day * 86_400_000): traffic for day in (3, 2, 1, 0)},
            key(WEB, MIDNIGHT_MS): asked,
        },
        day_handling={key(CARDS, MIDNIGHT_MS, "north"): handled},
        waiting_in_T={key(CARDS, NINE_MS): 2},
        now={CARDS: Now(3, AT_MS - 10_000, 1, 2)},
        flow={CARDS: Flow(10, 7, 6, 1, 1, 2, 800_000)},
        events={"acd": 42},
        rejected={("acd", "unknown_type"): 1},
        duplicates=3,
        conflicts=2,
        restated=1,
        visits=9,
        lags=(LagView("acd", 3, 17, AT_MS - 4_000, 59),),
        checkpoints=(CheckpointView(3, AT_MS - 5_000, 0.25),),
    )


def with_work(of):
    """The same view, with a queue of deferred work, ten cases open and three of them overdue, and a
    campaign whose list is behind its plan."""
    due = {"case_received": 9, "due_n": 4, "due_ontime_n": 3, "done_n": 3, "done_ontime_n": 3}
    now = {MAIL: CasesNow(10, 2, 3, 120_000, AT_MS - 90_000)}
    done = {"rec_listed": 1200, "dials_n": 90, "connects_n": 30, "rpc_n": 12, "dialer_abn_n": 1}
    done |= {"rec_done": 40, "rec_rpc": 12, "list_n": 40, "dialled_n": 38, "contact_n": 20}
    lists = {WINBACK: OutboundNow(900, 350, 1, 6000, 5400, 600, 1000, AT_MS - 60_000)}
    rows = {key(WINBACK, at): done for at in (NINE_MS - 900_000, NINE_MS)}
    return replace(
        of,
        cases_now=now,
        day_cases=cells(CASES_ROW, {key(MAIL, NINE_MS): due}),
        outbound_now=lists,
        outbound=cells(OUTBOUND_ROW, rows),
        day_outbound=cells(OUTBOUND_ROW, {key(WINBACK, NINE_MS): done}),
    )
