"""Links, files, modules, options and registered names that the documents mention."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from stal_plugin import apis, registry

from .pages import (
    PAGES,
    ROOT,
    anchors,
    code_blocks,
    expand_braces,
    inline_code,
    links,
    prose,
)

PACKAGE = ROOT / "stal_plugin"
FOLDERS = ("stal_plugin", "tools", "tests", "configs", "docs", "_base_")
#: What the pages tell the reader to write.
TO_BE_WRITTEN = re.compile(r"cell_|NAME|my_|My[A-Z]|CellHead")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


REGISTRIES = [r for r in vars(registry).values() if isinstance(r, registry.Registry)]


def registered(name: str) -> bool:
    return any(r.get(f"stal_plugin.{name}") for r in REGISTRIES)


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


@each_page
def test_files_exist(page: Path) -> None:
    for text in inline_code(page):
        for word in expand_braces(text.split()):
            path = word.rstrip(":,/")
            if TO_BE_WRITTEN.search(path):
                continue
            if re.match(rf"({'|'.join(FOLDERS)})/[\w/.*-]+$", path):
                base = ROOT / "configs" if path.startswith("_base_") else ROOT
                assert list(base.glob(path)), f"{page.name}: {path}"
            elif re.fullmatch(r"test_\w+\.py", path):
                assert list((ROOT / "tests").rglob(path)), f"{page.name}: {path}"
            elif re.fullmatch(r"[\w-]+_(agot|jhmdb|ucf24)(\.py)?", path):
                stem = path.removesuffix(".py")
                assert list((ROOT / "configs").rglob(f"{stem}.py")), (
                    f"{page.name}: {path}"
                )


@each_page
def test_modules_and_registered_names_exist(page: Path) -> None:
    if page.name == "CHANGELOG.md":  # names what is gone
        return
    for name in re.findall(r"stal_plugin\.([A-Za-z_][\w.]*)", page.read_text()):
        name = name.rstrip(".")
        if TO_BE_WRITTEN.search(name) or name == "X":
            continue
        if name[0].isupper():
            assert registered(name), f"{page.name}: {name}"
        elif not hasattr_or_module(name):
            assert name in onnx_keys(), f"{page.name}: {name}"


def hasattr_or_module(name: str) -> bool:
    module = "stal_plugin." + name
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        parent, _, attribute = module.rpartition(".")
        return parent != "stal_plugin" and hasattr(
            importlib.import_module(parent), attribute
        )
    return True


def onnx_keys() -> set[str]:
    return {"rule", "classes", "stream", "made_of", "map_cost"}


@each_page
def test_options_exist(page: Path) -> None:
    texts = [
        file.read_text(encoding="utf-8")
        for folder in ("tools", "stal_plugin", "tests")
        for file in (ROOT / folder).rglob("*.py")
    ]
    known = set(re.findall(r"--[a-z][\w-]+", "\n".join(texts)))
    for text in inline_code(page):
        for option in re.findall(r"(?<!\S)--[a-z][\w-]+", text):
            assert option in known, f"{page.name}: {option}"


@each_page
def test_code_compiles_and_imports_what_exists(page: Path) -> None:
    for block in code_blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith(
                "stal_plugin"
            ):
                if TO_BE_WRITTEN.search(node.module):
                    continue
                module = importlib.import_module(node.module)
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{page.name}: {alias.name}"


@each_page
def test_arguments_are_those_of_the_class(page: Path) -> None:
    """Where a page says ``argument=value`` of ``Class``, in inline code."""
    for call, name in re.findall(r"`([a-z_]+=[^`]+)`\s+of\s+`([A-Z]\w+)`", prose(page)):
        classes = [r.get(f"stal_plugin.{name}") for r in REGISTRIES]
        target = next(filter(None, classes), None) or getattr(apis, name)
        parameters = inspect.signature(target.__init__).parameters
        for keyword in ast.parse(f"f({call})", mode="eval").body.keywords:
            assert keyword.arg in parameters or "kwargs" in parameters, (call, name)


def test_imports_go_the_way_that_the_architecture_shows() -> None:
    page = ROOT / "docs/architecture.md"
    (line,) = (b for b in code_blocks(page, "") if " < " in b)
    levels = [part.strip().split(", ") for part in line.split(" < ")]
    for level, rooms in enumerate(levels):
        allowed = {room for lower in levels[:level] for room in lower}
        for room in rooms:
            text = "".join(p.read_text() for p in (PACKAGE / room).rglob("*.py"))
            imports = set(re.findall(r"^ *from stal_plugin\.(\w+)", text, re.M))
            imported_rooms = {name for name in imports if (PACKAGE / name).is_dir()}
            assert imported_rooms <= allowed | {room}, room
    assert {room for rooms in levels for room in rooms} == {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
