"""Each upstream fault is shown in a process without the fix, then with it."""

import importlib.metadata
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from fixtures.tool_server import ToolServer

from stal_plugin.compat.import_fixes import (
    _MissingModuleFinder,
    find_loader,
    make_distutils,
    make_drn,
    make_drn_package,
    make_importlib_metadata,
    make_mmcv_ext,
    make_pkg_resources,
)

HIDE = """
import sys
HIDDEN = {names!r}
class Without:
    # a finder that finds what the wrapped one finds, but for the hidden modules
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in HIDDEN:
            return None
        return self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(f) for f in sys.meta_path if hasattr(f, 'find_spec')]
for name in [m for m in sys.modules if m.split('.')[0] in HIDDEN]:
    del sys.modules[name]
"""


@pytest.fixture
def run(bare_server: ToolServer, tmp_path: Path) -> Callable:
    """Return a function that runs code in a process in which no host is loaded yet."""

    def run_code(code: str, hidden: tuple = ()) -> subprocess.CompletedProcess:
        source = HIDE.format(names=set(hidden)) + textwrap.dedent(code)
        return bare_server.run(["-c", source], tmp_path)

    return run_code


def has_no_module(result, name):
    return result.returncode and f"No module named '{name}" in result.stderr


def wheel_lacks(package, part):
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        return False
    return not any(part in str(file) for file in files)


# the mmcv fix must stay, or the import would not get as far as DRN
WITHOUT_DRN_FIX = """
import stal_plugin
from stal_plugin.compat import import_fixes
import_fixes.FIXES = {
    k: v for k, v in import_fixes.FIXES.items() if not k.startswith('mmaction')
}
import mmaction.models
"""


def test_models_of_the_hosts_need_the_fixes(run):
    mended = run(
        """
        import stal_plugin, mmdet.models, mmaction.models, mmcv._ext, pkgutil
        from stal_plugin.compat.import_fixes import is_replacement
        assert pkgutil.find_loader('mmcv._ext') is not None  # collect_env asks
        assert not is_replacement('mmcv')
        print(mmdet.models.SingleStageDetector.__name__, mmaction.models.ResNet3d)
        """
    )
    assert mended.stdout.startswith("SingleStageDetector"), mended.stderr


@pytest.mark.skipif(not wheel_lacks("mmaction2", "localizers/drn/"), reason="has DRN")
def test_mmaction_models_do_not_load_without_the_drn_fix(run):
    assert has_no_module(run(WITHOUT_DRN_FIX), "mmaction.models.localizers.drn")


@pytest.mark.skipif(not wheel_lacks("mmcv-lite", "_ext."), reason="has operators")
def test_mmcv_operators_do_not_load_without_the_mmcv_fix(run):
    assert has_no_module(run("import mmcv.ops"), "mmcv._ext")


def test_a_real_mmcv_ext_wins(run, tmp_path):
    (tmp_path / "mmcv").mkdir()
    (tmp_path / "mmcv" / "__init__.py").touch()
    (tmp_path / "mmcv" / "_ext.py").write_text("real = True")
    result = run(
        f"""
        sys.path.insert(0, {str(tmp_path)!r})
        import stal_plugin, mmcv._ext
        from stal_plugin.compat.import_fixes import is_replacement
        print(mmcv._ext.real, is_replacement('mmcv._ext'))
        """
    )
    assert result.stdout.strip() == "True False", result.stderr


def test_mmaction_needs_importlib_metadata(run):
    code = "import {}mmaction.utils.dependency as d; print(d.distribution.__name__)"
    hidden = ["importlib_metadata"]
    assert has_no_module(run(code.format(""), hidden), hidden[0])
    mended = run(code.format("stal_plugin, "), hidden)
    assert mended.stdout.strip() == "distribution", mended.stderr


def test_the_runner_needs_distutils(run):
    code = """
    {}
    from mmengine.utils.dl_utils import collect_env
    print('PyTorch' in collect_env())
    """
    hidden = ["distutils", "_distutils_hack", "setuptools"]
    assert has_no_module(run(code.format(""), hidden), "distutils")
    mended = run(code.format("import stal_plugin"), hidden)
    assert mended.stdout.strip() == "True", mended.stderr


