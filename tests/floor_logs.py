"""Logs of people at work: they join and leave queues, pause, answer, wrap up."""

from random import Random

from tests.mutations_asterisk import queue_log

PAUSES = ("PAUSE", "UNPAUSE", "ADDMEMBER", "REMOVEMEMBER", "PAUSEALL", "UNPAUSEALL")


def calls(lines: int, seed: int, **options: float) -> list[bytes]:
    """A log without its own records of people, whose queues are not named."""
    return [one for one in queue_log(lines, seed, **options) if b"|NONE|NONE|" not in one]


def floor(lines: int, seed: int, logins: bool = True) -> list[bytes]:
    """A log of calls whose people log on and off, pause, wrap up; now and then a restart."""
    draw = Random(seed)
    found: list[bytes] = []
    for one in calls(lines, seed):
        found.append(one)
        at, person = one.split(b"|")[0].decode(), f"PJSIP/{draw.randrange(9)}"
        chance = draw.random()
        if chance < 0.25:
            event, queue = draw.choice(PAUSES), draw.choice(("sales", "care"))
            reason = draw.choice(("", "lunch", "tea")) if "PAUSE" in event else ""
            found.append(f"{at}|NONE|{queue}|{person}|{event}|{reason}".encode())
        elif chance < 0.28:
            found.append(f"{at}|NONE|NONE|{person}|WRAPUPSTART|{draw.randrange(99)}".encode())
        elif chance < 0.32 and logins:
            event = draw.choice(("AGENTLOGIN", "AGENTLOGOFF"))
            found.append(f"{at}|NONE|NONE|{person}|{event}|SIP/1".encode())
        elif chance < 0.325:
            found.append(f"{at}|NONE|NONE|NONE|QUEUESTART|".encode())
    return found
