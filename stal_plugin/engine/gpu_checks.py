"""Measure what a GPU does for this package; what is not here says so."""

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.datasets.pipeline_steps import clip_shape
from stal_plugin.registry import MODELS
from stal_plugin.video import VideoReader, write_video

_SECONDS = 20.0  # that a measurement repeats its work for, at most
_REPEATS = 20
_FRAMES, _WIDTH, _HEIGHT = 250, 1280, 720
_ELEMENTS = 1 << 24


class NotHere(Exception):
    """A part of the machine or a package is missing; the text says which."""


class CheckResult(NamedTuple):
    """A row of the report.

    Attributes:
        name: Of the check.
        state: 'measured', 'not here' or 'failed'.
        text: What was measured, or why not.
    """

    name: str
    state: str
    text: str


def run_checks(checks: dict[str, Callable[[], str]]) -> Iterator[CheckResult]:
    """Run checks one after another; one that fails does not stop the others.

    Args:
        checks: By name; each returns what it measured, or raises ``NotHere``.
    """
    for name, check in checks.items():
        try:
            yield CheckResult(name, "measured", check())
        except NotHere as reason:
            yield CheckResult(name, "not here", str(reason))
        except Exception as error:  # whatever a driver or package throws
            text = f"{type(error).__name__}: {error}".splitlines()
            yield CheckResult(name, "failed", " ".join(text)[:300])


def all_checks(cfg: Config, onnx: str | None = None) -> dict[str, Callable[[], str]]:
    """Return the checks by name.

    Args:
        cfg: Config of the network that is trained.
        onnx: An exported network.
    """
    return {
        "training step, CPU, fp32": partial(training_step, cfg, "cpu", False),
        "training step, GPU, fp32": partial(training_step, cfg, "cuda", False),
        "training step, GPU, mixed precision": partial(
            training_step, cfg, "cuda", True
        ),
        "two processes, NCCL": partial(two_processes, "nccl"),
        "decoding, CPU": partial(decoding, decode_on_cpu),
        "decoding, PyAV on CUDA": partial(decoding, decode_with_pyav),
        "decoding, torchcodec on CUDA": partial(decoding, decode_with_torchcodec),
        "onnxruntime, CUDA": partial(onnx_on_cuda, onnx),
    }


def need_gpus(count: int) -> None:
    """Raise ``NotHere`` if torch sees fewer GPUs."""
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found < count:
        build = torch.version.cuda or "none, a build for CPUs"
        raise NotHere(f"torch sees {found} of {count} GPUs (its CUDA: {build})")


def need_package(name: str, pip: str) -> Any:
    """Import a package, or raise ``NotHere`` with the command that installs it."""
    try:
        return import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        raise NotHere(f"pip install {pip} ({error})".splitlines()[0]) from None


def random_batch(
    cfg: Config, num_classes: int, device: str
) -> tuple[Tensor, list[ActionDataSample]]:
    """Return clips ``(B, 3, T, H, W)`` in [0, 1] and samples with a box each."""
    frames, height, width = clip_shape(cfg)
    size = cfg.train_dataloader.batch_size
    generator = torch.Generator().manual_seed(0)
    clips = torch.rand(size, 3, frames, height, width, generator=generator)
    samples = []
    for number in range(size):
        meta = {"img_shape": (height, width), "original_shape": (height, width)}
        sample = ActionDataSample(metainfo={**meta, "scale_factor": (1.0, 1.0)})
        box = [[width / 4, height / 4, width / 2, height * 3 / 4]]
        sample.gt_instances = InstanceData(
            bboxes=torch.tensor(box), labels=torch.tensor([number % num_classes])
        )
        samples.append(sample.to(device))
    return clips.to(device), samples


def training_step(cfg: Config, device: str, mixed: bool) -> str:
    """Time forward and backward of the config's network on random clips.

    Raises:
        NotHere: There is no such device.
        ValueError: A loss or gradient is not finite, or differs from that of fp32.
    """
    if device == "cuda":
        need_gpus(1)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmaction")):
        model = MODELS.build(cfg.model).to(device)
    batch = random_batch(cfg, model.bbox_head.num_classes, device)
    scaler = torch.amp.GradScaler(device, enabled=mixed)

    def step(half: bool) -> float:
        model.zero_grad()
        with torch.autocast(device, torch.float16, enabled=half):
            loss, _ = model.parse_losses(model(*batch, mode="loss"))
        scaler.scale(loss).backward()
        return loss.item()

    exact = step(False)
    loss = step(mixed)
    if not np.isfinite(loss) or abs(loss - exact) > 0.05 * abs(exact):
        raise ValueError(f"the loss is {loss:.4f}, in fp32 {exact:.4f}")
    seconds = repeated(lambda: step(mixed), device)
    text = f"{1000 * seconds:.1f} ms for {len(batch[0])} clips, loss {loss:.4f}"
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**20
        text += f" (fp32: {exact:.4f}), peak {peak:.0f} MiB"
    return text


def repeated(work: Callable[[], Any], device: str = "cpu") -> float:
    """Return the median seconds of some repeats, the first one left out."""
    work()
    times: list[float] = []
    while len(times) < _REPEATS and (sum(times) < _SECONDS or not times):
        if device == "cuda":
            torch.cuda.synchronize()
        begin = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
    return float(np.median(times))


