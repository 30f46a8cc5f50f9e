from types import SimpleNamespace

import av
import pytest

from stal_plugin.engine.doctor import system_checks as checks


def problems(check, env):
    return [f for f in check(env) if f.level != "info"]


def only(check, env):
    (problem,) = problems(check, env)
    return problem


def test_opencv_without_libgl(env):
    env.modules["cv2"] = ImportError("libGL.so.1: cannot open shared object file")
    problem = only(checks.check_opencv, env)
    assert problem.level == "broken"
    assert "libGL.so.1" in problem.text
    assert problem.fix == (
        "pip uninstall -y opencv-python && "
        "pip install --force-reinstall opencv-python-headless"
    )


def test_opencv_missing(env):
    del env.packages["opencv-python"], env.modules["cv2"]
    assert only(checks.check_opencv, env).text == "OpenCV is not installed"


def test_opencv_loads(env):
    assert [f.text for f in checks.check_opencv(env)] == ["opencv-python 5.0.0.93"]


def test_decord_is_optional(env):
    assert problems(checks.check_decord, env) == []
    del env.modules["decord"]
    assert only(checks.check_decord, env).level == "warning"


def test_codec_writes_and_reads(env):
    video = checks.encode_h264(av)
    assert video[4:8] == b"ftyp"
    assert checks.count_frames(av, video) == 4
    env.modules["av"] = av
    del env.modules["cv2"]
    assert problems(checks.check_codec, env) == []


def test_codec_missing_from_pyav(env):
    def no_codec(*args, **kwargs):
        raise ValueError("libx264")

    env.modules["av"] = SimpleNamespace(open=no_codec)
    problem = only(checks.check_codec, env)
    assert problem.level == "broken"
    assert "libx264" in problem.text


def test_opencv_that_cannot_read_h264_is_a_warning(env):
    capture = SimpleNamespace(read=lambda: (False, None), release=lambda: None)
    env.modules["av"] = av
    env.modules["cv2"] = SimpleNamespace(VideoCapture=lambda path: capture)
    problem = only(checks.check_codec, env)
    assert problem.level == "warning"
    assert "0 of 4" in problem.text


def fake_torch(count, built_for=None):
    properties = SimpleNamespace(name="H9", total_memory=80 * 2**30)
    cuda = SimpleNamespace(
        is_available=lambda: count > 0,
        device_count=lambda: count,
        get_device_properties=lambda index: properties,
    )
    return SimpleNamespace(cuda=cuda, version=SimpleNamespace(cuda=built_for))


def test_gpu(env):
    env.modules["torch"] = fake_torch(1)
    (found,) = checks.check_gpu(env)
    assert (found.level, found.text, found.fix) == ("info", "GPU 0: H9, 80 GiB", "")


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
    env.modules["torch"] = fake_torch(0, built_for)
    (found,) = checks.check_gpu(env)
    assert found.level == "info"
    assert found.text.startswith("no GPU: everything runs on the CPU, in fp32")
    assert text in found.text
    assert found.fix.startswith(command)


def test_torch_that_does_not_load(env):
    env.modules["torch"] = OSError("libcudart.so.12")
    assert "libcudart" in only(checks.check_gpu, env).text


def test_machine(env):
    assert problems(checks.check_machine, env) == []
    env.omp = "8"
    assert only(checks.check_machine, env).fix == "export OMP_NUM_THREADS=4"
    env.omp, env.total = "4", 2 * 2**30
    assert "2.0 GiB" in only(checks.check_machine, env).text
    env.total, env.shm = None, 64 * 2**20
    assert "--shm-size" in only(checks.check_machine, env).fix


def test_hosts(env):
    names = ("mmengine.runner", "mmdet.models", "mmaction.models")
    env.modules |= {name: SimpleNamespace() for name in names}
    assert problems(checks.check_hosts, env) == []
    env.modules["mmdet.models"] = AssertionError("MMCV==2.2.0 is used")
    problem = only(checks.check_hosts, env)
    assert problem.text == "import mmdet.models: AssertionError: MMCV==2.2.0 is used"


@pytest.mark.parametrize(
    ("check", "package"),
    [
        (checks.check_codec, "av"),
        (checks.check_gpu, "torch"),
        (checks.check_hosts, "mmdet"),
    ],
)
def test_what_is_not_installed_is_not_reported_twice(env, check, package):
    del env.packages[package]
    assert list(check(env)) == []
