"""Verbara's queue rates. They part from ours where nothing was offered: 100 or 0, not null."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Counts of one queue since the last window reset; rates in percent.

    A call is within the limit up to and including it. A wait runs from the queue's own entry.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    within_sla: int = 0
    total_wait_s: float = 0
    """Waits of the answered calls."""

    @property
    def service_level(self) -> float:
        """Answered within the limit / offered; 100 when nothing was offered."""
        return 100 * self.within_sla / self.offered if self.offered else 100.0

    @property
    def abandon_rate(self) -> float:
        """Abandoned / offered; 0 when nothing was offered."""
        return 100 * self.abandoned / self.offered if self.offered else 0.0

    @property
    def answer_rate(self) -> float:
        """Answered / offered; 0 when nothing was offered."""
        return 100 * self.answered / self.offered if self.offered else 0.0

    @property
    def avg_wait_s(self) -> float:
        """Mean wait of the answered; 0 when none was."""
        return self.total_wait_s / self.answered if self.answered else 0.0
