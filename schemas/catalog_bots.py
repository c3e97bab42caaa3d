"""KPIs of technology, IVR and lines (definitions T1-T8, V1-V4), by the columns of kernels/BOTS.md.

A containment never comes from counting what was not handed off: `containment_high` does that and
is a bound. T8 is read where a technology serves round the clock, V3 where it has opening hours.
Source: definitions 5 (COPC CX 7.1 items 4.4, 4.5).
"""

from typing import Literal

from schemas.bots import ALL_HOUR_KINDS, OPENING_HOUR_KINDS
from schemas.keys import Basis
from schemas.kpi import (
    Certification,
    Direction,
    Formula,
    Kpi,
    Metrics,
    RollUp,
    Unit,
    terms,
)
from schemas.targets import Reported

TECHNOLOGY_SERVICE = Certification(item="4.4", type="service")
TECHNOLOGY_EFFICIENCY = Certification(item="4.4", type="efficiency")
IVR = Certification(item="4.5", type="service", period="quarter")
LINES = Certification(item="4.5", type="service", level="entity")


def _kpi(
    id: str,
    key: str,
    titles: tuple[str, str],
    definition: str,
    formula: tuple[str, str],
    direction: Direction,
    *,
    unit: Unit = Unit.RATIO,
    basis: Basis = Basis.ARRIVAL,
    metrics: Metrics | None = None,
    certification: Certification | None = None,
    channel_sets: tuple[tuple[str, ...], ...] = (),
    program_wide: bool = False,
    reported: Reported | Literal[""] = "",
    evident: bool = False,
) -> Kpi:
    return Kpi(
        id=id,
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=definition,
        numerator=terms(formula[0]),
        denominator=terms(formula[1]),
        basis=basis,
        unit=unit,
        direction=direction,
        metrics=metrics or Metrics(),
        boards=("intraday", "month"),
        certification=certification,
        channel_sets=channel_sets,
        program_wide=program_wide,
        reported=reported,
        evident=evident,
        example=id,
    )


def _volume(key: str, titles: tuple[str, str], definition: str, column: str, name: str) -> Kpi:
    return Kpi(
        id="T2",
        key=key,
        title=titles[0],
        title_ja=titles[1],
        definition=definition,
        formula=Formula.SUM,
        numerator=terms(column),
        basis=Basis.ARRIVAL,
        unit=Unit.COUNT,
        metrics=Metrics(interval=f"cc_interval_{name}", day=f"cc_day_{name}"),
        boards=("intraday", "month"),
        example="T2",
    )


def _latency(share: int) -> Kpi:
    return Kpi(
        id="T1",
        key=f"latency_p{share}",
        title=f"Latency, {share} %",
        title_ja=f"レイテンシー{share}パーセンタイル",
        definition=f"Upper edge of the histogram bin within which {share} % of responses came.",
        formula=Formula.QUANTILE,
        quantile=share,
        histogram="latency_hist",
        basis=Basis.ARRIVAL,
        unit=Unit.SECONDS,
        direction=Direction.DOWN,
        boards=("intraday",),
        roll_up=RollUp.BINS,
        example="T1",
    )


_SPEED = (
    _kpi(
        "T1",
        "latency_in_x",
        ("Latency within X", "レイテンシー(目標時間内応答率)"),
        "Share of all submits that had their response within X; no response is not within X.",
        ("lat_in_x", "n_submit"),
        Direction.UP,
        metrics=Metrics(interval="cc_interval_latency_in_x_ratio", day="cc_day_latency_in_x_ratio"),
        certification=TECHNOLOGY_SERVICE,
    ),
    _kpi(
        "T1",
        "asr",
        ("Average speed of response", "平均反応速度(ASR)"),
        "Mean time from submit to response; submits without one are in latency_timeout instead.",
        ("lat_ms", "lat_n"),
        Direction.DOWN,
        unit=Unit.SECONDS,
        metrics=Metrics(interval="cc_interval_asr_seconds", day="cc_day_asr_seconds"),
        certification=TECHNOLOGY_SERVICE.model_copy(update={"instead_of": "latency_in_x"}),
    ),
    *(_latency(share) for share in (50, 90, 95)),
    _kpi(
        "T1",
        "latency_timeout",
        ("Submits without a response", "無応答率"),
        "Share of all submits that had no response, shown beside the average speed of response.",
        ("lat_timeout", "n_submit"),
        Direction.DOWN,
    ),
)

