"""`[asterisk.staff]`: who the people of a queue log are, and what their pauses mean."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.keys import Identifier, OptionalIdentifier

MAX_WRAPUP_S = 16 * 3600
"""What lasts longer is believed of nobody (rules of a person)."""
Seconds = Annotated[float, Field(ge=0, le=MAX_WRAPUP_S)]
PauseMeaning = Literal["other", "break", "meal", "training", "meeting", "customer_work", "acw"]
"""The class of time off the phone; `acw` where a pause is how after-call work is done."""


class StaffGroup(BaseModel):
    """A staffing group: the program it is staffed and paid for, and where it sits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier
    site: OptionalIdentifier = ""


class StaffSettings(BaseModel):
    """The people of one Asterisk. The table, even empty, makes the bridge tell of them.

    A person's home is the program of the group that `members` names; a group not described in
    `groups` is that of the program of its own name. People not in `members` are in
    `default_group`. Where neither is given, everybody is at home in the one program of the plan's
    queues (in the default program where the plan has none, or has several and lists not all).
    Once somebody is listed, people who are not, and have no default group, are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: dict[str, Identifier] = Field(
        default={},
        description="Person behind a name in the log, where it is not the same: ADDMEMBER writes "
        "the interface, CONNECT the member's name (unless log_membername_as_agent is set).",
    )
    members: dict[str, Identifier] = Field(default={}, description="Staffing group of a person.")
    default_group: OptionalIdentifier = ""
    groups: dict[str, StaffGroup] = {}
    reasons: dict[str, PauseMeaning] = Field(
        default={}, description='What a pause is for, by its reason: { lunch = "meal" }.'
    )
    default_reason: PauseMeaning = "other"
    wrapup_s: dict[str, Seconds] = Field(
        default={}, description="After-call work by queue: wrapuptime of queues.conf."
    )
    default_wrapup_s: Seconds = 0
    implied_members: bool = Field(
        default=False,
        description="Whoever answers, is rung or is paused in a queue is a member of it, though "
        "no ADDMEMBER says so: for members listed in queues.conf, who are never logged out.",
    )
    members_after_restart: Literal["kept", "lost"] = Field(
        default="kept", description="persistentmembers of queues.conf."
    )