def two_processes(backend: str = "nccl") -> str:
    """Add numbers of two processes, as distributed training does with gradients.

    Args:
        backend: ``'nccl'``, which needs two GPUs, or ``'gloo'``.

    Raises:
        NotHere: There are no two GPUs.
    """
    if backend == "nccl":
        need_gpus(2)
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(_process, (backend, folder), nprocs=2)
        seconds = float(Path(folder, "seconds").read_text())
    return f"{_ELEMENTS >> 18} MiB added up in {1000 * seconds:.1f} ms ({backend})"


def _process(rank: int, backend: str, folder: str) -> None:
    device = f"cuda:{rank}" if backend == "nccl" else "cpu"
    torch.distributed.init_process_group(
        backend, init_method=f"file://{folder}/meeting", rank=rank, world_size=2
    )
    values = torch.full((_ELEMENTS,), rank + 1.0, device=device)
    torch.distributed.all_reduce(values)
    if not bool((values == 3).all()):
        raise ValueError(f"1 + 2 became {values[0]:g}")
    kind = device.partition(":")[0]
    times = []
    for _ in range(5):  # as often in both
        begin = time.perf_counter()
        torch.distributed.all_reduce(values)
        if kind == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begin)
    if rank == 0:
        Path(folder, "seconds").write_text(str(np.median(times)))
    torch.distributed.destroy_process_group()


def decoding(decode: Callable[[str], Iterator[np.ndarray]]) -> str:
    """Time the decoding of a drawn video, and compare it with the CPU's.

    Args:
        decode: Yields the frames ``(H, W, 3)`` RGB of a file; may raise ``NotHere``.

    Raises:
        ValueError: There are other frames, or their pixels differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "video.mp4"))
        write_video(path, map(_picture, range(_FRAMES)), 25)
        begin = time.perf_counter()
        means, count = [], 0
        for frame in decode(path):
            if count % 50 == 0:
                means.append(frame.reshape(-1, 3).mean(0))
            count += 1
        seconds = time.perf_counter() - begin
        kept = VideoReader(path).read(range(0, _FRAMES, 50))
    if count != _FRAMES:
        raise ValueError(f"{count} of {_FRAMES} frames")
    expected = [image.reshape(-1, 3).mean(0) for image in kept]
    off = float(np.abs(np.subtract(means, expected)).max())
    if off > 3:
        raise ValueError(f"colours differ by {off:.1f} of 255 from the CPU's")
    rate = f"{_FRAMES / seconds:.0f} frames of {_WIDTH}x{_HEIGHT} per second"
    return f"{rate}, off by {off:.1f}"


def _picture(number: int) -> np.ndarray:
    image = np.full((_HEIGHT, _WIDTH, 3), (40, 90, number % 200), np.uint8)
    left = 4 * number % (_WIDTH - 200)
    image[100:500, left : left + 200] = (220, 30, 60)
    return image


def decode_on_cpu(path: str) -> Iterator[np.ndarray]:
    """Frames by PyAV, as training and live use read them."""
    return VideoReader(path).iterate()


def decode_with_pyav(path: str) -> Iterator[np.ndarray]:
    """Frames by PyAV with the decoder of an NVIDIA GPU."""
    need_gpus(1)
    import av
    from av.codec.hwaccel import HWAccel, hwdevices_available

    if "cuda" not in hwdevices_available():
        raise NotHere(f"PyAV {av.__version__} was built without CUDA")
    accelerator = HWAccel(device_type="cuda", allow_software_fallback=False)
    with av.open(path, hwaccel=accelerator) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def decode_with_torchcodec(path: str) -> Iterator[np.ndarray]:
    """Frames by torchcodec with the decoder of an NVIDIA GPU."""
    need_gpus(1)
    decoders = need_package("torchcodec.decoders", "torchcodec")
    for frame in decoders.VideoDecoder(path, device="cuda", dimension_order="NHWC"):
        yield frame.cpu().numpy()


def onnx_on_cuda(path: str | None) -> str:
    """Time an exported network on the GPU, and compare it with the CPU.

    Raises:
        NotHere: onnxruntime or its CUDA provider is missing, or there is no file.
        ValueError: The outputs differ.
    """
    runtime = need_package("onnxruntime", "onnxruntime-gpu")
    if "CUDAExecutionProvider" not in runtime.get_available_providers():
        raise NotHere(
            f"onnxruntime {runtime.__version__} has no CUDAExecutionProvider: pip "
            "install onnxruntime-gpu"
        )
    if path is None:
        raise NotHere("no exported network was given: --onnx FILE")
    sessions = [
        runtime.InferenceSession(path, providers=[provider])
        for provider in ("CPUExecutionProvider", "CUDAExecutionProvider")
    ]
    (entry,) = sessions[0].get_inputs()
    shape = [size if isinstance(size, int) else 1 for size in entry.shape]
    clip = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    slow, fast = (session.run(None, {entry.name: clip}) for session in sessions)
    off = max(float(np.abs(a - b).max()) for a, b in zip(slow, fast, strict=True))
    if off > 0.1:
        raise ValueError(f"outputs differ by {off:g} from the CPU's")
    seconds = repeated(lambda: sessions[1].run(None, {entry.name: clip}))
    return f"{1000 * seconds:.1f} ms per clip, off by {off:.2g}"
