"""What setup.py and constraints.txt promise about existing environments."""

import importlib.metadata
import runpy
import sysconfig
from pathlib import Path

import pytest
import setuptools
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


@pytest.fixture
def setup_arguments(tmp_path, monkeypatch):
    """Run setup.py for an environment whose packages lie in ``tmp_path``."""

    def run() -> dict:
        found: dict = {}
        monkeypatch.setattr(setuptools, "setup", lambda **kwargs: found.update(kwargs))
        monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
        runpy.run_path(str(ROOT / "setup.py"))
        return found

    return run


@pytest.fixture
def extras(setup_arguments):
    """Return the extras that setup.py declares there."""
    return lambda: setup_arguments()["extras_require"]


def test_lite_brings_mmcv_lite(extras):
    assert extras()["lite"] == ["mmcv-lite>=2.0,<2.2"]


def test_lite_does_not_write_over_a_full_mmcv(extras, tmp_path):
    (tmp_path / "mmcv-2.1.0.dist-info").mkdir()
    assert extras()["lite"] == []
    assert extras()["full"] == ["mmcv>=2.0,<2.2"]


def test_an_installed_lite_stays_required(extras, tmp_path):
    (tmp_path / "mmcv_lite-2.1.0.dist-info").mkdir()
    assert extras()["lite"] == ["mmcv-lite>=2.0,<2.2"]


def test_every_requirement_has_bounds(setup_arguments):
    found = setup_arguments()
    texts = sum(found["extras_require"].values(), found["install_requires"])
    assert len(texts) > 15
    for text in texts:
        operators = {s.operator for s in Requirement(text).specifier}
        assert operators == {"<", ">="}, text
    assert found["python_requires"] == ">=3.10,<3.15"


def test_mim_lists_configs_that_exist():
    (metafile,) = yaml.safe_load((ROOT / "model-index.yml").read_text())["Import"]
    models = yaml.safe_load((ROOT / metafile).read_text())["Models"]
    assert len({model["Name"] for model in models}) == len(models)
    for model in models:
        assert (ROOT / model["Config"]).stem == model["Name"]
        assert (ROOT / model["Config"]).is_file()


def _constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] != "#"]


@pytest.mark.parametrize("python", PYTHONS)
def test_constraints_can_be_met_by_every_declared_python(python):
    """Else ``make PYTHON=python3.10`` stops at the first package."""
    for requirement in _constraints():
        try:
            metadata = importlib.metadata.metadata(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a full mmcv instead of mmcv-lite, or no developer's tools
        applies = requirement.marker is None or requirement.marker.evaluate(
            {"python_version": python, "python_full_version": f"{python}.9"}
        )
        allowed = SpecifierSet(metadata.get("Requires-Python") or "")
        if applies and metadata["Version"].split("+")[0] in requirement.specifier:
            assert f"{python}.9" in allowed, requirement
