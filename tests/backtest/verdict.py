"""What the days come to: each incident and when it was told, what was told in vain, and the bounds.

A notification is a message that reaches the analyst (`duty`, `analysts`) with something that fires
anew or is repeated: that something is over is none, the digest is no page, the platform's is counted
where a feed's silence is timed. It belongs to an
incident if it names one of the queues, groups or systems it touches, or its program or site as a whole,
from its beginning until 90 minutes after its end, or with a figure of the day until closing time. An
incident is told only by an alert that names its kind, of its own place. An interval of a queue misses its target where its own account
(the simulator's, not ours) has 20 offered and under 0.8 times the target, the limit of features 4.3; what
another incident does to the queue, while it lasts and for half an hour, is no miss of this one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.backtest.incidents import STRAINS, Incident
from tests.backtest.recorded import Truth
from tests.backtest.watched import Told
from tests.rules.routing import Message

ANALYST = ("duty", "analysts")
OF_THE_DAY = ("VolumeDeviation", "DayServiceLevelAtRisk", "ServiceLevelBurning", "CompletenessLow")
_LEAST, _MISSED = 20, 0.8 * 0.8
_TELLS, _LINGERS = timedelta(minutes=15), timedelta(minutes=30)
INTERVAL = timedelta(minutes=15)


class Found(NamedTuple):
    """One incident with what came of it."""

    seed: int
    incident: Incident
    told: datetime | None
    """First notification that names it, while it lasts or up to 15 minutes after."""
    by: str
    """Alerts of that notification."""
    missed: datetime | None
    """Start of the first interval that missed its target."""

    @property
    def ahead(self) -> bool | None:
        """Whether it was told in an interval before the one that missed; None: none did."""
        if self.missed is None:
            return None
        return self.told is not None and self.told < self.missed


class Bound(NamedTuple):
    """One promise, what was measured, and whether it holds."""

    promise: str
    measured: str
    holds: bool


def found_of(day: Told) -> list[Found]:
    """Every incident of a day."""
    return [_found(day, incident) for incident in day.recording.incidents]


def _found(day: Told, incident: Incident) -> Found:
    sent = day.fine if incident.kind == "feed_silent" else day.messages
    for at, message in sent:
        if not incident.start <= at <= incident.end + _TELLS or message.receiver == "digest":
            continue
        about = [alert for alert in message.new if incident.named_by(alert)]
        if about:
            names = ", ".join(sorted({alert["alertname"] for alert in about}))
            return Found(day.recording.seed, incident, at, names, _missed(day, incident))
    return Found(day.recording.seed, incident, None, "", _missed(day, incident))


def _missed(day: Told, incident: Incident) -> datetime | None:
    if incident.kind not in STRAINS:
        return None
    truth: Truth = day.recording.truth
    for (queue, start_ms), of in sorted(truth.items(), key=lambda item: item[0][1]):
        start = datetime.fromtimestamp(start_ms / 1000, incident.start.tzinfo)
        offered = of.get("offered", 0)
        lasts = incident.start - INTERVAL < start < incident.end + _LINGERS
        low = offered >= _LEAST and of.get("ans_in_T1", 0) < _MISSED * offered
        if (
            queue in incident.queues
            and lasts
            and low
            and not _of_another(day, incident, queue, start)
        ):
            return start
    return None


def _of_another(day: Told, incident: Incident, queue: str, start: datetime) -> bool:
    """Whether another incident has a part in what happens to the queue in this interval."""
    return any(
        queue in one.touched and one.start - INTERVAL < start < one.end + _LINGERS
        for one in day.recording.incidents
        if one != incident
    )


def paged(day: Told) -> list[tuple[datetime, Message]]:
    """Notifications that reached the analyst."""
    sent = [(at, one) for at, one in day.messages if one.receiver in ANALYST]
    return [(at, one) for at, one in sent if one.new or one.repeated]


def in_vain(day: Told) -> list[tuple[datetime, Message]]:
    """Of these, those that belong to no incident."""
    return [(at, one) for at, one in paged(day) if not _belongs(one, at, day.recording.incidents)]


def _belongs(message: Message, at: datetime, incidents: Iterable[Incident]) -> bool:
    alerts = message.new or message.alerts
    return any(
        incident.owns(alert, at, alert["alertname"] in OF_THE_DAY)
        for incident in incidents
        for alert in alerts
    )


def bounds(days: Sequence[Told]) -> Iterator[Bound]:
    """Every promise of the back-test."""
    found = [one for day in days for one in found_of(day)]
    unseen = [one for one in found if one.told is None]
    yield Bound("no incident missed", f"{len(unseen)} of {len(found)}", not unseen)
    sent = sum(len(paged(day)) for day in days)
    vain = sum(len(in_vain(day)) for day in days)
    precision = (sent - vain) / sent if sent else 1.0
    yield Bound("precision >= 0.8", f"{precision:.2f} of {sent}", precision >= 0.8)
    missing = [one for one in found if one.ahead is not None]
    ahead = sum(bool(one.ahead) for one in missing)
    share = ahead / len(missing) if missing else 1.0
    yield Bound("80 % told an interval before the miss", f"{ahead} of {len(missing)}", share >= 0.8)
    silent = [one for one in found if one.incident.kind == "feed_silent"]
    took = [(one.told - one.incident.start).total_seconds() for one in silent if one.told]
    quick = len(took) == len(silent) and all(each <= 120 for each in took)
    yield Bound(
        "silent feed told in 2 min",
        f"{max(took, default=0):.0f} s at most of {len(silent)}",
        quick,
    )
    hours = [Counter(at.replace(minute=0, second=0) for at, _ in paged(day)) for day in days]
    most = max((n for hour in hours for n in hour.values()), default=0)
    yield Bound("6 notifications an hour at most", str(most), most <= 6)
    quiet = [len(paged(day)) for day in days if not day.recording.incidents]
    yield Bound("1 on a quiet day at most", str(quiet), max(quiet, default=0) <= 1)
