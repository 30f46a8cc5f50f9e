import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests/engine/tiny"


@pytest.fixture
def run_tool(tmp_path: Path) -> Callable:
    """Return a function that runs a tool in an empty folder, as a user would."""

    def run(
        tool: str, *arguments: object, **variables: str
    ) -> subprocess.CompletedProcess:
        path = str(ROOT / "tools" / tool)
        command = [path] if tool.endswith(".sh") else [sys.executable, path]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(TINY)]),
            "PYTHON": sys.executable,
            "OMP_NUM_THREADS": "1",
            **variables,
        }
        return subprocess.run(
            [*command, *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def tiny_config() -> Path:
    """Config of the tiny network."""
    return TINY / "tiny_config.py"
