"""What the documents say is there, and what is there they say."""

import importlib
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from typer.main import get_command

from kernels import outcome
from kernels.columns import ARRIVAL_ROW, CHAT_ROW, HANDLING_ROW, LAYOUT_VERSION
from schemas.contacts import EVENT_TYPES
from streams.cli import COMMANDS, app
from tests.data import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DEPENDENCIES = [Requirement(line).name for line in PROJECT["dependencies"]]
RULES = "kernels/README.md"
PRESENT_COMMANDS = [name for name in COMMANDS if (ROOT / f"streams/cli/{name}.py").is_file()]


def page(name):
    return (ROOT / name).read_text("utf-8")


def section(text, heading):
    """From a heading to the next one of the same or a higher level."""
    found = re.search(rf"^(#+) {heading}.*?$", text, re.M | re.I)
    assert found, heading
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.M)
    return rest[: end.start()] if end else rest


def test_the_readme_says_in_one_line_what_each_dependency_is_for():
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", page("README.md"), re.M)
    said = [(name, reason) for names, reason in rows for name in names.split(", ")]
    for dependency in DEPENDENCIES:
        reasons = [reason for name, reason in said if name.strip("`") == dependency]
        assert len(reasons) == 1, dependency
        assert len(reasons[0].split()) > 2, dependency


@pytest.mark.parametrize("name", PRESENT_COMMANDS)
def test_every_command_explains_itself_and_shows_examples(name):
    module = importlib.import_module(f"streams.cli.{name}")
    assert module.EXAMPLES
    for example in module.EXAMPLES:
        assert re.search(rf"\bfloorwatch {name}\b", example), example
    explained = getattr(module.command, "info", module.command)
    assert getattr(explained, "help", None) or explained.__doc__


def test_the_readme_names_every_command_and_no_other():
    readme = page("README.md")
    run = set(re.findall(r"\bfloorwatch ([a-z]+)\b", "\n".join(code(readme))))
    assert run <= set(COMMANDS)
    named = run | {name for name in COMMANDS if f"`{name}`" in readme}
    assert named >= set(PRESENT_COMMANDS)


def code(text):
    """Fenced and indented blocks and inline code of a page."""
    return re.findall(r"^```.*?^```|^ {4}[^\n]*$|`[^`\n]+`", text, re.M | re.S)


def test_every_command_and_option_that_the_runbook_says_to_run_is_there():
    said = re.findall(r"`(floorwatch [^`]+)`", page("deploy/runbook.md").replace("\n", " "))
    assert len(said) > 8
    for line in said:
        words = line.split()[1:]
        command = get_command(app)
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            command = command.commands[words.pop(0)]
        options = {name for each in command.params for name in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_what_came_too_late_is_not_said_to_come_in_by_sending_it_again():
    told = section(page("deploy/runbook.md"), "EventsTooLate")
    assert "audit" in told
    assert "--restate" in told
    assert "rejects replay" not in told


def test_every_make_target_is_explained_or_only_serves_another():
    makefile = page("Makefile")
    targets = dict(re.findall(r"^([a-z][a-z-]*):(.*)$", makefile, re.M))
    assert targets
    served = {word for line in targets.values() for word in line.partition("##")[0].split()}
    assert not [name for name, line in targets.items() if "## " not in line and name not in served]


def test_make_targets_that_pages_name_exist():
    targets = set(re.findall(r"^([a-z][a-z-]*):", page("Makefile"), re.M))
    for name in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(code(page(name)))))
        assert named
        assert named <= targets, name


def test_the_walk_has_a_row_for_every_event_type():
    rows = re.findall(r"^\| ([^|]+) \|", section(page(RULES), "The walk"), re.M)
    words = set(re.findall(r"[a-z_]+", " ".join(rows)))
    assert set(EVENT_TYPES) <= words


def test_the_kernels_number_event_types_as_the_contract_orders_them():
    numbers = {name: getattr(outcome, name.upper()) for name in EVENT_TYPES}
    assert numbers == {name: i for i, name in enumerate(EVENT_TYPES, start=1)}


@pytest.mark.parametrize("column", (*ARRIVAL_ROW, *HANDLING_ROW, *CHAT_ROW))
def test_every_column_is_described(column):
    """By its name, or by a family's: `ans_in_T1..4`, `escalated_<class>`."""
    family = re.sub(r"\d$", "1..4", column)
    if column.startswith("escalated_"):
        family = "escalated_<class>"
        assert re.search(rf"\b{column.removeprefix('escalated_')} \d", page(RULES))
    text = page(RULES) + page("kernels/CHAT.md") + page("schemas/README.md")
    assert f"`{column}`" in text or f"`{family}`" in text or f"`{column} = " in text


def test_the_changelog_tells_definition_and_layout_changes_apart_from_others():
    changelog = page("CHANGELOG.md")
    assert section(changelog, r"[^\n]*definition").strip()
    layouts = section(changelog, r"[^\n]*layout")
    assert re.search(rf"\b(?:layout|version) {LAYOUT_VERSION}\b", layouts, re.I)
