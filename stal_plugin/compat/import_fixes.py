"""Modules that the host packages import and that a fresh environment lacks.

A finder at the end of ``sys.meta_path`` supplies them, so that a real module of that
name always wins. One function of the standard library is put back in the same spirit.
What is missing, who asks for it, and when the replacement can go:

``mmcv._ext``
    mmcv-lite has no compiled operators, but ``mmcv.ops`` and hence ``mmdet.models``
    import them unconditionally. The replacement has NMS and RoIAlign in plain torch;
    any other operator raises one clear error when it is called. Until mmdet imports
    without compiled operators.
``mmaction.models.localizers.drn``
    The folder has no ``__init__.py``, so ``find_packages`` drops it from the wheel of
    mmaction2 1.2.0, and ``import mmaction.models`` fails (open-mmlab/mmaction2#2714).
    Until the wheel contains it.
``importlib_metadata``
    ``mmaction/utils/dependency.py`` (mmaction2 1.2.0) imports the back-port, which its
    METADATA does not require. Every supported Python has the same module as
    ``importlib.metadata``. Until mmaction2 imports that or declares the back-port.
``distutils``
    Gone from Python 3.12. ``mmengine.utils.dl_utils.collect_env`` (0.10.7), which every
    Runner calls, imports ``distutils.errors`` for one ``except`` clause. setuptools
    brings a replacement, but not every environment has setuptools. Until
    ``collect_env`` stops importing it, or mmengine declares setuptools.
``pkg_resources``
    Gone from setuptools 82. ``mmengine/utils/package_utils.py`` (0.10.7) asks it where
    a package lies, for configs with ``_base_ = 'mmdet::...'``. Until mmengine uses
    ``importlib.metadata``.
``pkgutil.find_loader``
    Gone from Python 3.14. ``mmcv_full_available`` in
    ``mmengine/utils/dl_utils/misc.py`` (0.10.7), which every optimizer's constructor
    calls, and ``mmcv/utils/ext_loader.py`` (2.1.0) use it. Until both use
    ``importlib.util.find_spec``.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import NoReturn


def make_mmcv_ext() -> ModuleType:
    """Return a module that stands in for ``mmcv._ext``."""
    # they import torch, so not before they are needed
    from stal_plugin.compat import roi_align
    from stal_plugin.compat.nms import nms

    module = ModuleType("mmcv._ext")
    module.nms = nms  # type: ignore[attr-defined]
    module.roi_align_forward = (  # type: ignore[attr-defined]
        roi_align.roi_align_forward
    )
    module.roi_align_backward = (  # type: ignore[attr-defined]
        roi_align.roi_align_backward
    )
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


def make_importlib_metadata() -> ModuleType:
    """Return the standard library's module under the name of its back-port."""
    module = ModuleType("importlib_metadata", importlib.metadata.__doc__)
    for name in importlib.metadata.__all__:
        setattr(module, name, getattr(importlib.metadata, name))
    return module


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


class _Distribution:
    """The part of ``pkg_resources.Distribution`` that mmengine uses."""

    def __init__(self, name: str) -> None:
        self._distribution = importlib.metadata.distribution(name)
        self.location = str(self._distribution.locate_file(""))
        self.version = self._distribution.version

    def has_metadata(self, name: str) -> bool:
        return self._distribution.read_text(name) is not None

    def get_metadata(self, name: str) -> str:
        return self._distribution.read_text(name) or ""


def make_pkg_resources() -> ModuleType:
    """Return a module that looks up installed packages as ``pkg_resources`` does."""
    module = ModuleType("pkg_resources")
    module.get_distribution = _Distribution  # type: ignore[attr-defined]
    module.DistributionNotFound = (  # type: ignore[attr-defined]
        importlib.metadata.PackageNotFoundError
    )
    return module


def find_loader(fullname: str) -> importlib.abc.Loader | None:
    """Return the loader of a module, None if there is none: ``pkgutil.find_loader``."""
    spec = importlib.util.find_spec(fullname)
    return spec.loader if spec else None


#: Module name -> builder of its replacement
FIXES: Mapping[str, Callable[[], ModuleType]] = {
    "mmcv._ext": make_mmcv_ext,
    "mmaction.models.localizers.drn": make_drn_package,
    "mmaction.models.localizers.drn.drn": make_drn,
    "importlib_metadata": make_importlib_metadata,
    "distutils": make_distutils,
    "distutils.errors": make_distutils_errors,
    "pkg_resources": make_pkg_resources,
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
    """Append the finder to ``sys.meta_path``, once, and mend ``pkgutil``."""
    if not any(isinstance(f, _MissingModuleFinder) for f in sys.meta_path):
        sys.meta_path.append(_MissingModuleFinder())
    if not hasattr(pkgutil, "find_loader"):
        pkgutil.find_loader = find_loader


def is_replacement(module_name: str) -> bool:
    """Tell whether an import of this module would give our replacement."""
    spec = importlib.util.find_spec(module_name)
    return spec is not None and isinstance(spec.loader, _MissingModuleFinder)
