"""The project's own source as syntax trees, for tests of its shape."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.data import ROOT

PACKAGES = ("schemas", "kernels", "streams")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file and the dotted name it is imported by."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def imports(self, for_types: bool = True) -> set[str]:
        """Dotted names of the modules this one imports; also under TYPE_CHECKING if `for_types`."""
        body = [node for node in self.tree.body if for_types or not _is_for_types(node)]
        return {name for node in body for name in _imported(node)}

    def __str__(self) -> str:
        return self.name


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(Module(_name(path.relative_to(ROOT)), path) for path in paths)


def length(function: Function) -> int:
    """Lines of a function with its docstring, without its decorators."""
    assert function.end_lineno
    return function.end_lineno - function.lineno + 1


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def _imported(tree: ast.stmt) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports here are absolute"
            for alias in node.names:
                part = ROOT.joinpath(*node.module.split("."), alias.name)
                is_module = part.is_dir() or part.with_suffix(".py").is_file()
                yield f"{node.module}.{alias.name}" if is_module else node.module
