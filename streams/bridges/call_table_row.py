"""One row of a call-record table to the wire events of its visit."""

import difflib
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from streams.bridges.base import Rejected
from streams.bridges.call_table_settings import CallTableSettings, Moment, Naming, OutcomeRule
from streams.bridges.call_table_times import Cell, RowTimes, error_in
from streams.bridges.field_values import duration_ms
from streams.errors import UserError

Event = dict[str, Any]
LONGEST_NAME = 128


class _Name:
    """A Naming, bound to the columns of a table."""

    def __init__(self, what: str, naming: Naming, cells: dict[str, Cell]) -> None:
        self._what = what
        self._cell = cells[naming.column] if naming.column else None
        self._naming = naming

    def of(self, fields: list[str]) -> str:
        value = (fields[self._cell.index] if self._cell else "") or self._naming.default
        if not value:
            return ""
        name = self._naming.prefix + self._naming.names.get(value, value)
        return _fitting(self._what, name)

    def needed(self, fields: list[str]) -> str:
        name = self.of(fields)
        if not name:
            raise Rejected(f"no_{self._what}", f"{self._cell.name if self._cell else ''} is empty")
        return name


class _When(NamedTuple):
    """A Moment, bound to the columns of a table."""

    at: list[Cell]
    seconds: Cell | None
    needs: list[Cell]


class _Check(NamedTuple):
    """A Check, bound to the columns of a table."""

    start: Cell
    end: Cell
    seconds: Cell
    tolerance_ms: int


class _Rule(NamedTuple):
    """An OutcomeRule, bound to the columns of a table."""

    rule: OutcomeRule
    where: list[tuple[int, frozenset[str]]]
    happened: list[int]
    missing: list[int]


