"""What an Alertmanager says is firing, asked over its API v2."""

import urllib.request
from typing import Any
from urllib.parse import urlsplit

import msgspec

from streams.errors import UserError

ASKED = "/api/v2/alerts?active=true&silenced=false&inhibited=false"
TIMEOUT_S = 5
MOST_BYTES = 16_000_000
_SEVERITIES = ("critical", "warning", "info")
_OF = ("site", "program", "queue", "channel", "group", "source")


class _Alert(msgspec.Struct, rename="camel"):
    labels: dict[str, str]
    starts_at: str
    annotations: dict[str, str] = {}


_DECODE = msgspec.json.Decoder(list[_Alert]).decode


def firing(url: str, program: str = "") -> list[dict[str, Any]]:
    """Alerts that fire and are neither silenced nor inhibited, the most severe first; of one program
    also those of none. Raises UserError where it cannot be asked, or gives no such answer."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UserError(f"{url!r} is no address of an Alertmanager", "http://127.0.0.1:9093")
    try:
        with urllib.request.urlopen(url.rstrip("/") + ASKED, timeout=TIMEOUT_S) as answer:
            alerts = _DECODE(answer.read(MOST_BYTES))
    except (OSError, ValueError) as error:  # also what is no JSON of alerts
        raise UserError(
            f"the Alertmanager at {url} cannot be asked: {error}", "check address and network"
        ) from None
    mine = (
        one for one in alerts if one.labels.get("program", program) in ("", program) or not program
    )
    return sorted((_row(one) for one in mine), key=_most_severe_first)


def _row(one: _Alert) -> dict[str, Any]:
    labels = one.labels
    return {
        "severity": labels.get("severity", ""),
        "alert": labels.get("alertname", ""),
        "of": " ".join(labels[name] for name in _OF if labels.get(name)),
        "since": one.starts_at,
        "summary": one.annotations.get("summary", ""),
        "labels": labels,
    }


def _most_severe_first(row: dict[str, Any]) -> tuple[int, str, str]:
    severity = row["severity"]
    place = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    return place, row["since"], row["alert"]
