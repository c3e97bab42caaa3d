"""Size and shape of the source: small files, short functions, one way to compile."""

import ast
from statistics import median, quantiles

from tests.data import ROOT
from tests.source_tree import PACKAGES, length, modules

FILE_CAP, FILE_MEDIAN = 400, 120
FUNCTION_P90, KERNEL_CAP, KERNEL_PARAMETERS = 40, 60, 8
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "misc"}
COMPILED = {"kernel", "inlined"}
COMPILER_SWITCHES = {"fastmath", "parallel"}

SOURCE = modules(*PACKAGES)
TESTS = modules("tests")
KERNELS = modules("kernels")
OTHERS = modules("deploy", "grafana")


def lines_of(*folders):
    """Lines of Python, and of the worked examples and rules that tests read."""
    kinds = {".py", ".json", ".jsonl", ".yml", ".yaml", ".toml"}
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    texts = [path.read_text("utf-8") for path in files if path.suffix in kinds]
    return sum(len(text.splitlines()) for text in texts)


def decorators(function):
    return [ast.unparse(decorator) for decorator in function.decorator_list]


def test_no_file_has_more_than_400_lines():
    long = {m.name: m.lines for m in (*SOURCE, *TESTS, *OTHERS) if m.lines > FILE_CAP}
    assert not long


def test_half_the_files_have_less_than_120_lines():
    assert median(module.lines for module in SOURCE) < FILE_MEDIAN


def test_nine_functions_of_ten_have_less_than_40_lines():
    lengths = [length(function) for module in SOURCE for function in module.functions()]
    assert quantiles(lengths, n=10)[8] < FUNCTION_P90


def test_no_kernel_has_more_than_60_lines_or_8_parameters():
    functions = [function for module in KERNELS for function in module.functions()]
    assert functions
    assert not {f.name: length(f) for f in functions if length(f) > KERNEL_CAP}
    assert not [f.name for f in functions if len(f.args.args) > KERNEL_PARAMETERS]


def test_no_module_has_a_name_that_says_nothing():
    words = {m.name: m.name.split(".")[-1].split("_") for m in (*SOURCE, *TESTS, *OTHERS)}
    assert not [name for name, parts in words.items() if EMPTY_WORDS & set(parts)]


def test_tests_are_at_least_as_long_as_the_source():
    assert lines_of("tests") >= sum(module.lines for module in SOURCE)


def test_kernels_are_compiled_in_one_place():
    with_numba = [m.name for m in SOURCE if any(n.startswith("numba") for n in m.imports())]
    assert with_numba == ["kernels.jit"]
    used = {name for m in KERNELS for f in m.functions() for name in decorators(f)}
    assert used == COMPILED


def test_no_kernel_trades_exactness_or_threads_for_speed():
    for module in KERNELS:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword):
                assert node.arg not in COMPILER_SWITCHES, module.name
            elif isinstance(node, ast.Constant):
                assert node.value not in COMPILER_SWITCHES, module.name


def test_every_loop_over_records_is_a_kernel():
    """A plain function beside the kernels makes or views arrays; it walks none."""
    loops = (ast.For, ast.While)
    # kernels.jit makes kernels, and looks at files only.
    others = [module for module in KERNELS if module.name != "kernels.jit"]
    plain = [f for m in others for f in m.functions() if not COMPILED & set(decorators(f))]
    looping = {f.name for f in plain if any(isinstance(node, loops) for node in ast.walk(f))}
    assert looping == {"index_size"}


def test_what_others_may_use_says_what_it_is():
    silent = []
    for module in SOURCE:
        if not ast.get_docstring(module.tree):
            silent.append(module.name)
        for owner in (module.tree, *public_classes(module.tree)):
            for node in owner.body:
                if is_public_definition(node) and not ast.get_docstring(node):
                    silent.append(f"{module.name}.{node.name}")
    assert not silent


def public_classes(tree):
    return [n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]


def is_public_definition(node):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(node, kinds) and not node.name.startswith("_")
