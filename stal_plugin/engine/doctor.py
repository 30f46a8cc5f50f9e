"""What is installed here, what is wrong with it, and the command that mends it.

mmengine's ``collect_env`` describes the machine, the checks find what makes training
fail or crawl. Only the standard library is imported before a check asks for more.
"""

import importlib.metadata
import io
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple

from stal_plugin.compat.import_fixes import is_replacement

#: As in setup.py; torch before 2.6 can be made to run code under weights_only=True
#: (CVE-2025-32434)
REQUIRED = (
    *("torch>=2.6,<2.15", "mmengine>=0.10.7,<0.11", "mmdet>=3.3,<3.4"),
    *("mmaction2>=1.2,<1.3", "numpy>=1.26,<2.6", "pandas>=2.2,<4", "pydantic>=2.9,<3"),
    *("scikit-learn>=1.3,<2", "scipy>=1.11,<2", "av>=15,<19", "rich>=13,<16"),
    *("matplotlib>=3.8,<4", "jinja2>=3.1,<4"),
)
#: packages of another publisher -> those whose modules they bring as well
TWINS = {
    "onedl-mmengine": ("mmengine", "mmengine-lite"),
    "onedl-mmcv": ("mmcv", "mmcv-lite"),
    "onedl-mmdetection": ("mmdet",),
}
_LITE = "pip install 'mmcv-lite==2.1.0'"
_FULL = "MMCV_WITH_OPS=1 pip install --force-reinstall --no-build-isolation mmcv==2.1.0"
_HEADLESS = "pip install --force-reinstall opencv-python-headless"
_TORCH = "pip install --force-reinstall torch"
_PYPI = " --index-url https://pypi.org/simple"
_NO_WORKERS = "train_dataloader.num_workers=0 train_dataloader.persistent_workers=False"
_NOT_SHOWN = {"sys.platform", "numpy_random_seed", "PyTorch compiling details"}
_GIB = 2**30


class Finding(NamedTuple):
    """A line of the report; where the level is ``'broken'``, training will fail."""

    level: Literal["info", "warning", "broken"]
    text: str
    fix: str = ""


def version(package: str) -> str | None:
    """Return the version of an installed package, ``None`` if there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def parse_version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, ``'2.1.0+cpu'`` as ``(2, 1, 0)``."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def describe_machine() -> Iterator[Finding]:
    """What mmengine's ``collect_env`` says, or as much as Python itself knows."""
    try:
        report = import_module("mmengine.utils.dl_utils").collect_env()
    except Exception:  # what is missing or broken is found below
        report = {"Python": f"{platform.python_version()}, {platform.platform()}"}
    lines = [f"{key}: {report[key]}" for key in report if key not in _NOT_SHOWN]
    yield from (Finding("info", line) for line in lines)


