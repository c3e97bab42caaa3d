"""Ground truth of probes: what the prober may believe of each technology, and since when."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schemas.keys import BUCKET_MS
from schemas.targets import OpeningHours
from streams.simulator.sums import Place, Sums, pieces


@dataclass(slots=True, eq=False)
class Belief:
    """What is believed of one technology: up, degraded, down, unknown, or empty: out of use."""

    place: Place
    hours: OpeningHours
    zone: ZoneInfo
    status: str = ""
    since_ms: int = 0

    def turn(self, status: str, now_ms: int, sums: Sums) -> None:
        """It is believed to be something else from now on."""
        self.count(now_ms, sums)
        self.status, self.since_ms = status, now_ms

    def count(self, until_ms: int, sums: Sums) -> None:
        """Add the time since the last turn to what it was believed to be."""
        if not self.status:
            return
        columns = ["total_ms", f"{self.status}_ms"]
        for start_ms, end_ms in pieces(self.since_ms, until_ms):
            in_hours = []
            if self.hours.open_in(start_ms // BUCKET_MS, self.zone):
                in_hours = ["open_ms"]
                if self.status in ("up", "unknown"):
                    in_hours.append(f"{self.status}_open_ms")
            sums.add_span(self.place, start_ms, end_ms, *columns, *in_hours)
