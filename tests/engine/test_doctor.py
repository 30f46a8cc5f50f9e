import importlib.metadata
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from stal_plugin.engine import doctor
from stal_plugin.engine.doctor import Finding, examine, parse_version

SETUP = Path(__file__).parents[2] / "setup.py"
HEALTHY = {
    "torch": "2.13.0+cpu",
    "numpy": "2.4.6",
    "pandas": "3.1.1",
    "pydantic": "2.14.4",
    "mmengine": "0.10.7",
    "mmdet": "3.3.0",
    "mmaction2": "1.2.0",
    "mmcv-lite": "2.1.0",
    "av": "18.1.0",
    "scikit-learn": "1.9.1",
    "scipy": "1.17.0",
    "rich": "15.0.0",
    "matplotlib": "3.11.2",
    "jinja2": "3.1.6",
    "opencv-python": "5.0.0.93",
}
MODELS = ("mmengine.runner", "mmdet.models", "mmaction.models")


def fake_torch(available, built_for=None):
    cuda = SimpleNamespace(is_available=lambda: available)
    return SimpleNamespace(cuda=cuda, version=SimpleNamespace(cuda=built_for))


@pytest.fixture
def env(monkeypatch):
    """A healthy machine; tests break parts of it."""
    modules = dict.fromkeys(("mmcv._ext", "cv2", *MODELS), SimpleNamespace())
    modules |= {"av": av, "torch": fake_torch(available=True)}
    env = SimpleNamespace(packages=dict(HEALTHY), modules=modules, memory=16 * 2**30)

    def import_module(name):
        module = env.modules.get(name, ModuleNotFoundError(f"No module named {name!r}"))
        if isinstance(module, Exception):
            raise module
        return module

    monkeypatch.setattr(doctor, "version", env.packages.get)
    monkeypatch.setattr(doctor, "import_module", import_module)
    monkeypatch.setattr(doctor, "is_replacement", lambda name: False)
    monkeypatch.setattr(doctor, "memory_size", lambda: env.memory)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(4), raising=False)
    usage = SimpleNamespace(total=2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    env.shared_memory, env.patch = usage, monkeypatch
    return env


def problems(check):
    return [finding for finding in check() if finding.level != "info"]


def only(check):
    (problem,) = problems(check)
    return problem


@pytest.mark.parametrize("check", doctor.CHECKS)
def test_a_healthy_environment_has_no_problems(check, env):
    assert problems(check) == []


def test_a_check_that_fails_does_not_stop_the_others():
    def broken():
        yield Finding("info", "first")
        raise RuntimeError("oops")

    def good():
        yield Finding("info", "second")

    findings = list(examine([broken, good]))
    assert [f.level for f in findings] == ["info", "warning", "info"]
    assert findings[1].text == "broken failed: RuntimeError('oops')"
    assert findings[2].text == "second"


def test_everything_is_checked(env):
    env.packages.clear()
    env.modules.clear()
    broken = [f.text for f in examine() if f.level == "broken"]
    for package in ("torch", "mmengine", "mmdet", "mmaction2", "OpenCV"):
        assert any(text.startswith(package) for text in broken)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.13.0+cpu", (2, 13, 0)),
        ("0.10.7", (0, 10, 7)),
        ("2.0.0rc4", (2, 0, 0)),
        ("5", (5,)),
        ("unknown", ()),
    ],
)
def test_parse_version(text, numbers):
    assert parse_version(text) == numbers


def test_versions_compare_as_numbers():
    assert parse_version("0.9.1") < parse_version("0.10.7")


def test_version_asks_the_running_interpreter():
    assert doctor.version("pytest") == importlib.metadata.version("pytest")
    assert doctor.version("no-such-package-anywhere") is None


def test_memory_size():
    assert doctor.memory_size() > 2**27


def test_machine_is_described_by_mmengine():
    lines = [finding.text for finding in doctor.describe_machine()]
    assert any(line.startswith("PyTorch: ") for line in lines)
    assert any(line.startswith("CUDA available: ") for line in lines)
    assert not any("\n" in line for line in lines)


def test_machine_is_described_without_mmengine(env):
    (line,) = [finding.text for finding in doctor.describe_machine()]
    assert line.startswith("Python: 3.")


def test_bounds_are_those_of_setup_py():
    for requirement in doctor.REQUIRED:
        assert f'"{requirement}"' in SETUP.read_text()


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 15, 0)])
def test_python(env, version):
    env.patch.setattr(sys, "version_info", version)
    problem = only(doctor.check_python)
    assert problem.level == "broken"
    assert "3.10 to 3.14" in problem.text


def test_missing_package(env):
    del env.packages["av"]
    problem = only(doctor.check_required)
    assert problem.text == "av is not installed"
    assert problem.fix == "pip install 'av>=15,<19'"


@pytest.mark.parametrize(
    ("package", "version"),
    [("torch", "2.5.1"), ("mmengine", "0.9.0"), ("mmdet", "3.4")],
)
def test_version_out_of_bounds(env, package, version):
    env.packages[package] = version
    problem = only(doctor.check_required)
    assert problem.level == "broken"
    assert problem.text.startswith(f"{package} {version}: needed is from ")


def test_both_mmcvs(env):
    env.packages["mmcv"] = "2.1.0"
    problem = only(doctor.check_mmcv)
    assert "overwrite each other" in problem.text
    assert problem.fix.startswith("pip uninstall -y mmcv mmcv-lite && pip install")


