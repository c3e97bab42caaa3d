"""`python -m tests.chaos.feeder FILE RATE`: wire events into Kafka at a rate, whatever the broker does.

The cluster is that of the FLOORWATCH_ environment. Prints the number sent about every second.
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


class Keyed(msgspec.Struct):
    """What topic and key of a record are made of."""

    type: str
    source: str
    program: str


def main(path: Path, rate: float) -> None:
    decode = msgspec.json.Decoder(Keyed).decode
    pace, never = Pace(0, rate=rate / TOGETHER), Event()
    said = time.monotonic()
    with Outgoing(Settings.load().kafka) as outgoing, path.open("rb") as file:
        for number, line in enumerate(file):
            if number % TOGETHER == 0:
                pace.wait(0, never)
                if time.monotonic() - said > 1:
                    said = time.monotonic()
                    print(number, flush=True)
            event = decode(line)
            outgoing.send_event(event.type, event.source, event.program, line.rstrip(b"\n"))
        outgoing.flush()
        print(outgoing.sent, "all", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
