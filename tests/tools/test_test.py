import subprocess
import sys

import pytest
import torch

FAST = ["--cfg-options", "default_scope=mmengine"]


@pytest.fixture
def checkpoints(tmp_path, tiny_config):
    """A plain checkpoint, and one with an object that only mmengine knows."""
    sys.path.insert(0, str(tiny_config.parent))
    try:
        from tiny_parts import TinyNet
    finally:
        sys.path.pop(0)
    from mmengine.logging import HistoryBuffer

    content = {"state_dict": TinyNet().state_dict()}
    torch.save(content, tmp_path / "plain.pth")
    torch.save({**content, "log": HistoryBuffer([1.0], [1])}, tmp_path / "foreign.pth")
    return tmp_path


def test_plain_and_trusted_checkpoints_give_the_same_score(
    run_tool, tiny_config, checkpoints
):
    plain = run_tool("test.py", tiny_config, "plain.pth", *FAST)
    trusted = run_tool(
        "test.py", tiny_config, "foreign.pth", "--trust-checkpoint", *FAST
    )
    scores = [
        result.stdout.split("tiny/accuracy:")[1].split()[0]
        for result in (plain, trusted)
    ]
    assert scores[0] == scores[1]


def test_a_foreign_checkpoint_is_refused_in_one_line(
    run_tool, tiny_config, checkpoints
):
    result = run_tool("test.py", tiny_config, "foreign.pth", *FAST)
    assert result.returncode == 1
    (line,) = [s for s in result.stderr.splitlines() if s.startswith("Error: ")]
    assert "HistoryBuffer" in line
    assert "--trust-checkpoint" in line
    assert "Traceback" not in result.stderr


def test_mistakes_are_one_line(run_tool, tiny_config, checkpoints):
    missing = run_tool("test.py", tiny_config, "no.pth")
    assert "Error: checkpoint 'no.pth' does not exist" in missing.stderr
    other = run_tool("test.py", tiny_config, "plain.pth", "--out", "p.csv")
    assert "Error: --out needs a test_evaluator of type" in other.stderr
    assert "Traceback" not in missing.stderr + other.stderr


def test_help_does_not_wait_for_torch(tiny_config):
    path = tiny_config.parents[3] / "tools" / "test.py"
    code = f"""
import runpy, sys
sys.argv = ["test.py", "--help"]
try:
    runpy.run_path({str(path)!r}, run_name="__main__")
except SystemExit:
    print("torch" in sys.modules)
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tiny_config.parents[3],
    )
    assert "--show-dir" in result.stdout
    assert result.stdout.splitlines()[-1] == "False"
