"""Where a person belongs: the home program, staffing group and site that events of staff name."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.keys import Identifier, OptionalIdentifier
from streams.bridges.base import Rejected

AuxClass = Literal["other", "break", "meal", "training", "meeting", "customer_work"]


class Home(BaseModel):
    """Program and staffing group of a person, and where the person sits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier
    group: Identifier
    site: OptionalIdentifier = ""


class StaffHomes:
    """Homes by anything the source calls a person or the person's team.

    `listed_only`: others are Rejected(unmapped_staff); else they belong to `default`.
    """

    def __init__(self, homes: Mapping[str, Home], default: Home, listed_only: bool) -> None:
        self._homes = homes
        self._default = default
        self._listed_only = listed_only

    def of(self, *called: str) -> Home:
        """The home of the first name that has one: the person's own names come first."""
        for name in called:
            if name in self._homes:
                return self._homes[name]
        if self._listed_only:
            shown = ", ".join(repr(name) for name in called if name)
            raise Rejected("unmapped_staff", f"no home for {shown[:300]}")
        return self._default
