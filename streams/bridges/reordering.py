"""Records of a source without order: each waits until none before it can come; repeats are known."""

from bisect import insort

import msgspec

REPEATED_MS = 600_000
"""Senders try again for some minutes: so long a record is known when it comes again."""


class Held(msgspec.Struct):
    """Records that wait, sorted by time, and digests of those of late."""

    waiting: list[tuple[int, str, str]] = []
    """(time in us, what settles a tie, the record as text)"""
    seen: dict[str, int] = {}
    """Digest -> time, ms."""
    newest_ms: int = 0
    passed_ms: int = -1
    """Up to here nothing waits any more."""

    def knows(self, digest: str) -> bool:
        """Whether this record came before, not long ago."""
        return digest in self.seen

    def note(self, digest: str, time_ms: int) -> None:
        """Remember a record, and forget those of long ago when another minute begins."""
        self.seen[digest] = time_ms
        if time_ms // 60_000 > self.newest_ms // 60_000:
            kept_from = time_ms - REPEATED_MS
            self.seen = {known: at for known, at in self.seen.items() if at >= kept_from}
        self.newest_ms = max(self.newest_ms, time_ms)

    def put(self, time_us: int, tie: str, record: str) -> None:
        """Let a record wait."""
        insort(self.waiting, (time_us, tie, record))

    def passed(self, until_ms: int) -> list[str]:
        """The records up to `until_ms`, which nothing can come before any more, in their order."""
        self.passed_ms = max(self.passed_ms, until_ms)
        end = 0
        while end < len(self.waiting) and self.waiting[end][0] // 1000 <= until_ms:
            end += 1
        ready, self.waiting = self.waiting[:end], self.waiting[end:]
        return [record for _, _, record in ready]