def test_no_mmcv(env):
    del env.packages["mmcv-lite"]
    assert only(doctor.check_mmcv).fix == "pip install 'mmcv-lite==2.1.0'"
    env.packages["onedl-mmcv"] = "2.3.6"
    assert problems(doctor.check_mmcv) == []


@pytest.mark.parametrize("package", ["mmcv", "mmcv-lite"])
def test_too_new_mmcv(env, package):
    del env.packages["mmcv-lite"]
    env.packages[package] = "2.2.0"
    problem = only(doctor.check_mmcv)
    assert problem.level == "broken"
    assert problem.fix.startswith(f"pip uninstall -y {package} && ")


@pytest.fixture
def full(env):
    del env.packages["mmcv-lite"]
    env.packages["mmcv"] = "2.1.0"
    return env


def test_full_mmcv(full):
    (finding,) = doctor.check_mmcv()
    assert finding.level == "info"
    assert "compiled" in finding.text


def test_broken_wheel_of_mmcv(full):
    full.patch.setattr(doctor, "is_replacement", lambda name: name == "mmcv._ext")
    problem = only(doctor.check_mmcv)
    assert "without its compiled operators" in problem.text
    assert "--no-build-isolation" in problem.fix


def test_mmcv_for_another_torch(full):
    full.modules["mmcv._ext"] = ImportError("undefined symbol: _ZN3c10")
    problem = only(doctor.check_mmcv)
    assert problem.level == "broken"
    assert "undefined symbol: _ZN3c10" in problem.text


@pytest.mark.parametrize(
    ("twin", "original"),
    [("onedl-mmengine", "mmengine"), ("onedl-mmcv", "mmcv-lite")],
)
def test_two_packages_with_the_same_modules(env, twin, original):
    env.packages[twin] = "1.0"
    problem = only(doctor.check_twins)
    assert problem.text.startswith(f"{twin} and {original}")
    assert problem.fix.startswith(f"pip uninstall -y {twin} {original} &&")


def test_twin_alone(env):
    env.packages["onedl-mmengine"] = env.packages.pop("mmengine")
    assert problems(doctor.check_twins) == []


def test_opencv_without_libgl(env):
    env.modules["cv2"] = ImportError("libGL.so.1: cannot open shared object file")
    problem = only(doctor.check_opencv)
    assert problem.level == "broken"
    assert "libGL.so.1" in problem.text
    assert problem.fix.startswith("pip uninstall -y opencv-python ")
    assert problem.fix.endswith("pip install --force-reinstall opencv-python-headless")


def test_codec_writes_and_reads(env):
    (finding,) = doctor.check_codec()
    assert finding.text == "PyAV writes H.264 and reads 4 of 4 frames"


def test_codec_missing_from_pyav(env):
    def no_codec(*args, **kwargs):
        raise ValueError("libx264")

    env.modules["av"] = SimpleNamespace(open=no_codec)
    problem = only(doctor.check_codec)
    assert problem.level == "broken"
    assert "libx264" in problem.text


def test_codec_that_loses_frames(env):
    env.patch.setattr(doctor, "_frames_read_back", lambda av, count: count - 1)
    problem = only(doctor.check_codec)
    assert problem.level == "broken"
    assert "3 of 4" in problem.text


@pytest.mark.parametrize(
    ("built_for", "text", "command"),
    [
        (None, "a build without CUDA", "pip install --force-reinstall torch "),
        ("12.8", "built for CUDA 12.8", "nvidia-smi "),
    ],
)
def test_no_gpu_is_no_fault_but_there_may_be_a_way_to_one(
    env, built_for, text, command
):
    env.modules["torch"] = fake_torch(False, built_for)
    (finding,) = doctor.check_gpu()
    assert finding.level == "info"
    assert finding.text.startswith("no GPU: everything runs on the CPU, in fp32")
    assert text in finding.text
    assert finding.fix.startswith(command)


def test_torch_that_does_not_load(env):
    env.modules["torch"] = OSError("libcudart.so.12")
    assert "libcudart" in only(doctor.check_gpu).text


def test_resources(env):
    env.patch.setenv("OMP_NUM_THREADS", "8")
    assert only(doctor.check_resources).fix == "export OMP_NUM_THREADS=4"
    env.patch.setenv("OMP_NUM_THREADS", "4")
    env.memory = 2 * 2**30
    assert "2.0 GiB" in only(doctor.check_resources).text
    env.memory, env.shared_memory.total = float("inf"), 64 * 2**20
    if Path("/dev/shm").is_dir():
        assert "--shm-size" in only(doctor.check_resources).fix


def test_models_that_do_not_load(env):
    env.modules["mmdet.models"] = AssertionError("MMCV==2.2.0 is used")
    problem = only(doctor.check_models_load)
    assert problem.text == "import mmdet.models: AssertionError: MMCV==2.2.0 is used"


@pytest.mark.parametrize(
    ("check", "package"),
    [
        (doctor.check_codec, "av"),
        (doctor.check_gpu, "torch"),
        (doctor.check_models_load, "mmdet"),
    ],
)
def test_what_is_not_installed_is_not_reported_twice(env, check, package):
    del env.packages[package]
    assert list(check()) == []
