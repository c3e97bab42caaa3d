"""Names and bases of the additive columns of technology; kernels/BOTS.md says what each counts.

`blocked`, `orphan` and `contradictions` are those of `schemas.columns`, at channels of their own.
"""

from schemas.keys import Basis

BOT_COLUMNS: dict[Basis, tuple[str, ...]] = {
    Basis.ARRIVAL: (
        *("conv_start", "conv_contained", "conv_handoff", "conv_left", "conv_left_error"),
        *("conv_open", "conv_unknown"),
        *("conv_n", "bot_msg_n", "conv_ms"),
        *("migrated_start", "migrated_n", "migrated_open", "migrated_unknown"),
        *("n_submit", "lat_n", "lat_ms", "lat_in_x", "lat_timeout", "lat_open", "lat_unknown"),
        *("ivr_ans", "ivr_abn", "ivr_optout", "ivr_error", "ivr_self_service", "ivr_to_queue"),
        *("ivr_open", "ivr_unknown", "ivr_orphan"),
        *("attempts", "human_contact_n"),
    ),
    Basis.CLIPPED: (
        *("total_ms", "up_ms", "degraded_ms", "down_ms", "unknown_ms"),
        *("open_ms", "up_open_ms", "unknown_open_ms"),
    ),
}
"""By basis, in array order. Conversations: channel `bot`; IVR: `ivr`; probes: their kind."""
