"""Record types and codes of chat visits (kernels/CHAT.md)."""

import numpy as np

from kernels.layout import VISIT

CHAT_VISIT = np.dtype(
    [
        *((name, VISIT.fields[name][0]) for name in VISIT.names or () if VISIT.fields),
        ("marked", np.int64),
        ("due", np.int64),
    ],
    align=True,
)
"""One chat visit, 80 bytes: as VISIT, and the watermark it was last settled at (ms) and the least
one above it at which it must be settled anew (NEVER: none).

Chats have a pool of their own: `marked` and `due` would cost every call 16 bytes of 64, and the
walk of a call would have to branch on what it walks. One pair of limits decides a call; up to five
decide a chat, so it keeps moments where a call keeps a flag.
"""

CHAT_OUTCOME = np.dtype(
    [
        ("state", np.int64),
        ("phase", np.int64),
        ("entry", np.int64),
        ("place", np.int64),
        ("setting", np.int64),
        ("decided", np.int64),
        ("queue_now", np.int64),
        ("site", np.int64),
        ("person", np.int64),
        ("answered", np.int64),
        ("answer", np.int64),
        ("start", np.int64),
        ("end", np.int64),
        ("acw_start", np.int64),
        ("acw_end", np.int64),
        ("left", np.int64),
        ("reason", np.int64),
        ("by_end", np.int64),
        ("escalation", np.int64),
        ("reply", np.int64),
        ("late_reply", np.int64),
        ("session_abandoned", np.int64),
        ("turn_since", np.int64),
        ("turns", np.int64),
        ("contradictions", np.int64),
        ("lost", np.int64),
        ("too_long", np.int64),
        ("offer", np.int64),
        ("offer_at", np.int64),
        ("offer_place", np.int64),
    ]
)
"""What the walk over a chat's events found; times in ms, -1 where it did not happen. `setting`: the
queue whose settings hold; `queue_now`, `site`: where it waits or was answered; `person`: index of
the join of the person who is in, -1 if nobody is."""

# ChatState of the walk.
AT_WAIT, IN_SESSION, ENDED, LEFT = range(4)
# What became of the reply.
UNDECIDED, DIALOGUE, NO_REPLY, PENDING_REPLY, REPLY_UNKNOWN = range(5)
# What became of an offer. OFFER_UNANSWERED is open or, past its limit, expired.
NO_OFFER, OFFER_ACCEPTED, OFFER_DECLINED, OFFER_EXPIRED, OFFER_UNANSWERED = range(5)

# Type codes: place in schemas.chats.CHAT_TYPES + 1 (a test holds them together).
(OFFER_SHOWN_EVENT, OFFER_DECLINED_EVENT, OFFER_EXPIRED_EVENT, OFFER_UNDELIVERED,
 OFFER_ACCEPTED_EVENT, CHAT_REQUESTED, CHAT_OVERFLOWED, STAFF_JOINED, MESSAGE_RECEIVED,
 MESSAGE_SENT, STAFF_LEFT, CHAT_TRANSFERRED, CHAT_ENDED, CHAT_ACW_STARTED, CHAT_ACW_ENDED,
 CHAT_TRACKING_LOST) = range(1, 17)  # fmt: skip
# Reason codes.
BY_PERSON, AUTOMATIC, CARRIED = 1, 2, 1
GONE, BY_STAFF, GONE_WITH_MARKER = 1, 5, 7
