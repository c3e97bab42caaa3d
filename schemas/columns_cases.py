"""Names and bases of the additive columns of deferred work; kernels/CASES.md says what each counts.

`orphan` and `contradictions` are those of `schemas.columns`, at the channel `deferred`.
"""

from schemas.keys import Basis

CASE_COLUMNS: dict[Basis, tuple[str, ...]] = {
    Basis.ARRIVAL: ("case_received", "case_carried"),
    Basis.DUE: ("due_n", "due_ontime_n", "due_pending_n"),
    Basis.END: ("done_n", "done_ontime_n", "reopened_n", "withdrawn_n", "expired_n"),
    Basis.SNAPSHOT: ("snap_open_n", "snap_late_n", "snap_late_ms"),
}
"""By basis, in array order."""