def test_configs_of_the_hosts_need_pkg_resources(run):
    code = """
    {}
    from mmengine.config import Config
    from mmengine.utils import get_installed_path, is_installed
    print(get_installed_path('mmdet').endswith('mmdet'), is_installed('absent'))
    """
    hidden = ["pkg_resources"]
    assert has_no_module(run(code.format(""), hidden), "pkg_resources")
    mended = run(code.format("import stal_plugin"), hidden)
    assert mended.stdout.split() == ["True", "False"], mended.stderr


def test_optimizers_need_find_loader(run):
    code = """
    import pkgutil
    vars(pkgutil).pop('find_loader', None)  # as in Python 3.14
    {}
    from mmengine.utils.dl_utils import mmcv_full_available
    print(mmcv_full_available())
    """
    assert "has no attribute 'find_loader'" in run(code.format("")).stderr
    mended = run(code.format("import stal_plugin"))
    assert mended.stdout.strip() == "True", mended.stderr


def test_import_is_cheap_and_installs_one_finder():
    code = """
import importlib, stal_plugin, sys
importlib.reload(stal_plugin)
heavy = {'torch', 'numpy', 'mmengine', 'mmcv', 'mmdet', 'mmaction', 'cv2'}
print(heavy & set(sys.modules))
print(sum(type(f).__name__ == '_MissingModuleFinder' for f in sys.meta_path))
"""
    # in a process of its own: in the other ones torch is loaded before
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.stdout.split() == ["set()", "1"], result.stderr


@pytest.mark.parametrize("name", ["mmcv._ext2", "mmcv", "mmaction.models.localizers"])
def test_other_modules_are_none_of_our_business(name):
    assert _MissingModuleFinder().find_spec(name, None) is None


def test_mmcv_ext_has_a_working_nms():
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10]])
    kept = make_mmcv_ext().nms(
        boxes, torch.tensor([0.1, 0.2]), iou_threshold=0.5, offset=0
    )
    assert kept.tolist() == [1]


def test_other_operators_say_what_to_install_when_called():
    operator = make_mmcv_ext().roi_pool_forward
    with pytest.raises(NotImplementedError, match=r"'roi_pool_forward'.*pip install"):
        operator(torch.zeros(1))


def test_mmcv_ext_is_no_package_and_has_no_invented_attributes():
    module = make_mmcv_ext()
    assert not hasattr(module, "__path__")
    assert not hasattr(module, "__wrapped__")


def test_drn_explains_itself_when_built():
    with pytest.raises(ImportError, match="open-mmlab/mmaction2#2714"):
        make_drn().DRN(vocab_size=3)


def test_drn_package_has_the_name_of_the_missing_one():
    assert make_drn_package().__name__ == "mmaction.models.localizers.drn"


def test_importlib_metadata_has_the_functions_of_the_standard_library():
    module = make_importlib_metadata()
    assert module.__name__ == "importlib_metadata"
    assert module.distribution("torch").version == importlib.metadata.version("torch")
    with pytest.raises(module.PackageNotFoundError):
        module.distribution("no-such-package-anywhere")


def test_distutils_has_the_exception_that_mmengine_names():
    errors = make_distutils().errors
    assert issubclass(errors.DistutilsPlatformError, errors.DistutilsError)
    assert issubclass(errors.DistutilsError, Exception)


def test_pkg_resources_knows_place_version_and_metadata():
    module = make_pkg_resources()
    torch_package = module.get_distribution("torch")
    assert Path(torch_package.location, "torch") == Path(torch.__file__).parent
    assert torch_package.version == importlib.metadata.version("torch")
    assert torch_package.has_metadata("METADATA")
    assert "Name: torch" in torch_package.get_metadata("METADATA")
    assert not torch_package.has_metadata("absent.txt")
    with pytest.raises(module.DistributionNotFound):
        module.get_distribution("no-such-package-anywhere")


def test_find_loader():
    assert find_loader("json").name == "json"
    assert find_loader("no_such_module_anywhere") is None
