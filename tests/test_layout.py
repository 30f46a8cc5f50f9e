"""Every module of the package has its test file, every file stays legible."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(
    path.relative_to(ROOT / "stal_plugin")
    for path in (ROOT / "stal_plugin").rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_has_a_test_file_and_is_short(module: Path) -> None:
    assert (ROOT / "tests" / module.parent / f"test_{module.name}").is_file()
    lines = (ROOT / "stal_plugin" / module).read_text().count("\n")
    assert lines <= 300, f"{module} has {lines} lines"
