"""People of a group by state, at this moment. Names of people are never labels."""

from streams.exposition.sheet import Sheet
from streams.exposition.standing import known_programs
from streams.view import View


def write_staff(sheet: Sheet, view: View) -> None:
    """Counts by state, and since when the one longest in each state is in it."""
    known = known_programs(view)
    for key, states in view.people.items():
        if key.program not in known:
            continue
        labels = (key.site, key.program, key.queue)
        for state, now in states.items():
            sheet.add("cc_staff", (*labels, state), now.staff)
            since_s = now.since_ms / 1000
            sheet.add("cc_staff_longest_in_state_timestamp_seconds", (*labels, state), since_s)
