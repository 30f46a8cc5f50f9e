"""Spatiotemporal action localization for MMAction2 and the OpenMMLab family."""

from stal_plugin.compat import install_import_fixes, install_import_mends

__version__ = "0.1.0"
__all__ = ["__version__"]

install_import_fixes()
install_import_mends()
