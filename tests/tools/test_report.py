import json

import pytest

CONFIG = """
test_dataloader = dict(dataset=dict(
    type="stal_plugin.AgotDataset", ann_file={ann!r}, split="test", pipeline=[]))
model = dict()
"""


@pytest.fixture
def make_run(tmp_path):
    """Write the least that a report needs."""

    def make(name: str, score: float):
        info = {"file": "v.mp4", "fps": 25.0, "width": 100, "height": 100}
        info |= {"num_frames": 4, "source": "s", "split": "test"}
        header = {"format": "stal_plugin annotation v1", "classes": ["wave"]}
        header["videos"] = {"v": info}
        (tmp_path / "annotations.json").write_text(json.dumps(header))
        (tmp_path / "annotations.csv").write_text("v,1,0.1,0.1,0.5,0.5,1,1\n")
        work_dir = tmp_path / name
        work_dir.mkdir()
        config = CONFIG.format(ann=str(tmp_path / "annotations.csv"))
        (work_dir / "yowo_agot.py").write_text(config)
        row = f"v,1,0.1,0.1,0.5,0.5,1,{score},{score}\n"
        (work_dir / "predictions.csv").write_text(row)
        scores = {"metrics": {"frame-mAP@0.5": 1.0}, "per_class": {}, "protocol": ""}
        (work_dir / "metrics.json").write_text(json.dumps(scores))
        return work_dir

    return make


def test_one_run(run_tool, make_run):
    work_dir = make_run("a", 0.9)
    (work_dir / "epoch_1.pth").touch()
    result = run_tool("report.py", work_dir)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(work_dir / "report.html")
    assert f"predict.py VIDEO {work_dir / 'epoch_1.pth'}" in result.stderr
    text = (work_dir / "report.html").read_text()
    assert "frame-mAP@0.5 100.0 %" in text
    assert text.count("Left out") == 3  # no log, no anchors, no video


def test_several_runs_are_compared(run_tool, make_run, tmp_path):
    folders = [make_run("a", 0.9), make_run("b", 0.8)]
    out = tmp_path / "new/c.html"
    result = run_tool("report.py", *folders, "--out", out, "--resamples", 7)
    assert result.returncode == 0, result.stderr
    assert "7 resamples" in out.read_text()


def test_an_untested_run_is_one_clear_error(run_tool, make_run):
    work_dir = make_run("a", 0.9)
    (work_dir / "predictions.csv").unlink()
    result = run_tool("report.py", work_dir)
    assert result.returncode == 1
    assert "predictions.csv is missing" in result.stderr
    assert "tools/test.py" in result.stderr
    assert "Traceback" not in result.stderr
