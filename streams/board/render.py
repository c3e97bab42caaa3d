"""The board as a rich renderable, and as plain lines where there is no terminal."""

from datetime import UTC, datetime
from typing import Literal

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.targets import Plan
from streams.board import plan as board_plan
from streams.board.backlog import backlog_table, backlogs, plain_backlog
from streams.board.campaigns import campaign_table, campaigns, plain_campaigns
from streams.board.chats import chat_table, chatting, load_lines, plain_chats
from streams.board.figures import Feed, Figures, Floor, Mark, floor
from streams.board.fit import fitted
from streams.board.people import groups, people_lines, plain_groups, staff_table
from streams.board.room import Section, kept
from streams.board.talks import bots, bots_table, plain_bots
from streams.board.words import UNKNOWN, Language, duration, percent, seconds, word
from streams.exposition.standing import Standing
from streams.planning.rest import Rest
from streams.view import View

ARROWS = {Mark.MET: "▲", Mark.MISSED: "▼", Mark.NO_TRAFFIC: "·", Mark.NO_TARGET: "-"}
STYLES = {Mark.MET: "green", Mark.MISSED: "bold red", Mark.UNKNOWN: "yellow"}
_FEED_STYLES = {Standing.LIVE: "green", Standing.SILENT: "bold red", Standing.MISSING: "yellow"}
FIGURES = ("bounds", "offered", "answered", "abandoned", "asa")
NARROW_FIGURES = ("bounds", "offered", "abandoned")
"""Columns beside waiting, oldest wait and service level; a narrow terminal has no room for all."""
WIDE, WIDER = 100, 124
"""Columns of the terminal from which more decimals and programs, and past intervals, are shown."""


def render(
    view: View,
    plan: Plan,
    now_ms: int,
    width: int,
    *,
    lang: Language = "en",
    height: int | None = None,
    rest: Rest | None = None,
) -> RenderableType:
    """The board for a terminal of `width` columns, and of `height` lines where these are counted: then
    sections are left out from the least important on, then queues, and it says so.

    `rest`: of the day, None where nothing is known of it.
    """
    shown = floor(view, plan, now_ms)
    head, foot = _head(view, shown, moment_of(now_ms, plan), lang), _foot(view, shown, lang)
    sections = _sections(view, plan, now_ms, width, lang, rest)
    if not shown.queues:
        table: RenderableType = Text(word("nothing_yet", lang))
    else:
        table = fitted(queue_table(shown, width, lang, None), width)
    if height is None:
        below = [made for one in sections for made in one.made]
        return Group(head, table, *below, fitted(feed_table(shown.feeds, lang), width), foot)
    feeds = _feeds_in_short(shown.feeds, lang, width)
    said = _left_out([one.name for one in sections], lang)
    found = kept(sections, [head, *feeds, foot, table], said, len(shown.queues), (width, height))
    if found.queues is not None and shown.queues:
        table = fitted(queue_table(shown, width, lang, found.queues), width)
    left = [_left_out(found.left_out, lang)] if found.left_out else []
    below = [made for one in found.sections for made in one.made]
    return Group(head, table, *below, *left, *feeds, foot)


def _sections(
    view: View, plan: Plan, now_ms: int, width: int, lang: Language, rest: Rest | None
) -> list[Section]:
    """What stands below the queues, the most important first."""
    planned, people = board_plan.lines(view, plan, rest), groups(view, plan, now_ms, rest)
    missing = len(board_plan.unplanned(view)) if planned else 0
    chats, talking = chatting(people), bots(view, plan, now_ms)
    deferred, dialled = backlogs(view, plan, now_ms), campaigns(view, plan)
    of_plan: list[RenderableType] = (
        [Text(board_plan.missing_text(missing, lang))] if missing else []
    )
    of_plan += [
        Text(told, "yellow", no_wrap=True, overflow="ellipsis")
        for told in board_plan.left_out_lines(planned, plan, lang)
    ]
    told: list[tuple[str, Table, list[RenderableType]]] = []
    if planned:
        told.append(("planned_queue", board_plan.plan_table(planned, lang, 0, width), of_plan))
    if people:
        who = _bold(people_lines(view, now_ms, lang))
        told.append(("group", staff_table(people, width, now_ms, lang), who))
    if chats:
        told.append(("chat_group", chat_table(chats, lang), _bold(load_lines(view, lang))))
    if talking:
        told.append(("bot", bots_table(talking, lang), []))
    if deferred:
        told.append(("deferred", backlog_table(deferred, lang), []))
    if dialled:
        told.append(("campaign", campaign_table(dialled, lang), []))
    return [Section(name, [fitted(table, width), *more]) for name, table, more in told]


def _left_out(names: list[str], lang: Language) -> Text:
    return Text(f"{word('no_room', lang)} {' · '.join(word(name, lang) for name in names)}", "dim")


