"""People of a group by state, at this moment. Names of people are never labels."""

from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.view import FOUND, View


def write_staff(sheet: Sheet, view: View) -> None:
    """Counts by state, since when the one longest in each is in it; chats held of slots offered."""
    known = known_programs(view)
    for key, states in view.people.items():
        if key.program not in known:
            continue
        labels = (key.site, key.program, key.queue)
        for state, now in states.items():
            sheet.add("cc_staff", (*labels, state), now.staff)
            since_s = now.since_ms / 1000
            sheet.add("cc_staff_longest_in_state_timestamp_seconds", (*labels, state), since_s)
    for key, chats in view.chats.items():
        if key.program not in known:
            continue
        labels = (key.site, key.program, key.queue)
        sheet.add("cc_staff_chats", labels, chats.held)
        sheet.add("cc_staff_chat_slots", labels, chats.slots)
        if chats.slots:
            sheet.add("cc_staff_chat_slot_load_ratio", labels, chats.held / chats.slots)
    for key in {**view.people, **view.attention.counts}:
        if key.program not in known:
            continue
        labels = (key.site, key.program, key.queue)
        found = view.attention.counts.get(key, {})
        for name in FOUND:
            sheet.add("cc_staff_attention", (*labels, name), found.get(name, 0))
        sheet.add("cc_staff_net_if_compliant", labels, view.attention.net.get(key, 0))
