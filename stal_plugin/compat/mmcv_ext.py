"""mmcv-lite: ``mmcv._ext`` (the compiled operators) does not exist.

Upstream fault: ``mmcv.ops`` and hence ``mmdet.models`` import it unconditionally.
The replacement has a real NMS in plain torch; any other operator raises one clear
error when it is called. Can go: when mmdet imports without compiled operators.
"""

from collections.abc import Callable
from types import ModuleType
from typing import NoReturn


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
