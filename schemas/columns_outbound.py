"""Names and bases of the additive columns of outbound work; kernels/OUTBOUND.md says what each counts.

`orphan` and `contradictions` are those of `schemas.columns`, at the channel `outbound`.
"""

from schemas.keys import Basis

OUTBOUND_COLUMNS: dict[Basis, tuple[str, ...]] = {
    Basis.ARRIVAL: ("rec_listed", "rec_carried"),
    Basis.END: (
        *("dials_n", "connects_n", "rpc_n", "dialer_abn_n"),
        *("rec_done", "rec_rpc", "rec_exhausted", "rec_bad", "rec_withdrawn", "rec_expired"),
        *("list_n", "dialled_n", "contact_n"),
    ),
    Basis.SNAPSHOT: ("plan_cum", "dialled_cum", "list_behind_n", "plan_per_day"),
}
"""By basis, in array order."""
