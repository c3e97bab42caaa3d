"""The chat of the default center: three queues, two programs, some twenty people."""

from schemas.targets import Target
from streams.simulator.chat.settings import ChatFloor, ChatQueueSettings, ChatTeam

_PROMISE = (Target(thresholds_s=(60.0, 120.0), service_level=0.8, abandonment=0.08),)

CHAT_FLOOR = ChatFloor(
    queues={
        "mobile-chat": ChatQueueSettings(
            program="mobile-care",
            chats_per_day=700,
            targets=_PROMISE,
            overflow_to="mobile-chat-tech",
            transfer_to="mobile-chat-tech",
        ),
        "mobile-chat-tech": ChatQueueSettings(
            program="mobile-care",
            chats_per_day=240,
            targets=_PROMISE,
            rounds=6,
            patience_s=480,
            max_wait_s=240,
            acw_s=60,
            transfer_to="mobile-chat",
            escalation="",
        ),
        "shop-chat": ChatQueueSettings(
            program="shop-orders", chats_per_day=340, targets=_PROMISE, rounds=3, patience_s=150
        ),
    },
    teams=(
        ChatTeam(site="nagoya", home="mobile-care", queues=("mobile-chat",), people=7),
        ChatTeam(
            site="sapporo",
            home="mobile-care",
            queues=("mobile-chat-tech", "mobile-chat"),
            people=5,
            paid_meals=False,
        ),
        ChatTeam(site="fukuoka", home="shop-orders", queues=("shop-chat",), people=5, slots=2),
    ),
)
