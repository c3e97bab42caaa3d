"""The first sentences of a report: counted from its rows, the worst named, unknown said as such."""

from streams.reports import headline
from streams.reports.document import Text

DAY = Text("Day so far", "本日累計")


def queue(name, level, target=0.8, **more):
    """A row of queue_rows; without a level nothing is known of it."""
    known = level is not None
    standing = "unknown" if not known else "missed" if level < target else "met"
    told = {"queue": name, "level": level, "target": target, "standing": standing}
    told |= {"gap": level - target if known else None, "signal": "noise", "forecast": 10.0}
    return told | {"z": 0.0, "deviation": 0.0} | more


def test_the_worst_gaps_are_named_first_and_the_rest_is_counted():
    rows = [
        queue("a", 0.7),
        queue("b", 0.1, 0.2),
        queue("c", 0.5),
        queue("d", 0.79),
        queue("e", 0.9),
    ]
    assert headline.levels(rows, DAY) == Text(
        "Day so far: 4 of 5 queues below target: c 50.0% / 80.0%, a 70.0% / 80.0%, "
        "b 10.0% / 20.0%, 1 more (service level / target)",
        "本日累計: 5キュー中4キューが目標未達: c 50.0% / 80.0%、a 70.0% / 80.0%、"
        "b 10.0% / 20.0%、他1(SL / 目標)",
    )


def test_an_unknown_queue_is_neither_met_nor_below():
    told = headline.levels([queue("a", None), queue("b", 0.9)], DAY)
    assert told.en == "Day so far: 0 of 2 queues below target, 1 unknown"
    assert told.ja == "本日累計: 2キュー中0キューが目標未達、1キューは不明"


def test_queues_without_a_target_are_never_counted_as_met():
    bare = queue("a", 0.5) | {"standing": "no_target", "target": None, "gap": None}
    told = headline.levels([bare, bare | {"queue": "b"}], DAY)
    assert told == Text("Day so far: no queue has a target", "本日累計: 目標のあるキューなし")
    some = headline.levels([bare, queue("b", 0.9)], DAY)
    assert some.en == "Day so far: 0 of 2 queues below target, 1 without a target"
    assert some.ja == "本日累計: 2キュー中0キューが目標未達、目標なし1キュー"


def test_no_groups_at_all_are_not_well_staffed():
    assert headline.staffing([]).en == "Staff: nothing is told of people"


def test_volume_is_told_where_it_is_more_than_chance_and_lacking_forecasts_are_counted():
    rows = [
        queue("up", 0.9, signal="over", deviation=0.25, z=3.14),
        queue("down", 0.9, signal="under", deviation=-0.3, z=-4.2),
        queue("bare", 0.9, signal="no_forecast", forecast=None),
        queue("dark", None, signal="unknown"),
    ]
    assert headline.volumes(rows, DAY).en == (
        "Day so far: volume away from forecast (queues without a forecast 1, unknown 1): "
        "down -30.0% (z -4.2), up +25.0% (z +3.1)"
    )
    assert headline.volumes([queue("a", 0.9)], DAY).en == (
        "Day so far: volume as forecast, or as chance has it"
    )
    assert headline.volumes(rows[2:], DAY).en == (
        "Day so far: volume cannot be compared with a forecast"
    )


def test_groups_short_of_people_are_named_by_what_they_lack():
    rows = [
        {"group": "few", "there": 1.0, "required": 2.0, "staff_deviation": -0.5},
        {"group": "many", "there": 20.0, "required": 30.0, "staff_deviation": -0.33},
        {"group": "enough", "there": 3.0, "required": 2.0, "staff_deviation": 0.5},
        {"group": "dark", "there": None, "required": None, "staff_deviation": None},
    ]
    assert headline.staffing(rows).en == (
        "Staff: 2 of 4 groups below what the plan requires, 1 unknown: "
        "many 20.0 / 30.0 FTE, few 1.0 / 2.0 FTE (there / required)"
    )


def test_a_day_that_is_lost_stands_before_one_at_risk():
    rows = [
        {"queue": "risk", "outlook": "at_risk", "needed": 0.97},
        {"queue": "lost", "outlook": "lost", "needed": 1.04},
        {"queue": "fine", "outlook": "reachable", "needed": 0.5},
    ]
    told = "Day target out of reach for 1, at risk for 1 of 3 queues: lost 104.0%, risk 97.0%"
    assert headline.outlook(rows).en.startswith(told)
    assert headline.outlook([]).en == "Rest of the day: unknown"
    dark = [{"queue": "dark", "outlook": "unknown", "needed": None}]
    assert headline.outlook(dark).en.endswith("of 1 queues, unknown for 1")


def test_feeds_that_are_not_live_are_named_and_none_at_all_is_unknown():
    rows = [{"source": "pbx", "standing": "silent"}, {"source": "chat", "standing": "live"}]
    assert headline.feeds(rows).en == ("Feeds: 1 of 2 not live, their figures are unknown: pbx")
    assert headline.feeds(rows[1:]).en == "Feeds: all live (1)"
    assert headline.feeds([]).en == "Feeds: unknown"


def test_a_shift_without_a_plan_ahead_is_unknown_and_not_well_staffed():
    assert headline.coming([]).en == "Coming shift: unknown"
    rows = [
        {"queue": "a", "staffing": "short", "gap": -2.5, "gap_at": "2026-03-02T13:30:00+09:00"},
        {"queue": "b", "staffing": "enough", "gap": 1.0, "gap_at": "2026-03-02T13:30:00+09:00"},
    ]
    assert headline.coming(rows).en == (
        "Coming shift: short of people for 1 of 2 queues: a -2.5 FTE (13:30)"
    )


def test_spans_that_differ_are_named_in_words():
    row = {"start": "2026-03-02T10:00:00+09:00", "end": "2026-03-02T10:30:00+09:00"}
    other = {"start": "2026-03-02T10:00:00+09:00", "end": "2026-03-02T11:00:00+09:00"}
    assert headline.span_of([row, row], DAY).en == "10:00-10:30"
    assert headline.span_of([row, other], DAY) == DAY
    assert headline.span_of([], DAY) == DAY
