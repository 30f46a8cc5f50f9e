import copy
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate
from torch.utils.data import DataLoader

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.datasets.stal_dataset import STALDataset
from stal_plugin.datasets.transforms import DecodeClip
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import probe_video

OURS = [{"type": "stal_plugin.DecodeClip"}]
HOSTS = {
    name: [{"type": f"mmaction.{name}Init"}, {"type": f"mmaction.{name}Decode"}]
    for name in ("Decord", "OpenCV", "PyAV")
}
RAW = [{"type": "mmaction.RawFrameDecode"}]


def pipeline(decoder: list, clip_len: int = 4, sample_late: bool = False) -> list:
    """Test pipeline with one of the decoders."""
    sample = [
        {
            "type": "stal_plugin.SampleKeyframeClip",
            "clip_len": clip_len,
            "frame_interval": 2,
            "test_mode": True,
        }
    ]
    start = decoder[:-1] + sample + decoder[-1:] if sample_late else sample + decoder
    return [
        *start,
        {"type": "stal_plugin.BoxesToPixels"},
        {"type": "mmaction.Resize", "scale": (32, 32), "keep_ratio": False},
        {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
    ]


def make(csv_path: Path, decoder: list, split: str = "train", **kwargs) -> STALDataset:
    return STALDataset(
        str(csv_path), pipeline(decoder, **kwargs), split=split, test_mode=True
    )


@pytest.mark.parametrize("first", [0, 25])
def test_the_last_frame_is_the_annotated_one(gray_footage, gray_number, first):
    # No 900 s offset, no start index counted twice, no centred clip, in no kind of
    # footage: the picture itself tells the number of the frame.
    dataset = STALDataset(
        str(gray_footage),
        pipeline(OURS)[:2],
        split=["train", "test"],
        test_mode=True,
    )
    for i in range(first, min(first + 30, len(dataset))):
        results = dataset[i]
        frame = results["frame"]
        numbers = [gray_number(image) for image in results["imgs"]]
        assert numbers == [max(frame - 1 - 2 * k, 0) for k in (3, 2, 1, 0)]
        assert results["original_shape"] == results["img_shape"] == (48, 64)
        assert (results["clip_len"], results["num_clips"]) == (4, 1)


def test_a_repeated_frame_is_decoded_once(gray_footage):
    results = {"filename": str(gray_footage.parent / "videos" / "long.mp4")}
    results["frame_inds"] = np.array([0, 0, 3])
    imgs = DecodeClip()(results)["imgs"]
    assert imgs[0] is imgs[1]
    assert imgs[2] is not imgs[0]


def test_copies_and_pickles_read_on_their_own(gray_footage):
    results = {
        "filename": str(gray_footage.parent / "videos" / "long.mp4"),
        "frame_inds": np.array([7, 30]),
    }
    transform = DecodeClip(max_open=3)
    expected = transform(dict(results))["imgs"]
    for other in (copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        np.testing.assert_array_equal(other(dict(results))["imgs"], expected)
        assert repr(other) == "DecodeClip(max_open=3, cache_gib=0.0, cache_side=None)"


def test_kept_frames_are_the_decoded_ones(gray_footage, tmp_path, monkeypatch):
    monkeypatch.setenv("STAL_FRAMES", str(tmp_path / "frames"))
    results = {
        "filename": str(gray_footage.parent / "videos" / "long.mp4"),
        "frame_inds": np.array([7, 30, 30]),
    }
    expected = DecodeClip()(dict(results))
    transform = DecodeClip(cache_gib=0.01)
    pickled = pickle.loads(pickle.dumps(transform))
    for other in (transform, transform, copy.deepcopy(transform), pickled):
        found = other(dict(results))
        np.testing.assert_array_equal(found.pop("imgs"), expected["imgs"])
        for key in ("original_shape", "img_shape", "clip_len", "num_clips"):
            assert found[key] == expected[key]
        assert "scale_factor" not in found
    assert len(list((tmp_path / "frames").glob("*.frames"))) == 1


def test_shrunk_frames_keep_their_boxes(gray_footage, tmp_path, monkeypatch):
    monkeypatch.setenv("STAL_FRAMES", str(tmp_path))
    samples = []
    for kwargs in ({}, {"cache_gib": 0.01, "cache_side": 24}):
        decoder = [{"type": "stal_plugin.DecodeClip", **kwargs}]
        samples.append(make(gray_footage, decoder, split="test")[4])
    plain, small = samples
    assert small["original_shape"] == plain["original_shape"] == (48, 64)
    np.testing.assert_allclose(small["gt_bboxes"], plain["gt_bboxes"])
    np.testing.assert_allclose(small["scale_factor"], plain["scale_factor"])
    assert small["imgs"].shape == plain["imgs"].shape


@pytest.mark.parametrize(
    "kwargs", [{"cache_gib": -1}, {"cache_side": 9}, {"cache_gib": 1, "cache_side": 0}]
)
def test_bad_arguments_of_the_cache(kwargs):
    with pytest.raises(ValueError, match="cache_gib"):
        DecodeClip(**kwargs)


@pytest.mark.parametrize("sample_late", [False, True])
@pytest.mark.parametrize("name", HOSTS)
def test_host_decoders_give_the_same_sample(gray_footage, name, sample_late):
    ours = make(gray_footage, OURS, split="test")
    host = make(gray_footage, HOSTS[name], split="test", sample_late=sample_late)
    for i in (0, 4, 14):  # frame 30 (i = 4) has a box, and 40 is the last
        expected, found = ours[i], host[i]
        np.testing.assert_array_equal(found["imgs"], expected["imgs"])
        np.testing.assert_array_equal(found["gt_bboxes"], expected["gt_bboxes"])
        assert found["img_shape"] == expected["img_shape"]
        np.testing.assert_array_equal(found["scale_factor"], expected["scale_factor"])
    assert ours[4]["gt_bboxes"].tolist() == [[0, 0, 32, 32]]


def test_raw_frame_decode_gives_the_same_sample(gray_footage):
    ours, host = make(gray_footage, OURS), make(gray_footage, RAW)
    for i in (25, 30, 36):  # the folder's frames 1, 6 and 12
        expected, found = ours[i], host[i]
        np.testing.assert_array_equal(found["imgs"], expected["imgs"])
        np.testing.assert_array_equal(found["gt_bboxes"], expected["gt_bboxes"])
    assert ours[36]["gt_bboxes"].tolist() == [[8, 8, 16, 24]]


def test_decoders_that_scale_boxes_do_not_scale_ours_twice(gray_footage):
    """DecordDecode and RawFrameDecode scale any ``gt_bboxes`` that they find."""
    dataset = make(gray_footage, HOSTS["Decord"], split="test")
    info = dataset.get_data_info(4)
    info["gt_bboxes"] = info["gt_boxes_norm"].copy()
    found = Compose(pipeline(HOSTS["Decord"]))(info)
    assert found["gt_bboxes"].tolist() == [[0, 0, 32, 32]]


@pytest.fixture(scope="module")
def ucf24(shared_data, tmp_path_factory) -> Path:
    """Annotation of the real clips, one box per tenth frame."""
    root = tmp_path_factory.mktemp("ucf24")
    files = sorted((shared_data / "ucf24_mini" / "videos").glob("*.mp4"))
    videos = {}
    for file in files:
        probe = probe_video(file)
        videos[file.stem] = VideoInfo(
            str(file), probe.fps, probe.width, probe.height, probe.num_frames, "u", "t"
        )
    rows = [(v, f) for v, i in videos.items() for f in range(1, i.num_frames + 1, 10)]
    annotation = Annotation(
        classes=["act"],
        videos=videos,
        rows=BoxTable(
            frames=np.array([f for _, f in rows]),
            boxes=np.tile([0.25, 0.25, 0.5, 0.75], (len(rows), 1)),
            labels=np.zeros(len(rows), np.int64),
            video_ids=np.array([v for v, _ in rows], dtype=object),
            person_ids=np.zeros(len(rows), np.int64),
        ),
    )
    write_annotation(annotation, root / "annotations.csv")
    return root / "annotations.csv"


def last_key_frames(dataset: STALDataset) -> np.ndarray:
    """Place of the last key frame of each video."""
    return np.flatnonzero(np.diff([*dataset._index.video, -1]))


@pytest.mark.data
def test_real_clips_equal_the_hosts_decoder_and_sequential_reading(ucf24):
    ours = make(ucf24, OURS, split="t", clip_len=8)
    host = make(ucf24, HOSTS["PyAV"], split="t", clip_len=8)
    ends = last_key_frames(ours)
    assert len(ends) == 7
    for i in [*ends, *(ends[:3] - 40)]:
        expected, found = ours[int(i)], host[int(i)]
        np.testing.assert_array_equal(found["imgs"], expected["imgs"])
        np.testing.assert_array_equal(found["gt_bboxes"], expected["gt_bboxes"])
    info = ours.get_data_info(int(ends[0]))
    capture = cv2.VideoCapture(info["filename"])
    frames = []
    while (read := capture.read())[0]:
        frames.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    assert len(frames) == info["frame"] == info["total_frames"]
    info["frame_inds"] = np.arange(0, len(frames), 17)
    np.testing.assert_array_equal(DecodeClip()(info)["imgs"], frames[::17])


@pytest.mark.data
@pytest.mark.parametrize("name", ["Decord", "OpenCV"])
def test_host_decoders_that_trust_the_container_refuse_the_real_clips(ucf24, name):
    """Their containers have no frame count; a refusal is better than wrong frames."""
    dataset = make(ucf24, HOSTS[name], split="t")
    with pytest.raises(Exception, match=r"broken metadata|__len__\(\) should return"):
        dataset[0]


@pytest.mark.parametrize("multilabel", [False, True])
def test_whole_training_pipeline_gives_the_same_samples_in_workers(
    gray_footage, multilabel
):
    transforms = [
        {
            "type": "stal_plugin.SampleKeyframeClip",
            "clip_len": 8,
            "frame_interval": (1, 2),
        },
        {"type": "stal_plugin.DecodeClip", "max_open": 1},
        {"type": "stal_plugin.BoxesToPixels"},
        {"type": "stal_plugin.JitterResize", "scale": (32, 32)},
        {"type": "stal_plugin.FlipClip"},
        {"type": "stal_plugin.DistortClip"},
        {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
        {
            "type": "mmaction.PackActionInputs",
            "meta_keys": ("video_id", "frame", "scale_factor", "flip", "ann_boxes"),
        },
    ]
    dataset = STALDataset(str(gray_footage), transforms, multilabel=multilabel)
    flips = set()
    loader = DataLoader(dataset, collate_fn=pseudo_collate, num_workers=2)
    for i, batch in enumerate(loader):
        expected, sample = dataset[i], batch["data_samples"][0]
        assert torch.equal(batch["inputs"][0], expected["inputs"])
        assert batch["inputs"][0].shape == (3, 8, 32, 32)
        truth = expected["data_samples"]
        for key in ("bboxes", "labels"):
            assert torch.equal(sample.gt_instances[key], truth.gt_instances[key])
        assert sample.flip == truth.flip
        np.testing.assert_array_equal(sample.scale_factor, truth.scale_factor)
        flips.add(truth.flip)
    assert flips == {True, False}
