"""Which classes may be built from what a file describes: registered ones only.

``mmengine.Registry.get`` imports any dotted name that it does not know, so that
``type='os.system'`` in a config runs a command. The config in a checkpoint and the
settings in an ONNX file therefore pass through ``check_types`` when they are read,
before anything is built from them; no other module decides what is allowed.
"""

from importlib import import_module
from typing import Any

from mmengine.registry import (
    MODELS,
    TASK_UTILS,
    TRANSFORMS,
    WEIGHT_INITIALIZERS,
    Registry,
)

SCOPES = ("stal_plugin", "mmaction", "mmdet", "mmengine", "mmpretrain", "mmpose")
_ROOTS = (MODELS, TASK_UTILS, TRANSFORMS, WEIGHT_INITIALIZERS)
#: Functions of mmcv.ops, which are not in a registry.
_FUNCTIONS = ("nms", "soft_nms")


def check_types(node: Any, path: str) -> None:
    """Check every ``type`` and ``_scope_`` inside a config.

    Args:
        node: Config: dicts, lists and tuples.
        path: Dotted name of the node, for the error.

    Raises:
        ValueError: One is not a registered class, or no scope of ``SCOPES``.
    """
    if isinstance(node, (list, tuple)):
        for number, child in enumerate(node):
            check_types(child, f"{path}[{number}]")
    if not isinstance(node, dict):
        return
    for key, child in node.items():
        if key == "type":
            _check_type(child, f"{path}.type")
        elif key == "_scope_" and child not in SCOPES:
            raise ValueError(f"{path}._scope_={child!r} is not one of {SCOPES}")
        else:
            check_types(child, f"{path}.{key}")


def _check_type(name: Any, path: str) -> None:
    if isinstance(name, str) and (name in _FUNCTIONS or is_registered(name)):
        return
    raise ValueError(
        f"{path}={name!r} of the checkpoint's config is not a registered class, so it "
        "was not built (it could run code). If it is a class of yours, import the "
        "module that registers it before, or give the config file: config='FILE.py'"
    )


def is_registered(name: str) -> bool:
    """Tell whether a registry of models, their parts or transforms has a name.

    Args:
        name: ``'Name'``, looked for in all scopes, or ``'scope.Name'``.
    """
    scope, _, key = name.rpartition(".")
    if scope and scope not in SCOPES:
        return False
    return any(key in node.module_dict for node in _nodes(scope))


def _nodes(scope: str) -> list[Registry]:
    for known in (scope,) if scope else SCOPES:
        try:
            import_module(f"{known}.registry")  # adds the scope to the root registries
        except ImportError:
            continue
    nodes = []
    for root in _ROOTS:
        family = {root.scope: root, **root.children}
        nodes += [family[s] for s in ((scope,) if scope else SCOPES) if s in family]
    for node in nodes:
        node.import_from_location()
    return nodes
