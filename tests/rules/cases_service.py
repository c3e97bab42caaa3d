"""Cases of streams.rules.service."""

from tests.rules.case import CELL, OPEN, QUEUE, TARGET, Case

_OTHER = QUEUE.replace('"q"', '"r"')
_TWIN = CELL.replace("PROGRAM", "PROGRAM-too")


def _last(answered: float, cell: str = CELL) -> dict[str, float]:
    return {f"cc_last_interval_contacts_answered_in_target{{{cell}}}": answered}


def _offered(count: float, cell: str = CELL) -> dict[str, float]:
    return {f"cc_last_interval_contacts_offered{{{cell}}}": count}


def _target(queue: str) -> dict[str, float]:
    return {
        f"cc_queue_open{{{queue}}}": 1.0,
        f"cc_queue_service_level_target_ratio{{{queue}}}": 0.5,
    }


_BOTH = {**_target(QUEUE), **_target(_OTHER)}
_LOW = (
    # Promised 20 of 40. Warning under 16, critical under 12 in two intervals.
    Case(
        *("ServiceLevelLow", "warning", "queue"),
        bad={**_last(15), **_offered(40)},
        good={**_last(16), **_offered(40)},
        idle={**_last(0), **_offered(0)},
        always=OPEN | TARGET,
    ),
    Case(
        *("ServiceLevelLow", "warning", "queue"),
        label="",
        bad={**_last(0), **_offered(19)},
        good={**_last(0), **_offered(19)},
        always=OPEN | TARGET,
        kinds=("quiet",),  # nobody was served in time, but of nineteen only
    ),
    Case(
        *("ServiceLevelLow", "critical", "queue"),
        bad={**_last(11), **_offered(40)},
        good={**_last(12), **_offered(40)},
        idle={**_last(0), **_offered(0)},
        always=OPEN | TARGET,
        after=18,
        lasts=35,
    ),
    *(
        Case(
            *("ServiceLevelLow", severity, "program"),
            bad={**_last(answered), **_last(answered, CELL.replace('"q"', '"r"'))},
            # One queue misses, the other makes up for nothing, yet it is one queue's matter.
            good={**_last(answered), **_last(20, CELL.replace('"q"', '"r"'))},
            idle={**_last(0), **_last(0, CELL.replace('"q"', '"r"'))},
            always=_BOTH | {**_offered(40), **_offered(40, CELL.replace('"q"', '"r"'))},
            after=after,
            lasts=35,
            tail=30,
            kinds=("fires", "quiet", "flaps", "late", "moves"),
        )
        for severity, answered, after in (("warning", 15, 4), ("critical", 11, 20))
    ),
    Case(
        *("ServiceLevelLow", "warning", "program"),
        label="",
        bad={**_last(0), **_last(0, CELL.replace('"q"', '"r"'))},
        good={**_last(0), **_last(0, CELL.replace('"q"', '"r"'))},
        always=_BOTH | {**_offered(0), **_offered(0, CELL.replace('"q"', '"r"'))},
        kinds=("idle",),
    ),
    *(
        Case(
            *("ServiceLevelLow", severity, "network"),
            label="",
            bad={
                **_last(answered),
                **_last(answered, CELL.replace('"q"', '"r"')),
                **_last(answered, _TWIN),
                **_last(answered, _TWIN.replace('"q"', '"r"')),
            },
            good={
                **_last(answered),
                **_last(answered, CELL.replace('"q"', '"r"')),
                **_last(20, _TWIN),
                **_last(20, _TWIN.replace('"q"', '"r"')),
            },
            always=_BOTH
            | {
                **_target(QUEUE.replace("PROGRAM", "PROGRAM-too")),
                **_target(_OTHER.replace("PROGRAM", "PROGRAM-too")),
                **_offered(40),
                **_offered(40, CELL.replace('"q"', '"r"')),
                **_offered(40, _TWIN),
                **_offered(40, _TWIN.replace('"q"', '"r"')),
            },
            after=after,
            lasts=35,
            tail=40,
            kinds=("fires", "quiet", "flaps", "late"),
        )
        for severity, answered, after in (("warning", 15, 6), ("critical", 11, 22))
    ),
)


def _flow(offered: float, answered: float) -> dict[str, float]:
    return {
        f"cc_contacts_offered_total{{{QUEUE}}}+": offered,
        f"cc_contacts_answered_in_target_total{{{QUEUE}}}+": answered,
    }


def _day(offered: float, answered: float) -> dict[str, float]:
    return {
        f"cc_day_contacts_offered{{{CELL}}}": offered,
        f"cc_day_contacts_answered_in_target{{{CELL}}}": answered,
    }


