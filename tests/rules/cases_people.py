"""Cases of streams.rules.people."""

from tests.rules.case import GROUP, QUEUE, Case

_TWO, _THREE = (GROUP.replace('group="g"', f'group="{name}"') for name in "hi")


def _there(count: float | None, group: str = GROUP) -> dict[str, float | None]:
    return {f"cc_interval_available_staff{{{group}}}": count}


def _needed(count: float, group: str = GROUP) -> dict[str, float | None]:
    return {f"cc_interval_required_staff{{{group}}}": count}


def _state(state: str, count: float | None) -> dict[str, float | None]:
    return {f'cc_staff{{{GROUP},state="{state}"}}': count}


_SHORT = (
    *(
        Case(
            *("StaffShort", severity, "group"),
            bad=_there(bad),
            good=_there(good),
            idle=_there(None),
            always=_needed(10),
            after=5,
        )
        for severity, bad, good in (("warning", 9, 9.5), ("critical", 8, 9))
    ),
    # Of one person a tenth of an FTE is large, and nothing.
    Case(
        *("StaffShort", "warning", "group"),
        label="",
        bad={},
        good=_there(0.5),
        always=_needed(1),
        kinds=("quiet",),
    ),
    *(
        Case(
            *("StaffShort", severity, "site"),
            bad=_there(bad) | _there(bad, _TWO),
            good=_there(bad) | _there(12, _TWO),  # one group has what the other lacks
            idle=_there(None) | _there(None, _TWO),
            always=_needed(10) | _needed(10, _TWO),
            label="site",
            after=9,
        )
        for severity, bad in (("warning", 9), ("critical", 8))
    ),
    Case(
        *("StaffSurplus", "info", "group"),
        bad=_there(12),
        good=_there(11.5),
        idle=_there(None),
        always=_needed(10),
        after=32,
        lasts=45,
    ),
)


def _next(net: float | None, there: float | None = 10.0) -> dict[str, float | None]:
    return {
        f"cc_next_interval_net_staff_high{{{GROUP}}}": net,
        f"cc_next_interval_expected_staff{{{GROUP}}}": None if net is None else there,
    }


_SHORT_AHEAD = (
    *(
        Case(
            *("StaffShortAhead", severity, "group"),
            bad=_next(bad),
            good=_next(good),
            idle=_next(None),  # nobody is required: nothing is told of the group
            after=5,
        )
        for severity, bad, good in (("warning", -1, -0.9), ("critical", -2, -1.9))
    ),
    # One of thirty is less than a twentieth.
    Case(
        *("StaffShortAhead", "warning", "group"),
        label="",
        bad={},
        good=_next(-1, 29),
        kinds=("quiet",),
    ),
)
_UNSTAFFED = (
    Case(
        *("OpenQueueUnstaffed", "critical", "program"),
        bad=_state("available", None),
        good=_state("available", 1),
        always=_state("logged_out", 5) | {f"cc_queue_open{{{QUEUE}}}": 1},
        after=4,
    ),
    Case(
        *("SiteUnstaffed", "critical", "site"),
        bad=_state("handling", None),
        good=_state("handling", 1),
        always=_state("logged_out", 5) | _needed(4),
        label="site",
    ),
    Case(
        *("GroupOfUnstaffedSite", "info", "group"),
        bad=_state("handling", None),
        good=_state("handling", 1),
        always=_state("logged_out", 5) | _needed(4),
        tail=45,
    ),
)


def _adhered(seconds: float, overrun: float = 0) -> dict[str, float]:
    return {
        f"cc_last_interval_staff_adhered_seconds{{{GROUP}}}": seconds,
        f"cc_last_interval_staff_busy_overrun_seconds{{{GROUP}}}": overrun,
    }


_SCHEDULED = f"cc_last_interval_staff_scheduled_seconds{{{GROUP}}}"
_ADHERENCE = (
    # Ten people for 900 s. Work past a break is not held against them.
    *(
        Case(
            *("AdherenceLow", severity, "group"),
            bad=_adhered(bad),
            good=_adhered(bad, 1000),
            idle=_adhered(0) | {_SCHEDULED: 0},
            always={_SCHEDULED: 9000} | _needed(10) | _there(9),
        )
        for severity, bad in (("warning", 8000), ("critical", 7600))
    ),
    Case(
        *("AdherenceLow", "warning", "group"),
        label="",
        bad={},
        good=_adhered(7600),  # but nobody is missing
        always={_SCHEDULED: 9000} | _needed(10) | _there(9.5),
        kinds=("quiet",),
    ),
    Case(
        *("AdherenceLow", "critical", "group"),
        label="",
        bad={},
        good=_adhered(901),  # of two people one was away, and not for all of it
        always={_SCHEDULED: 1800} | _needed(2) | _there(1),
        kinds=("quiet",),
    ),
)


def _found(what: str, count: float, net: float = 0) -> dict[str, float]:
    return {
        f'cc_staff_attention{{{GROUP},found="{what}"}}': count,
        f"cc_staff_net_if_compliant{{{GROUP}}}": net,
    }


def _missing(people: float, working: float) -> dict[str, float]:
    return _found("out_of_schedule", people, people) | {
        f'cc_staff{{{GROUP},state="available"}}': working
    }