_VOLUME = (
    _volume(
        "volume_submits",
        ("Submits", "入力送信数"),
        "What customers submitted to technology.",
        "n_submit",
        "bot_submits",
    ),
    _volume(
        "volume_conversations",
        ("Conversations", "会話数"),
        "Conversations that began, those sent here by a person included.",
        "conv_start + migrated_start",
        "bot_conversations",
    ),
)

_OUTCOME = (
    _kpi(
        "T3",
        "containment",
        ("Containment", "自律処理率"),
        "Share of conversations started by technology that completed their task without a person.",
        ("conv_contained", "conv_start"),
        Direction.UP,
        metrics=Metrics(interval="cc_interval_containment_ratio", day="cc_day_containment_ratio"),
        certification=TECHNOLOGY_SERVICE,
        reported="completion",
        evident=True,
    ),
    _kpi(
        "T3",
        "containment_high",
        ("Containment, upper bound", "自律処理率上限"),
        "Share of conversations not handed off, those left mid-flow included; never containment.",
        ("conv_start - conv_handoff", "conv_start"),
        Direction.UP,
    ),
    _kpi(
        "T6",
        "handoff_to_human",
        ("Hand-off to a person", "有人対応への引き継ぎ率"),
        "Share of conversations started by technology that were handed to a person.",
        ("conv_handoff", "conv_start"),
        Direction.DOWN,
    ),
    _kpi(
        "T4",
        "messages_per_conv",
        ("Messages per conversation", "会話あたりのメッセージ数"),
        "Mean number of bot messages in conversations that are over; user messages do not count.",
        ("bot_msg_n", "conv_n"),
        Direction.RANGE,
        unit=Unit.COUNT,
        certification=TECHNOLOGY_EFFICIENCY,
    ),
    _kpi(
        "T5",
        "conv_time",
        ("Mean conversation time", "平均会話時間"),
        "Mean time from the start of a conversation to its end or hand-off, idle end excluded.",
        ("conv_ms", "conv_n"),
        Direction.DOWN,
        unit=Unit.SECONDS,
        certification=TECHNOLOGY_EFFICIENCY,
    ),
    _kpi(
        "T7",
        "service_migration",
        ("Service migration rate", "サービス移管率"),
        "Contacts that a person sent to technology and it completed, over human-channel contacts.",
        ("migrated_n", "human_contact_n"),
        Direction.UP,
        certification=TECHNOLOGY_EFFICIENCY,
        program_wide=True,
        reported="migration",
    ),
)


def _uptime(
    key: str, titles: tuple[str, str], of: str, formula: tuple[str, str], *kinds: str
) -> Kpi:
    """Probed time of technologies of one sort; of another sort it is another row of the score."""
    all_hours = kinds[0] in ALL_HOUR_KINDS
    return _kpi(
        "T8" if all_hours else "V3",
        key,
        titles,
        of,
        formula,
        Direction.DOWN if key.endswith("unknown") else Direction.UP,
        basis=Basis.CLIPPED,
        channel_sets=(kinds,),
        certification=_SCORED.get(key),
    )


_SCORED = {
    "uptime_tech": LINES,
    "uptime_rpa": Certification(item="4.4", type="service", level="entity"),
    "uptime_telecom": LINES,
    "uptime_chat_service": LINES,
    "uptime_css_tools": LINES,
}
_TECH, _RPA = ALL_HOUR_KINDS[:2], ALL_HOUR_KINDS[2:]
_UP, _UP_OPEN = ("up_ms", "total_ms"), ("up_open_ms", "open_ms")

