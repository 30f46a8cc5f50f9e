"""Inputs for the tools, made once: a checkpoint, footage, a data set, configs."""

import json
import runpy
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config

# imported here once, so that no child has to
from stal_plugin.annotations import read_annotation, write_predictions
from stal_plugin.annotations.importers import importers  # noqa: F401
from stal_plugin.apis.action_detector import ActionDetector  # noqa: F401
from stal_plugin.apis.exported import write_onnx  # noqa: F401
from stal_plugin.engine import drawing, quiet_runner  # noqa: F401
from stal_plugin.video import write_video

from .child import run_tool
from .jobs import Job

TESTS = Path(__file__).parents[1]
TINY = TESTS / "engine" / "tiny"
EPOCHS = 4
TRAINING = f"""
_base_ = {str(TINY / "tiny_config.py")!r}
default_scope = "mmengine"
randomness = dict(seed=7)
train_cfg = dict(max_epochs={EPOCHS})
default_hooks = dict(checkpoint=dict(
    type="stal_plugin.AtomicCheckpointHook", max_keep_ckpts=KEEP))
"""


@dataclass(frozen=True)
class Workshop:
    """Inputs for the tools.

    Args:
        root: Folder of everything.
        parts: What the tests of the detector make checkpoints and footage with.
    """

    root: Path
    parts: dict

    @property
    def checkpoint(self) -> Path:
        """Of a tiny YOWO; carries its config."""
        return self.root / "tiny.pth"

    @property
    def config(self) -> Path:
        """Of the tiny YOWO, with data."""
        return self.root / "config.py"

    @property
    def video(self) -> Path:
        """Footage of 16 frames."""
        return self.root / "v.mp4"

    def make(self, data: Path) -> "Workshop":
        """Write the inputs; ``data`` is the csv of a data set."""
        shutil.copytree(data.parent, self.root / "data")
        settings = self._settings()
        Config(settings).dump(self.config)
        predictions = read_annotation(data).rows
        scores = np.linspace(0.2, 0.9, len(predictions))
        predictions = replace(predictions, scores=scores, objectness=scores)
        write_predictions(self.root / "pred.csv", predictions)
        self.parts["save_tiny_checkpoint"](self.checkpoint, settings)
        frames = (self.parts["moving_square"](n) for n in range(16))
        write_video(self.video, frames, 25)
        (self.root / "old.json").write_text(coco(("wipe", "roll"), 0))
        (self.root / "new.json").write_text(coco(("roll", "hit"), 3))
        for keep in (-1, 1):
            text = TRAINING.replace("KEEP", str(keep))
            (self.root / f"train_{keep}.py").write_text(text)
        return self

    def _settings(self) -> dict:
        settings = self.parts["tiny_settings"]()
        pipeline = settings["test_dataloader"]["dataset"]["pipeline"]
        keys = ("ann_boxes", "ann_labels", "ann_person_ids", "split")
        pipeline[-1]["meta_keys"] += keys
        dataset = {
            "type": "stal_plugin.AgotDataset",
            "data_root": str(self.root / "data"),
            "ann_file": "annotations.csv",
            "num_classes": 2,
            "pipeline": pipeline,
            "split": "test",
            "test_mode": True,
        }
        return settings | {
            "test_dataloader": {
                "batch_size": 4,
                "num_workers": 0,
                "sampler": {"type": "mmengine.DefaultSampler", "shuffle": False},
                "dataset": dataset,
            },
            "test_evaluator": {"type": "stal_plugin.FrameMAP"},
            "test_cfg": {"type": "mmengine.TestLoop"},
        }

    def jobs(self, folder: Path) -> dict[str, Job]:
        """Jobs by name, each with the outputs of an earlier run.

        Args:
            folder: Where they work.
        """
        importing = ("data.py", "import", "--from", "coco")
        options = ("--frame-base", "1", "--out", "OUT", "--overwrite")
        onnx = ("export_onnx.py", self.config, self.checkpoint, "--clips", "2")
        onnx += ("--overwrite",)
        predict = ("predict.py", self.video, self.checkpoint, "--overwrite")
        predict += ("--out", "OUT/o.mp4", "--json", "OUT/o.jsonl", "--csv", "OUT/o.csv")
        test = ("test.py", self.config, self.checkpoint, "--overwrite")
        test += ("--out", "OUT/p.csv")
        train = ("--work-dir", "OUT", "--resume", "auto")
        pair = ("annotations.csv", "annotations.json")
        coco = (self.root / "new.json", self.root / "data")
        split = ("data.py", "split", "OUT", "--overwrite")
        own = self.root / "data"
        truth = (own / "annotations.csv",)
        commands = {
            "train": ("train.py", self.root / "train_-1.py", *train),
            "train, one kept": ("train.py", self.root / "train_1.py", *train),
            "predict": (*predict, "--precision", "fp32"),
            "import": (*importing, *coco, *options),
            "import, copies": (*importing, *coco, *options, "--bring", "copy"),
            "split": (*split, "--by", "time", "--margin", "0"),
            "export": (*onnx, "--out", "OUT/m.onnx"),
            "fix": ("data.py", "validate", "OUT", "--fix", "--no-decode"),
            "preview": ("data.py", "preview", own, "--out", "OUT", "--clips", "1"),
            "draw": ("draw.py", *truth, self.root / "pred.csv", "--out-dir", "OUT"),
            "test": (*test, "--work-dir", folder / "test_log"),
        }
        results = {"train": last_weights, "train, one kept": last_weights}
        results |= {"predict": frames_of, "export": lambda _: None}
        return {
            name: Job(
                name,
                command,
                self._earlier(folder / "earlier" / name, name),
                folder / name,
                pair if name.startswith(("import", "split")) else (),
                results.get(name),
            )
            for name, command in commands.items()
        }

    def _earlier(self, folder: Path, name: str) -> Path:
        folder.mkdir(parents=True)
        if name.startswith(("import", "split")):
            words = ("data.py", "import", "--from", "coco", self.root / "old.json")
            words += (self.root / "data", "--frame-base", "1", "--out", folder)
            ended = run_tool(*map(str, words), folder=self.root)
            assert ended.status == 0, ended.text
        if name == "fix":
            shutil.copy(self.root / "data" / "annotations.json", folder)
            lines = (self.root / "data" / "annotations.csv").read_text().splitlines()
            (folder / "annotations.csv").write_text(
                "\n".join([*lines, lines[1]]) + "\n"
            )
        for file in _EARLIER.get(name, ()):
            (folder / file).write_text("of an earlier run\n")
        return folder


