from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate

from stal_plugin.apis import ActionDetector, FrameResult
from stal_plugin.apis.sources import FileSource, Frame
from stal_plugin.apis.stopwatch import Stopwatch
from stal_plugin.registry import TRANSFORMS
from stal_plugin.video import write_video

LINKS = [
    {
        "stages": [("stage2", "layer1")],
        "type": "stal_plugin.ExpandLink",
    }
]


def _clip_by_clip(det: ActionDetector, steps: list, video: Path, count: int) -> list:
    """What tools/test.py computes: the test pipeline and the whole network."""
    pipeline = Compose([TRANSFORMS.build(step) for step in steps])
    found = []
    for frame in range(1, count + 1):
        info = {"video_id": "v", "filename": str(video), "total_frames": count}
        empty = {"gt_boxes_norm": np.zeros((0, 4)), "gt_labels": np.zeros(0, np.int64)}
        sample = pipeline({**info, **empty, "frame": frame, "modality": "RGB"})
        with torch.no_grad():
            (result,) = det.model.test_step(pseudo_collate([sample]))
        found.append(result.pred_instances)
    return found


def _assert_equal(results: list[FrameResult], expected: list) -> None:
    for result, wanted in zip(results, expected, strict=True):
        order = np.argsort(-wanted.scores.numpy(), kind="stable")
        assert len(result) > 3
        assert np.allclose(result.scores, wanted.scores[order], atol=1e-5)
        assert np.allclose(result.boxes, wanted.bboxes[order], atol=1e-3)
        assert np.array_equal(result.labels, wanted.labels[order])


def test_images_give_the_results_of_their_video(checkpoint: Path, video: Path) -> None:
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    images = np.stack([frame.image for frame in FileSource(video)])
    expected = list(det(video))
    for src in (images, (image for image in images), FileSource(video)):
        results = list(det(src))
        assert [r.time for r in results] == pytest.approx([r.time for r in expected])
        for result, other in zip(results, expected, strict=True):
            assert np.array_equal(result.boxes, other.boxes)
            assert np.array_equal(result.scores, other.scores)


@pytest.mark.parametrize(("interval", "links"), [(1, None), (3, None), (1, LINKS)])
def test_stride_1_is_clip_by_clip(
    tmp_path: Path,
    video: Path,
    settings: Callable,
    save_checkpoint: Callable,
    interval: int,
    links: Any,
) -> None:
    config = settings(interval=interval, links=links)
    det = ActionDetector(
        save_checkpoint(tmp_path / "c.pth", config), device="cpu", score_thr=0.0
    )
    steps = config["test_dataloader"]["dataset"]["pipeline"]
    results = list(det(video))
    _assert_equal(results, _clip_by_clip(det, steps, video, 12))
    assert [r.frame for r in results] == list(range(1, 13))
    assert [r.time for r in results] == pytest.approx([k / 25 for k in range(12)])
    # the detections do change from frame to frame: the comparison means something
    assert not np.allclose(results[4].scores[:4], results[8].scores[:4], atol=1e-4)


def test_three_lines(checkpoint: Path, video: Path) -> None:
    det = ActionDetector(checkpoint, score_thr=0.2)
    for r in det(str(video)):
        assert r.boxes.shape == (len(r), 4)
        assert (r.boxes[:, 2:] <= (80, 60)).all()
        assert set(r.names) <= {"wave", "jump"}
        assert (np.diff(r.scores) <= 0).all()
        assert (r.scores >= 0.2).all()
        assert len(r.track_ids) == len(r)
        assert (r.age, r.skipped, r.lost) == (0, 0, 0)
        assert r.latency > 0


def test_folder_gives_what_the_file_gives(
    checkpoint: Path, video: Path, tmp_path: Path
) -> None:
    import cv2

    for number, frame in enumerate(FileSource(video)):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), frame.image[..., ::-1])
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    for a, b in zip(det(video), det(tmp_path), strict=True):
        assert np.array_equal(a.scores, b.scores)
        assert (a.frame, a.time) == (b.frame, pytest.approx(b.time))


def test_stride(checkpoint: Path, video: Path) -> None:
    det = ActionDetector(checkpoint, device="cpu", stride=4)
    assert [r.age for r in det(video)] == [0, 1, 2, 3] * 3
    with pytest.raises(ValueError, match="stride=0 must be at least 1"):
        ActionDetector(checkpoint, stride=0)


def test_nothing_is_shared_between_runs(checkpoint: Path, video: Path) -> None:
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    alone = [r.scores for r in det(video)]
    both = list(zip(det(video), det(video), strict=True))
    for expected, (a, b) in zip(alone, both, strict=True):
        assert np.array_equal(a.scores, expected)
        assert np.array_equal(b.scores, expected)


