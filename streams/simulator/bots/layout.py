"""The technology of the default center: three bots, a robot, a carrier's lines, a chat service."""

from streams.simulator.bots.settings import BotFloor, TechnologySettings

BOT_FLOOR = BotFloor(
    technologies={
        "mobile-bot": TechnologySettings(
            program="mobile-care",
            kind="conversational",
            conversations_per_day=700,
            hands_to="mobile-chat",
        ),
        "shop-bot": TechnologySettings(
            program="shop-orders",
            kind="conversational",
            conversations_per_day=350,
            hands_to="shop-chat",
            within_s=1.5,
        ),
        "card-voicebot": TechnologySettings(
            program="card-service",
            kind="conversational",
            conversations_per_day=300,
            via="phone",
            hands_to="card-inquiries",
        ),
        "travel-robot": TechnologySettings(program="travel-desk", kind="rpa", rests=True),
        "mobile-lines": TechnologySettings(
            program="mobile-care", kind="telecom", office_hours=True, counted=True
        ),
        "shop-chat-service": TechnologySettings(
            program="shop-orders", kind="chat_service", office_hours=True, fails_after_h=3
        ),
    }
)
