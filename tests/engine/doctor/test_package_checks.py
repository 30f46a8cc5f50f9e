import re
from pathlib import Path

import pytest

from stal_plugin.engine.doctor import package_checks as checks

SETUP = Path(__file__).parents[3] / "setup.py"


def problems(check, env):
    return [f for f in check(env) if f.level != "info"]


def only(check, env):
    (problem,) = problems(check, env)
    return problem


ALL = [
    checks.check_python,
    checks.check_required,
    checks.check_mmcv,
    checks.check_twins,
    checks.check_setuptools,
    checks.check_importlib_metadata,
]


@pytest.mark.parametrize("check", ALL)
def test_a_healthy_environment_has_no_problems(check, env):
    assert problems(check, env) == []


def test_bounds_are_those_of_setup_py():
    text = SETUP.read_text()
    for package, (low, high) in checks.REQUIRED.items():
        assert f'"{package}>={low},<{high}"' in text


@pytest.mark.parametrize("version", [(3, 9, 1), (3, 13, 0)])
def test_python(env, version):
    env.python_version = version
    problem = only(checks.check_python, env)
    assert problem.level == "broken"
    assert "3.10 to 3.12" in problem.text


def test_missing_package(env):
    del env.packages["av"]
    problem = only(checks.check_required, env)
    assert problem.text == "av is not installed"
    assert problem.fix == "pip install 'av>=15,<19'"


@pytest.mark.parametrize(
    ("package", "version"),
    [("torch", "2.5.1"), ("mmengine", "0.9.0"), ("mmdet", "3.4")],
)
def test_version_out_of_bounds(env, package, version):
    env.packages[package] = version
    problem = only(checks.check_required, env)
    assert problem.level == "broken"
    assert re.match(f"{package} {version}: needed is", problem.text)


def test_both_mmcvs(env):
    env.packages["mmcv"] = "2.1.0"
    problem = only(checks.check_mmcv, env)
    assert "both installed" in problem.text
    assert problem.fix.startswith("pip uninstall -y mmcv mmcv-lite && pip install")


def test_no_mmcv(env):
    del env.packages["mmcv-lite"]
    assert only(checks.check_mmcv, env).fix == "pip install 'mmcv-lite==2.1.0'"
    env.packages["onedl-mmcv"] = "2.3.6"
    assert problems(checks.check_mmcv, env) == []


@pytest.mark.parametrize("package", ["mmcv", "mmcv-lite"])
def test_too_new_mmcv(env, package):
    del env.packages["mmcv-lite"]
    env.packages[package] = "2.2.0"
    problem = only(checks.check_mmcv, env)
    assert problem.level == "broken"
    assert problem.fix.startswith(f"pip uninstall -y {package} && ")


@pytest.fixture
def full(env):
    del env.packages["mmcv-lite"]
    env.packages["mmcv"] = "2.1.0"
    env.package_files["mmcv"] = ["mmcv/__init__.py", "mmcv/_ext.cpython-311.so"]
    return env


def test_full_mmcv(full):
    (finding,) = checks.check_mmcv(full)
    assert finding.level == "info"
    assert "compiled" in finding.text


def test_broken_wheel_of_mmcv(full):
    full.package_files["mmcv"] = ["mmcv/__init__.py"]
    problem = only(checks.check_mmcv, full)
    assert "without its compiled operators" in problem.text
    assert "--no-build-isolation" in problem.fix


def test_mmcv_for_another_torch(full):
    full.modules["mmcv._ext"] = ImportError("undefined symbol: _ZN3c10")
    problem = only(checks.check_mmcv, full)
    assert problem.level == "broken"
    assert "undefined symbol: _ZN3c10" in problem.text


@pytest.mark.parametrize(
    ("twin", "original"),
    [("onedl-mmengine", "mmengine"), ("onedl-mmcv", "mmcv-lite")],
)
def test_two_packages_with_the_same_modules(env, twin, original):
    env.packages[twin] = "1.0"
    problem = only(checks.check_twins, env)
    assert problem.text.startswith(f"{twin} and {original}")
    assert problem.fix.startswith(f"pip uninstall -y {twin} {original} &&")


def test_twin_alone(env):
    env.packages["onedl-mmengine"] = env.packages.pop("mmengine")
    assert problems(checks.check_twins, env) == []


@pytest.mark.parametrize("version", ["81.0.0", "82.0.1", None])
def test_setuptools(env, version):
    env.packages["setuptools"] = version
    problem = only(checks.check_setuptools, env)
    assert problem.level == "warning"
    assert problem.fix == "pip install 'setuptools<81'"


def test_importlib_metadata(env):
    del env.packages["importlib_metadata"]
    problem = only(checks.check_importlib_metadata, env)
    assert problem.level == "warning"
    assert problem.fix == "pip install importlib_metadata"


def test_wheel_without_drn(env):
    folder = "mmaction/models/localizers/"
    env.package_files["mmaction2"] = [folder + "__init__.py", folder + "bmn.py"]
    (found,) = checks.check_mmaction_wheel(env)
    assert found.level == "info"
    assert "localizers/drn" in found.text
    assert found.fix.startswith("pip install git+https")
    env.package_files["mmaction2"].append(folder + "drn/drn.py")
    assert list(checks.check_mmaction_wheel(env)) == []
    env.package_files["mmaction2"] = ["__editable__.mmaction2.pth"]
    assert list(checks.check_mmaction_wheel(env)) == []
    del env.packages["mmaction2"]
    assert list(checks.check_mmaction_wheel(env)) == []
