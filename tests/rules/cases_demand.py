"""Cases of streams.rules.demand."""

from tests.rules.case import CELL, GROUP, OPEN, QUEUE, TARGET, Case


def _deviates(of: str, ratio: float | None, score: float | None) -> dict[str, float | None]:
    return {
        f"cc_{of}_deviation_ratio{{{QUEUE}}}": ratio,
        f"cc_{of}_deviation_score{{{QUEUE}}}": score,
    }


_DUE = f"cc_day_forecast_contacts_to_date{{{QUEUE}}}"
_VOLUME = (
    *(
        Case(
            *("VolumeDeviation", severity, "queue"),
            bad=_deviates("day_volume", ratio, score),
            good=_deviates("day_volume", ratio, chance),  # as large, but chance
            idle=_deviates("day_volume", None, None),
            always=OPEN | {_DUE: 400},
            after=22,
            lasts=40,
        )
        for severity, ratio, score, chance in (
            ("warning", -0.1, -2, -1.9),
            ("critical", 0.2, 4, 2.9),
        )
    ),
    # Certain, but small; and large and certain, but of nineteen contacts.
    Case(
        *("VolumeDeviation", "warning", "queue"),
        label="",
        bad={},
        good=_deviates("day_volume", 0.07, 5),
        always=OPEN | {_DUE: 400},
        kinds=("quiet",),
    ),
    Case(
        *("VolumeDeviation", "critical", "queue"),
        label="",
        bad={},
        good=_deviates("day_volume", 2, 9),
        always=OPEN | {_DUE: 19},
        kinds=("quiet",),
    ),
)
_CAME = f"cc_day_contacts_offered{{{CELL}}}"
_SURGE = (
    # Thirty are due in a quarter-hour. By weights of 3, 2 and 1 a deviation of chance is 3.4 of them: 41 are
    # many, 46 very many.
    *(
        Case(
            *("VolumeSurge", severity, "queue"),
            bad={f"{_CAME}+": bad},
            good={f"{_CAME}+": 2},
            idle={f"{_CAME}+": 0},
            always=OPEN | {f"{_DUE}+": 2},
            lead=50,
            after=after,
            lasts=45,
            tail=45,
        )
        for severity, bad, after in (("warning", 3, 35), ("critical", 3.8, 21))
    ),
    # Three times as many, of 14; and 40 and 45, which are one too few.
    *(
        Case(
            *("VolumeSurge", severity, "queue"),
            label="",
            bad={},
            good={f"{_CAME}+": came / 15},
            always=OPEN | {f"{_DUE}+": due / 15},
            lead=65,
            kinds=("quiet",),
        )
        for severity, came, due in (("warning", 42, 14), ("warning", 40, 30), ("critical", 45, 30))
    ),
    # Thirty-nine more in one quarter-hour are told while they are its newest, and soon no more.
    Case(
        *("VolumeSurge", "critical", "queue"),
        label="",
        bad={f"{_CAME}+": 4.6},
        good={f"{_CAME}+": 2},
        always=OPEN | {f"{_DUE}+": 2},
        lead=50,
        lasts=15,
        after=15,
        tail=25,
        kinds=("fires",),
    ),
)
_HANDLED, _SECONDS = f"cc_day_contacts_handled{{{CELL}}}+", f"cc_day_handle_seconds{{{CELL}}}+"
_FORECAST_CONTACTS = f"cc_interval_forecast_contacts{{{QUEUE}}}"
_FORECAST_SECONDS = f"cc_interval_forecast_handle_seconds{{{QUEUE}}}"
_FORECAST = {_FORECAST_CONTACTS: 50, _FORECAST_SECONDS: 5000}


def _handled(a_minute: float, aht_s: float) -> dict[str, float]:
    return {_HANDLED: a_minute, _SECONDS: a_minute * aht_s}