def _feeds_in_short(feeds: list[Feed], lang: Language, width: int) -> list[RenderableType]:
    """Those that are not live, and how many are."""
    gone = [feed for feed in feeds if feed.standing is not Standing.LIVE]
    live = f"{word('feed', lang)}: {len(feeds) - len(gone)} {word('live', lang)}"
    told: list[RenderableType] = [fitted(feed_table(gone, lang), width)] if gone else []
    return [*told, Text(live, "green" if not gone else "")]


def plain_lines(
    view: View, plan: Plan, now_ms: int, lang: Language = "en", rest: Rest | None = None
) -> list[str]:
    """One line for the network, each queue (the worst first) and each feed that is not live."""
    shown = floor(view, plan, now_ms)
    clock = f"{moment_of(now_ms, plan):%H:%M:%S}"
    lines = [f"{clock} {word('network', lang)}: {_told(shown.network, lang)}"]
    lines += [f"{clock} {one.program}/{one.name}: {_told(one, lang)}" for one in shown.queues]
    planned = board_plan.lines(view, plan, rest)
    told = board_plan.plain_plan(planned, lang) + board_plan.left_out_lines(planned, plan, lang)
    people = groups(view, plan, now_ms, rest)
    told += plain_groups(people, lang) + plain_chats(chatting(people), lang)
    told += plain_bots(bots(view, plan, now_ms), lang)
    told += plain_backlog(backlogs(view, plan, now_ms), lang)
    told += plain_campaigns(campaigns(view, plan), lang)
    lines += [f"{clock} {line}" for line in told]
    lines += [
        f"{clock} {word('feed', lang)} {_feed_name(feed)}: {word(feed.standing, lang)}, "
        f"{word('behind', lang)} {_age(feed.behind_ms, lang)}"
        for feed in shown.feeds
        if feed.standing is not Standing.LIVE
    ]
    return lines


def _bold(lines: list[str]) -> list[RenderableType]:
    return [Text("  ".join(lines), style="bold")] if lines else []


