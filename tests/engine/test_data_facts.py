from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import TASK_UTILS

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.engine.data_facts import fill_from_checkpoint, fill_from_data
from stal_plugin.structures.box_table import BoxTable


@pytest.fixture
def ann_file(tmp_path: Path) -> Path:
    """Two classes: class 1 has 3 boxes in 2 frames of 1 person and 1 other."""
    video = VideoInfo("a.mp4", 25.0, 200, 100, 9, "a", "train")
    other = VideoInfo("b.mp4", 25.0, 100, 50, 9, "b", "test")
    left, right = [0.1, 0.1, 0.3, 0.2], [0.5, 0.5, 0.9, 0.9]
    annotation = Annotation(
        classes=["wave", "bow"],
        videos={"a": video, "b": other, "c": VideoInfo("c", 25, 9, 9, 9, "c", "val")},
        rows=BoxTable(
            frames=np.array([1, 1, 2, 3, 1]),
            boxes=np.array([left, right, left, right, [0, 0, 1, 1]]),
            labels=np.array([0, 0, 0, 1, 1]),
            video_ids=np.array(["a", "a", "a", "a", "b"], dtype=object),
            person_ids=np.array([1, 2, 1, 1, 1]),
        ),
    )
    path = tmp_path / "annotations.csv"
    write_annotation(annotation, path)
    return path


def _config(counts: object = None, generator: dict | None = None) -> Config:
    head = {"loss_cls": {"type": "stal_plugin.ENFLoss", "samples_per_class": counts}}
    if generator is not None:
        base = {"type": "stal_plugin.KMeansAnchorGenerator", "strides": [32]}
        head["prior_generator"] = {**base, "num_anchors": 2, **generator}
    return Config({"model": {"detector": {"bbox_head": head}}})


@pytest.mark.parametrize(
    ("unit", "counts"), [("frames", [2, 1]), ("clips", [2, 1]), ("boxes", [3, 1])]
)
def test_counts_of_an_annotation(ann_file: Path, unit: str, counts: list[int]) -> None:
    cfg = _config({"ann_file": str(ann_file), "unit": unit})
    fill_from_data(cfg)
    assert cfg.model.detector.bbox_head.loss_cls.samples_per_class == counts


def test_split_of_the_counts(ann_file: Path) -> None:
    cfg = _config({"ann_file": str(ann_file), "split": "test"})
    fill_from_data(cfg)
    assert cfg.model.detector.bbox_head.loss_cls.samples_per_class == [0, 1]
    with pytest.raises(ValueError, match=r"csv has no sample .* split 'val'"):
        fill_from_data(_config({"ann_file": str(ann_file), "split": "val"}))


@pytest.mark.parametrize("metric", ["euclidean", "iou"])
def test_anchors_in_pixels_of_the_input(ann_file: Path, metric: str) -> None:
    request = {"ann_file": str(ann_file), "input_size": (320, 160), "metric": metric}
    cfg = _config(generator=request)
    fill_from_data(cfg)
    generator = cfg.model.detector.bbox_head.prior_generator
    sizes = TASK_UTILS.build(generator).base_sizes
    np.testing.assert_allclose(sizes[0], [(64, 16), (128, 64)], rtol=1e-6)
    assert generator.ann_file == str(ann_file)  # the origin stays in the config


def test_says_in_one_line_what_it_computed(
    ann_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = {"ann_file": str(ann_file), "input_size": (320, 160)}
    cfg = _config({"ann_file": str(ann_file)}, request)
    fill_from_data(cfg)
    (line,) = capsys.readouterr().out.splitlines()
    assert "bbox_head.loss_cls.samples_per_class = [2, 1] (from " in line
    assert "bbox_head.prior_generator.base_sizes = 64x16 128x64 px (from " in line
    fill_from_data(cfg)  # nothing is asked any more
    assert capsys.readouterr().out == ""


def test_numbers_in_the_config_stay(ann_file: Path) -> None:
    request = {"ann_file": "absent.csv", "base_sizes": [[(1, 2), (3, 4)]]}
    for counts in ([5, 6], None):
        cfg = _config(counts, request)
        before = cfg.to_dict()
        fill_from_data(cfg)
        assert cfg.to_dict() == before
    fill_from_data(Config({"model": None}))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"input_size": None}, r"ann_file needs input_size=\(w, h\)"),
        ({"split": "val"}, r"csv has no box in split 'val'"),
        ({"num_anchors": 5}, "cannot make 5 anchors from 2 distinct"),
    ],
)
def test_wrong_requests(ann_file: Path, changed: dict, message: str) -> None:
    request = {"ann_file": str(ann_file), "input_size": (320, 160), **changed}
    with pytest.raises(ValueError, match=message):
        fill_from_data(_config(generator=request))


def test_a_missing_annotation_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "absent.csv")
    for cfg in (
        _config({"ann_file": path}),
        _config(generator={"ann_file": path, "input_size": (320, 160)}),
    ):
        with pytest.raises(FileNotFoundError, match=r"absent\.csv"):
            fill_from_data(cfg)


def test_testing_takes_the_numbers_of_the_checkpoint(
    ann_file: Path, tmp_path: Path
) -> None:
    request = {"ann_file": str(ann_file), "input_size": (320, 160)}
    trained = _config({"ann_file": str(ann_file)}, request)
    fill_from_data(trained)
    path = str(tmp_path / "epoch_1.pth")
    torch.save({"meta": {"cfg": trained.pretty_text}, "state_dict": {}}, path)
    cfg = _config({"ann_file": "absent.csv"}, {**request, "ann_file": "absent.csv"})
    fill_from_checkpoint(cfg, path)
    head, expected = (c.model.detector.bbox_head for c in (cfg, trained))
    assert head.loss_cls.samples_per_class == [2, 1]
    for ours, theirs in zip(
        head.prior_generator.base_sizes,
        expected.prior_generator.base_sizes,
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("text", [None, "import os", "model = dict(type='X')"])
def test_a_checkpoint_without_answers_changes_nothing(
    tmp_path: Path, text: str | None
) -> None:
    path = str(tmp_path / "old.pth")
    torch.save({"meta": {"cfg": text}, "state_dict": {}}, path)
    cfg = _config({"ann_file": "absent.csv"})
    before = cfg.to_dict()
    fill_from_checkpoint(cfg, path)
    assert cfg.to_dict() == before
    fill_from_checkpoint(cfg, "https://example.org/x.pth")
    fill_from_checkpoint(_config([1, 2]), "absent.pth")  # nothing is asked
