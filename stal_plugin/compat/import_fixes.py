"""mmengine 0.10.7: every Runner imports ``distutils``, gone from Python 3.12.

Upstream fault: ``mmengine.utils.dl_utils.collect_env`` does ``from distutils import
errors`` for one ``except`` clause. setuptools brings a replacement, but a fresh
environment of Python 3.12 has no setuptools. Can go: when ``collect_env`` stops
importing it, or when mmengine declares setuptools.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import NoReturn


def make_distutils() -> ModuleType:
    """Return a package ``distutils`` that holds nothing but ``errors``."""
    module = ModuleType("distutils")
    module.errors = make_distutils_errors()  # type: ignore[attr-defined]
    return module


def make_distutils_errors() -> ModuleType:
    """Return ``distutils.errors`` with the exceptions that mmengine names."""
    module = ModuleType("distutils.errors")
    base = type("DistutilsError", (Exception,), {})
    module.DistutilsError = base  # type: ignore[attr-defined]
    module.DistutilsPlatformError = type(  # type: ignore[attr-defined]
        "DistutilsPlatformError", (base,), {}
    )
    return module


def make_importlib_metadata() -> ModuleType:
    """Return the standard library's module under the name of its back-port."""
    module = ModuleType("importlib_metadata", importlib.metadata.__doc__)
    for name in importlib.metadata.__all__:
        setattr(module, name, getattr(importlib.metadata, name))
    return module


def make_drn_package() -> ModuleType:
    """Return an empty package ``mmaction.models.localizers.drn``."""
    return ModuleType("mmaction.models.localizers.drn")


def make_drn() -> ModuleType:
    """Return the module with a ``DRN`` class that explains itself when built."""
    module = ModuleType("mmaction.models.localizers.drn.drn")

    class DRN:
        """Placeholder of the temporal localizer that the wheel does not contain."""

        def __init__(self, *args: object, **kwargs: object) -> None:
            raise ImportError(
                "DRN is missing from the mmaction2 1.2.0 wheel "
                "(open-mmlab/mmaction2#2714). Install mmaction2 from its git "
                "repository to use it."
            )

    module.DRN = DRN  # type: ignore[attr-defined]
    return module


def make_mmcv_ext() -> ModuleType:
    """Return a module that stands in for ``mmcv._ext``."""
    from stal_plugin.compat.nms import nms  # imports torch, so not before it is needed

    module = ModuleType("mmcv._ext")
    module.nms = nms  # type: ignore[attr-defined]
    module.__getattr__ = _missing_operator  # type: ignore[method-assign]
    return module


def _missing_operator(name: str) -> Callable[..., NoReturn]:
    if name.startswith("__"):
        raise AttributeError(name)

    def operator(*args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(
            f"mmcv operator '{name}' needs compiled mmcv, but mmcv-lite is "
            "installed. Fix: pip uninstall -y mmcv-lite && "
            "pip install 'mmcv>=2.0,<2.2' --no-build-isolation"
        )

    return operator


#: Module name -> builder, for modules that mend a missing upstream file.
FIXES: Mapping[str, Callable[[], ModuleType]] = {
    "mmcv._ext": make_mmcv_ext,
    "mmaction.models.localizers.drn": make_drn_package,
    "mmaction.models.localizers.drn.drn": make_drn,
    "importlib_metadata": make_importlib_metadata,
    "distutils": make_distutils,
    "distutils.errors": make_distutils_errors,
}


class _MissingModuleFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last finder on ``sys.meta_path``: asked only when no real module exists."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for the modules in ``FIXES`` and for no other."""
        if fullname not in FIXES:
            return None
        is_package = any(name.startswith(f"{fullname}.") for name in FIXES)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Build the replacement module."""
        return FIXES[spec.name]()

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: ``create_module`` returns a finished module."""


def install_import_fixes() -> None:
    """Append the finder to ``sys.meta_path``, once."""
    if not any(isinstance(f, _MissingModuleFinder) for f in sys.meta_path):
        sys.meta_path.append(_MissingModuleFinder())


def is_replacement(module_name: str) -> bool:
    """Tell whether an import of this module would give our replacement."""
    spec = importlib.util.find_spec(module_name)
    return spec is not None and isinstance(spec.loader, _MissingModuleFinder)
