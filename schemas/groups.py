"""Which staffing groups take the contacts of which queues (definitions 6.3)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.keys import Identifier

Part = Annotated[float, Field(gt=0, le=1)]


class StaffingGroup(BaseModel):
    """The queues whose contacts the people of a group take, at some of its sites or at all.

    `serves`: everybody takes what comes of all these queues. `shares`: the part of the group's time
    that each queue has for itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: Identifier = Field(description="The group's home program.")
    group: Identifier
    sites: tuple[Identifier, ...] = Field(default=(), description="Left out: all of its sites.")
    serves: tuple[Identifier, ...] = ()
    shares: dict[Identifier, Part] = {}

    @property
    def queues(self) -> tuple[str, ...]:
        """Whose contacts they take."""
        return self.serves or tuple(self.shares)

    @property
    def site(self) -> str:
        """The site, where it is one; "" for several or all."""
        return self.sites[0] if len(self.sites) == 1 else ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.serves) == bool(self.shares):
            raise ValueError("say either `serves`, a list of queues, or `shares`, queue = part")
        if sum(self.shares.values()) > 1 + 1e-9:
            raise ValueError(f"shares add up to {sum(self.shares.values()):g}, more than 1")
        return self


class Roll:
    """The entries of a plan by whom they speak of."""

    def __init__(self, groups: tuple[StaffingGroup, ...]) -> None:
        self._places: dict[tuple[str, str], list[tuple[int, StaffingGroup]]] = {}
        for at, one in enumerate(groups):
            self._places.setdefault((one.program, one.group), []).append((at, one))

    def place(self, program: str, group: str, site: str) -> int | None:
        """Place of the entry that holds people of a group at a site; None: nothing is said of them."""
        for at, one in self._places.get((program, group), ()):
            if not one.sites or site in one.sites:
                return at
        return None


def check_names(
    groups: tuple[StaffingGroup, ...], queues: Mapping[str, Any], programs: Iterable[str]
) -> None:
    """Raises pydantic's ValidationError for queues and programs that the plan does not list, and for
    people of whom two entries speak; each error says where it stands."""
    told = [*_unknown(groups, queues, frozenset(programs)), *_twice(groups)]
    if told:
        raise ValidationError.from_exception_data(
            "groups",
            [
                {
                    "type": "value_error",
                    "loc": loc,
                    "input": None,
                    "ctx": {"error": ValueError(what)},
                }
                for loc, what in told
            ],
        )


def _unknown(
    groups: tuple[StaffingGroup, ...], queues: Mapping[str, Any], programs: frozenset[str]
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for at, one in enumerate(groups):
        field = "serves" if one.serves else "shares"
        if one.program not in programs:
            yield (at, "program"), f"program {one.program!r} is not listed"
        for name in one.queues:
            if name not in queues:
                known = ", ".join(sorted(queues))
                yield (at, field), f"queue {name!r} is not listed; known: {known}"


def _twice(
    groups: tuple[StaffingGroup, ...],
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for at, one in enumerate(groups):
        for before in groups[:at]:
            if (before.program, before.group) != (one.program, one.group):
                continue
            both = set(one.sites) & set(before.sites)
            if both or not one.sites or not before.sites:
                where = f"at {sorted(both)[0]!r}" if both else "at all its sites"
                yield (at,), f"group {one.group!r} {where} is already listed above"
