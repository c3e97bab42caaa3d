"""What a program's figures are worth at this moment: known, or unknown (design law 4)."""

from enum import StrEnum

from streams.view import View


class Standing(StrEnum):
    """State of a source as `cc_feed_state` shows it; a program has that of its worst source."""

    LIVE = "live"
    SILENT = "silent"
    MISSING = "missing"
    """Planned, but no source has said anything of this program yet."""


def standings(view: View) -> dict[tuple[str, str], Standing]:
    """State of each (source, program); a program without any source is ("", program)."""
    found = {
        (source.source, source.program): Standing.SILENT if source.silent else Standing.LIVE
        for source in view.sources
    }
    heard = {program for _, program in found}
    for key in view.queues:
        if key.program not in heard:
            found["", key.program] = Standing.MISSING
    return found


def known_programs(view: View) -> frozenset[str]:
    """Programs whose figures may be shown: every source is live and the past is caught up with."""
    if not view.caught_up and not view.recovering:
        return frozenset()  # it is not said which programs are behind: any may be
    states = standings(view)
    unknown = {program for (_, program), state in states.items() if state is not Standing.LIVE}
    return frozenset({program for _, program in states} - unknown - view.recovering)


def counting_programs(view: View) -> frozenset[str]:
    """Programs whose process-local counters are shown: all that no silent source feeds.

    A program not yet heard of is among them: its counters must be scraped at 0 before the first
    event, or the first events are lost to every rate (observability 1.2).
    """
    silent = {source.program for source in view.sources if source.silent}
    return frozenset({key.program for key in view.queues} - silent)