_EARLIER = {
    "predict": ("o.mp4", "o.jsonl", "o.csv"),
    "export": ("m.onnx",),
    "test": ("p.csv", "metrics.json"),
}


def last_weights(out: Path) -> list:
    """Weights of the last checkpoint, to the bit."""
    content = torch.load(out / f"epoch_{EPOCHS}.pth", weights_only=True)
    return [(k, v.numpy().tobytes()) for k, v in content["state_dict"].items()]


def frames_of(out: Path) -> tuple[bytes, bytes, list]:
    """What predict.py writes, without how long it took."""
    lines = [json.loads(line) for line in (out / "o.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("latency")
    return (out / "o.csv").read_bytes(), (out / "o.mp4").read_bytes(), lines


def coco(classes: tuple[str, str], left: int) -> str:
    """Boxes on a video in COCO's format, on every fourth frame."""
    return json.dumps(
        {
            "categories": [{"id": i, "name": n} for i, n in enumerate(classes)],
            "images": [
                {"id": f, "file_name": f"a/{f:05d}.jpg", "width": 64, "height": 48}
                for f in range(1, 41, 4)
            ],
            "annotations": [
                {
                    "id": i,
                    "image_id": 1 + 4 * (i % 10),
                    "category_id": i // 3 % 2,
                    "bbox": [left + i, i % 7, 10 + i % 5, 20],
                    "track_id": i // 10,
                }
                for i in range(20)
            ],
        }
    )


def make_workshop(root: Path, data: Path) -> Workshop:
    """Write all inputs into a folder."""
    parts = runpy.run_path(str(TESTS / "apis" / "conftest.py"))
    return Workshop(root, parts).make(data)
