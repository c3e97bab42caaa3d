"""One alert and six programs that it is tried on.

- `fires`: what the alert is about happens, holds and ends.
- `quiet`: it does not happen; the figures are there, just inside the limit.
- `flaps`: it comes and goes every other minute.
- `idle`: no traffic.
- `late`: it happens, but the feed has fallen silent just before: no figures.
- `moves`: as `fires`, but for two minutes the series are gone: another worker takes over.

And where it is about an open queue, two more:

- `closes`: it happens and does not end, but the queue closes for the day.
- `leaves`: it happens and does not end, but the queue is given up: all its series are gone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

KINDS = ("fires", "quiet", "flaps", "idle", "late", "moves")
ENDS = ("closes", "leaves")
Values = Mapping[str, float | None]
"""Series, with PROGRAM in the place of the name, and value; None: absent; a name that ends in +
is a counter, and the value what it grows by."""
QUEUE = 'program="PROGRAM",queue="q",channel="voice"'
CELL = f'site="",{QUEUE}'
GROUP = 'site="PROGRAM",program="PROGRAM",group="g"'
_IS_OPEN = ("cc_queue_open{", "cc_case_queue_open{")
OPEN = {f"cc_queue_open{{{QUEUE}}}": 1.0}
TARGET = {f"cc_queue_service_level_target_ratio{{{QUEUE}}}": 0.5}


@dataclass(frozen=True)
class Case:
    """Series of an alert. Times in steps, as a rule minutes; it begins to happen at `lead`."""

    alert: str
    severity: str
    level: str
    bad: Values
    good: Values
    idle: Values = field(default_factory=dict)
    """What is told while nobody calls, as far as it differs from `good`."""
    always: Values = field(default_factory=dict)
    after: int = 3
    """Steps until it must be told."""
    flap: str = "quiet"
    """What comes of flapping: `quiet`, or `steady`: told once and on."""
    lead: int = 20
    lasts: int = 20
    tail: int = 14
    """Steps after its end until it must be over."""
    label: str = "program"
    """Which label tells the programs apart; "" where there is none: each is alone."""
    step_s: int = 60
    kinds: tuple[str, ...] = KINDS
    direction: str = ""
    kept: bool = True
    """Whether it goes on while another worker takes over."""

    @property
    def end(self) -> int:
        """The last step."""
        return self.lead + self.lasts + self.tail

    @property
    def tried(self) -> tuple[str, ...]:
        """The kinds, with the ends of a queue where it is one that is open."""
        of_open = any(name.startswith(_IS_OPEN) and value for name, value in self.always.items())
        ends = of_open and self.level == "queue" and self.label and "fires" in self.kinds
        return (*self.kinds, *ENDS) if ends else self.kinds

    def name(self, kind: str) -> str:
        """The program's name."""
        return f"{kind}-{self.alert}-{self.severity}-{self.level}" if self.label else kind

    def series(self, kind: str) -> Iterator[tuple[str, list[float | None]]]:
        """Every series of a program with its value at each step."""
        for template in {**self.always, **self.good, **self.bad}:
            values, total = [], 0.0
            for at in range(self.end + 1):
                value = self._value(template, kind, at)
                if value is not None and template.endswith("+"):
                    total += value
                    value = total
                values.append(None if self._gone(kind, at) else value)
            yield template.removesuffix("+").replace("PROGRAM", self.name(kind)), values

    def _value(self, template: str, kind: str, at: int) -> float | None:
        happens = self.lead <= at < self.lead + self.lasts or (kind in ENDS and at >= self.lead)
        if kind == "flaps":
            happens = happens and (at - self.lead) % 2 == 0
        if kind == "idle" and at >= self.lead and template in self.idle:
            return self.idle[template]
        if kind == "closes" and at > self.lead + self.after and template.startswith(_IS_OPEN):
            return 0.0
        if template in self.always:
            return self.always[template]
        return (self.bad if happens and kind not in ("quiet", "idle") else self.good).get(template)

    def _gone(self, kind: str, at: int) -> bool:
        if kind == "late":
            return at >= self.lead
        told = self.lead + self.after
        if kind == "leaves":
            return at > told
        return kind == "moves" and self.kept and told < at <= told + 2

    def expected(self, kind: str) -> Iterable[tuple[int, bool]]:
        """Steps with what must be told then."""
        told = self.lead + self.after
        if kind == "always":
            return [(0, True), (told, True), (self.end, True)]
        if kind == "fires" or (kind == "moves" and self.kept):
            gap = [(told + 1, True), (told + 2, True)] if kind == "moves" else []
            return [(self.lead - 1, False), (told, True), *gap, (self.end, False)]
        if kind in ENDS:
            return [(self.lead - 1, False), (told, True), (self.end, False)]
        if kind == "flaps" and self.flap == "steady":
            return [(at, True) for at in range(told + 1, self.lead + self.lasts - 1, 2)]
        return [(at, False) for at in (self.lead - 1, told, told + 1, self.lead + self.lasts - 1)]