_UPTIME = (
    _uptime(
        "uptime_tech",
        ("Uptime of technology", "アップタイム"),
        "Share of all time, day and night, in which customers found conversational and other "
        "technology but RPA fully working.",
        _UP,
        *_TECH,
    ),
    _uptime(
        "uptime_tech_high",
        ("Uptime of technology, upper bound", "アップタイム上限"),
        "Uptime if the technology had fully worked whenever nothing is known of it.",
        ("up_ms + unknown_ms", "total_ms"),
        *_TECH,
    ),
    _uptime(
        "uptime_tech_unknown",
        ("Time not probed", "稼働状況不明時間率"),
        "Share of all time of which no probe tells; it is neither up nor down.",
        ("unknown_ms", "total_ms"),
        *_TECH,
    ),
    _uptime(
        "uptime_rpa",
        ("Uptime of RPA", "アップタイム(RPA)"),
        "Share of all time, day and night, in which robotic process automation fully worked.",
        _UP,
        *_RPA,
    ),
    _uptime(
        "uptime_telecom",
        ("Telecom availability", "使用可能時間"),
        "Share of opening hours in which the lines fully worked.",
        _UP_OPEN,
        "telecom",
    ),
    _uptime(
        "uptime_chat_service",
        ("Chat service availability", "使用可能時間(チャット)"),
        "Share of opening hours in which the chat service fully worked.",
        _UP_OPEN,
        "chat_service",
    ),
    _uptime(
        "uptime_css_tools",
        ("Availability of staff's tools", "使用可能時間(CSSツール)"),
        "Share of opening hours in which the tools of staff fully worked.",
        _UP_OPEN,
        "css_tool",
    ),
    _kpi(
        "T8",
        "uptime",
        ("Uptime of each technology", "アップタイム(技術別)"),
        "Share of all time, day and night, in which customers found the technology fully working.",
        _UP,
        Direction.UP,
        basis=Basis.CLIPPED,
        channel_sets=(ALL_HOUR_KINDS,),
        metrics=Metrics(interval="cc_interval_uptime_ratio", day="cc_day_uptime_ratio"),
    ),
    _kpi(
        "V3",
        "availability",
        ("Availability of each technology", "使用可能時間(技術別)"),
        "Share of opening hours in which lines, chat service or staff's tools fully worked.",
        _UP_OPEN,
        Direction.UP,
        basis=Basis.CLIPPED,
        channel_sets=(OPENING_HOUR_KINDS,),
        metrics=Metrics(interval="cc_interval_availability_ratio", day="cc_day_availability_ratio"),
    ),
)

_IVR = (
    _kpi(
        "V1",
        "ivr_abandon",
        ("IVR abandonment", "IVR放棄呼率"),
        "Share of calls the IVR answered that ended in it without self-service done; by quarter.",
        ("ivr_abn", "ivr_ans"),
        Direction.DOWN,
        certification=IVR,
    ),
    _kpi(
        "V2",
        "ivr_exit",
        ("IVR exit rate", "IVR離脱率"),
        "Share of calls the IVR answered that opted out or errored out, each once; by quarter.",
        ("ivr_optout + ivr_error", "ivr_ans"),
        Direction.DOWN,
        reported="ivr_exit",
        certification=IVR,
    ),
    _kpi(
        "V2",
        "ivr_optout_rate",
        ("IVR opt-out rate", "IVRオプトアウト率"),
        "Share of calls the IVR answered that chose a person without using it.",
        ("ivr_optout", "ivr_ans"),
        Direction.DOWN,
        reported="ivr_exit",
    ),
    _kpi(
        "V2",
        "ivr_error_rate",
        ("IVR error-out rate", "IVRエラーアウト率"),
        "Share of calls the IVR answered that left it by no or no valid choice.",
        ("ivr_error", "ivr_ans"),
        Direction.DOWN,
        reported="ivr_exit",
    ),
    _kpi(
        "V4",
        "blocked",
        ("Blocked attempts", "遮断された取引業務"),
        "Share of attempts that failed on busy or full lines; by quarter.",
        ("blocked", "attempts"),
        Direction.DOWN,
        channel_sets=(("telecom",), ("voice",)),
        program_wide=True,
        reported="blocked",
        certification=LINES.model_copy(update={"period": "quarter"}),
    ),
)


BOT_KPIS: tuple[Kpi, ...] = (*_SPEED, *_VOLUME, *_OUTCOME, *_UPTIME, *_IVR)
"""In reading order."""
