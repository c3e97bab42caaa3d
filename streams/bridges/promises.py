"""What a bridge has told of, and the promises that follow from it."""

from typing import Any

import msgspec

from streams.bridges.local_time import DAY_MS

Event = dict[str, Any]
_encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct):
    """Programs and greatest event time of each source."""

    programs: dict[str, list[str]] = {}
    latest_ms: dict[str, int] = {}

    def wire(self, events: list[Event]) -> list[bytes]:
        """The events as JSON, what is empty left out, and remembered as told."""
        for event in events:
            source, program = event["source"], event["program"]
            known = self.programs.setdefault(source, [])
            if program not in known:
                known.append(program)
            self.latest_ms[source] = max(event["time"], self.latest_ms.get(source, -1))
        kept = [{k: v for k, v in event.items() if v or k == "time"} for event in events]
        return [_encode(event) for event in kept]

    def heartbeats(self, until_ms: int) -> list[bytes]:
        """One promise for each program of each source."""
        return [
            _encode({"type": "heartbeat", "time": until_ms, "source": source, "program": program})
            for source, programs in self.programs.items()
            for program in programs
        ]

    def end(self) -> list[bytes]:
        """Promises a day beyond the newest event, so that every interval closes."""
        return self.heartbeats(max(self.latest_ms.values(), default=0) + DAY_MS)
