"""A simulated day of people through a bad feed: the ledger is what the center knows it did."""

import json
from pathlib import Path

from streams.drivers.replay import Options, replay
from streams.settings import Settings
from streams.simulator.center import Center
from streams.simulator.feed import Feed, FeedSettings
from streams.simulator.files import write_files
from streams.simulator.settings import SimulatorSettings
from tests.bank import newest

HOUR_MS = 3_600_000
BAD = FeedSettings(seed=4, reordered=0.1, late=0.03, duplicated=0.05, malformed=0.02)


def test_a_replayed_day_of_a_bad_feed_gives_the_centers_own_account_of_its_people(
    tmp_path: Path,
) -> None:
    center = Center(SimulatorSettings(seed=11, heartbeat_s=300, staff_events=True))
    start = round(center.settings.start.timestamp() * 1000)
    write_files(center, start, start + 20 * HOUR_MS, tmp_path, Feed(BAD))
    settings = Settings.load(tmp_path / "plan.toml")
    replay(settings, [tmp_path / "events.jsonl"], Options(tmp_path / "store.db"))
    ledger = {key[:5]: value for key, (value, *_) in newest(tmp_path / "store.db").items()}
    told = {key: row for key, row in ledger.items() if key[2] == "staff" and row}
    known = {}
    for row in json.loads((tmp_path / "staff_truth.json").read_text()):
        columns = {name: value for name, value in row["columns"].items() if value}
        if columns and row["bucket_ms"] + 900_000 <= start + 20 * HOUR_MS:
            key = (row["program"], row["group"], "staff", row["site"], row["bucket_ms"])
            known[key] = columns
    assert told == known
    assert len(known) > 300
