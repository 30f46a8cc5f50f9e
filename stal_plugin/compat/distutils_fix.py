"""mmengine 0.10.7: every Runner imports ``distutils``, gone from Python 3.12.

Upstream fault: ``mmengine.utils.dl_utils.collect_env`` does ``from distutils import
errors`` for one ``except`` clause. setuptools brings a replacement, but a fresh
environment of Python 3.12 has no setuptools. Can go: when ``collect_env`` stops
importing it, or when mmengine declares setuptools.
"""

from types import ModuleType


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
