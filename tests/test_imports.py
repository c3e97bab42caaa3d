"""Which way the arrows run: cli -> drivers -> shard -> decode, and never back."""

import ast
import sys

import pytest

from tests.layers import LAYERS
from tests.source_tree import PACKAGES, modules, within

BROKERS = ("faust", "kafka", "aiokafka", "confluent_kafka", "mode")
NEAR_BROKER = ("streams.kafka", "streams.checkpoint.kafka", "streams.drivers.faust_worker")
"""What the command line imports late, so that a machine without a broker needs no client."""
READS_WALL_CLOCK = (
    *("time.time", "time.time_ns", "date.today", "datetime.today", "datetime.now"),
    "datetime.utcnow",
)
TWIN = (
    *("tests.naive", "tests.naive_walk", "tests.naive_kpis", "tests.naive_staff"),
    *("tests.naive_chat", "tests.naive_chat_walk"),
)
TWIN_OF_BOTS = (
    *("tests.naive_bots", "tests.naive_bots_walk", "tests.naive_ivr"),
    *("tests.naive_erlang", "tests.naive_queue", "tests.naive_pst", "tests.naive_cases"),
)
OUTER = ("streams.shard", "streams.drivers", "streams.cli")

SOURCE = modules(*PACKAGES)
LAYERED = (
    *SOURCE,
    *(module for module in modules("tests") if module.name in (*TWIN, *TWIN_OF_BOTS)),
)


def layer_of(name: str) -> str:
    return max((prefix for prefix in LAYERS if within(name, prefix)), key=len, default="")


def root(name: str) -> str:
    return name.partition(".")[0]


def is_ours(name: str) -> bool:
    return root(name) in (*PACKAGES, "tests")


def test_a_module_imports_only_what_its_layer_may():
    wrong = {}
    for module in LAYERED:
        allowed = LAYERS.get(layer_of(module.name), ())
        mine = filter(is_ours, module.imports())
        back = [name for name in mine if not any(within(name, prefix) for prefix in allowed)]
        if back:
            wrong[module.name] = sorted(back)
    assert not wrong


def test_every_module_of_streams_has_a_layer_and_every_layer_a_module():
    names = {module.name for module in LAYERED}
    assert {name for name in names if not layer_of(name)} == {"streams"}
    assert not [prefix for prefix in LAYERS if not any(within(name, prefix) for name in names)]


@pytest.mark.parametrize("prefix", ["kernels", "schemas", *TWIN])
def test_kernels_schemas_and_the_slow_twin_need_only_the_libraries_named(prefix):
    named = set(LAYERS[prefix]) | sys.stdlib_module_names
    imported = set().union(*(m.imports() for m in LAYERED if within(m.name, prefix)))
    foreign = {root(name) for name in imported if not is_ours(name)}
    assert foreign
    assert foreign <= named


def test_nothing_but_streams_and_tests_imports_streams():
    others = modules("schemas", "kernels", "grafana", "deploy")
    assert others
    assert not [m.name for m in others if any(within(n, "streams") for n in m.imports())]


@pytest.mark.parametrize(
    ("prefix", "never"),
    [
        ("streams.bridges", ("kernels", *OUTER)),
        ("streams.sources", ("kernels", *OUTER)),
        ("streams.simulator", ("kernels", *OUTER)),
        ("streams.board", OUTER),
        ("streams.page", OUTER),
        ("streams.exposition", OUTER),
        ("streams.decode", OUTER),
        ("streams.shard", ("streams.checkpoint", "streams.drivers", "streams.cli")),
        ("streams.drivers", ("streams.cli",)),
    ],
)
def test_no_arrow_runs_back_even_through_other_modules(prefix, never):
    at_run_time = {module.name: module.imports(for_types=False) for module in SOURCE}
    reached = {name for name in at_run_time if within(name, prefix)}
    assert reached
    waiting = list(reached)
    while waiting:
        found = at_run_time.get(waiting.pop(), set()) - reached
        reached |= found
        waiting.extend(found)
    assert not [name for name in reached if any(within(name, each) for each in never)]


def test_only_the_clock_reads_the_wall_clock():
    readers = set()
    for module in SOURCE:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = "." + ast.unparse(node.func)
                if called.endswith(tuple("." + read for read in READS_WALL_CLOCK)):
                    readers.add(module.name)
            elif isinstance(node, ast.ImportFrom) and node.module == "time":
                readers |= {module.name for a in node.names if a.name in ("time", "time_ns")}
    assert readers == {"streams.clock"}


def test_only_the_rooms_around_the_broker_know_a_client_of_it():
    clients = {
        module.name: {root(name) for name in module.imports()} & set(BROKERS)
        for module in SOURCE
        if {root(name) for name in module.imports()} & set(BROKERS)
    }
    assert not [name for name in clients if not any(within(name, each) for each in NEAR_BROKER)]


def test_one_module_knows_faust():
    of_faust = [m.name for m in SOURCE if {"faust", "mode"} & {root(n) for n in m.imports()}]
    assert all(within(name, "streams.drivers.faust_worker") for name in of_faust)
