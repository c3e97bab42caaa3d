"""Bots and chats on the board and in the view: what is open now, the hour so far, slots in use."""

import io
from dataclasses import replace
from typing import Any

from rich.console import Console

from kernels.columns import BOTS_ROW, STAFF_ROW
from schemas.targets import Plan
from streams.board import plain_lines, render
from streams.shard import Shard
from streams.view import ChatsNow, LoadNow, QueueKey, TalksNow, View
from tests.shards import encoded
from tests.views import (
    AT_MS,
    CARD_DESK,
    FAQ,
    MIDNIGHT_MS,
    NINE_MS,
    busy_view,
    cells,
    key,
    live,
    view,
)


def shown(of: View, lang: Any = "en") -> str:
    console = Console(width=130, file=io.StringIO(), color_system=None)
    console.print(render(of, Plan(), AT_MS, 130, lang=lang))
    return console.file.getvalue()  # type: ignore[attr-defined]


def line_of(text: str, name: str, last: bool = False) -> list[str]:
    lines = [line.split() for line in text.splitlines() if line.startswith(name)]
    return lines[-1 if last else 0]


def chatting() -> View:
    """Three chats in four slots; 1.5 chats at a time today."""
    today = {"sess_ms": 900, "chat_busy_union_ms": 600, "busy_union_ms": 3, "avail_ms": 1}
    return view(
        chats={key(CARD_DESK, AT_MS, "north"): ChatsNow(2, 3),
               key(CARD_DESK, AT_MS, "south"): ChatsNow(1, 1)},
        groups=(CARD_DESK,),
        day_staff=cells(STAFF_ROW, {key(CARD_DESK, MIDNIGHT_MS, "north"): today}),
    )  # fmt: skip


def test_a_bot_has_its_open_conversations_and_the_hour_in_a_section_of_its_own() -> None:
    text = shown(busy_view())
    assert "Bot, this hour" in text
    assert line_of(text, "faq") == ["faq", "2", "4:00", "10", "60.0%", "1"]


def test_containment_of_the_hour_is_not_what_was_not_handed_off() -> None:
    hour = {key(FAQ, NINE_MS): {"conv_start": 10, "conv_contained": 2, "conv_left": 7,
                                "conv_handoff": 1}}  # fmt: skip
    text = shown(replace(busy_view(), bots=cells(BOTS_ROW, hour)))
    assert line_of(text, "faq")[4] == "20.0%"


def test_of_a_bot_that_may_never_say_completed_containment_is_not_shown_as_none() -> None:
    none = cells(BOTS_ROW, {key(FAQ, NINE_MS): {"conv_start": 10, "conv_left": 10}})
    text = shown(replace(busy_view(), bots=none, day_bots=none))
    assert line_of(text, "faq")[3:] == ["10", "0"]  # and no share between them


def test_without_bots_or_chats_there_is_no_section_of_them() -> None:
    text = shown(view())
    assert "Bot," not in text and "Chat group" not in text


def test_bots_and_chats_of_a_silent_feed_are_unknown_not_zero() -> None:
    silent = (live("bank")._replace(silent=True),)
    assert line_of(shown(replace(busy_view(), sources=silent)), "faq")[1:] == ["--"] * 5
    assert "bank/faq: unknown --" in "\n".join(
        plain_lines(replace(busy_view(), sources=silent), Plan(), AT_MS)
    )
    text = shown(replace(chatting(), sources=silent))
    assert line_of(text, "card-desk", last=True)[1:] == ["--"] * 5


def test_a_group_shows_chats_of_slots_over_its_sites_and_concurrency_as_measured() -> None:
    row = line_of(shown(chatting()), "card-desk", last=True)
    assert row == ["card-desk", "3", "4", "75.0%", "1.50", "75.0%"]


def test_who_holds_most_chats_is_named_where_the_view_names_people_and_the_feed_is_live() -> None:
    held = LoadNow("ann", "bank", "card-desk", "north", "handling", 3, 3, AT_MS)
    free = held._replace(staff="bob", held=0)
    named = replace(chatting(), loads=(held, free))
    assert "ann (card-desk): Chats 3/3" in shown(named)
    assert "ann (card-desk): チャット 3/3" in shown(named, "ja")
    assert "bob" not in shown(named)
    silent = (live("bank")._replace(silent=True),)
    assert "ann" not in shown(replace(named, sources=silent))


def test_plain_lines_tell_of_bots_and_of_chats() -> None:
    lines = [*plain_lines(busy_view(), Plan(), AT_MS), *plain_lines(chatting(), Plan(), AT_MS)]
    said = [line.partition(" ")[2] for line in lines]
    assert "bank/faq: Open 2, Longest 4:00, Started 10, Contained 60.0%, Handed off 1" in said
    assert "bank/card-desk: Chats 3, Slots 4, Load 75.0%, Concurr. 1.50, Occup. 75.0%" in said


def test_both_sections_speak_japanese() -> None:
    text = shown(busy_view(), "ja")
    assert "ボット" in text and "チャット要員" in text


def said(kind: str, minute: int, name: str, **fields: Any) -> dict[str, Any]:
    event = {"type": kind, "time": NINE_MS + minute * 60_000, "source": "bot", "program": "bank"}
    return event | {"id": f"{kind}{minute}{name}", "conversation": name} | fields


def test_the_longest_open_conversation_of_a_bot_is_the_one_that_began_first() -> None:
    shard = Shard(Plan())
    events = [said("conversation_started", at, f"c{at}", bot="faq") for at in (1, 2, 3)]
    shard.fold("bot", 0, range(3), encoded(events))
    assert shard.view(AT_MS).conversations[FAQ] == TalksNow(3, NINE_MS + 60_000)
    shard.fold("bot", 3, [3], encoded([said("handed_off", 4, "c1")]))
    assert shard.view(AT_MS).conversations[FAQ] == TalksNow(2, NINE_MS + 120_000)
    ends = [said("conversation_ended", 4, f"c{at}", by="user") for at in (2, 3)]
    shard.fold("bot", 4, [4, 5], encoded(ends))
    assert shard.view(AT_MS).conversations[FAQ] == TalksNow(0, None)


def test_slots_are_of_those_at_work_and_chats_of_everybody_logged_in() -> None:
    shard = Shard(Plan())
    told = [
        {"staff": "ann", "state": "handling", "sessions": 2},
        {"staff": "bob", "state": "aux", "aux": "break", "sessions": 1},
        {"staff": "cas", "state": "logged_out"},
        {"staff": "dee", "state": "available"},
    ]
    common = {"type": "staff_state", "time": NINE_MS, "source": "desk", "program": "bank"}
    events = [common | {"id": one["staff"], "group": "desk", "slots": 3} | one for one in told]
    shard.fold("people", 0, range(4), encoded(events))
    now = shard.view(AT_MS).chats
    assert {at[:4]: chats for at, chats in now.items()} == {
        (*QueueKey("bank", "desk", "staff"), ""): ChatsNow(3, 6)
    }
    later = shard.view(NINE_MS + 17 * 3_600_000).chats
    assert [*later.values()] == [ChatsNow(0, 0)]  # nobody is believed any more
