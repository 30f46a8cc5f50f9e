import json
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
#: Commands that name a config or checkpoint that is not there.
ABSENT = {
    "train.py": ("absent",),
    "test.py": ("absent", "absent.pth"),
    "export_onnx.py": ("absent", "absent.pth"),
    "benchmark.py": ("absent", "absent.pth"),
}
#: Says for each tool how it ended and what it printed.
CODE = """
import contextlib, io, json, runpy, sys, traceback
from pathlib import Path
sys.modules["torch"] = None  # an import raises ImportError
ends = {}
for line in sys.argv[1:]:
    tool, *words = line.split("|")
    sys.argv, text = [tool, *words], io.StringIO()
    sys.path.insert(0, str(Path(tool).parent))
    status = None
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            runpy.run_path(tool, run_name="__main__")
        except SystemExit as end:
            status = end.code
        except BaseException:
            traceback.print_exc()
    del sys.path[0]
    ends[line] = status, text.getvalue()
print(json.dumps(ends))
"""


@pytest.fixture(scope="module")
def ends() -> dict[str, tuple[int, str]]:
    """Exit status and text of each tool: they share the start of one process."""
    lines = [f"{name}|--help" for name in NAMES]
    lines += [f"{name}|{'|'.join(words)}" for name, words in ABSENT.items()]
    command = [sys.executable, "-c", CODE, *(f"{TOOLS}/{line}" for line in lines)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_help_needs_no_torch(ends: dict[str, tuple[int, str]], name: str) -> None:
    """Torch takes seconds to load: nobody should wait that long for the options."""
    status, text = ends[f"{TOOLS / name}|--help"]
    assert status == 0, text
    assert "usage:" in text


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_missing_is_told_without_torch(
    ends: dict[str, tuple[int, str]], name: str
) -> None:
    """A misspelt name is told at once."""
    status, text = ends[f"{TOOLS / name}|{'|'.join(ABSENT[name])}"]
    assert status == 1, text
    folder = TOOLS.parent / "configs"
    assert text == (
        f"Error: config 'absent' does not exist. Configs are in the folder {folder}\n"
    )
