"""`python -m tests.chaos.feeder FILE RATE CALM`: wire events into Kafka, whatever the broker does.

They go at the rate but for the last fifth, which trickles until the file CALM exists: faults on a
slow machine take longer, and events must flow through all of them. The cluster is that of the
FLOORWATCH_ environment. Prints the number sent about every second.
"""

import sys
import time
from pathlib import Path
from threading import Event

import msgspec

from streams.drivers.pacing import Pace
from streams.kafka.outgoing import Outgoing
from streams.settings import Settings

TOGETHER = 200
AT_RATE, TRICKLE_S = 0.8, 0.5
"""Share of the file sent at the rate, and the pause between batches of what follows it."""


class Keyed(msgspec.Struct):
    """What topic and key of a record are made of."""

    type: str
    source: str
    program: str


def main(path: Path, rate: float, calm: Path) -> None:
    decode = msgspec.json.Decoder(Keyed).decode
    pace, never = Pace(0, rate=rate / TOGETHER), Event()
    said, passed, trickles_from = time.monotonic(), 0, AT_RATE * path.stat().st_size
    with Outgoing(Settings.load().kafka) as outgoing, path.open("rb") as file:
        for number, line in enumerate(file):
            if number % TOGETHER == 0:
                pace.wait(0, never)
                if passed > trickles_from and not calm.exists():
                    time.sleep(TRICKLE_S)
                if time.monotonic() - said > 1:
                    said = time.monotonic()
                    print(number, flush=True)
            passed += len(line)
            event = decode(line)
            outgoing.send_event(event.type, event.source, event.program, line.rstrip(b"\n"))
        outgoing.flush()
        print(outgoing.sent, "all", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
