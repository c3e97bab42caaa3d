"""Which kind of input a file is, and the bridge that translates it."""

import re
from enum import StrEnum
from pathlib import Path

import msgspec

from streams.bridges.amazon_connect import AmazonConnectBridge
from streams.bridges.amazon_settings import AmazonConnectSettings
from streams.bridges.asterisk import AsteriskBridge
from streams.bridges.asterisk_settings import AsteriskSettings
from streams.bridges.asterisk_table import AsteriskTableBridge
from streams.bridges.base import Bridge
from streams.bridges.call_table import CallTable
from streams.bridges.freeswitch import FreeSwitchBridge
from streams.bridges.freeswitch_settings import FreeSwitchSettings
from streams.bridges.rasa import RasaBridge
from streams.errors import UserError
from streams.settings import Settings

_QUEUE_LOG = re.compile(rb"\d{9,11}(\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Z]")
_KEY = re.compile(rb'"([A-Za-z_-]{1,40})"\s*:')
_OF_EVENTS = frozenset({"program", "specversion"})
_OF_AMAZON = frozenset({"agentarn", "contactid", "detail-type"})
_OF_FREESWITCH = frozenset({"cc-action", "event-name", "cc_queue_joined_epoch", "variables"})
_OF_RASA = frozenset({"sender_id"})
"""Names of fields, in small letters."""


class Kind(StrEnum):
    """Kinds of input."""

    EVENTS = "events"
    QUEUE_LOG = "queue_log"
    QUEUE_LOG_TABLE = "queue_log_table"
    CALL_TABLE = "call_table"
    AMAZON_CONNECT = "amazon_connect"
    FREESWITCH = "freeswitch"
    RASA = "rasa"


def recognise(path: Path, first_line: bytes, settings: Settings) -> Kind:
    """The kind of a file by its first line and by what is configured. Raises UserError."""
    line = first_line.removeprefix(b"\xef\xbb\xbf").lstrip()
    if line.startswith(b"{"):
        return _kind_of_object(line)
    if _QUEUE_LOG.match(line):
        return Kind.QUEUE_LOG
    if settings.call_table is not None:
        return Kind.CALL_TABLE
    if settings.asterisk is not None and b"callid" in line and b"event" in line:
        return Kind.QUEUE_LOG_TABLE
    raise UserError(
        f"{path} is neither wire events nor a queue_log",
        "name a settings file with [call_table] or [asterisk] with --config",
    )


def _kind_of_object(line: bytes) -> Kind:
    """By the fields that records of a system always have, and events of ours never."""
    try:
        names = {str(name).lower() for name in msgspec.json.decode(line)}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        names = {name.decode().lower() for name in _KEY.findall(line)}
    if names & _OF_EVENTS:
        return Kind.EVENTS
    for kind, fields in (
        (Kind.AMAZON_CONNECT, _OF_AMAZON),
        (Kind.FREESWITCH, _OF_FREESWITCH),
        (Kind.RASA, _OF_RASA),
    ):
        if names & fields:
            return kind
    return Kind.EVENTS


def is_event(record: bytes) -> bool:
    """Whether a record is, or tries to be, a wire event, whatever source it is kept with."""
    line = record.lstrip()
    return line.startswith(b"{") and _kind_of_object(line) is Kind.EVENTS


def kind_of(bridge: Bridge | None) -> Kind:
    """The kind of input that a bridge of `bridge_for` reads."""
    if isinstance(bridge, CallTable):
        return Kind.CALL_TABLE
    if isinstance(bridge, AsteriskTableBridge):
        return Kind.QUEUE_LOG_TABLE
    if isinstance(bridge, AmazonConnectBridge):
        return Kind.AMAZON_CONNECT
    if isinstance(bridge, FreeSwitchBridge):
        return Kind.FREESWITCH
    if isinstance(bridge, RasaBridge):
        return Kind.RASA
    return Kind.EVENTS if bridge is None else Kind.QUEUE_LOG


def bridge_for(kind: Kind, settings: Settings) -> Bridge | None:
    """A fresh bridge, or None for wire events, which need none. Raises UserError."""
    programs = {name: queue.program for name, queue in settings.plan.queues.items()}
    listed_only = not settings.plan.accepts_unmapped
    asterisk = settings.asterisk or AsteriskSettings()
    if kind is Kind.EVENTS:
        return None
    if kind is Kind.QUEUE_LOG:
        return AsteriskBridge(asterisk, programs, listed_only)
    if kind is Kind.QUEUE_LOG_TABLE:
        return AsteriskTableBridge(asterisk, programs, listed_only)
    if kind is Kind.AMAZON_CONNECT:
        connect = settings.amazon_connect or AmazonConnectSettings()
        return AmazonConnectBridge(connect, programs, listed_only)
    if kind is Kind.FREESWITCH:
        switch = settings.freeswitch or FreeSwitchSettings()
        return FreeSwitchBridge(switch, programs, listed_only)
    if kind is Kind.RASA:
        if settings.rasa is None:
            raise UserError(
                "records of Rasa need their program",
                "name a settings file with [rasa] program = ... with --config",
            )
        return RasaBridge(settings.rasa)
    if settings.call_table is None:
        raise UserError(
            "a call table needs its mapping", "name a settings file with [call_table] with --config"
        )
    return CallTable(settings.call_table)
