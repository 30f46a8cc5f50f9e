"""Do the libraries load, do videos work, is the machine large enough?"""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stal_plugin.engine.doctor.environment import Environment, Finding
from stal_plugin.engine.doctor.package_checks import OPENCV

_GIB = 2**30
_FRAMES = 4
_CUDA_TORCH = "pip install --force-reinstall torch --index-url https://pypi.org/simple"


def check_opencv(env: Environment) -> Iterator[Finding]:
    """OpenCV is there and finds the libraries that it needs."""
    installed = [package for package in OPENCV if env.version(package)]
    headless = "pip install --force-reinstall opencv-python-headless"
    try:
        cv2 = env.load("cv2")
    except Exception as error:
        if not installed:
            yield Finding("broken", "OpenCV is not installed", headless)
            return
        remove = f"pip uninstall -y {' '.join(installed)} && "
        yield Finding("broken", f"OpenCV does not load: {error}", remove + headless)
        return
    versions = ", ".join(f"{package} {env.version(package)}" for package in installed)
    yield Finding("info", versions or f"OpenCV {cv2.__version__}")


def check_decord(env: Environment) -> Iterator[Finding]:
    """Decord is one of several decoders, and has no wheels for some machines."""
    try:
        env.load("decord")
    except Exception as error:
        yield Finding(
            "warning",
            f"decord does not load ({error}); only mmaction.DecordDecode needs it, "
            "stal_plugin.DecodeClip reads with PyAV",
            "pip install decord",
        )
    else:
        yield Finding("info", f"decord {env.version('decord') or ''}".rstrip())


def check_codec(env: Environment) -> Iterator[Finding]:
    """PyAV writes and reads H.264, OpenCV reads what PyAV wrote."""
    if env.version("av") is None:
        return  # check_required says so
    try:
        video = encode_h264(env.load("av"))
        decoded = count_frames(env.load("av"), video)
    except Exception as error:
        yield Finding(
            "broken",
            f"PyAV cannot write and read H.264: {error}",
            "pip install --force-reinstall --no-cache-dir av",
        )
        return
    level: Any = "info" if decoded == _FRAMES else "broken"
    yield Finding(
        level,
        f"PyAV writes H.264 and reads {decoded} of {_FRAMES} frames",
        "" if level == "info" else "pip install --force-reinstall --no-cache-dir av",
    )
    try:
        read = _count_frames_opencv(env.load("cv2"), video)
    except Exception:  # that it does not load is check_opencv's business
        return
    if read != _FRAMES:
        yield Finding(
            "warning",
            f"OpenCV reads {read} of {_FRAMES} H.264 frames; only "
            "mmaction.OpenCVDecode needs that",
            "pip install --force-reinstall opencv-python-headless",
        )


def encode_h264(av: Any) -> bytes:
    """Return a few black frames as an mp4."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(_FRAMES):
            frame = av.VideoFrame(64, 48, "yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def count_frames(av: Any, video: bytes) -> int:
    """Decode an mp4 with PyAV and count its frames."""
    with av.open(io.BytesIO(video)) as container:
        return sum(1 for _ in container.decode(video=0))


def _count_frames_opencv(cv2: Any, video: bytes) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "video.mp4")
        path.write_bytes(video)
        capture = cv2.VideoCapture(str(path))
        count = 0
        while capture.read()[0]:
            count += 1
        capture.release()
    return count


def check_gpu(env: Environment) -> Iterator[Finding]:
    """Name the GPU, or say that there is none and what would bring one in."""
    if env.version("torch") is None:
        return  # check_required says so
    try:
        torch = env.load("torch")
    except Exception as error:
        yield Finding(
            "broken",
            f"torch does not load: {error}",
            "pip install --force-reinstall torch",
        )
        return
    if not torch.cuda.is_available():
        cuda = torch.version.cuda
        yield Finding(
            "info",
            "no GPU: everything runs on the CPU, in fp32 (torch is "
            f"{'built for CUDA ' + cuda if cuda else 'a build without CUDA'})",
            f"{'nvidia-smi' if cuda else _CUDA_TORCH}   (if there is an NVIDIA GPU)",
        )
        return
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        memory = properties.total_memory / _GIB
        yield Finding("info", f"GPU {index}: {properties.name}, {memory:.0f} GiB")


def check_machine(env: Environment) -> Iterator[Finding]:
    """Cores, threads and memory."""
    cores, threads = env.cores(), env.variables().get("OMP_NUM_THREADS", "")
    yield Finding("info", f"{cores} cores, OMP_NUM_THREADS={threads or 'not set'}")
    if threads.isdigit() and int(threads) > cores:
        yield Finding(
            "warning",
            f"OMP_NUM_THREADS={threads} on {cores} cores makes threads wait",
            f"export OMP_NUM_THREADS={cores}",
        )
    memory = env.memory()
    if memory is not None:
        level: Any = "warning" if memory < 4 * _GIB else "info"
        fix = "use configs/mini/, or --cfg-options train_dataloader.batch_size=2"
        text = f"{memory / _GIB:.1f} GiB of memory"
        yield Finding(level, text, fix if level == "warning" else "")
    shared = env.shared_memory()
    if shared is not None and shared < _GIB // 4:
        yield Finding(
            "warning",
            f"/dev/shm has {shared // 2**20} MiB; data loader workers may die of it",
            "docker run --shm-size=1g ...   (or: --cfg-options "
            "train_dataloader.num_workers=0 train_dataloader.persistent_workers=False)",
        )


def check_hosts(env: Environment) -> Iterator[Finding]:
    """The modules that hold mmdet's and mmaction2's models load."""
    if not all(map(env.version, ("torch", "mmengine", "mmdet", "mmaction2"))):
        return  # check_required says so
    for module in ("mmengine.runner", "mmdet.models", "mmaction.models"):
        try:
            env.load(module)
        except Exception as error:
            yield Finding(
                "broken",
                f"import {module}: {type(error).__name__}: {error}",
                "mend what is listed above first; else: pip install --force-reinstall "
                "-e .[lite]",
            )
            return
    yield Finding("info", "mmengine, mmdet.models and mmaction.models load")
