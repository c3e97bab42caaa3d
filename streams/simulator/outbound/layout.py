"""The campaigns of the default center: contracts that end, and holders of cards who left."""

from streams.simulator.outbound.settings import CampaignFloor, CampaignSettings

CAMPAIGN_FLOOR = CampaignFloor(
    campaigns={
        "mobile-renewals": CampaignSettings(program="mobile-care", records_per_day=320),
        "card-winback": CampaignSettings(
            program="card-service", records_per_day=180, attempts=4, pace=0.85
        ),
    }
)
