"""Structured logs on stderr, and a count of every kind of warning for the exporter."""

import json
import logging
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

warnings: Counter[str] = Counter()
"""Warnings since start, by event name. The exporter reads it; nothing resets it."""

_logger = logging.getLogger("streams")


def info(event: str, message: str, **fields: Any) -> None:
    """Log that something happened. `event` is a stable word, `fields` say where: queue, interval."""
    _logger.info(message, extra={"event": event, "fields": fields})


def debug(event: str, message: str, **fields: Any) -> None:
    """As `info`, for someone who looks for a fault."""
    _logger.debug(message, extra={"event": event, "fields": fields})


def warn(event: str, message: str, **fields: Any) -> None:
    """Log something a person should know of, and count it under `event`."""
    warnings[event] += 1
    _logger.warning(message, extra={"event": event, "fields": fields})


def error(event: str, message: str, **fields: Any) -> None:
    """Log a failure, and count it under `event`."""
    warnings[event] += 1
    _logger.error(message, extra={"event": event, "fields": fields})


def configure(
    level: str = "info",
    form: Literal["auto", "json", "text"] = "auto",
    stream: TextIO | None = None,
) -> None:
    """Send logs to `stream` (stderr): text on a terminal, one JSON object a line elsewhere."""
    stream = stream or sys.stderr
    as_json = form == "json" or (form == "auto" and not stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if as_json else _Text())
    _logger.handlers = [handler]
    _logger.setLevel(level.upper())
    _logger.propagate = False


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        told = "".join(f" {name}={value}" for name, value in fields.items())
        line = f"{_moment(record)[11:19]} {record.levelname.lower():7} {record.getMessage()}{told}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
