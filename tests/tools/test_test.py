import pytest
import torch
from mmengine.config import Config

FAST = ["--cfg-options", "default_scope=mmengine"]


@pytest.fixture
def foreign(tmp_path, tiny_config, monkeypatch):
    """A checkpoint with an object that only mmengine knows."""
    monkeypatch.syspath_prepend(str(tiny_config.parent))
    from mmengine.logging import HistoryBuffer
    from tiny_parts import TinyNet

    content = {"state_dict": TinyNet().state_dict()}
    torch.save({**content, "log": HistoryBuffer([1.0], [1])}, tmp_path / "a b.pth")
    return "a b.pth"


def test_a_trusted_checkpoint_is_tested(run_tool, tiny_config, foreign, tmp_path):
    result = run_tool("test.py", tiny_config, foreign, "--trust-checkpoint", *FAST)
    assert result.returncode == 0, result.stderr
    score = float(result.stdout.split("tiny/accuracy: ")[1].split()[0])
    assert 0 <= score <= 1
    # what the training began with is not overwritten by what was tested
    (kept,) = tmp_path.glob("work_dirs/*/tiny_config.py")
    assert Config.fromfile(kept).get("load_from") is None


def test_a_foreign_checkpoint_is_refused_in_one_line(run_tool, tiny_config, foreign):
    result = run_tool("test.py", tiny_config, foreign, *FAST)
    assert result.returncode == 1
    (line,) = [s for s in result.stderr.splitlines() if s.startswith("Error: ")]
    assert "HistoryBuffer" in line
    assert "--trust-checkpoint" in line
    assert "Traceback" not in result.stderr
