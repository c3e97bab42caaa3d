"""Which rows count: each metric once, extras and small KCRPs only so many (definitions 7.7, 7.8)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.catalog import KPIS
from schemas.pst import PstRow
from streams.certification.said import Said
from streams.certification.scoring import RULED
from streams.certification.table import Judged, is_too_new

SMALL = 0.05
"""Share of a program's contacts below which a KCRP is of low volume."""

_LEVELS = {"entity": "事業体全体", "client": "クライアント", "program": "プログラム"}
_TOO_NEW = Said("new: no 3 consecutive months of data yet", "新規: 3か月連続のデータがまだない")
_SMALL = Said("low volume: over 10 % of the metrics of 4.6", "少量: 4.6の指標の10%を超過")
_EXTRA = Said("extra: over 10 % of the required metrics", "追加: 必須指標の10%を超過")


def count(rows: Sequence[Judged]) -> list[Judged]:
    """The same rows, each with the reason if it does not count.

    Of rivals the one managed for more counts (entity, client, program), then the first listed.
    What the client requires counts whatever the caps say. Low volume: at most 10 % of all metrics
    of 4.6; extras: at most 10 % of the others.
    """
    told = [replace(row, left_out=_by_itself(row)) for row in rows]
    for number, row in enumerate(told):
        if row.counts:
            above = [one for one in told if one.counts and _is_above(one.row, row.row)]
            above.sort(key=lambda one: one.row.level != "entity")
            before = [one for one in told[:number] if one.counts]
            told[number] = replace(row, left_out=_beside(row.row, above + before))
    told = _without_alternatives(told)
    told = _capped(told, _is_small, _SMALL, 9)
    return _capped(told, lambda one: one.row.extra, _EXTRA, 10)


def _by_itself(one: Judged) -> Said | None:
    row = one.row
    if row.not_applicable:
        return Said(f"n.a.: {row.not_applicable}", f"該当なし: {row.not_applicable}")
    if row.waived:
        return Said(f"waived: {row.waived}", f"免除: {row.waived}")
    if one.level.at_level is None:
        return Said("no data in the window", "対象期間にデータなし")
    return _TOO_NEW if is_too_new(one) else None


def _beside(row: PstRow, before: Sequence[Judged]) -> Said | None:
    """Why a row does not count once these do: the same metric, managed or pooled with theirs."""
    for other in (one.row for one in before):
        if (row.metric, row.each, row.item) != (other.metric, other.each, other.item):
            continue
        same = _managed_as(row) is not None and _managed_as(row) == _managed_as(other)
        if same or _is_above(other, row):
            return Said(
                f"counts once per {other.level}, in {other.name}",
                f"{_LEVELS[other.level]}で1回のみ算入({other.name})",
            )
        if row.level == other.level == "program" and _shares_a_part(row, other):
            return Said(
                f"counts once, pooled in {other.name}", f"{other.name}に合算して1回のみ算入"
            )
    return None


def _is_above(other: PstRow, row: PstRow) -> bool:
    """Whether `other` is managed for the entity or the client that `row` belongs to."""
    if other.level == "entity":
        return row.level != "entity"
    return other.level == "client" and row.level == "program" and other.client == row.client


def _managed_as(row: PstRow) -> tuple[str, str] | None:
    """What a metric managed above its program is managed as."""
    if row.level == "program":
        return None
    return row.level, row.client if row.level == "client" else ""


def _shares_a_part(row: PstRow, other: PstRow) -> bool:
    if row.program != other.program or row.site != other.site:
        return False
    pairs = (row.queues, other.queues), (row.groups, other.groups)
    if not any(named for pair in pairs for named in pair):
        return True
    whole = not (row.queues or row.groups) or not (other.queues or other.groups)
    return whole or any(not set(one).isdisjoint(two) for one, two in pairs)


def _without_alternatives(rows: list[Judged]) -> list[Judged]:
    """A metric that takes the place of another counts only where that one does not."""
    counted = [one.row for one in rows if one.counts]
    found = []
    for one in rows:
        place = getattr(KPIS.get(one.row.metric), "certification", None)
        rivals = [
            other.name
            for other in counted
            if place and place.instead_of == other.metric and _shares_a_part(one.row, other)
        ]
        if one.counts and rivals and not one.row.client_requires:
            one = replace(one, left_out=_instead_of(rivals[0]))  # noqa: PLW2901
        found.append(one)
    return found


def _instead_of(name: str) -> Said:
    return Said(f"stands instead of {name}, which counts", f"算入済みの{name}の代替指標")


def _is_small(one: Judged) -> bool:
    share = one.measured.volume_share
    return share is not None and share < SMALL and not one.row.extra


def _capped(
    rows: list[Judged], capped: Callable[[Judged], bool], reason: Said, others_each: int
) -> list[Judged]:
    """Of the rows that `capped` selects no more than one for each so many others, in their order."""
    of_4_6 = [one for one in rows if one.counts and one.row.item in RULED]
    of_kind = [one for one in of_4_6 if capped(one)]
    others = sum(not one.row.extra for one in of_4_6 if not capped(one))
    room = others // others_each - sum(one.row.client_requires for one in of_kind)
    found = []
    for one in rows:
        if any(one is each for each in of_kind) and not one.row.client_requires:
            room -= 1
            found.append(one if room >= 0 else replace(one, left_out=reason))
        else:
            found.append(one)
    return found
