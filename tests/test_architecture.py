"""The package keeps to its own plan: imports run one way, and each foreign library has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import abstractllm_lite

PACKAGE = Path(abstractllm_lite.__file__).parent

# Upper rooms may import from lower ones and from their own, never the other way. A room stands
# for all below its name unless a longer name is listed. `__init__` is the package's own.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"testing", "cli"}),
    frozenset({"__init__", "compat"}),
    frozenset({"session", "chain", "batch"}),
    frozenset({"factory"}),
    frozenset({"providers", "providers.registry"}),
    frozenset({"providers.litellm.__init__", "providers.litellm.vendors"}),
    frozenset({"providers.litellm.provider"}),
    frozenset({"providers.litellm"}),
    frozenset({"providers.base"}),
    frozenset({"interface"}),
    frozenset({"media", "tools", "types", "utils", "streams"}),
    frozenset({"exceptions"}),
    frozenset({"enums", "_plain", "_threads", "utils.redaction"}),
)
DOOR = "providers.litellm.loading"
DIRECT = "providers.litellm.direct"
WIRE = "providers.litellm.wire"
TESTING = "testing"
PLUGIN = ("plugin", "cassettes", "guards", "orphans")
CONTRACT = ("contract", "contract_subject")
# Library -> rooms that may import it.
DOORS = {
    # The wire's two adapters make the clients that litellm takes, in litellm's own classes.
    "litellm": (DOOR, f"{WIRE}.clients", f"{WIRE}.sdk"),
    # vcrpy's patches lie on the clients' classes, so its door wraps them when it records.
    "httpx": (WIRE, "testing.vcr_door"),
    "aiohttp": (WIRE, "testing.vcr_door"),
    "openai": (WIRE,),
    "vcr": (TESTING,),
    "pytest": (TESTING,),
}
# Of these, the rooms that may do so while they are themselves imported: pytest loads its own
# plugins, and the wire's inner rooms are first loaded by a call.
AT_MODULE_LEVEL = {
    "litellm": (),
    "httpx": (WIRE,),
    "aiohttp": (WIRE,),
    "openai": (WIRE,),
    "vcr": (),
    "pytest": (
        *(f"{TESTING}.pytest_{room}" for room in PLUGIN),
        *(f"{TESTING}.{room}" for room in CONTRACT),
    ),
}
# Cycles that run through functions only: edges left out of the graph, with their reason.
LAZY = {
    ("tools.types", "tools.conversion"): "ToolDefinition.from_function is upstream's other name",
}
# Broad handlers outside errors.py: (module, function) -> reason.
BROAD = {
    ("media.document", "_extracted"): "pypdf does not tell what it raises for a malformed file",
    ("providers.registry", "_load"): "a third party's module may raise anything when imported",
    ("tools.execution", "_tried"): "what a user's tool raises is told to the model",
    ("tools.execution", "_awaited"): "what a user's tool raises is told to the model",
    ("_threads", "_settle"): "what ends a thread ends the call that waits for it",
}


@dataclass(frozen=True)
class Import:
    """One import that happens at run time, at the latest when a function of the module runs."""

    target: str
    at_module_level: bool


@cache
def modules() -> dict[str, ast.Module]:
    return {name(path): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}


def name(path: Path) -> str:
    """`providers/litellm/client.py` is `providers.litellm.client`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(module: str) -> Iterator[Import]:
    """The module's imports but those for type checkers, which never run."""
    tree = modules()[module]
    lazy = {child for function in functions(module) for child in ast.walk(function)}
    typing = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node not in typing:
            for target in targets(module, node):
                yield Import(target, node not in lazy)


def targets(module: str, node: ast.AST) -> Iterator[str]:
    """What a statement imports, or a call of import_module that says it by name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from sources(module, node)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant))


def sources(module: str, node: ast.ImportFrom) -> Iterator[str]:
    """The modules that a `from` statement names; those of the package start with a dot."""
    if not node.level:
        yield node.module or ""
        return
    base = module.split(".")[: -node.level] + (node.module.split(".") if node.module else [])
    for alias in node.names:
        submodule = ".".join([*base, alias.name])
        package = [*base, "__init__"]
        if submodule in modules() or f"{submodule}.__init__" in modules():
            yield f".{submodule}"
        else:
            yield "." + ".".join(package if ".".join(package) in modules() else base)


def internal(module: str) -> set[str]:
    """The package's own modules that a module imports."""
    targets = {found.target[1:] for found in imports(module) if found.target.startswith(".")}
    return {target if target in modules() else f"{target}.__init__" for target in targets}


