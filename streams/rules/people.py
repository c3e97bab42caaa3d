"""Alerts on people: gap to the requirement, occupancy, attainment, schedules (features 4.3; definitions 6.1).

Groups and sites only: nobody is named in a metric. Handling past a planned break is not held
against anybody. Of several short groups of one site, the site is told.
"""

from collections.abc import Iterator

from streams.rules.rule import Alert, Severity
from streams.rules.service import both, limits_of, told, two_below

_WINDOWS = ("interval", "last_interval")
"""The open interval and the one before it: 15 to 30 minutes."""
_SHARE = "{{ $value | humanizePercentage }}"
_SHORT: tuple[tuple[Severity, float, int], ...] = (("warning", 0.95, 1), ("critical", 0.9, 2))
"""Share of the requirement, and FTE at least, that are missing."""
_MISSING = 4.5
"""People of a group who are away and should not be, on the average, and at least a quarter of those due."""
_UNSTAFFED = 'ALERTS{alertname="SiteUnstaffed", alertstate="firing"}'
_ONE_PLACE = 'printf "%.1f"'
_FTE = '{{ printf "%.1f" $value }}'
_WHO = "{{ $labels.group }} ({{ $labels.site }})"


def people_alerts() -> list[Alert]:
    """All of them."""
    return [
        *_short(),
        *_short_ahead(),
        *_unstaffed(),
        *_missing(),
        *_adherence(),
        *_attention(),
        *_attainment(),
        *_occupancy(),
    ]


def _short() -> Iterator[Alert]:
    for severity, share, people in _SHORT:
        for level in ("group", "site"):
            there, needed = (
                f"{level}:cc_interval_{name}_staff:sum" for name in ("available", "required")
            )
            expr = f"{needed} - {there} >= {people}\nand {there} < {share} * {needed}"
            if level == "site":
                expr += "\n" + two_below("StaffShort", severity, "group", "site")
            who = _WHO if level == "group" else "{{ $labels.site }}"
            says = f"{who}: {_FTE} FTE fewer than the {told(needed, level, _ONE_PLACE)} required"
            yield Alert(
                "StaffShort",
                severity,
                "staff",
                level,
                expr,
                says,
                for_s=180,
                board="staffing",
            )
    there, needed = (f"group:cc_interval_{n}_staff:sum" for n in ("available", "required"))
    yield Alert(
        "StaffSurplus",
        "info",
        "staff",
        "group",
        f"{there} - {needed} >= 1\nand {there} > 1.15 * {needed}",
        f"{_WHO}: {_FTE} FTE more than the {told(needed, 'group', _ONE_PLACE)} required, for two intervals",
        for_s=1800,
        board="staffing",
    )


def _short_ahead() -> Iterator[Alert]:
    """By the better bound: where queues share people, even if all of them were one."""
    there = "group:cc_next_interval_expected_staff:max"
    lacks = "-1 * group:cc_next_interval_net_staff_high:max"
    for severity, share, people in _SHORT:
        yield Alert(
            "StaffShortAhead",
            severity,
            "staff",
            "group",
            f"{lacks} >= {people}\nand {there} < {share} * ({there} + ({lacks}))",
            f"{_WHO}: {_FTE} FTE fewer expected in the next interval than required",
            for_s=180,
            board="staffing",
        )


def _unstaffed() -> Iterator[Alert]:
    yield Alert(
        "OpenQueueUnstaffed",
        "critical",
        "staff",
        "program",
        # What says nothing of its people is unknown, not empty: somebody must be known, if logged out.
        "sum without (queue, channel) (queue:cc_queue_open:max == 1)\n"
        "and on (program) count by (program) (group:cc_staff:max)\n"
        "unless on (program) program:cc_staff_working:sum > 0",
        "{{ $labels.program }}: {{ $value }} open queues, and nobody of its groups is working",
        for_s=120,
        board="staffing",
    )
    yield Alert(
        "SiteUnstaffed",
        "critical",
        "staff",
        "site",
        "site:cc_interval_required_staff:sum >= 1\n"
        "and on (site) count by (site) (group:cc_staff:max)\n"
        "unless on (site) site:cc_staff_working:sum > 0",
        '{{ $labels.site }}: nobody is working, {{ printf "%.1f" $value }} FTE are required',
        for_s=60,
        board="staffing",
    )
    yield Alert(
        "GroupOfUnstaffedSite",
        "info",
        "staff",
        "group",
        f"group:cc_interval_required_staff:sum > 0\nand on (site) {_UNSTAFFED}",
        f"{_WHO}: its site is or was unstaffed; {{{{ $value | humanize }}}} FTE are required",
        keep_s=1800,  # what customers got is seen in the half-hour that figures look back on
        board="staffing",
    )