def check_python() -> Iterator[Finding]:
    """Python is one of those that the package supports."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 14):
        text = f"python {platform.python_version()}: 3.10 to 3.14 are supported"
        fix = "python3.13 -m venv .venv && .venv/bin/pip install -e .[lite]"
        yield Finding("broken", text, fix)


def check_required() -> Iterator[Finding]:
    """Every required package is there and within its bounds."""
    for requirement in REQUIRED:
        package, low, high = re.split(">=|,<", requirement)
        installed, fix = version(package), f"pip install '{requirement}'"
        if installed is None:
            yield Finding("broken", f"{package} is not installed", fix)
        elif parse_version(low) <= parse_version(installed) < parse_version(high):
            yield Finding("info", f"{package} {installed}")
        else:
            text = f"{package} {installed}: needed is from {low} to below {high}"
            yield Finding("broken", text, fix)


def check_mmcv() -> Iterator[Finding]:
    """Either mmcv or mmcv-lite is there, not both, older than 2.2 and whole."""
    full, lite = version("mmcv"), version("mmcv-lite")
    if full and lite:
        text = f"mmcv {full} and mmcv-lite {lite} overwrite each other's files"
        yield Finding("broken", text, f"pip uninstall -y mmcv mmcv-lite && {_LITE}")
    elif full or lite:
        yield _check_one_mmcv("mmcv" if full else "mmcv-lite", full or lite or "")
    elif not version("onedl-mmcv"):
        yield Finding("broken", "neither mmcv-lite nor mmcv is installed", _LITE)


def _check_one_mmcv(package: str, installed: str) -> Finding:
    name, fix = f"{package} {installed}", f"pip uninstall -y {package} && {_LITE}"
    if not (2, 0) <= parse_version(installed) < (2, 2):
        text = f"{name}: mmdet and mmaction2 refuse all but 2.0 to below 2.2"
        return Finding("broken", text, fix)
    if package == "mmcv-lite":
        return Finding("info", f"{name} (NMS without compiled operators)")
    if is_replacement("mmcv._ext"):
        text = f"{name} was built without its compiled operators (mmcv._ext)"
        return Finding("broken", text, f"{fix}   (or, with a compiler: {_FULL})")
    try:
        import_module("mmcv._ext")
        return Finding("info", f"{name} with compiled operators")
    except Exception as error:
        text = f"{name}: its operators do not fit the installed torch: {error}"
        return Finding("broken", text, fix)


def check_twins() -> Iterator[Finding]:
    """No onedl package beside the one whose modules it replaces."""
    for twin, originals in TWINS.items():
        both = [twin, *filter(version, originals)]
        if version(twin) and len(both) > 1:
            text = f"{' and '.join(both)} install the same modules over each other"
            fix = f"pip uninstall -y {' '.join(both)} && pip install -e .[lite]"
            yield Finding("broken", text, fix)


def check_opencv() -> Iterator[Finding]:
    """OpenCV is there and finds the libraries that it needs."""
    try:
        import_module("cv2")
    except Exception as error:
        fix = "pip uninstall -y opencv-python opencv-contrib-python; " + _HEADLESS
        yield Finding("broken", f"OpenCV does not load: {error}", fix)


def check_codec() -> Iterator[Finding]:
    """PyAV writes and reads H.264."""
    if version("av") is None:
        return  # check_required says so
    try:
        count = _frames_read_back(import_module("av"), 4)
        text = f"PyAV writes H.264 and reads {count} of 4 frames"
    except Exception as error:
        count, text = 0, f"PyAV cannot write and read H.264: {error}"
    fix = "pip install --force-reinstall --no-cache-dir av"
    yield Finding("info", text) if count == 4 else Finding("broken", text, fix)


def _frames_read_back(av: Any, count: int) -> int:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        return sum(1 for _ in container.decode(video=0))


def check_gpu() -> Iterator[Finding]:
    """Torch loads; without a GPU, say what would bring one in."""
    if version("torch") is None:
        return  # check_required says so
    try:
        torch = import_module("torch")
    except Exception as error:
        yield Finding("broken", f"torch does not load: {error}", _TORCH)
        return
    if not torch.cuda.is_available():
        cuda = torch.version.cuda
        build = f"built for CUDA {cuda}" if cuda else "a build without CUDA"
        text = f"no GPU: everything runs on the CPU, in fp32 (torch is {build})"
        fix = (
            f"{'nvidia-smi' if cuda else _TORCH + _PYPI}   (if there is an NVIDIA GPU)"
        )
        yield Finding("info", text, fix)


def check_resources() -> Iterator[Finding]:
    """Threads, memory, and the memory that data loader workers share, are enough."""
    usable = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    cores, threads = len(usable(0)), os.environ.get("OMP_NUM_THREADS", "")
    yield Finding("info", f"{cores} cores, OMP_NUM_THREADS={threads or 'not set'}")
    if threads.isdigit() and int(threads) > cores:
        text = f"OMP_NUM_THREADS={threads} on {cores} cores makes threads wait"
        yield Finding("warning", text, f"export OMP_NUM_THREADS={cores}")
    memory = memory_size()
    if memory < 4 * _GIB:
        fix = "use configs/mini/, or --cfg-options train_dataloader.batch_size=2"
        yield Finding("warning", f"{memory / _GIB:.1f} GiB of memory", fix)
    shared = Path("/dev/shm")
    if shared.is_dir() and (size := shutil.disk_usage(shared).total) < _GIB // 4:
        text = f"/dev/shm has {size // 2**20} MiB; data loader workers may die of it"
        fix = f"docker run --shm-size=1g ...   (or: --cfg-options {_NO_WORKERS})"
        yield Finding("warning", text, fix)


def memory_size() -> float:
    """Return the bytes of memory, infinite if unknown; a container's may be limited."""
    if not hasattr(os, "sysconf"):
        return float("inf")
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    return min(total, int(text)) if text.isdigit() else total


def check_models_load() -> Iterator[Finding]:
    """The modules that hold mmdet's and mmaction2's models load."""
    if not all(map(version, ("torch", "mmengine", "mmdet", "mmaction2"))):
        return  # check_required says so
    for module in ("mmengine.runner", "mmdet.models", "mmaction.models"):
        try:
            import_module(module)
        except Exception as error:
            text = f"import {module}: {type(error).__name__}: {error}"
            fix = "mend what is listed above first; else: pip install --force-reinstall"
            yield Finding("broken", text, f"{fix} -e .[lite]")
            return
    yield Finding("info", "mmengine, mmdet.models and mmaction.models load")


CHECKS = (
    *(describe_machine, check_python, check_required, check_mmcv, check_twins),
    *(check_opencv, check_codec, check_gpu, check_resources, check_models_load),
)


def examine(
    checks: Sequence[Callable[[], Iterator[Finding]]] = CHECKS,
) -> Iterator[Finding]:
    """Yield what the checks find; a check that fails itself is a finding too."""
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            yield Finding("warning", f"{check.__name__} failed: {error!r}")
