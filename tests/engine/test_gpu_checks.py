import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config

from stal_plugin.engine import gpu_checks
from stal_plugin.engine.gpu_checks import (
    NotHere,
    all_checks,
    decode_on_cpu,
    decoding,
    need_package,
    onnx_on_cuda,
    random_batch,
    repeated,
    run_checks,
    training_step,
)
from stal_plugin.video import VideoReader

CONFIG = Path(__file__).parents[2] / "configs/mini/yowo_agot.py"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_checks, "_REPEATS", 1)
    monkeypatch.setattr(gpu_checks, "_ELEMENTS", 64)
    monkeypatch.setattr(gpu_checks, "_FRAMES", 60)
    monkeypatch.setattr(gpu_checks, "_WIDTH", 320)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def cfg() -> Config:
    settings = Config.fromfile(CONFIG)
    settings.train_dataloader.batch_size = 2
    return settings


def test_a_check_that_fails_does_not_stop_the_others() -> None:
    def absent() -> str:
        raise NotHere("no such thing")

    def broken() -> str:
        raise RuntimeError("driver\ntoo old")

    checks = {"a": absent, "b": broken, "c": lambda: "5 ms"}
    assert [tuple(row) for row in run_checks(checks)] == [
        ("a", "not here", "no such thing"),
        ("b", "failed", "RuntimeError: driver too old"),
        ("c", "measured", "5 ms"),
    ]


def test_without_a_gpu_each_check_of_it_says_so(no_gpu: None, cfg: Config) -> None:
    checks = all_checks(cfg)
    assert len(checks) == 8
    of_gpu = {n: c for n, c in checks.items() if not n.endswith(("CPU", "CPU, fp32"))}
    assert len(of_gpu) == 6
    for row in run_checks(of_gpu):
        assert row.state == "not here", row
        assert "torch sees 0 of" in row.text or "onnxruntime" in row.text


def test_a_step_on_the_cpu(cfg: Config) -> None:
    clips, samples = random_batch(cfg, 8, "cpu")
    assert clips.shape == (2, 3, 8, 112, 112)
    assert [s.gt_instances.labels.tolist() for s in samples] == [[0], [1]]
    assert samples[0].gt_instances.bboxes.tolist() == [[28, 28, 56, 84]]
    assert "ms for 2 clips, loss " in training_step(cfg, "cpu", False)


def test_a_step_whose_loss_is_off(cfg: Config, monkeypatch) -> None:
    from stal_plugin.models.detectors import ClipDetector

    losses = iter([1.0, float("nan")])

    def parse(self: ClipDetector, found: dict) -> tuple:
        return sum(map(torch.mean, found.values())) * 0 + next(losses), {}

    monkeypatch.setattr(ClipDetector, "parse_losses", parse)
    with pytest.raises(ValueError, match=r"the loss is nan, in fp32 1\.0000"):
        training_step(cfg, "cpu", False)


def test_two_processes_add_up(tmp_path: Path) -> None:
    # NCCL's path with gloo, and forked: new processes would load torch again
    context = multiprocessing.get_context("fork")
    arguments = ("gloo", str(tmp_path))
    started = [
        context.Process(target=gpu_checks._process, args=(rank, *arguments))
        for rank in range(2)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join(120)
    assert [process.exitcode for process in started] == [0, 0]
    assert float((tmp_path / "seconds").read_text()) > 0


def test_decoders_are_compared_with_the_cpus() -> None:
    assert "frames of 320x720 per second, off by 0.0" in decoding(decode_on_cpu)

    def all_but_one(path: str) -> Iterator[np.ndarray]:
        return VideoReader(path).iterate(1)

    def bgr(path: str) -> Iterator[np.ndarray]:
        return (frame[..., ::-1] for frame in VideoReader(path).iterate())

    with pytest.raises(ValueError, match="59 of 60 frames"):
        decoding(all_but_one)
    with pytest.raises(ValueError, match=r"colours differ by \d+\.\d of 255"):
        decoding(bgr)


def _runtime(off: float) -> SimpleNamespace:
    """An onnxruntime whose GPU computes something else."""

    def session(path: str, providers: list[str]) -> SimpleNamespace:
        more = off if providers == ["CUDAExecutionProvider"] else 0.0
        entry = SimpleNamespace(name="clip", shape=["batch", 3, 2, 4, 4])
        return SimpleNamespace(
            get_inputs=lambda: [entry],
            run=lambda names, inputs: [inputs["clip"].mean(keepdims=True) + more],
        )

    names = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    return SimpleNamespace(
        __version__="9", get_available_providers=lambda: names, InferenceSession=session
    )


def test_onnx_on_the_gpu_is_compared_with_the_cpu(monkeypatch) -> None:
    runtime = _runtime(0.0)
    monkeypatch.setattr(gpu_checks, "import_module", lambda name: runtime)
    assert "ms per clip, off by 0" in onnx_on_cuda("net.onnx")
    with pytest.raises(NotHere, match="--onnx FILE"):
        onnx_on_cuda(None)
    monkeypatch.setattr(gpu_checks, "import_module", lambda name: _runtime(0.5))
    with pytest.raises(ValueError, match=r"outputs differ by 0\.5"):
        onnx_on_cuda("net.onnx")


def test_a_package_that_is_missing() -> None:
    with pytest.raises(NotHere, match="pip install no-such"):
        need_package("no_such_package", "no-such")


def test_the_first_repeat_does_not_count(monkeypatch) -> None:
    monkeypatch.setattr(gpu_checks, "_REPEATS", 3)
    ticks = iter([0, 5, 10, 11, 20, 23])
    monkeypatch.setattr(gpu_checks.time, "perf_counter", lambda: next(ticks))
    calls: list[int] = []
    assert repeated(lambda: calls.append(1)) == 3  # of 5, 1 and 3
    assert len(calls) == 4