def layer(module: str) -> int:
    parts = module.split(".")
    rooms = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    depth = {room: number for number, layer in enumerate(LAYERS) for room in layer & rooms}
    assert depth, f"{module} stands in no layer"
    return depth[max(depth, key=len)]


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_imports_run_from_upper_rooms_to_lower_ones() -> None:
    upward = [
        f"{module} -> {target}"
        for module in modules()
        for target in internal(module)
        if layer(target) < layer(module)
    ]
    assert upward == []


def test_imports_form_no_cycle_even_inside_functions() -> None:
    graph = {
        module: {target for target in internal(module) if (module, target) not in LAZY}
        for module in modules()
    }
    assert set(TopologicalSorter(graph).static_order()) >= set(graph)


def test_nothing_but_testing_imports_testing() -> None:
    found = {m for m in modules() for t in internal(m) if within(t, (TESTING,))}
    assert {module for module in found if not within(module, (TESTING,))} == set()


@pytest.mark.parametrize("library", DOORS)
def test_a_foreign_library_is_imported_only_behind_its_door(library: str) -> None:
    trespassers = [
        f"{module} imports {found.target}"
        for module in modules()
        for found in imports(module)
        if found.target.split(".")[0] == library
        if not within(module, (AT_MODULE_LEVEL if found.at_module_level else DOORS)[library])
    ]
    assert trespassers == []


def test_the_package_imports_itself_relatively() -> None:
    absolute = [
        module
        for module in modules()
        for found in imports(module)
        if found.target.split(".")[0] == "abstractllm_lite"
    ]
    assert absolute == []


def broad_handlers() -> set[tuple[str, str]]:
    return {
        (module, function.name)
        for module in modules()
        for function in functions(module)
        for node in ast.walk(function)
        if is_broad(node)
    }


def is_broad(node: ast.AST) -> bool:
    """`except:`, `except Exception`, `except (..., BaseException)`, `suppress(Exception)`.

    A handler that ends by raising what it caught only cleans up.
    """
    if isinstance(node, ast.ExceptHandler):
        last = node.body[-1]
        if isinstance(last, ast.Raise) and last.exc is None:
            return False
        caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        caught = list(node.args)
    else:
        return False
    return any(c is None or ast.unparse(c) in {"Exception", "BaseException"} for c in caught)


def test_only_the_error_room_catches_everything() -> None:
    found = {pair for pair in broad_handlers() if pair[0] != "providers.litellm.errors"}
    assert found == set(BROAD)


def test_every_broad_handler_stands_in_a_function() -> None:
    nodes = sum(is_broad(node) for tree in modules().values() for node in ast.walk(tree))
    within_functions = {
        node
        for module in modules()
        for function in functions(module)
        for node in ast.walk(function)
        if is_broad(node)
    }
    assert nodes == len(within_functions)


def test_the_direct_route_can_be_deleted() -> None:
    """Only the door knows it, and it knows little of the provider beside a call and the wire."""
    knowing = {m for m in modules() for t in internal(m) if within(t, (DIRECT,))}
    assert {module for module in knowing if not within(module, (DIRECT,))} == {
        "providers.litellm.client"
    }
    known = {t for m in modules() if within(m, (DIRECT,)) for t in internal(m)}
    beside = {"_plain", "providers.litellm.call", "providers.litellm.errors", DOOR}
    assert {t for t in known if not within(t, (DIRECT, WIRE))} <= beside


def test_the_direct_route_has_fewer_than_800_lines_of_code() -> None:
    assert sum(lines_of_code(m) for m in modules() if within(m, (DIRECT,))) < 800


def lines_of_code(module: str) -> int:
    """Lines without blank ones, comments and docstrings."""
    tree = modules()[module]
    said = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    source = (PACKAGE / Path(*module.split("."))).with_suffix(".py").read_text("utf-8")
    lines = enumerate(map(str.strip, source.splitlines()), 1)
    return sum(bool(line) and line[0] != "#" and number not in said for number, line in lines)


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{module}.{function.name}: {(function.end_lineno or 0) - function.lineno + 1}"
        for module in modules()
        for function in functions(module)
        if (function.end_lineno or 0) - function.lineno >= 40
    ]
    assert long == []


def test_the_package_prints_nothing() -> None:
    printing = [
        module
        for module, tree in modules().items()
        if not within(module, ("cli",))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.stdout.write"}
    ]
    assert printing == []