def moment_of(now_ms: int, plan: Plan) -> datetime:
    """The moment on the programs' clock, in UTC where they do not share one."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(plan.common_zone())


def _told(one: Figures, lang: Language) -> str:
    if not one.known:
        return f"{word('unknown', lang)} {UNKNOWN}"
    level = _level(one, 1, lang).plain
    parts = [
        f"{word('waiting', lang)} {one.now.waiting}",
        f"{word('oldest', lang)} {duration(one.oldest_ms) or '-'}",
        f"{word('level', lang)} {level}",
        f"{word('offered', lang)} {one.today.get('offered', 0)}",
        f"{word('answered', lang)} {one.today.get('ans', 0)}",
    ]
    return ", ".join(parts)


def _head(view: View, shown: Floor, moment: datetime, lang: Language) -> Text:
    one = shown.network
    head = Text("Floorwatch", style="bold")
    head.append(f"  {moment:%Y-%m-%d %H:%M:%S %Z}", style="")
    waiting = str(one.now.waiting) if one.known else UNKNOWN
    oldest = (duration(one.oldest_ms) or "-") if one.known else UNKNOWN
    head.append(f"  {word('waiting', lang)} {waiting}  {word('oldest', lang)} {oldest}")
    if not view.caught_up:
        head.append(f"  {word('catching_up', lang)}", style="yellow")
    return head


def queue_table(shown: Floor, width: int, lang: Language, room: int | None) -> Table:
    """One line a queue, `room` of them at most, then one a program and the network."""
    # Japanese headings are twice as wide.
    more = 16 if lang == "ja" else 0
    wide, wider = width >= WIDE + more, width >= WIDER + more
    table = Table(
        box=box.SIMPLE if wide else None,  # rules cost 9 columns
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
    )
    if wide:
        table.add_column(word("program", lang), overflow="ellipsis", no_wrap=True)
    table.add_column(word("queue", lang), overflow="ellipsis", no_wrap=True, max_width=24)
    level = "level" if wide else "level_short"
    for key in ("waiting", "oldest", level, *(FIGURES if wide else NARROW_FIGURES)):
        side: Literal["left", "right"] = "left" if key == level else "right"
        table.add_column(word(key, lang), justify=side, no_wrap=True)
    if wider:
        table.add_column(word("history", lang), no_wrap=True)
    kept = shown.queues if room is None else shown.queues[: max(3, room)]
    for one in kept:
        table.add_row(*_row(one, one.name, wide, wider, lang))
    if len(kept) < len(shown.queues):
        table.add_row(f"+{len(shown.queues) - len(kept)} {word('more', lang)}")
    table.add_section()
    for one in shown.programs if len(shown.programs) > 1 else ():
        table.add_row(*_row(one, "" if wide else one.name, wide, wider, lang), style="dim")
    network = word("network", lang)
    cells = _row(shown.network, "" if wide else network, wide, wider, lang)
    if wide:
        cells[0] = Text(network)
    table.add_row(*cells, style="bold")
    return table


def _row(one: Figures, name: str, wide: bool, wider: bool, lang: Language) -> list[Text]:
    cells = [Text(one.program)] if wide else []
    cells.append(Text(name))
    figures = FIGURES if wide else NARROW_FIGURES
    if not one.known:
        cells += [Text(UNKNOWN, style="yellow") for _ in range(3 + len(figures))]
        cells[-1 - len(figures)] = Text(f"{UNKNOWN} {word('unknown', lang)}", style="yellow")
    else:
        told = {
            "bounds": _bounds(one),
            "offered": Text(f"{one.today.get('offered', 0):,}"),
            "answered": Text(f"{one.today.get('ans', 0):,}"),
            "abandoned": _abandoned(one),
            "asa": _asa(one),
        }
        cells += [
            Text(str(one.now.waiting)),
            _against(duration(one.oldest_ms) or "-", one.long_wait),
            _level(one, 1 if wide else 0, lang),
            *(told[key] for key in figures),
        ]
    if wider:
        cells.append(_history(one))
    return cells


def level_parts(one: Figures, digits: int, lang: Language) -> tuple[str, str]:
    """Service level of today, and what that is to its target; of what is known."""
    if one.mark is Mark.NO_TRAFFIC:
        return "", word("no_traffic", lang)
    reached = percent(one.today_value("service_level"), digits) + ("*" if one.mixed_t else "")
    if one.mark is Mark.NO_TARGET or one.target is None or one.target.service_level is None:
        return reached, ""
    promised = f"{one.target.service_level * 100:g}%"
    return reached, f"{ARROWS[one.mark]} {word(one.mark, lang)} {promised}"


def _level(one: Figures, digits: int, lang: Language) -> Text:
    style = "dim" if one.mark is Mark.NO_TRAFFIC else STYLES.get(one.mark, "")
    return Text(" ".join(filter(None, level_parts(one, digits, lang))), style=style)


def _bounds(one: Figures) -> Text:
    """`24-35% ▼`: the level of the contacts that have come, at worst and at best, and what is certain."""
    low = one.interval_value("service_level_low")
    high = one.interval_value("service_level_high")
    if low is None or high is None:
        return Text(ARROWS[Mark.NO_TRAFFIC])
    both = percent(low, 0), percent(high, 0)
    told = both[0] if both[0] == both[1] else f"{both[0].removesuffix('%')}-{both[1]}"
    mark = one.open_mark
    return Text(f"{told} {ARROWS[mark]}", style=STYLES[mark]) if mark is not None else Text(told)


def _abandoned(one: Figures) -> Text:
    share = one.abandoned
    limit = one.target.abandonment if one.target else None
    return _against(percent(share), share is not None and limit is not None and share > limit)


def _asa(one: Figures) -> Text:
    asa = one.today_value("asa")
    limit = one.target.asa_s if one.target else None
    return _against(seconds(asa), asa is not None and limit is not None and asa > limit)


def _against(told: str, beyond: bool) -> Text:
    return Text(f"{told}!", style="bold red") if beyond else Text(told)


def _history(one: Figures) -> Text:
    marks = Text()
    for closed in one.closed:
        marks.append(ARROWS.get(closed.mark, "?"), style=STYLES.get(closed.mark, ""))
    return marks


def _feed_name(feed: Feed) -> str:
    return feed.source or "?"


def _age(milliseconds: int | None, lang: Language) -> str:
    return word("never", lang) if milliseconds is None else duration(milliseconds)


def feed_table(feeds: list[Feed], lang: Language) -> Table:
    """One line a source."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for key in ("feed", "", "behind", "last_event"):
        table.add_column(word(key, lang) if key else "", no_wrap=True, overflow="ellipsis")
    for feed in feeds:
        table.add_row(
            _feed_name(feed),
            Text(word(feed.standing, lang), style=_FEED_STYLES[feed.standing]),
            _age(feed.behind_ms, lang),
            _age(feed.quiet_ms, lang),
        )
    return table


def _foot(view: View, shown: Floor, lang: Language) -> Text:
    counts = {
        "events": sum(view.events.values()),
        "rejected": sum(view.rejected.values()),
        "restated": view.restated,
        "duplicates": view.duplicates,
    }
    told = "  ".join(f"{word(key, lang)} {count:,}" for key, count in counts.items())
    notes = [word("legend", lang), word("over", lang)]
    if any(one.mixed_t for one in (*shown.programs, shown.network)):
        notes.append(word("mixed", lang))
    return Text(f"{told}\n{'  '.join(notes)}", style="dim")
