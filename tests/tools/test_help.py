import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
NAMES = sorted(
    str(path.relative_to(TOOLS))
    for path in TOOLS.rglob("*.py")
    if "ArgumentParser(" in path.read_text()
)


@pytest.mark.parametrize("name", NAMES)
def test_help_needs_no_torch(name: str) -> None:
    """Torch takes seconds to load: nobody should wait that long for the options."""
    code = f"""
import sys
sys.modules["torch"] = None  # an import raises ImportError
import runpy
sys.argv = [{name!r}, "--help"]
sys.path.insert(0, {str((TOOLS / name).parent)!r})
runpy.run_path({str(TOOLS / name)!r}, run_name="__main__")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "usage:" in run.stdout