_BURNING = (
    # At 80 % the allowed misses are 20 %: three times are 60 %, and they can be reached.
    Case(
        *("ServiceLevelBurning", "critical", "queue"),
        bad=_flow(10, 0),
        good=_flow(10, 8),
        idle=_flow(0, 0),
        always=OPEN | {f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.8},
        lead=40,
        after=30,
        lasts=40,
        tail=45,
    ),
    # At a target of 50 % three times are 150 %: 60 % of misses are enough.
    Case(
        *("ServiceLevelBurning", "critical", "queue"),
        label="",
        bad=_flow(10, 0),
        good=_flow(10, 5),
        always=OPEN | TARGET,
        lead=40,
        after=30,
        lasts=40,
        tail=45,
        kinds=("fires",),
    ),
    Case(
        *("ServiceLevelBurning", "warning", "queue"),
        bad=_flow(10, 0),
        good=_flow(10, 8),
        idle=_flow(0, 0),
        always=OPEN | {f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.8},
        step_s=300,
        lead=26,
        after=15,
        lasts=18,
        tail=26,
        flap="steady",  # half of so great a miss is too much as well
    ),
    Case(
        *("ServiceLevelBurning", "info", "queue"),
        bad=_flow(10, 0) | _day(100, 70),
        good=_flow(10, 8) | _day(100, 80),
        idle=_flow(0, 0) | _day(0, 0),
        always=OPEN | {f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.8},
        step_s=300,
        lead=26,
        after=15,
        lasts=18,
        tail=26,
    ),
)
_HIGH = "cc_interval_service_level_high_ratio"


def _interval(high: float | None, offered: float) -> dict[str, float | None]:
    return {f"{_HIGH}{{{CELL}}}": high, f"cc_interval_contacts_offered{{{CELL}}}": offered}


_MISSED, _MET = ({**_last(answered), **_offered(40)} for answered in (29, 30))
"""Of the interval before, at 75 %."""

_HALFWAY = OPEN | {
    f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.75,
    "cc_interval_elapsed_ratio": 0.5,
}
_REACH = tuple(
    # Half of the interval has passed. Best: 1 - 0.5 x (1 - high), against 0.75.
    Case(
        *("ServiceLevelOutOfReach", severity, "queue"),
        bad=_interval(bad, 200),
        good=_interval(0.5, 200),
        idle=_interval(None, 0),
        always=_HALFWAY | _MISSED,
        tail=34,
    )
    for severity, bad in (("warning", 0.3), ("critical", 0.1))
)
_UNLUCKY = tuple(
    Case(
        *("ServiceLevelOutOfReach", severity, "queue"),
        label="",
        bad={},
        good=_interval(high, offered),
        always=_HALFWAY | before,
        kinds=("quiet",),
    )
    for severity, high, offered, before in (
        # 65 % of forty are ten points under the target, and chance; so are 50 %, for these wait together.
        ("warning", 0.3, 20, _MISSED),
        ("critical", 0.0, 20, _MISSED),
        # None of 200 can be served, but so far it is this interval only.
        ("critical", 0.0, 100, _MET),
    )
)


_HIGHEST = f"cc_next_intervals_service_level_high_ratio{{{QUEUE}}}"
_AHEAD = tuple(
    Case(
        *("ServiceLevelAhead", severity, "queue"),
        bad={_HIGHEST: bad},
        good={_HIGHEST: good},
        idle={_HIGHEST: None},  # of less than twenty contacts nothing is told
        always=OPEN | {f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.75},
        after=after,
    )
    for severity, bad, good, after in (("warning", 0.69, 0.71, 12), ("critical", 0.59, 0.61, 10))
)


def _forecast(day: float, so_far: float) -> dict[str, float]:
    return {
        f"cc_day_forecast_contacts{{{QUEUE}}}": day,
        f"cc_day_forecast_contacts_to_date{{{QUEUE}}}": so_far,
    }


_AT_RISK = tuple(
    # 200 forecast, 100 so far, target 75 %: 150 are needed, 100 are left.
    Case(
        *("DayServiceLevelAtRisk", severity, "queue"),
        bad=_day(100, bad),
        good=_day(100, 75),
        idle=_day(0, 0),
        always=OPEN
        | _forecast(200, 100)
        | {f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.75},
        after=7,
    )
    for severity, bad in (("warning", 54), ("critical", 49))
)
_LATE = (
    Case(
        *("ServiceLevelOutOfReach", "critical", "queue"),
        label="",
        bad={},
        good=_interval(0.1, 100),
        always=_HALFWAY
        | _MISSED
        | {
            "cc_view_timestamp_seconds": 10_000.0,
            'cc_feed_watermark_timestamp_seconds{source="s",program="PROGRAM"}': 9_969,
            'cc_feed_silence_limit_seconds{source="s",program="PROGRAM"}': 120,
        },
        kinds=("quiet",),
    ),
)
SERVICE = (
    *_LOW,
    *_BURNING,
    *_REACH,
    *_UNLUCKY,
    *_AHEAD,
    *_AT_RISK,
    *_LATE,
)
