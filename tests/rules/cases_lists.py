"""Cases of streams.rules.lists."""

from tests.rules.case import QUEUE, Case

_CAMPAIGN = QUEUE.replace("voice", "outbound")
_OPEN = {f"cc_campaign_open{{{_CAMPAIGN}}}": 1.0}
_DAYS, _BEHIND = (f"cc_list_{name}{{{_CAMPAIGN}}}" for name in ("backlog_days", "records_behind"))
LISTS = (
    *(
        Case(
            *("ListBehindPlan", severity, "queue"),
            bad={_DAYS: limit + 0.1},
            good={_DAYS: limit},
            idle={_DAYS: None},
            always=_OPEN | {_BEHIND: 5.0},
            after=6,
        )
        for severity, limit in (("warning", 1), ("critical", 2))
    ),
    # Nobody dials at this hour.
    Case(
        *("ListBehindPlan", "critical", "queue"),
        label="",
        bad={},
        good={_DAYS: 9, _BEHIND: 900},
        always={f"cc_campaign_open{{{_CAMPAIGN}}}": 0.0},
        kinds=("quiet",),
    ),
    # A list of a handful is no matter of minutes.
    Case(
        *("ListBehindPlan", "critical", "queue"),
        label="",
        bad={},
        good={_DAYS: 4, _BEHIND: 4},
        always=_OPEN,
        kinds=("quiet",),
    ),
)
