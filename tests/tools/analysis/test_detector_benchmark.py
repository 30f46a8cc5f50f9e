import resource
import runpy
from pathlib import Path

import pytest
import torch
from analysis.detector_benchmark import (
    STAGES,
    BenchmarkResult,
    measure,
    peak_memory,
    result_table,
    save_random_checkpoint,
    write_benchmark_video,
)
from mmengine.config import Config

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.sources import FileSource
from stal_plugin.video import probe_video

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def live_parts() -> dict:
    """What the tests of the detector make checkpoints with."""
    return runpy.run_path(str(ROOT / "tests/apis/conftest.py"))


@pytest.fixture(scope="module")
def parts(
    tmp_path_factory: pytest.TempPathFactory, live_parts: dict
) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("benchmark")
    live_parts["save_tiny_checkpoint"](folder / "c.pth", live_parts["tiny_settings"]())
    write_benchmark_video(folder / "v.mp4", 9, 48, 32)
    return folder / "c.pth", folder / "v.mp4"


FAST = BenchmarkResult(
    "fast",
    [0.010, 0.020, 0.030, 0.040],
    [{"decode": 0.005, "forward": 0.004}] * 2 + [{"forward": 0.020, "draw": 0.01}] * 2,
)


def test_means_and_percentiles() -> None:
    assert FAST.mean_ms == pytest.approx(25)
    assert FAST.percentiles_ms() == pytest.approx([25, 37, 39.7])


def test_shares_are_of_the_whole_time() -> None:
    shares = FAST.shares()
    assert shares["decode"] == pytest.approx(0.1)
    assert shares["forward"] == pytest.approx(0.48)
    assert shares["draw"] == pytest.approx(0.2)
    assert shares["other"] == pytest.approx(0.22)
    assert shares["track"] == 0
    values = FAST.to_dict()
    assert values["frames_per_second"] == pytest.approx(40)
    assert values["latency_ms"]["p99"] == pytest.approx(39.7)


def test_table() -> None:
    slow = BenchmarkResult("slow", [0.05] * 2, [{}] * 2)
    head, rule, first, second = result_table([FAST, slow]).splitlines()
    assert head.count("|") == rule.count("|") == first.count("|")
    assert first.startswith("| fast | 25.0 | 1.00 | 40.0 | 25.0 | 37.0 | 39.7 | 10.0 |")
    assert second.startswith("| slow | 50.0 | 2.00 | 20.0 | 50.0 |")
    assert second.endswith("| 100.0 |")


def test_a_rectangle_moves(tmp_path: Path) -> None:
    write_benchmark_video(tmp_path / "v.mp4", 7, 64, 48)
    source = FileSource(tmp_path / "v.mp4")
    frames = [frame.image for frame in source]
    assert (len(frames), source.fps) == (7, 25)
    assert frames[0].shape == (48, 64, 3)
    left = [int((f[16, :, 0] > 180).nonzero()[0].min()) for f in frames]
    assert all(abs(x - 3 * k) <= 1 for k, x in enumerate(left))


def test_the_detector_loads_it_and_the_seed_decides(
    tmp_path: Path, live_parts: dict
) -> None:
    settings = live_parts["tiny_settings"]()
    loss = settings["model"]["bbox_head"]["loss_cls"]
    del loss["samples_per_class"]
    loss["beta"] = 0.0
    weights = []
    for seed in (0, 0, 1):
        save_random_checkpoint(Config(settings), tmp_path / "r.pth", seed)
        det = ActionDetector(tmp_path / "r.pth", device="cpu")
        assert det.classes == ("class 1", "class 2")
        weights.append(det.model.bbox_head.conv_pred.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_every_frame_and_stage_of_the_detectors_own_path(parts: tuple) -> None:
    checkpoint, video = parts
    plain = [r.scores for r in ActionDetector(checkpoint, device="cpu")(video)]
    seen: dict[str, list] = {"a": [], "b": []}
    detectors = {n: ActionDetector(checkpoint, device="cpu", stride=2) for n in seen}
    order = []
    for name, det in detectors.items():
        whole = det.detect

        def noting(sessions, name=name, whole=whole):
            results = whole(sessions)
            seen[name] += [result.scores for result in results]
            order.append(name)
            return results

        det.detect = noting
    results = measure(detectors, video, warmup=4, turn=2)
    assert order[:6] == ["a", "a", "b", "b", "a", "a"]  # they take turns
    for result in results:
        assert len(result.totals) == 5
        for total, stages in zip(result.totals, result.stages, strict=True):
            assert set(stages) == set(STAGES)
            assert min(stages.values()) > 0
            assert sum(stages.values()) <= total
    for scores in seen.values():  # frames 1, 3, ...: nothing else was run
        for a, b in zip(scores[::2], plain[::2], strict=True):
            assert a.tolist() == b.tolist()


def test_a_video_must_be_longer_than_the_warm_up(parts: tuple) -> None:
    checkpoint, video = parts
    det = ActionDetector(checkpoint, device="cpu")
    with pytest.raises(ValueError, match="has 9 frames, but the first 9 do not count"):
        measure({"a": det}, video, warmup=9)


def test_limit_and_clock(parts: tuple) -> None:
    checkpoint, video = parts
    det = ActionDetector(checkpoint, device="cpu")
    ticks = iter(range(10_000))
    (result,) = measure({"a": det}, video, 2, 2, 5, lambda: float(next(ticks)))
    assert len(result.totals) == 3
    # each stage reads the clock twice, so that it is one tick long, and one around all
    assert [stages["decode"] for stages in result.stages] == [1, 1, 1]
    assert result.stages[0]["forward"] == 2  # post-processing is inside
    assert result.totals == [13, 13, 13]


def test_memory_of_a_whole_run(parts: tuple, tmp_path: Path) -> None:
    write_benchmark_video(tmp_path / "v.mp4", 6, 48, 32)
    det = ActionDetector(parts[0], device="cpu")
    memory = peak_memory(det, tmp_path / "v.mp4")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert memory.keys() == {"resident_mib"}
    assert 100 < memory["resident_mib"] < own + 8  # the two are counted in batches
    assert probe_video(tmp_path / "out.mp4").num_frames == 6  # outputs are written