class CallRow:
    """Reads rows with these columns. Raises UserError where the mapping names one that is not there."""

    def __init__(self, settings: CallTableSettings, columns: Sequence[str]) -> None:
        _check_columns(settings, columns)
        cells = {name: Cell(index, name) for index, name in enumerate(columns)}
        self._cells = cells
        self._source = settings.source
        self._times = RowTimes(settings.time, cells)
        date = settings.time.date
        self._date_column = cells[date.column].index if date else -1
        self._identity = [cells[name] for name in settings.identity]
        self._entry = [cells[name] for name in settings.entry]
        self._answered = self._bound(settings.answered)
        self._abandoned = self._bound(settings.abandoned)
        self._talk_ended = self._bound(settings.talk_ended)
        self._work_ended = self._bound(settings.work_ended)
        self._program = _Name("program", settings.program, cells)
        self._queue = _Name("queue", settings.queue or settings.program, cells)
        self._site = _Name("site", settings.site, cells) if settings.site else None
        self._staff = cells[settings.staff.column] if settings.staff else None
        self._nobody = frozenset(settings.staff.nobody if settings.staff else ())
        self._rules = [self._bound_rule(rule) for rule in settings.outcomes]
        self._ivr = [
            (kind, cells[column])
            for kind, column in (("entered", settings.ivr.entered), ("left", settings.ivr.left))
            if column
        ]
        self._checks = [
            _Check(cells[c.start], cells[c.end], cells[c.seconds], round(c.tolerance_s * 1000))
            for c in settings.checks
        ]

    def events(self, fields: list[str]) -> list[Event]:
        """Wire events of one row in order; none for a row to ignore. Raises Rejected."""
        rule = self._outcome(fields)
        if rule.result == "ignored":
            return []
        visit = {
            "source": self._source,
            "program": self._program.needed(fields),
            "contact": self._contact(fields),
        }
        anchor = self._times.anchor(fields)
        for check in self._checks:
            self._check(fields, anchor, check)
        if rule.result == "not_offered":
            return self._in_the_ivr(fields, visit, anchor, rule)
        entry = self._times.first(fields, self._entry, anchor)
        if entry is None:
            names = " nor ".join(cell.name for cell in self._entry)
            raise Rejected("no_entry", f"{rule.result}, but {names} did not happen")
        queued = _event("queued", entry, visit)
        queued["queue"] = self._queue.needed(fields)
        before = self._through_the_ivr(fields, visit, anchor, entry)
        if rule.result == "abandoned":
            return [*before, queued, self._gone(fields, visit, entry, rule)]
        return [*before, queued, *self._served(fields, visit, entry)]

    def _outcome(self, fields: list[str]) -> OutcomeRule:
        happened = self._times.happened
        for rule, where, needed, missing in self._rules:
            if (
                all(fields[index] in values for index, values in where)
                and all(happened(fields[index]) for index in needed)
                and not any(happened(fields[index]) for index in missing)
            ):
                return rule
        asked = dict.fromkeys(name for rule in self._rules for name in rule.rule.where)
        shown = ", ".join(f"{name} {fields[self._cells[name].index]!r}" for name in asked)
        raise Rejected("unknown_outcome", f"no rule of call_table.outcomes fits: {shown}")

    def _contact(self, fields: list[str]) -> str:
        values = [fields[cell.index] for cell in self._identity]
        for position, cell in enumerate(self._identity):
            if not values[position]:
                raise Rejected("no_identity", f"{cell.name} is empty")
            if cell.index == self._date_column:  # one call, however the export writes its dates
                values[position] = self._times.day(fields)[1]
        joined = "/".join(values)
        if "%" in joined or joined.count("/") != len(values) - 1:
            joined = "/".join(v.replace("%", "%25").replace("/", "%2F") for v in values)
        if len(joined) > LONGEST_NAME:
            return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
        return joined

    def _gone(self, fields: list[str], visit: Event, entry: int, rule: OutcomeRule) -> Event:
        end = self._moment(fields, self._abandoned, entry, "abandoned")
        if end is None:
            raise Rejected("no_end", "abandoned, but the row does not say when")
        event = _event("disconnected", end, visit)
        event["by"] = rule.by
        if rule.reason:
            event["reason"] = rule.reason
        return event

    def _served(self, fields: list[str], visit: Event, entry: int) -> list[Event]:
        """Answered, then how handling ended, or that the table does not know."""
        answer = self._moment(fields, self._answered, entry, "answered")
        if answer is None:
            raise Rejected("no_answer", "answered, but the row does not say when")
        answered = _event("answered", answer, visit)
        if self._staff and (staff := fields[self._staff.index]) and staff not in self._nobody:
            answered["staff"] = _fitting("staff", staff)
        if self._site and (site := self._site.of(fields)):
            answered["site"] = site
        talk_end = self._moment(fields, self._talk_ended, answer, "talk ended")
        if talk_end is None:
            return [answered, _event("tracking_lost", answer, visit)]
        ended = _event("disconnected", talk_end, visit)
        ended["by"] = "customer"
        work_end = self._moment(fields, self._work_ended, talk_end, "after-call work ended")
        if work_end is None:
            return [answered, ended]
        return [answered, ended, _event("acw_ended", work_end, visit)]

    def _through_the_ivr(
        self, fields: list[str], visit: Event, anchor: int | None, entry: int
    ) -> list[Event]:
        """That the IVR answered an offered call: of all it answers some hang up there (V1).

        Where the table's clock has run back, it was there when the call was offered at the latest.
        """
        entered = [cell for kind, cell in self._ivr if kind == "entered"]
        moment = self._times.first(fields, entered, anchor) if entered else None
        return [] if moment is None else [_event("ivr_entered", min(moment, entry), visit)]

    def _in_the_ivr(
        self, fields: list[str], visit: Event, anchor: int | None, rule: OutcomeRule
    ) -> list[Event]:
        events = []
        for kind, cell in self._ivr:
            moment = self._times.first(fields, [cell], anchor)
            if moment is not None:
                events.append(_event(f"ivr_{kind}", moment, visit))
                if kind == "left":
                    events[-1]["result"] = rule.ivr_result
        return events

    def _moment(
        self, fields: list[str], when: _When | None, after_ms: int, what: str
    ) -> int | None:
        if when is None or not all(self._times.happened(fields[c.index]) for c in when.needs):
            return None
        if when.seconds is None:
            moment = self._times.first(fields, when.at, after_ms)
            return None if moment is None else self._times.in_order(moment, after_ms, what)
        text = fields[when.seconds.index]
        if not text:
            return None
        length = _length(when.seconds, text)
        if length < 0:
            raise Rejected("bad_number", f"{when.seconds.name}: {text!r} is negative")
        return after_ms + length

    def _check(self, fields: list[str], anchor: int | None, check: _Check) -> None:
        """Refuse a row whose clocks and duration contradict each other."""
        text = fields[check.seconds.index]
        length = _length(check.seconds, text) if text else 0
        began = self._times.first(fields, [check.start], anchor)
        if began is None:
            if length:
                raise Rejected(
                    "inconsistent_clocks",
                    f"{check.start.name} did not happen, {check.seconds.name} is {text}",
                )
            return
        ended = self._times.first(fields, [check.end], began)
        if ended is not None and text and abs(ended - began - length) > check.tolerance_ms:
            raise Rejected(
                "inconsistent_clocks",
                f"{check.start.name} to {check.end.name} is {(ended - began) / 1000:g} s, "
                f"{check.seconds.name} is {text}",
            )

    def _bound(self, moment: Moment | None) -> _When | None:
        if moment is None:
            return None
        return _When(
            [self._cells[name] for name in moment.at],
            self._cells[moment.seconds] if moment.seconds else None,
            [self._cells[name] for name in moment.needs],
        )

    def _bound_rule(self, rule: OutcomeRule) -> _Rule:
        def values(wanted: str | tuple[str, ...]) -> frozenset[str]:
            return frozenset((wanted,) if isinstance(wanted, str) else wanted)

        return _Rule(
            rule,
            [(self._cells[name].index, values(wanted)) for name, wanted in rule.where.items()],
            [self._cells[name].index for name in rule.happened],
            [self._cells[name].index for name in rule.missing],
        )


def _event(kind: str, time_ms: int, visit: Event) -> Event:
    """An event of the visit. Each type comes once in it, so the type is its id."""
    return {"type": kind, "time": time_ms, "id": kind, **visit}


def _fitting(what: str, name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise Rejected("too_long", f"{what} {name[:40]!r}... has over {LONGEST_NAME} characters")
    return name


def _length(cell: Cell, text: str) -> int:
    try:
        return duration_ms(text)
    except Rejected as error:
        raise error_in(cell, error) from None


def _check_columns(settings: CallTableSettings, columns: Sequence[str]) -> None:
    for key, column in settings.named_columns():
        if columns.count(column) == 1:
            continue
        fault = "has twice" if column in columns else "does not have"
        near = difflib.get_close_matches(column, columns, n=1)
        shown = ", ".join(map(repr, columns[:40]))
        raise UserError(
            f"call_table.{key} names column {column!r}, which the table {fault}",
            f"did you mean {near[0]!r}? the columns are {shown}"
            if near and near[0] != column
            else f"the columns are {shown}",
        )
