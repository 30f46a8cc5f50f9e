import runpy
from pathlib import Path

import pytest

from stal_plugin.apis import STAGES, ActionDetector, measure
from stal_plugin.apis.benchmark import write_benchmark_video

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    live = runpy.run_path(str(ROOT / "tests/apis/conftest.py"))
    folder = tmp_path_factory.mktemp("benchmark")
    live["save_tiny_checkpoint"](folder / "c.pth", live["tiny_settings"]())
    write_benchmark_video(folder / "v.mp4", 9, 48, 32)
    return folder / "c.pth", folder / "v.mp4"


def test_every_frame_and_stage_of_the_detectors_own_path(parts: tuple) -> None:
    checkpoint, video = parts
    plain = [r.scores for r in ActionDetector(checkpoint, device="cpu")(video)]
    seen: dict[str, list] = {"a": [], "b": []}
    detectors = {n: ActionDetector(checkpoint, device="cpu", stride=2) for n in seen}
    order = []
    for name, det in detectors.items():
        whole = det._result

        def noting(*args, name=name, whole=whole):
            result = whole(*args)
            seen[name].append(result.scores)
            order.append(name)
            return result

        det._result = noting
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
