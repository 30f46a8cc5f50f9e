"""mmaction2's own AVA models train, predict and are scored beside the plugin."""

import pickle
from pathlib import Path

import cv2
import mmaction
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, METRICS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope
from torch.optim import SGD

CONFIGS = Path(mmaction.__file__).parent / ".mim/configs/detection"
K400 = "kinetics400-pretrained-r50"
MODELS_OF_AVA = {
    "slowonly": f"slowonly/slowonly_{K400}_8xb16-4x16x1-20e_ava21-rgb",
    "slowonly-nl-head": "slowonly/slowonly_k700-pre-r50-context-temporal-max-nl-head_"
    "8xb8-8x8x1-10e_ava-kinetics-rgb",
    "slowfast": f"slowfast/slowfast_{K400}_8xb16-4x16x1-20e_ava21-rgb",
    "acrn": f"acrn/slowfast-acrn_{K400}_8xb8-8x8x1-cosine-10e_ava22-rgb",
    "lfb": f"lfb/slowonly-lfb-max_{K400}_8xb12-4x16x1-20e_ava21-rgb",
    "videomae": "videomae/vit-base-p16_videomae-k400-pre_8xb8-16x4x1-20e-adamw_"
    "ava-kinetics-rgb",
}
META = ("img_shape", "img_key", "video_id", "timestamp", "scale_factor")
FRAMES = {"slowfast": 16, "acrn": 16, "videomae": 4}
SECONDS = (902, 903)
pytestmark = pytest.mark.skipif(not CONFIGS.is_dir(), reason="mmaction2 has no configs")


@pytest.fixture(scope="module")
def ava(tmp_path_factory):
    """Two labelled seconds of a movie of noise in mmaction2's layout."""
    folder = tmp_path_factory.mktemp("ava")
    (folder / "rawframes/movie").mkdir(parents=True)
    noise = np.random.default_rng(0)
    for frame in range(1, 121):
        image = noise.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"rawframes/movie/img_{frame:05}.jpg"), image)
    rows = [f"movie,0{s},0.1,0.1,0.6,0.9,{k},0" for s in SECONDS for k in (1, 12)]
    (folder / "train.csv").write_text("\n".join(rows))
    (folder / "excluded.csv").write_text("other,0902\n")
    names = "".join(
        f'item {{\n  name: "action {k}"\n  id: {k}\n}}\n' for k in range(1, 81)
    )
    (folder / "labels.pbtxt").write_text(names)
    boxes = np.array([[0.1, 0.1, 0.6, 0.9, 0.99], [0.5, 0.2, 0.9, 0.8, 0.95]])
    keys = {f"movie,0{s}": boxes for s in SECONDS}
    (folder / "proposals.pkl").write_bytes(pickle.dumps(keys))
    bank = {"movie": {s: torch.rand(2, 512).half() for s in (*SECONDS, 904)}}
    for part in ("train", "val"):
        torch.save(bank, folder / f"lfb_{part}.pkl")
    return folder


def model_config(name, folder):
    """The config's network without weights, at a quarter of its width."""
    model = Config.fromfile(str(CONFIGS / f"{MODELS_OF_AVA[name]}.py")).model
    backbone, head = model.backbone, model.roi_head.bbox_head
    model.pop("init_cfg", None)
    backbone.pop("pretrained", None)
    if name == "videomae":
        small = {"img_size": 64, "embed_dims": 192, "depth": 2, "num_heads": 4}
        backbone.update(small, num_frames=FRAMES[name])
    elif "slow_pathway" in backbone:
        backbone.slow_pathway.base_channels = 16
        backbone.fast_pathway.base_channels = 2
    else:
        backbone.base_channels = 16
    head.in_channels //= 4
    shared = model.roi_head.get("shared_head", {})
    for key in {"in_channels", "out_channels"} & set(shared):
        shared[key] //= 4
    if name == "lfb":
        bank = {"lfb_prefix_path": str(folder), "device": "cpu", "lfb_channels": 512}
        shared.lfb_cfg.update(bank)
    return model


def dataset(folder, name):
    return DATASETS.build(
        {
            "type": "AVADataset",
            "ann_file": str(folder / "train.csv"),
            "exclude_file": str(folder / "excluded.csv"),
            "proposal_file": str(folder / "proposals.pkl"),
            "data_prefix": {"img": str(folder / "rawframes")},
            "pipeline": [
                {
                    "type": "SampleAVAFrames",
                    "clip_len": FRAMES.get(name, 4),
                    "frame_interval": 2,
                },
                {"type": "RawFrameDecode"},
                {"type": "Resize", "scale": (64, 64), "keep_ratio": False},
                {"type": "FormatShape", "input_format": "NCTHW", "collapse": True},
                {"type": "PackActionInputs", "meta_keys": META},
            ],
        }
    )


@pytest.mark.parametrize("name", MODELS_OF_AVA)
def test_model_trains_and_predicts(name, ava):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmaction"):
        data = dataset(ava, name)
        model = MODELS.build(model_config(name, ava))
        samples = [data[i] for i in range(len(data))]
        wrapper = OptimWrapper(SGD(model.parameters(), lr=0.01))
        weight = next(model.roi_head.bbox_head.fc_cls.parameters())
        before = weight.detach().clone()
        log = model.train_step(pseudo_collate(samples), wrapper)
        assert torch.isfinite(log["loss_action_cls"])
        assert not torch.equal(weight, before)
        with torch.no_grad():
            predicted = model.eval().test_step(pseudo_collate(samples[:1]))
    instances = predicted[0].pred_instances
    assert instances.bboxes.shape == (2, 4)  # the proposals
    assert instances.scores.shape == (2, 81)
    assert torch.isfinite(instances.scores).all()


def test_predictions_are_scored(ava, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # the metric writes its csv where it stands
    metric = METRICS.build(
        {
            "type": "mmaction.AVAMetric",
            "ann_file": str(ava / "train.csv"),
            "label_file": str(ava / "labels.pbtxt"),
            "exclude_file": str(ava / "excluded.csv"),
        }
    )
    scores = torch.zeros(1, 81)
    scores[0, [1, 12, 3]] = torch.tensor([0.9, 0.8, 0.7])  # action 3 never happens
    for second in SECONDS:
        instances = {"bboxes": torch.tensor([[0.1, 0.1, 0.6, 0.9]]), "scores": scores}
        sample = {"video_id": "movie", "timestamp": second}
        metric.process(None, [{**sample, "pred_instances": instances}])
    assert metric.compute_metrics(metric.results)["overall"] == 1
