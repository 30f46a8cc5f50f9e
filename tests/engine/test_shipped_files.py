from pathlib import Path

import pytest

import stal_plugin
from stal_plugin.engine.shipped_files import config_names, find_config, shipped_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A package that was installed from a wheel, with one config."""
    package = tmp_path / "site-packages" / "stal_plugin"
    configs = package / ".mim" / "configs" / "mini"
    configs.mkdir(parents=True)
    (configs / "small.py").touch()
    monkeypatch.setattr(stal_plugin, "__file__", str(package / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    return package


def test_folders_of_a_checkout(monkeypatch):
    monkeypatch.setattr(stal_plugin, "__file__", str(ROOT / "stal_plugin/__init__.py"))
    assert shipped_folder("tools") == ROOT / "tools"
    assert "mini/yowo_agot" in config_names()
    assert not [name for name in config_names() if "_base_" in name]


def test_folders_of_a_wheel(wheel):
    assert shipped_folder("configs") == wheel / ".mim" / "configs"
    assert config_names() == ["mini/small"]


@pytest.mark.parametrize(
    "name", ["mini/small", "mini/small.py", "configs/mini/small.py"]
)
def test_config_is_found_by_name(wheel, name):
    assert find_config(name) == str(wheel / ".mim/configs/mini/small.py")


def test_a_file_comes_before_an_installed_config(wheel, tmp_path):
    (tmp_path / "mini").mkdir()
    (tmp_path / "mini" / "small.py").touch()
    assert find_config("mini/small.py") == "mini/small.py"


@pytest.mark.parametrize("name", ["mini", "absent", "/absent.py"])
def test_no_such_config(wheel, name):
    message = rf"config '{name}' does not exist\. Configs are in the folder .*\.mim"
    with pytest.raises(FileNotFoundError, match=message):
        find_config(name)
