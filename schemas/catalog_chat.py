"""KPIs of chat: abandonment, session abandonment, response time, offers (definitions R3-R5, R7).

Columns: kernels/CHAT.md. Chat abandonment is not `abn / offered`: an answered chat whose customer
never replied is abandoned too.
"""

from schemas.keys import Basis
from schemas.kpi import (
    Alert,
    Certification,
    Direction,
    Formula,
    Kpi,
    Metrics,
    RollUp,
    Unit,
    terms,
)

SERVICE = Certification(item="4.3", type="service")

_ABANDONMENT = (
    Kpi(
        id="R3c",
        channels=("chat", "messaging"),
        key="abandon_chat",
        title="Chat abandonment",
        title_ja="放棄率(チャット)",
        definition="Share of chat requests that were left before a person wrote, or whose customer never replied to the first message.",
        numerator=terms("chat_left + chat_noreply"),
        denominator=terms("chat_req"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        target="abandonment",
        metrics=Metrics(
            interval="cc_interval_chat_abandonment_ratio",
            last_interval="cc_last_interval_chat_abandonment_ratio",
            day="cc_day_chat_abandonment_ratio",
        ),
        boards=("floor", "intraday", "attainment", "month"),
        alert=Alert(
            name="ChatAbandonmentHigh",
            compares="above_times_target",
            warning=1.5,
            critical=3,
            min_volume=5,
        ),
        certification=SERVICE,
        example="R3c",
    ),
    Kpi(
        id="R3c",
        channels=("chat", "messaging"),
        key="abandon_chat_left_only_variant",
        title="Chat abandonment, leavers only (variant)",
        title_ja="放棄率(チャット・離脱のみ・参考)",
        definition="Share of chat requests left before a person wrote; for reconciliation only.",
        numerator=terms("chat_left"),
        denominator=terms("chat_req"),
        basis=Basis.ARRIVAL,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        example="R3c",
    ),
    Kpi(
        id="R4",
        channels=("chat", "messaging"),
        key="session_abandon",
        title="Session abandonment",
        title_ja="セッション放棄率",
        definition="Share of chats with a dialogue whose customer left with a message unanswered and without a closing marker.",
        numerator=terms("sess_abn"),
        denominator=terms("chat_dialogue"),
        basis=Basis.COHORT,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        metrics=Metrics(
            day="cc_day_session_abandonment_ratio",
        ),
        boards=("intraday", "month"),
        certification=SERVICE,
        example="R4",
    ),
)


def _response(share: int) -> Kpi:
    return Kpi(
        id="R5",
        channels=("chat", "messaging"),
        key=f"chat_response_p{share}",
        title=f"Chat response time, {share} %",
        title_ja=f"チャット応答時間{share}パーセンタイル",
        definition=f"Upper edge of the histogram bin within which {share} % of turns were answered.",
        formula=Formula.QUANTILE,
        quantile=share,
        histogram="resp_hist",
        basis=Basis.RECEIPT,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        boards=("intraday",),
        roll_up=RollUp.BINS,
        example="R5",
    )


_RESPONSE = (
    Kpi(
        id="R5",
        channels=("chat", "messaging"),
        key="chat_response",
        title="Chat response time",
        title_ja="平均応答時間(チャット)",
        definition="Mean time from a customer's first unanswered message to the next one a person sent, the first response excluded.",
        numerator=terms("resp_ms"),
        denominator=terms("n_turn"),
        basis=Basis.RECEIPT,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        metrics=Metrics(
            interval="cc_interval_chat_response_seconds",
            last_interval="cc_last_interval_chat_response_seconds",
            day="cc_day_chat_response_seconds",
        ),
        boards=("floor", "intraday", "month"),
        certification=SERVICE,
        example="R5",
    ),
    *(_response(share) for share in (50, 80, 90, 95)),
    Kpi(
        id="R5",
        channels=("chat", "messaging"),
        key="chat_turns_unanswered",
        title="Chat messages left unanswered",
        title_ja="未返信率(チャット)",
        definition="Share of turns that the chat ended on, shown beside the response time that leaves them out.",
        numerator=terms("turn_unanswered"),
        denominator=terms("n_turn + turn_unanswered"),
        basis=Basis.RECEIPT,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        boards=("intraday",),
        example="R5",
    ),
)

_OFFERS = (
    Kpi(
        id="R7",
        channels=("chat", "messaging"),
        key="offer_acceptance",
        title="Chat offer acceptance",
        title_ja="承諾率",
        definition="Share of delivered chat offers that the visitor took.",
        numerator=terms("offer_acc"),
        denominator=terms("offer_shown"),
        basis=Basis.OFFER,
        unit=Unit.RATIO,
        direction=Direction.UP,
        metrics=Metrics(
            day="cc_day_offer_acceptance_ratio",
        ),
        boards=("intraday", "month"),
        certification=SERVICE,
        example="R7",
    ),
    Kpi(
        id="R7",
        channels=("chat", "messaging"),
        key="offer_decline",
        title="Chat offer decline",
        title_ja="否認率",
        definition="Share of delivered chat offers that were declined or expired.",
        numerator=terms("offer_dec + offer_exp"),
        denominator=terms("offer_shown"),
        basis=Basis.OFFER,
        unit=Unit.RATIO,
        direction=Direction.DOWN,
        boards=("intraday",),
        certification=SERVICE.model_copy(update={"instead_of": "offer_acceptance"}),
        example="R7",
    ),
)

CHAT_KPIS: tuple[Kpi, ...] = (*_ABANDONMENT, *_RESPONSE, *_OFFERS)
