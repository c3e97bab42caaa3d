"""By which settings a store was counted: an audit by others finds their differences, and no events'.

Kept beside the plan as a fingerprint of each setting that changes a figure; the newest word stands.
"""

import msgspec
import xxhash

from streams.checkpoint.sqlite import SqliteStore
from streams.settings import Settings

KEY = "counted_by"
SECTIONS = (
    *("sources", "technologies", "asterisk", "call_table", "amazon_connect", "freeswitch"),
    "rasa",
)
LIMITS = ("lateness_s", "unresolved_s")
"""Of `limits`: the others decide what is refused or shown live, and an audit counts what was refused."""


def keep(store: SqliteStore, settings: Settings) -> None:
    """Note the settings in force. Raises StoreError."""
    with store.transaction() as db:
        said = msgspec.json.encode(_fingerprints(settings)).decode()
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KEY, said))


def differing(store: SqliteStore, settings: Settings) -> list[str] | None:
    """Names of settings that are not as the store was counted by; None: by which it was is not known.

    Raises StoreError.
    """
    with store.reading() as db:
        row = db.execute("SELECT value FROM meta WHERE key=?", (KEY,)).fetchone()
    if row is None:
        return None
    before, now = msgspec.json.decode(row[0], type=dict[str, str]), _fingerprints(settings)
    return [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]


def _fingerprints(settings: Settings) -> dict[str, str]:
    """By `section.setting`, of those that have not their default. Names of people stay out of the store."""
    parts = {"limits": set(LIMITS)} | dict.fromkeys(SECTIONS, True)
    said = settings.model_dump(mode="json", include=parts, exclude_defaults=True)
    return {
        f"{section}.{name}": xxhash.xxh3_128_hexdigest(msgspec.json.encode(value, order="sorted"))
        for section, told in said.items()
        for name, value in told.items()
    }