def test_rate_of_the_training_videos(
    checkpoint: Path, tmp_path: Path, square: Callable
) -> None:
    """Every second frame of 50 per second is 25 per second."""
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    write_video(tmp_path / "fast.mp4", (square(n // 2) for n in range(16)), 50, crf=0)
    write_video(tmp_path / "slow.mp4", (square(n) for n in range(8)), 25, crf=0)
    fast = [r.scores for r in det(tmp_path / "fast.mp4")][::2]
    slow = [r.scores for r in det(tmp_path / "slow.mp4")]
    assert np.allclose(fast, slow, atol=1e-6)
    det.match_fps = False
    unmatched = [r.scores for r in det(tmp_path / "fast.mp4")][::2]
    assert not np.allclose(unmatched[-1], slow[-1], atol=1e-4)


@pytest.mark.parametrize("precision", ["amp", "auto"])
def test_other_precisions_stay_close(
    checkpoint: Path, video: Path, precision: str
) -> None:
    exact = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.0, precision=precision)
    if precision == "amp":
        assert det.precision.amp
    for a, b in zip(exact(video), det(video), strict=True):
        assert abs(a.scores[0] - b.scores[0]) < 0.05
    with pytest.raises(ValueError, match="precision='int8' must be 'fp32', 'amp'"):
        ActionDetector(checkpoint, precision="int8")


def test_truncated_file_gives_all_frames_before_the_error(
    checkpoint: Path, tmp_path: Path, square: Callable
) -> None:
    path = tmp_path / "v.mp4"
    write_video(path, (square(n) for n in range(30)), 25)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    found: list = []
    results = ActionDetector(checkpoint, device="cpu")(path)
    with pytest.raises(ValueError, match=r"v\.mp4 is damaged or cut short: only"):
        deque(map(found.append, results), maxlen=0)
    assert len(found) > 5
    assert [r.frame for r in found] == list(range(1, len(found) + 1))


class _Live:
    """A live source that is faster than any network, with an interruption."""

    name, live, fps, num_frames = "fake", True, None, None

    def __init__(self, frames: list[np.ndarray]) -> None:
        self.frames, self.closed = frames, False

    def __iter__(self) -> Iterator[Frame]:
        for number, image in enumerate(self.frames, 1):
            yield Frame(image, number, number / 25, 0.0, after_gap=number == 15)

    def close(self) -> None:
        self.closed = True


def test_live_sources_skip_but_clips_are_whole(
    checkpoint: Path, square: Callable
) -> None:
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.0)
    images = [square(n) for n in range(20)]
    source = _Live(images)
    results = list(det.run(source))
    assert source.closed
    assert results[-1].frame == 20
    assert sum(1 + r.skipped for r in results) + results[-1].lost == 20
    # after the gap the clip begins anew: frames 15 to 20, of which the last four count
    (last,) = (r for r in det.run(_File(images[14:])) if r.frame == 6)
    assert np.allclose(results[-1].scores, last.scores, atol=1e-6)


class _File(_Live):
    live = False

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            yield Frame(frame.image, frame.number, frame.time, 0.0)


def test_tracks_go_on_and_stop_at_gaps(checkpoint: Path, square: Callable) -> None:
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.25)
    still = [square(3)] * 6
    ids = [set(r.track_ids.tolist()) for r in det.run(_File(still))]
    assert ids[0]
    assert all(later == ids[3] for later in ids[3:])  # the clip has filled up
    class_of_last = {t.track_id: t for r in det.run(_File(still)) for t in r.tracks}
    assert {t.num_hits for t in class_of_last.values()} >= {6}


def test_checkpoint_without_config(
    checkpoint: Path, tmp_path: Path, video: Path, settings: Callable
) -> None:
    content = torch.load(checkpoint, weights_only=True)
    content["meta"] = {"epoch": 3}
    torch.save(content, tmp_path / "old.pth")
    with pytest.raises(ValueError, match=r"old\.pth' carries no config .*config='FI"):
        ActionDetector(tmp_path / "old.pth")
    Config(settings()).dump(tmp_path / "config.py")
    det = ActionDetector(tmp_path / "old.pth", config=tmp_path / "config.py")
    assert det.classes == ("class 1", "class 2")
    assert next(iter(det(video))).frame == 1


@pytest.mark.data
@pytest.mark.parametrize("name", ["demo_spatiotemporal_det", "kinetics_arm_wrestling"])
def test_real_clips(checkpoint: Path, shared_data: Path, name: str) -> None:
    path = shared_data / "real_clips" / f"{name}.mp4"
    det = ActionDetector(checkpoint, device="cpu", stride=8)
    source = FileSource(path)
    results = [(r.frame, r.time, r.image.shape) for r in det.run(source)]
    assert len(results) == source.num_frames
    assert results[-1][0] == len(results)
    assert results[-1][1] == pytest.approx((len(results) - 1) / source.fps, rel=0.02)


def test_a_stopwatch_sees_every_stage_of_every_frame(
    checkpoint: Path, video: Path
) -> None:
    det = ActionDetector(checkpoint, device="cpu")
    det.stopwatch = Stopwatch()
    laps = [det.stopwatch.lap() for _ in det(video)]
    assert len(laps) == 12
    for lap in laps:
        assert lap.keys() == {"decode", "preprocess", "forward", "track"}
        assert min(lap.values()) > 0
