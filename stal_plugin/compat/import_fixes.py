"""Supply host modules that a broken or light installation lacks."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from stal_plugin.compat.distutils_fix import make_distutils, make_distutils_errors
from stal_plugin.compat.importlib_metadata_fix import make_importlib_metadata
from stal_plugin.compat.mmaction_drn import make_drn, make_drn_package
from stal_plugin.compat.mmcv_ext import make_mmcv_ext

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
