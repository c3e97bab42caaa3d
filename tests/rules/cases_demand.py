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
    # Sixty are due in half an hour: by three deviations of chance 83 are many, by four 91.
    *(
        Case(
            *("VolumeSurge", severity, "queue"),
            bad={f"{_CAME}+": bad},
            good={f"{_CAME}+": 2},
            idle={f"{_CAME}+": 0},
            always=OPEN | {f"{_DUE}+": 2},
            lead=40,
            after=35,
            lasts=45,
            tail=45,
        )
        for severity, bad in (("warning", 3), ("critical", 4))
    ),
    # Three times as many, of 29.
    Case(
        *("VolumeSurge", "warning", "queue"),
        label="",
        bad={},
        good={f"{_CAME}+": 2.9},
        always=OPEN | {f"{_DUE}+": 29 / 30},
        lead=40,
        kinds=("quiet",),
    ),
)
_AHT = (
    *(
        Case(
            *("HandleTimeDeviation", severity, "queue"),
            bad=_deviates("interval_aht", ratio, score),
            good=_deviates("interval_aht", ratio, chance),
            idle=_deviates("interval_aht", None, None),
            always=OPEN,
            after=5,
            tail=34,
        )
        for severity, ratio, score, chance in (
            ("warning", 0.1, 2, 1.9),
            ("critical", -0.2, -3, -2.9),
        )
    ),
    # Twice as long, but of 39 contacts, or 19: their roots are 6.25 and 4.36.
    *(
        Case(
            *("HandleTimeDeviation", severity, "queue"),
            label="",
            bad={},
            good=_deviates("interval_aht", 1, root),
            always=OPEN,
            kinds=("quiet",),
        )
        for severity, root in (("critical", 6.25), ("warning", 4.36))
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
