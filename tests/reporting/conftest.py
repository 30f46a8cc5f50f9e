import json
from pathlib import Path

import pytest

CONFIG = """
data_root = {root!r}
randomness = dict(seed={seed})
model = dict(type="x")
test_dataloader = dict(dataset=dict(pipeline=[
    dict(type="stal_plugin.SampleKeyframeClip", clip_len={clip_len}),
    dict(type="mmaction.Resize", scale=(112, 96)),
]))
"""


@pytest.fixture
def make_run(tmp_path):
    """Write a work folder as training and testing leave it."""

    def _make(
        name: str, seed: int = 0, frame_map: float = 0.5, clip_len: int = 8, **ap: float
    ) -> Path:
        root = tmp_path / "data"
        root.mkdir(exist_ok=True)
        (root / "annotations.json").write_text('{"synthetic": true}')
        work_dir = tmp_path / "work" / f"{name}-{seed}-{clip_len}"
        (work_dir / "t0" / "vis_data").mkdir(parents=True)
        text = CONFIG.format(root=str(root), seed=seed, clip_len=clip_len)
        (work_dir / f"{name}.py").write_text(text)
        (work_dir / "last_checkpoint").write_text("epoch_2.pth")
        records = [
            {"loss": 1.0, "iter": i, "epoch": 1 + (i > 20), "step": i, "time": 0.5}
            for i in (10, 20, 30, 40)
        ]
        lines = "".join(json.dumps(r) + "\n" for r in records)
        (work_dir / "t0" / "vis_data" / "scalars.json").write_text(lines)
        metrics = {
            "frame-mAP@0.5": frame_map,
            "localization_recall": 0.75,
            "localization_recall@0.005": 0.9,
            "classification_accuracy": 0.625,
        }
        per_class = {k.replace("_", " "): {"AP@0.5": v} for k, v in ap.items()}
        content = {"metrics": metrics, "per_class": per_class, "protocol": "voc"}
        (work_dir / "metrics.json").write_text(json.dumps(content))
        return work_dir

    return _make
