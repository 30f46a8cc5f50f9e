"""mmaction2 1.2.0: ``importlib_metadata`` is imported but not declared.

Upstream fault: ``mmaction/utils/dependency.py`` imports the back-port, its METADATA
does not require it, so ``import mmaction.models`` fails in a fresh environment.
Every supported Python has the same module as ``importlib.metadata``.
Can go: when mmaction2 imports ``importlib.metadata`` or declares the back-port.
"""

import importlib.metadata
from types import ModuleType


def make_importlib_metadata() -> ModuleType:
    """Return the standard library's module under the name of its back-port."""
    module = ModuleType("importlib_metadata", importlib.metadata.__doc__)
    for name in importlib.metadata.__all__:
        setattr(module, name, getattr(importlib.metadata, name))
    return module