def _missing() -> Iterator[Alert]:
    """Of the last quarter-hour, whatever is required: by the next closed interval half of them are gone.

    A whole site is one message: after an outage each of its groups comes back late.
    """
    gone = "group:cc_staff_net_if_compliant:max"
    lately, just_now = (
        f"sum_over_time({gone}[{span}]) / count_over_time({gone}[{span}]) >= {_MISSING}"
        for span in ("15m", "5m")
    )
    few = f"3 * sum_over_time({gone}[15m]) < sum_over_time(group:cc_staff_working:sum[15m])"
    yield Alert(
        "StaffMissing",
        "critical",
        "staff",
        "group",
        # Those of the last minutes too: who comes back late from a break is soon there. And once an outage of the
        # site is over, whoever was away while it lasted is not missing.
        f"{lately}\nand {just_now}\nand {gone} offset 10m\n"
        f"unless on (site) {_UNSTAFFED}\nunless {few}",
        f"{_WHO}: {{{{ {_ONE_PLACE} $value }}}} people of those scheduled were missing in the last 15 minutes",
        for_s=60,
        board="staffing",
    )
    # Whom one group has beside its schedule, another does not get back.
    of_site = f"sum without (program, group) (clamp_min({gone}, 0))"
    yield Alert(
        "StaffMissing",
        "critical",
        "staff",
        "site",
        f"{of_site} >= {_MISSING}\nunless 3 * {of_site} < site:cc_staff_working:sum\n"
        + two_below("StaffMissing", "critical", "group", "site"),
        "{{ $labels.site }}: {{ $value }} people are missing who are scheduled to work now",
        board="staffing",
    )


def _adherence() -> Iterator[Alert]:
    limits = limits_of("adherence_shift_all")
    there, needed = (f"group:cc_interval_{n}_staff:sum" for n in ("available", "required"))
    scheduled, adhered, overrun = (
        f"group:cc_last_interval_staff_{name}_seconds:sum"
        for name in ("scheduled", "adhered", "busy_overrun")
    )
    kept, away = (
        f"({adhered} + {overrun}) / ({scheduled} > 0)",
        f"{scheduled} - {adhered} - {overrun}",
    )
    for severity, share in both(limits):
        # At least one person was away for the whole interval: chance of a small group is no news.
        # And somebody is missing now: whoever is away where enough are there costs no customer.
        yield Alert(
            limits.name,
            severity,
            "staff",
            "group",
            f"{kept} < {share}\nand {away} >= 900\nand {needed} - {there} >= 1",
            f"{_WHO}: adherence {_SHARE} in the last interval, work past a break not counted against it",
            for_s=60,
            board="staffing",
        )


def _attention() -> Iterator[Alert]:
    found = "group:cc_staff_attention:max"
    net = "group:cc_staff_net_if_compliant:max"
    away = f'{found}{{found="out_of_schedule"}} >= 1\nand on (site, program, group) {net}'
    out: tuple[tuple[Severity, int, int], ...] = (("warning", 1, 300), ("critical", 2, 900))
    for severity, least, for_s in out:
        yield Alert(
            "StaffOutOfSchedule",
            severity,
            "staff",
            "group",
            f"{away} >= {least}",
            f"{_WHO}: {{{{ $value }}}} out of schedule for over {for_s // 60} minutes, staff is missing",
            for_s=for_s,
            board="staffing",
        )
    for name, what, says, for_s in (
        ("StaffNoShow", "no_show", "have not come to their shift", 300),
        ("StaffStuckRinging", "stuck_ringing", "ring and nobody answers", 60),
        ("StaffStuckAfterCallWork", "stuck_acw", "stay in after-call work beyond the limit", 60),
    ):
        yield Alert(
            name,
            "warning",
            "staff",
            "group",
            f'{found}{{found="{what}"}} >= 1',
            f"{_WHO}: {{{{ $value }}}} {says}",
            for_s=for_s,
            board="staffing",
        )


def _attainment() -> Iterator[Alert]:
    limits = limits_of("attainment_dev")
    # Four planning intervals of half an hour. Over midnight the sums of the day begin anew: no value.
    attained, requested = (
        f"(group:cc_day_fte_{name}_seconds:sum - group:cc_day_fte_{name}_seconds:sum offset 2h)"
        for name in ("attained", "requested")
    )
    for severity, share in both(limits):
        yield Alert(
            limits.name,
            severity,
            "staff",
            "group",
            f"{attained} / ({requested} > 0) < {share}",
            f"{_WHO}: attainment {_SHARE} of requested FTE over two hours",
            for_s=60,
            board="attainment",
        )


def _occupancy() -> Iterator[Alert]:
    limits = limits_of("occupancy")
    busy, ready = (
        "(" + " + ".join(f"group:cc_{each}_staff_{name}_seconds:sum" for each in _WINDOWS) + ")"
        for name in ("busy", "ready")
    )
    share = f"{busy} / ({ready} > 1800)"
    for severity, limit in both(limits):
        yield _occupied(limits.name, severity, f"{share} > {limit}", limits.for_s)
    yield _occupied("OccupancyLow", "info", f"{share} < 0.6", 900)


def _occupied(name: str, severity: Severity, expr: str, for_s: int) -> Alert:
    says = f"{_WHO}: occupancy {_SHARE} in this interval and the last"
    return Alert(name, severity, "staff", "group", expr, says, for_s=for_s, board="staffing")
