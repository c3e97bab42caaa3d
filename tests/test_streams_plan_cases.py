"""A forecast loaded late, twice or with a gap; a plan for an unknown queue; a day the clocks change.

Ten calls came in each half-hour since midnight, for three hours; forecast are 20, of a weight of 100.
"""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.staged_day import floorwatch, ran
from tests.test_streams_planning_deviation import HALF_HOUR_MS, calls

CONFIG = """
[plan.programs.bank]
time_zone = "Europe/Berlin"
reforecast_prior = 100
[plan.queues.cards]
program = "bank"
targets = [{ thresholds_s = [20], service_level = 0.8 }]
"""
MONDAY, SPRING, AUTUMN = "2026-03-02", "2026-03-29", "2026-10-25"
OVER, BERLIN, UTC_ZONE = 6, ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
HALVES = {MONDAY: 48, SPRING: 46, AUTUMN: 50}
HEAD = "program,queue,date,time,fold,contacts,aht_s"


def midnight_ms(day: str) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp() * 1000)


def halves(
    day: str, contacts: int = 20, without: str = "", queue: str = "bank,cards", fold: bool = True
) -> list[str]:
    """A row for each half-hour there is."""
    rows = []
    for number in range(HALVES[day]):
        at = datetime.fromtimestamp(midnight_ms(day) / 1000 + number * 1800, UTC).astimezone(BERLIN)
        twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
        clock = f"{at:%H:%M}"
        if clock != without:
            which = str(at.fold + 1) if fold and twice else ""
            rows.append(f"{queue},{day},{clock},{which},{contacts},180")
    return rows


class Load(NamedTuple):
    """Rows that are imported, when (UTC) and as which version."""

    rows: list[str]
    published: str = "2026-02-20"
    version: int = 1


class Told(NamedTuple):
    """Contacts of a day: forecast, due by now, come where some were forecast, and as it will end."""

    forecast: float
    due: float
    came: float
    projected: float


def ends(rest: float, came: float = 60, due: float = 120) -> float:
    """All who came, and what is left at the damped rate of what came against what was due (M9)."""
    return 60 + rest * (100 + came) / (100 + due)


@pytest.fixture(scope="module")
def store_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def store(day: str) -> Path:
        if day not in made:
            folder, since = tmp_path_factory.mktemp(day), midnight_ms(day)
            now = since + OVER * HALF_HOUR_MS
            events: list[dict[str, Any]] = [
                one for n in range(OVER) for one in calls(10, since + n * HALF_HOUR_MS)
            ]
            beat = {"type": "heartbeat", "time": now, "source": "acd", "program": "bank"}
            lines = "".join(json.dumps(one) + "\n" for one in [*events, beat])
            (folder / "events.jsonl").write_text(lines)
            (folder / "center.toml").write_text(CONFIG)
            ran(floorwatch("replay", "-c", folder / "center.toml", "--store", folder / "c.db",
                           "--live", "--summary", "none", folder / "events.jsonl"))  # fmt: skip
            made[day] = folder
        return made[day]

    return store


LATE = "2026-03-02T01:00"
"""02:00 in Berlin, with two of the half-hours still to come of those that are over."""
FIGURES = {
    "in time": (MONDAY, [Load(halves(MONDAY))], Told(960, 120, 60, ends(840))),
    "loaded late, the only version: all of the day is measured by it": (
        MONDAY, [Load(halves(MONDAY), LATE)], Told(960, 120, 60, ends(840)),
    ),
    "a second version loaded late: it is the rest, and no measure of the day": (
        MONDAY, [Load(halves(MONDAY)), Load(halves(MONDAY, 30)[4:], LATE, 2)],
        Told(960, 120, 60, ends(42 * 30, came=20, due=60)),
    ),
    "loaded twice as one version": (
        MONDAY, [Load(halves(MONDAY))] * 2, Told(960, 120, 60, ends(840)),
    ),
    "loaded twice as two versions": (
        MONDAY, [Load(halves(MONDAY)), Load(halves(MONDAY), "2026-02-21", 2)],
        Told(960, 120, 60, ends(840)),
    ),
    "with a gap: what came in it is compared with nothing, and is part of the day": (
        MONDAY, [Load(halves(MONDAY, without="01:00"))],
        Told(940, 100, 50, ends(840, came=50, due=100)),
    ),
    "a day of 23 hours": (SPRING, [Load(halves(SPRING))], Told(920, 120, 60, ends(800))),
    "a day of 25 hours": (AUTUMN, [Load(halves(AUTUMN))], Told(1000, 120, 60, ends(880))),
}  # fmt: skip
REFUSED = {
    "an unknown queue": (halves(MONDAY, queue="bank,loans"), "queue 'loans' is not listed"),
    "an unknown program": (halves(MONDAY, queue="bnak,cards"), "program 'bnak' is not listed"),
    "an hour that the clocks skip": (
        [f"bank,cards,{SPRING},02:00,,20,180"], "there is no 02:00 on 2026-03-29 in Europe/Berlin",
    ),
    "an hour that comes twice": (
        halves(AUTUMN, fold=False)[4:], "02:00 on 2026-10-25 in Europe/Berlin comes twice",
    ),
    "twice in one file": (halves(MONDAY)[:1] * 2, "overlaps what"),
}  # fmt: skip


def loaded(load: Load, config: Path, store: Path) -> Any:
    file = store.with_name("plan.csv")
    file.write_text("\n".join([HEAD, *load.rows]) + "\n")
    return floorwatch("plan", "import", "-c", config, "--store", store, "--published",
                      load.published, "--version", str(load.version), file)  # fmt: skip


@pytest.mark.parametrize("case", FIGURES)
def test_a_day_is_told_by_the_forecast_that_counts(
    case: str, store_of: Callable[[str], Path], tmp_path: Path
) -> None:
    day, loads, told = FIGURES[case]
    folder = store_of(day)
    shutil.copy(folder / "c.db", tmp_path / "c.db")
    for load in loads:
        ran(loaded(load, folder / "center.toml", tmp_path / "c.db"))
    (row,) = json.loads(
        ran(floorwatch("plan", "show", "--store", tmp_path / "c.db", "--json")).stdout
    )
    assert row["offered"] == 60
    asks = (
        "--store",
        tmp_path / "c.db",
        "--day",
        day,
        "--queue",
        "cards",
        "--staff",
        "4",
        "--json",
    )
    ours = json.loads(ran(floorwatch("whatif", *asks)).stdout)["intervals"]
    assert [one["contacts"] for one in ours[:OVER]] == [10] * OVER
    assert sum(one["contacts"] for one in ours) == pytest.approx(told.projected)
    assert Told(*(row[name] for name in Told._fields)) == pytest.approx(told)


@pytest.mark.parametrize("case", REFUSED)
def test_a_plan_that_cannot_be_meant_is_refused_by_file_and_line(case: str, tmp_path: Path) -> None:
    rows, message = REFUSED[case]
    (tmp_path / "center.toml").write_text(CONFIG)
    done = loaded(Load(rows), tmp_path / "center.toml", tmp_path / "c.db")
    assert done.exit_code == 2
    place, text = done.stdout.splitlines()[0].split(": ", 1)
    assert place == f"{tmp_path / 'plan.csv'}:{3 if 'twice in one' in case else 2}"
    assert message in text
    assert not (tmp_path / "c.db.plan.jsonl").exists()
