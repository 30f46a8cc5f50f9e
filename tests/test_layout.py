"""Every module of the package has tests, every file stays legible."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    ROOT / "stal_plugin": ROOT / "tests",
    ROOT / "tools/dataset_converters/standin": ROOT / "tests/tools/standin",
    ROOT / "tools/analysis": ROOT / "tests/tools/analysis",
}
MODULES = sorted(
    (path, tests / path.relative_to(room))
    for room, tests in ROOMS.items()
    for path in room.rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize(("module", "mirror"), MODULES, ids=lambda path: path.stem)
def test_module_has_tests(module: Path, mirror: Path) -> None:
    """In a file of its name, in a folder of its name, or in its folder's tests."""
    own = mirror.with_name(f"test_{mirror.name}")
    files = [own] if own.is_file() else mirror.with_suffix("").glob("test_*.py")
    files = list(files) or list(mirror.parent.glob("test_*.py"))
    assert any(re.search(r"^ *def test_", f.read_text(), re.M) for f in files), module


@pytest.mark.parametrize("folder", ["stal_plugin", "tools"])
def test_files_are_short(folder: str) -> None:
    lengths = {p: p.read_text().count("\n") for p in (ROOT / folder).rglob("*.py")}
    assert not {p: n for p, n in lengths.items() if n > 300}
