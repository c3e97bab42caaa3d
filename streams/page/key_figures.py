"""The key figures of the page, each beside what it is measured by."""

from streams.board.figures import LONG_WAIT, Floor, Mark, promised_level
from streams.board.people import Group
from streams.board.plan import Line
from streams.board.render import ARROWS, STYLES, level_parts
from streams.board.words import UNKNOWN, Language, duration, percent
from streams.page.tables import TONES, Cell
from streams.page.words import word


def key_figures(
    shown: Floor, people: list[Group], planned: list[Line], lang: Language
) -> list[dict[str, str]]:
    """Queues below target, level, waiting, oldest wait, offered, staff; unknown is `--` with its word."""
    one = shown.network
    level, note = _level(shown, lang) if one.known else (Cell(""), "")
    told = (
        ("level_now", level, note),
        ("waiting", Cell(str(one.now.waiting)), _most_waiting(shown, lang)),
        ("oldest_wait", *_oldest(shown, lang)),
        ("offered_today", Cell(f"{one.today.get('offered', 0):,}"), _against(planned, shown, lang)),
    )
    of_network = [_known(key, lang, one.known, cell, said) for key, cell, said in told]
    return [_below(shown, lang), *of_network, _there(people, lang)]


def _level(shown: Floor, lang: Language) -> tuple[Cell, str]:
    """Against the common target; where queues have targets of their own, against all of these."""
    one = shown.network
    level, verdict = level_parts(one, 1, lang)
    reached, promised = one.today_value("service_level"), promised_level(shown.queues)
    if one.mark is not Mark.NO_TARGET or reached is None or promised is None:
        said = _without_verdict(shown, lang) if one.mark is Mark.NO_TARGET else ""
        return Cell(level or "-", _tone(one.mark)), verdict or said
    mark = Mark.MET if reached >= promised else Mark.MISSED
    together = word("targets_together", lang).format(percent(promised))
    return Cell(level, _tone(mark)), f"{ARROWS[mark]} {together}"


def _without_verdict(shown: Floor, lang: Language) -> str:
    some = any(one.target and one.target.service_level is not None for one in shown.queues)
    return word("own_targets" if some else "no_targets", lang)


def _tone(mark: Mark) -> str:
    return TONES.get(STYLES.get(mark, ""), "")


def _most_waiting(shown: Floor, lang: Language) -> str:
    most = max(shown.queues, key=lambda queue: queue.now.waiting, default=None)
    if most is None or not most.now.waiting:
        return ""
    return word("most_waiting", lang).format(most.name, most.now.waiting)


def _oldest(shown: Floor, lang: Language) -> tuple[Cell, str]:
    """And of which queue; where another waits too long for its T, of that one."""
    waiting = [queue for queue in shown.queues if queue.oldest_ms is not None]
    longest_first = sorted(waiting, key=lambda queue: -(queue.oldest_ms or 0))
    cell = duration(shown.network.oldest_ms) or "-"
    if not longest_first:
        return Cell(cell), ""
    late = next((queue for queue in longest_first if queue.long_wait), None)
    if late is None:
        return Cell(cell), longest_first[0].name
    wait = "" if late is longest_first[0] else f" {duration(late.oldest_ms)}"
    return Cell(cell, "bad"), f"! {late.name}{wait}, {word('over_t', lang).format(LONG_WAIT)}"


def _against(planned: list[Line], shown: Floor, lang: Language) -> str:
    """Contacts of the queues with a plan of today, against what was forecast by now."""
    queues = {(one.program, one.name) for one in shown.queues}
    days = [one.today for one in planned if (one.program, one.name) in queues]
    known = [day for day in days if day is not None and day.actual is not None]
    due = sum(day.expected for day in known)
    if not due:
        return ""
    ratio = sum(day.actual or 0.0 for day in known) / due - 1
    said = word("against_plan", lang).format(f"{ratio:+.1%}")
    if len(known) == len(queues):
        return said
    return said + word("some_queues", lang).format(len(known), len(queues))


def _below(shown: Floor, lang: Language) -> dict[str, str]:
    """How many queues miss their target; where some are unknown, how many at least; none has to have one."""
    below = sum(queue.mark is Mark.MISSED for queue in shown.queues)
    unknown = sum(queue.mark is Mark.UNKNOWN for queue in shown.queues)
    note = word("of_queues", lang).format(len(shown.queues))
    if not shown.queues:
        return _known("below_target", lang, False, Cell(""), "")
    if unknown:
        count = UNKNOWN if unknown == len(shown.queues) else f"≥{below}"
        note = f"? {note}, {unknown} {word('unknown', lang)}"
        return _figure("below_target", lang, Cell(count, "unknown"), note)
    bare = [
        one for one in shown.queues if not (one.target and one.target.service_level is not None)
    ]
    if len(bare) == len(shown.queues):  # nothing was promised: 0 below it would read as all is well
        return _figure("below_target", lang, Cell("-"), word("no_targets", lang))
    if bare:
        note += f", {word('without_target', lang).format(len(bare))}"
    arrow = ARROWS[Mark.MISSED if below else Mark.MET]
    tone = "bad" if below else "good"
    return _figure("below_target", lang, Cell(str(below), tone), f"{arrow} {note}")


def _there(people: list[Group], lang: Language) -> dict[str, str]:
    """Everybody there, and what was asked; what one group has too many does not help where others lack."""
    known = bool(people) and all(group.known for group in people)
    there = str(sum(group.there for group in people))
    asked = [group.requested for group in people if group.requested is not None]
    if not asked:
        return _known("there", lang, known, Cell(there), "")
    short = sum(group.requested is not None and group.gap < 0 for group in people)
    note = f"{word('asked', lang)} {sum(asked):.0f}, "
    note += f"{short} {word('short_of', lang)}" if short else word("covered", lang)
    tone, arrow = ("bad", "▼") if short else ("good", "▲")
    return _known("there", lang, known, Cell(there, tone), f"{arrow} {note}")


def _known(key: str, lang: Language, known: bool, cell: Cell, note: str) -> dict[str, str]:
    if known:
        return _figure(key, lang, cell, note)
    return _figure(key, lang, Cell(UNKNOWN, "unknown"), f"? {word('unknown', lang)}")


def _figure(key: str, lang: Language, cell: Cell, note: str) -> dict[str, str]:
    label = word(key, lang)
    return {"key": key, "label": label, "text": cell.text, "tone": cell.tone, "note": note}