def _elsewhere(of: dict[str, float]) -> dict[str, float]:
    """The same of the site's other group."""
    return {name.replace(GROUP, _TWO): value for name, value in of.items()}


_MISSING = (
    # A quarter of those due, and a quarter less one of the many of whom some always are away.
    Case(
        *("StaffMissing", "critical", "group"),
        bad=_missing(6, 18),
        good=_missing(6, 19),
        idle=_missing(0, 16),
        after=18,
        lasts=25,
    ),
    Case(
        *("StaffMissing", "critical", "group"),
        label="",
        bad={},
        good=_missing(4, 1),  # most of a small group, but four people
        kinds=("quiet",),
    ),
    Case(
        *("StaffMissing", "critical", "group"),
        label="",
        bad=_found("out_of_schedule", 6, 6),  # nobody at all is left
        good=_missing(0, 6),
        kinds=("fires",),
        after=14,
    ),
    # Many who are away for six minutes, as after an outage, are back: so they are for the quarter-hour.
    Case(
        *("StaffMissing", "critical", "group"),
        label="",
        bad=_missing(20, 2),
        good=_missing(0, 22),
        kinds=("fires",),
        after=5,
        lasts=6,
        tail=18,
    ),
    # The whole site is gone, and is told as such.
    Case(
        *("StaffMissing", "critical", "group"),
        label="",
        bad={},
        good=_found("out_of_schedule", 20, 20) | _state("logged_out", 20) | _needed(4),
        lead=30,
        kinds=("quiet",),
    ),
    # Two groups of a site; one of them alone is told as a group.
    Case(
        *("StaffMissing", "critical", "site"),
        bad=_missing(6, 18) | _elsewhere(_missing(6, 18)),
        good=_missing(6, 18) | _elsewhere(_missing(0, 24)),
        idle=_missing(0, 16) | _elsewhere(_missing(0, 16)),
        label="site",
        after=18,
        lasts=25,
    ),
    # A third group has eight more than are scheduled: that does not make four of twelve who are missing.
    Case(
        *("StaffMissing", "critical", "site"),
        label="",
        bad=_missing(6, 18)
        | _elsewhere(_missing(6, 18))
        | {f"cc_staff_net_if_compliant{{{_THREE}}}": -8},
        good=_missing(6, 18)
        | _elsewhere(_missing(0, 24))
        | {f"cc_staff_net_if_compliant{{{_THREE}}}": -8},
        kinds=("fires",),
        after=18,
        lasts=25,
    ),
    # Two groups of a site at which few are away.
    Case(
        *("StaffMissing", "critical", "site"),
        label="",
        bad={},
        good=_missing(6, 10)
        | _elsewhere(_missing(6, 10))
        | {f'cc_staff{{{_THREE},state="acw"}}': 17},
        kinds=("quiet",),
    ),
)
_ATTENTION = (
    *(
        Case(
            *("StaffOutOfSchedule", severity, "group"),
            bad=_found("out_of_schedule", 3, net),
            good=_found("out_of_schedule", 3, net - 1),  # out, but no help if they kept to it
            idle=_found("out_of_schedule", 0, 0),
            after=after,
        )
        for severity, net, after in (("warning", 1, 7), ("critical", 2, 17))
    ),
    *(
        Case(
            *(name, "warning", "group"),
            bad=_found(what, 1),
            good=_found(what, 0),
            after=after,
        )
        for name, what, after in (
            ("StaffNoShow", "no_show", 7),
            ("StaffStuckRinging", "stuck_ringing", 3),
            ("StaffStuckAfterCallWork", "stuck_acw", 3),
        )
    ),
)
_REQUESTED = f"cc_day_fte_requested_seconds{{{GROUP}}}+"
_ATTAINED = f"cc_day_fte_attained_seconds{{{GROUP}}}+"
_ATTAINMENT = tuple(
    Case(
        *("AttainmentLow", severity, "group"),
        bad={_ATTAINED: bad},
        good={_ATTAINED: good},
        idle={_ATTAINED: 0, _REQUESTED: 0},
        always={_REQUESTED: 80},
        step_s=300,
        lead=26,
        after=23,
        lasts=26,
        tail=28,
        flap="steady",  # half of a miss, for two hours
    )
    for severity, bad, good in (("warning", 70, 80), ("critical", 60, 76))
)


def _time(busy: float, ready: float) -> dict[str, float]:
    return {
        f"cc_{window}_staff_{name}_seconds{{{GROUP}}}": seconds
        for window in ("interval", "last_interval")
        for name, seconds in (("busy", busy), ("ready", ready))
    }


_OCCUPANCY = tuple(
    Case(
        *(name, severity, "group"),
        bad=_time(bad, 10_000),
        good=_time(good, 10_000),
        idle=_time(0, 0),
        after=after,
        lasts=after + 15,
    )
    for name, severity, bad, good, after in (
        ("OccupancyHigh", "warning", 8900, 8600, 7),
        ("OccupancyHigh", "critical", 9400, 9100, 7),
        ("OccupancyLow", "info", 5900, 6200, 17),
    )
)
PEOPLE = (
    *_SHORT,
    *_SHORT_AHEAD,
    *_UNSTAFFED,
    *_ADHERENCE,
    *_MISSING,
    *_ATTENTION,
    *_ATTAINMENT,
    *_OCCUPANCY,
)
