"""Codes of the names a shard has met: programs, queues, sites, and the feeds they came by."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xxhash

from kernels.cells import QUEUES, SITES, unpack
from kernels.columns import THRESHOLDS
from kernels.growth import extended
from kernels.layout import BUCKET_MS, I8, Places, Programs, Targets
from kernels.state import make_targets
from schemas.bots import IVR_CHANNEL
from schemas.targets import Plan
from streams.view import CellKey, QueueKey

NO_PLACE_LEFT = "too_many_names"
UNMAPPED = "unmapped_queue"
UNMAPPED_PROGRAM = "unmapped_program"
WRONG_PROGRAM = "wrong_program"
WRONG_CHANNEL = "wrong_channel"
WRONG_SHARD = "wrong_shard"
ELSEWHERE = (
    "belongs to another partition: key records with the program, hashed by murmur2 "
    "(librdkafka: partitioner=murmur2_random)"
)
KEYS_KEPT = 500_000
"""2,000 queues with 96 buckets and days twice over."""
Owns = Callable[[str], bool]
"""Whether a program belongs to this shard."""
CHANNEL = "voice"


class Origin:
    """What (source, program, queue, site) of an event is in codes, or why it is refused."""

    __slots__ = ("feed", "place", "program", "refused")

    def __init__(self, feed: int, program: int, place: int, refused: str = "") -> None:
        self.feed = feed
        self.program = program
        self.place = place
        self.refused = refused


class _CellKeys(dict[int, CellKey]):
    """Keys of cells by packed key, made when they are first asked for."""

    def __init__(self, names: "Names") -> None:
        super().__init__()
        self._names = names

    def __missing__(self, packed: int) -> CellKey:
        queue, site, bucket = (int(part[0]) for part in unpack(np.array([packed])))
        place = (*self._names.queues[queue], self._names.sites[site])
        key = self[packed] = CellKey(*place, bucket * BUCKET_MS)
        return key


def every(program: str) -> bool:
    """A shard that owns every program: one machine."""
    return True


def of_program(reason: str, program: str) -> str:
    """The detail of a reject for its program's sake; what is another shard's is told a way out."""
    detail = f"program {program!r}"
    return f"{detail} {ELSEWHERE}" if reason == WRONG_SHARD else detail


class Names:
    """Interns names to codes, in order of first sight; codes never change while a shard lives.

    Code 0 of sites is "none". Every program has a queue "" for events that name none. Queues of
    the plan whose program another shard `owns` are left out.
    """

    def __init__(self, plan: Plan, owns: Owns = every) -> None:
        self.plan = plan
        self.owns = owns
        self._listed_programs = plan.listed_programs()
        self.programs: list[str] = []
        self.queues: list[QueueKey] = []
        self.sites: list[str] = [""]
        self.places: list[tuple[int, int]] = []
        self.feeds: list[tuple[str, str]] = []
        self.staff: dict[int, str] = {}
        """Names of people, or their pseudonyms, by the low half of their digest."""
        self.key = b""
        """Under which names of people become pseudonyms; empty: they stay as they are."""
        self.reasons: dict[int, str] = {}
        """The sources' names of aux reasons by their digest of 15 bits."""
        self._codes: dict[Any, int] = {("site", ""): 0}
        self._feed_codes: dict[tuple[str, str], int] = {}
        self._cells = _CellKeys(self)
        self._plan_queues()

    def _plan_queues(self) -> None:
        for name, queue in self.plan.queues.items():
            if self.owns(queue.program):
                self.queue(QueueKey(queue.program, name, queue.channel))

    def program(self, name: str) -> int:
        """Code of a program; raises OverflowError at 65,536 queues, of which each has two."""
        code = self._codes.get(("program", name))
        if code is None:
            if len(self.queues) >= QUEUES - 1:
                raise OverflowError(NO_PLACE_LEFT)
            code = self._codes["program", name] = len(self.programs)
            self.programs.append(name)
            self.queue(QueueKey(name, "", CHANNEL))
            self.queue(QueueKey(name, "", IVR_CHANNEL))
        return code

    def queue(self, key: QueueKey) -> int:
        """Code of a queue; raises OverflowError at 65,536 queues."""
        code = self._codes.get(key)
        if code is None:
            self.program(key.program)
            code = self._codes.get(key)
        if code is None:
            if len(self.queues) >= QUEUES:
                raise OverflowError(NO_PLACE_LEFT)
            code = self._codes[key] = len(self.queues)
            self.queues.append(key)
        return code

    def site(self, name: str) -> int:
        """Code of a site; raises OverflowError at 8,192 sites."""
        code = self._codes.get(("site", name))
        if code is None:
            if len(self.sites) >= SITES:
                raise OverflowError(NO_PLACE_LEFT)
            code = self._codes["site", name] = len(self.sites)
            self.sites.append(name)
        return code

    def place(self, queue: int, site: int) -> int:
        """Code of a (queue, site); raises OverflowError at 65,536 of them."""
        code = self._codes.get(("place", queue, site))
        if code is None:
            if len(self.places) >= QUEUES:
                raise OverflowError(NO_PLACE_LEFT)
            code = self._codes["place", queue, site] = len(self.places)
            self.places.append((queue, site))
        return code

    def feed(self, source: str, program: str) -> int:
        """Code of a (source, program)."""
        code = self._feed_codes.get((source, program))
        if code is None:
            code = self._feed_codes[source, program] = len(self.feeds)
            self.feeds.append((source, program))
        return code

    def origin(
        self,
        source: str,
        program: str,
        queue: str,
        site: str,
        enters: bool = False,
        channel: str = CHANNEL,
    ) -> Origin:
        """Codes of an event's origin, or why it is refused.

        A plan that lists queues knows all queues and programs there are, and a contact `enters` a
        queue of its own program; it may later overflow to another's. A queue that is said to be of a
        channel takes contacts of no other: one of deferred work would have them offered there.
        """
        if not self.owns(program):
            return Origin(-1, -1, 0, WRONG_SHARD)
        listed = self.plan.queues.get(queue)
        if queue and listed is not None and not listed.takes_contacts_of(channel):
            return Origin(-1, -1, 0, WRONG_CHANNEL)
        if not self.plan.accepts_unmapped:
            if queue and listed is None:
                return Origin(-1, -1, 0, UNMAPPED)
            if program not in self._listed_programs:
                return Origin(-1, -1, 0, UNMAPPED_PROGRAM)
            if enters and listed is not None and listed.program != program:
                return Origin(-1, -1, 0, WRONG_PROGRAM)
        try:
            code = self.program(program)
            if channel != CHANNEL:
                self.queue(QueueKey(program, "", channel))
            place = self.place(self.queue(QueueKey(program, queue, channel)), self.site(site))
        except OverflowError as full:
            return Origin(-1, -1, 0, str(full))
        return Origin(self.feed(source, program), code, place)

    def cell_keys(self, packed: I8) -> tuple[CellKey, ...]:
        """Keys of cells by their packed ones (n,). Most were asked for a scrape ago."""
        if len(self._cells) > KEYS_KEPT:
            self._cells.clear()
        return tuple(map(self._cells.__getitem__, packed.tolist()))

    def pseudonym(self, name: str) -> str:
        """What a person is called here."""
        if not self.key:
            return name
        return hmac.new(self.key, name.encode(), hashlib.sha256).hexdigest()[:20]

    def refused_program(self, program: str) -> str:
        """Why events of people of a program are refused; "" if they are not."""
        if not self.owns(program):
            return WRONG_SHARD
        if not self.plan.accepts_unmapped and program not in self._listed_programs:
            return UNMAPPED_PROGRAM
        return ""

    def filled(self, places: Places, programs: Programs) -> tuple[Places, Programs]:
        """The kernels' tables with every code known by now filled in."""
        n = len(self.places)
        done = Places(
            extended(places.queue, n),
            extended(places.site, n),
            extended(places.queue_hash, n),
            extended(places.site_hash, n),
        )
        for code in range(n):
            queue, site = self.places[code]
            done.queue[code] = queue
            done.site[code] = site
            done.queue_hash[code] = text_hash(self.queues[queue].queue)
            done.site_hash[code] = text_hash(self.sites[site])
        count = len(self.programs)
        known = Programs(
            extended(programs.watermark, count, -1),
            extended(programs.floor, count, -1),
            extended(programs.no_queue, count),
            extended(programs.ivr, count),
            extended(programs.chat_watermark, count, -1),
        )
        for code, name in enumerate(self.programs):
            known.no_queue[code] = self.queue(QueueKey(name, "", CHANNEL))
            known.ivr[code] = self.queue(QueueKey(name, "", IVR_CHANNEL))
        return done, known

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        return {
            "programs": list(self.programs),
            "queues": [tuple(key) for key in self.queues],
            "sites": list(self.sites),
            "places": list(self.places),
            "feeds": list(self.feeds),
            "staff": list(self.staff.items()),
            "reasons": list(self.reasons.items()),
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any], plan: Plan, owns: Owns = every) -> "Names":
        """Names with the codes of `state`; queues new in the plan come after them."""
        names = cls(Plan(default_target=plan.default_target), owns)
        for name in state["programs"]:
            names._codes["program", name] = len(names.programs)
            names.programs.append(name)
        for queue in state["queues"]:
            names._codes[QueueKey(*queue)] = len(names.queues)
            names.queues.append(QueueKey(*queue))
        for site in state["sites"][1:]:
            names.site(site)
        for place in state["places"]:
            names.place(*place)
        for feed in state["feeds"]:
            names.feed(*feed)
        names.staff = dict(state.get("staff", ()))
        names.reasons = dict(state.get("reasons", ()))
        names.plan = plan
        names._listed_programs = plan.listed_programs()
        names._plan_queues()
        return names


def target_table(names: Names, plan: Plan) -> Targets:
    """The kernels' target rows for every queue code."""
    table = make_targets(len(names.queues))
    valid_from: list[int] = []
    thresholds: list[list[int]] = []
    short: list[int] = []
    for code, key in enumerate(names.queues):
        targets = plan.targets_of(key.queue)
        table.start[code] = len(valid_from)
        table.count[code] = len(targets)
        for target in targets:
            valid_from.append(target.valid_from_ms)
            row = list(target.thresholds_ms)
            thresholds.append(row + [0] * (THRESHOLDS - len(row)))
            short.append(round(target.short_abandon_s * 1000))
        listed = plan.queues.get(key.queue)
        if listed is not None:
            table.attempts[code] = listed.callback_attempts
            table.preallocated[code] = listed.preallocated
    return table._replace(
        valid_from=np.array(valid_from, np.int64),
        thresholds=np.array(thresholds, np.int64).reshape(-1, THRESHOLDS),
        short=np.array(short, np.int64),
    )


def text_hash(text: str) -> np.uint64:
    """XXH3 of a name, 0 for the empty one: the same in every run, unlike codes."""
    return np.uint64(xxhash.xxh3_64_intdigest(text.encode()) if text else 0)