_AHT = (
    Case(
        *("HandleTimeDeviation", "warning", "queue"),
        bad=_deviates("interval_aht", 0.1, 2),
        good=_deviates("interval_aht", 0.1, 1.9),
        idle=_deviates("interval_aht", None, None),
        always=OPEN,
        after=5,
        tail=34,
    ),
    # Twice as long, but of 19 contacts: their root is 4.36.
    Case(
        *("HandleTimeDeviation", "warning", "queue"),
        label="",
        bad={},
        good=_deviates("interval_aht", 1, 4.36),
        always=OPEN,
        kinds=("quiet",),
    ),
    # 100 s are forecast, 180 handled in three quarters of an hour: by 26 % they are much longer, or shorter.
    Case(
        *("HandleTimeDeviation", "critical", "queue"),
        direction="longer",
        bad=_handled(4, 140),
        good=_handled(4, 100),
        idle=_handled(0, 0),
        always=OPEN | _FORECAST,
        lead=50,
        after=35,
        lasts=45,
        tail=45,
    ),
    Case(
        *("HandleTimeDeviation", "critical", "queue"),
        label="",
        direction="shorter",
        bad=_handled(4, 60),
        good=_handled(4, 100),
        always=OPEN | _FORECAST,
        lead=50,
        after=35,
        lasts=45,
        tail=45,
        kinds=("fires",),
    ),
    # For some intervals no handle time is forecast: the others' is as it was.
    Case(
        *("HandleTimeDeviation", "critical", "queue"),
        label="",
        direction="longer",
        bad=_handled(4, 100) | {_FORECAST_SECONDS: None},
        good=_handled(4, 100) | {_FORECAST_SECONDS: 5000},
        always=OPEN | {_FORECAST_CONTACTS: 50},
        lead=50,
        after=35,
        lasts=45,
        kinds=("flaps",),
    ),
    # By 26 % and not quite enough of them; by 19 % of 4,500; and twice as long, of 29.
    *(
        Case(
            *("HandleTimeDeviation", "critical", "queue"),
            label="",
            direction=direction,
            bad={},
            good=_handled(handled / 45, aht_s),
            always=OPEN | _FORECAST,
            lead=50,
            kinds=("quiet",),
        )
        for handled, aht_s, direction in (
            (180, 126, "longer"),
            (4500, 119, "longer"),
            (29, 200, "longer"),
            (180, 74, "shorter"),
        )
    ),
)
_PLAN = (
    Case(
        *("ForecastMissing", "warning", "program"),
        bad={f"cc_day_forecast_contacts{{{QUEUE}}}": None},
        good={f"cc_day_forecast_contacts{{{QUEUE}}}": 500},
        idle={f"cc_day_forecast_contacts{{{QUEUE}}}": 0},
        always=OPEN,
        after=32,
        lasts=45,
    ),
    Case(
        *("ScheduleMissing", "warning", "group"),
        bad={f'cc_staff{{{GROUP},state="available"}}': 4},
        good={f'cc_staff{{{GROUP},state="available"}}': None},
        always={f"cc_day_staff_scheduled_seconds{{{GROUP}}}": 0},
        after=32,
        lasts=45,
    ),
    Case(
        *("TargetMissing", "warning", "program"),
        bad={f"cc_queue_service_level_target_ratio{{{QUEUE}}}": None},
        good=TARGET,
        always=OPEN,
        after=32,
        lasts=45,
    ),
    Case(
        *("TargetsInconsistent", "info", "queue"),
        bad={f"cc_queue_abandonment_target_ratio{{{QUEUE}}}": 0.75},
        good={f"cc_queue_abandonment_target_ratio{{{QUEUE}}}": 0.5},
        always=TARGET,
        after=32,
        lasts=45,
    ),
    Case(
        *("PlanVersionChanged", "info", "queue"),
        bad={f"cc_plan_newest_version{{{QUEUE}}}": 3},
        good={f"cc_plan_newest_version{{{QUEUE}}}": 2},
        always={f"cc_plan_version{{{QUEUE}}}": 2},
        lead=40,
        after=2,
        lasts=60,
        tail=0,
        kinds=("fires", "quiet", "idle", "late"),
    ),
    Case(
        *("ContactsInClosedQueue", "warning", "queue"),
        bad={f"cc_contacts_waiting{{{QUEUE}}}": 1},
        good={f"cc_contacts_waiting{{{QUEUE}}}": 0},
        always={f"cc_queue_open{{{QUEUE}}}": 0},
        after=7,
    ),
)
DEMAND = (*_VOLUME, *_SURGE, *_AHT, *_PLAN)
