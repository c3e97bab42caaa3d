"""Writing a simulated span to files: events, the truth about them, and the plan."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from schemas.targets import Plan
from schemas.technologies import Technologies
from streams.simulator.center import Center
from streams.simulator.feed import Delivery, Feed, Label

EVENTS, TRUTH, PLAN = "events.jsonl", "truth.json", "plan.toml"
STAFF_TRUTH = "staff_truth.json"
CHAT_TRUTH, BOT_TRUTH = "chat_truth.json", "bot_truth.json"
CASE_TRUTH, OUTBOUND_TRUTH = "case_truth.json", "outbound_truth.json"

NO_TECHNOLOGIES = Technologies()


def deliveries(center: Center, start_ms: int, until_ms: int, feed: Feed) -> Iterator[Delivery]:
    """What the center sends from `start_ms` to `until_ms`, in order of arrival, all of it.

    Ends with heartbeats at `until_ms`. What a source that is silent then holds back is left out.
    Errors: the center has begun and does not stand at `start_ms`.
    """
    encoder = msgspec.json.Encoder()
    for moment_ms, event in center.events(start_ms, until_ms):
        yield from feed.carry(moment_ms, encoder.encode(event))
    for event in center.heartbeats():
        yield from feed.carry(until_ms, encoder.encode(event))
    yield from feed.rest()


def write_files(
    center: Center, start_ms: int, until_ms: int, folder: Path, feed: Feed | None = None
) -> dict[str, int]:
    """Advance the center from `start_ms` to `until_ms` and write what it sent.

    `events.jsonl`: one wire event a line, in order of delivery, ending with heartbeats at
    `until_ms`; `truth.json`: `Center.truth()`; `plan.toml`: table `plan`; with `staff_events` also
    `staff_truth.json`: `Center.staff_truth()`, with `chat` `chat_truth.json`,
    with `cases` `case_truth.json`, with `outbound` `outbound_truth.json`, with `bots` `bot_truth.json` and the plan's table `technologies`. With a `feed` the events
    pass through it, and are all delivered. What a source that is silent at `until_ms` holds back is
    in the truth, but not in the file. Returns counts: contacts, lines, and lines by label.
    Errors: the folder cannot be written; the center has begun and does not stand at `start_ms`.
    """
    feed = feed or Feed()
    return write_deliveries(center, deliveries(center, start_ms, until_ms, feed), folder, feed)


def write_deliveries(
    center: Center, arriving: Iterable[Delivery], folder: Path, feed: Feed
) -> dict[str, int]:
    """Write `arriving` as `write_files` does, while it lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    contacts = center.contacts
    counts = {"contacts": 0, "lines": 0}
    with (folder / EVENTS).open("wb") as file:
        for delivery in arriving:
            file.write(delivery.raw + b"\n")
            label = delivery.label.value
            counts[label] = counts.get(label, 0) + 1
            counts["lines"] += 1
    counts["contacts"] = center.contacts - contacts
    if feed.missing:
        counts[Label.MISSING.value] = len(feed.missing)
    _write_json(folder / TRUTH, center.truth())
    if center.settings.staff_events:
        _write_json(folder / STAFF_TRUTH, center.staff_truth())
    if center.settings.chat:
        _write_json(folder / CHAT_TRUTH, center.chat_truth())
    if center.settings.bots:
        _write_json(folder / BOT_TRUTH, center.bot_truth())
    if center.settings.cases:
        _write_json(folder / CASE_TRUTH, center.case_truth())
    if center.settings.outbound:
        _write_json(folder / OUTBOUND_TRUTH, center.outbound_truth())
    told = plan_toml(center.plan(), center.technologies())
    (folder / PLAN).write_text(told, encoding="utf-8")
    return counts


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def plan_toml(plan: Plan, technologies: Technologies = NO_TECHNOLOGIES) -> str:
    """The plan as TOML: what `tomllib` reads from it is `{"plan": ...}`, valid for `Plan`.

    With `technologies` that are listed also `"technologies"`.
    """
    lines: list[str] = []
    _table("plan", plan.model_dump(mode="json", exclude_defaults=True), lines)
    if technologies.listed:
        known = technologies.model_dump(mode="json", exclude_defaults=True)
        _table("technologies", known, lines)
    return "\n".join(lines).strip() + "\n"


def _table(name: str, values: dict[str, Any], lines: list[str]) -> None:
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    arrays = {key: value for key, value in values.items() if _holds_tables(value)}
    plain = {key: values[key] for key in values if key not in tables and key not in arrays}
    if plain or not values:
        lines += ["", f"[{name}]", *(f"{_key(key)} = {_value(plain[key])}" for key in plain)]
    for key, table in tables.items():
        _table(f"{name}.{_key(key)}", table, lines)
    for key, array in arrays.items():
        for table in array:
            lines += ["", f"[[{name}.{_key(key)}]]"]
            lines += [f"{_key(one)} = {_value(value)}" for one, value in table.items()]


def _holds_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _value(name)


def _value(value: Any) -> str:
    # A JSON string, number, boolean or list is TOML too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
