"""The rule files by name, as `deploy/prometheus/rules/` holds them."""

from streams.rules import backlog, demand, feed, levels, lists, people, service, technology
from streams.rules.rule import Alert, Group, rule_file


def rule_groups() -> dict[str, list[Group]]:
    """Groups of rules by the file they stand in."""
    return {
        **{group.name.removeprefix("floorwatch-"): [group] for group in levels.levels()},
        "service": [
            Group("floorwatch-service", [*service.RECORDS, *service.service_alerts()]),
        ],
        "backlog": [Group("floorwatch-backlog", [*backlog.RECORDS, *backlog.backlog_alerts()])],
        "lists": [Group("floorwatch-lists", [*lists.list_alerts()])],
        "demand": [
            Group("floorwatch-demand", [*demand.RECORDS, *demand.demand_alerts()]),
            Group("floorwatch-plan", demand.plan_alerts()),
        ],
        "people": [Group("floorwatch-people", people.people_alerts())],
        "technology": [
            Group("floorwatch-technology", [*technology.RECORDS, *technology.technology_alerts()]),
        ],
        "feed": [
            Group("floorwatch-feed", feed.feed_alerts()),
            Group("floorwatch-monitor", feed.monitor_alerts()),
        ],
    }


NAMES = tuple(rule_groups())


def rule_files(speed: float = 1) -> dict[str, str]:
    """Text of each file by name; with `speed`, for a day that runs so many times faster than life."""
    return {name: rule_file(groups, speed) for name, groups in rule_groups().items()}


def alerts() -> list[Alert]:
    """Every alert of every file."""
    groups = [group for each in rule_groups().values() for group in each]
    return [rule for group in groups for rule in group.rules if isinstance(rule, Alert)]
