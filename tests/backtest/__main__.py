"""`make backtest`: ten days, two of them quiet; prints what happened and each bound, 1 if one breaks.

`python -m tests.backtest [--first SEED] [--days N] [--jobs N] [--kept FOLDER]`. Seeds of the report are
never those that rules are tuned on; `--first` takes others. `--kept` keeps what was scraped, so that
changed rules judge the same days again.
"""

import argparse
import pickle
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from tests.backtest.incidents import day_of
from tests.backtest.verdict import bounds, found_of, in_vain, paged
from tests.backtest.watched import Told, judge, record

REPORT = 11000
"""The first seed of those that are reported. Rules are tuned on the days from 100 and from 2000 to 10009."""
QUIET = (0, 5)
"""Which of ten days nothing happens on."""
_LOCAL = timedelta(hours=9)


def one_day(seed: int, quiet: bool, kept: Path | None) -> Told:
    """A day of a seed, recorded anew or as it was kept, and judged."""
    path = kept / f"{seed}{'-quiet' if quiet else ''}.pickle" if kept else None
    if path is not None and path.exists():
        recording = pickle.loads(path.read_bytes())
    else:
        recording = record(*day_of(seed, quiet))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pickle.dumps(recording))
    told = judge(recording)
    return told._replace(recording=recording._replace(series=None, fine={}))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.backtest")
    parser.add_argument("--first", type=int, default=REPORT, metavar="SEED")
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    asked = parser.parse_args(arguments)
    seeds = [asked.first + at for at in range(asked.days)]
    quiet = [at in QUIET for at in range(asked.days)]
    kept = [asked.kept] * asked.days
    with ProcessPoolExecutor(asked.jobs) as pool:
        days = []
        for day in pool.map(one_day, seeds, quiet, kept):
            days.append(day)
            tell(day)
    broken = 0
    print(f"\n{sum(len(day.recording.incidents) for day in days)} incidents in {len(days)} days")
    for bound in bounds(days):
        print(f"  {bound.promise:40} {bound.measured:24} {'ok' if bound.holds else 'BROKEN'}")
        broken += not bound.holds
    return 1 if broken else 0


def tell(day: Told) -> None:
    """Print a day."""
    hours = Counter(_local(at)[:2] for at, _ in paged(day))
    per_hour = " ".join(f"{hour}h:{count}" for hour, count in sorted(hours.items()))
    print(
        f"seed {day.recording.seed}: {len(day.recording.incidents)} incidents; notified {per_hour}"
    )
    for one in found_of(day):
        what = f"{one.incident.kind} {one.incident.name}"
        told = f"told {_local(one.told)} by {one.by}" if one.told else "MISSED"
        lead = ""
        if one.missed is not None:
            lead = f"; missed target {_local(one.missed)}, {'ahead' if one.ahead else 'not ahead'}"
        print(f"  {_local(one.incident.start)} {what:36} {told}{lead}")
    for at, message in in_vain(day):
        names = ", ".join(sorted({f"{a['alertname']} {a['severity']}" for a in message.new}))
        of = " ".join(message.group.get(name, "") for name in ("program", "site")).strip()
        print(f"  {_local(at)} in vain: {of}: {names or 'repeated or changed'}")
    sys.stdout.flush()


def _local(at: datetime) -> str:
    return (at + _LOCAL).strftime("%H:%M:%S")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
