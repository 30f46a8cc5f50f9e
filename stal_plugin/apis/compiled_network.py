"""A network that torch's inductor compiled for this machine."""

import logging
from typing import Any

import torch

from stal_plugin.models.backbones import LinkNet
from stal_plugin.models.detectors.clip_detector import is_single_stage

ENGINE = "inductor"
#: What live engines call of ``LinkNet``.
_METHODS = ("forward", "key_frame_maps", "step", "newest_maps")
_logger = logging.getLogger(__name__)


def compile_network(model: Any) -> None:
    """Compile what the engines call of a network; each part at its first call.

    That takes a minute or more for a large network, once in a process and anew for
    another size of the frames. Weights become constants: the network can no longer be
    trained or loaded. Results change by rounding.

    Args:
        model: Network of two branches, in test mode; changed in place.

    Raises:
        ValueError: It is of another kind, or there is no C++ compiler.
    """
    if not is_single_stage(model) or not isinstance(model.backbone, LinkNet):
        raise ValueError(
            f"engine={ENGINE!r} compiles networks with the backbone LinkNet, and this "
            f"is {type(model).__name__}: leave the engine out"
        )
    if next(model.parameters()).device.type == "cpu":
        _check_compiler()
    _logger.warning("the network is compiled while the first frames pass: be patient")
    options: dict[str, Any] = {"freezing": True}
    for name in _METHODS:
        plain = getattr(model.backbone, name)
        setattr(model.backbone, name, torch.compile(plain, options=options))
    parts = [model.bbox_head, *([model.neck] if model.with_neck else [])]
    for part in parts:
        part.compile(options=options)


def _check_compiler() -> None:
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        raise ValueError(
            f"engine={ENGINE!r} needs a C++ compiler: apt install g++, or name one in "
            "the environment variable CXX"
        ) from None
