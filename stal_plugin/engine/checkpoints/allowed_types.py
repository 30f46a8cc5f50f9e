"""What may be built from the description in a file: an allow-list, nothing else.

A checkpoint and an ONNX file describe a network and its preprocessing as data. A
registered class is no safe class: mmdet has some that evaluate an argument, load
weights from an address or run a config file, and mmengine's registries import any
dotted name. So everything a file describes passes through :func:`allowed` when it is
read, before anything is built; no other module decides what is allowed, and a new
class of a host library is closed until it is listed in ``allowed_hosts.py``.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from stal_plugin.engine.checkpoints.allowed_hosts import HOST_CLASSES
from stal_plugin.models.renamed import old_names
from stal_plugin.registry import MODELS, TASK_UTILS, TRANSFORMS

_OWN = (MODELS, TASK_UTILS, TRANSFORMS)
_SCOPES = ("stal_plugin", *dict.fromkeys(s for s, _ in HOST_CLASSES.values() if s))
#: Classes and functions of ours that open the file they are told.
_CLOSED = ("OnnxModel", "exported_model")
#: Arguments that make a class of any library open a file or an address. They are
#: allowed where they are empty.
FORBIDDEN = frozenset(
    (
        *("pretrained", "pretrained2d", "checkpoint", "teacher_config", "teacher_ckpt"),
        *("backend_args", "file_client_args", "io_backend", "data_root", "data_prefix"),
        *("config", "filename", "url", "path", "custom_imports"),
    )
)
#: Left out of what is built: the weights come from the file itself.
DROPPED = ("init_cfg",)
_DEEPEST = 30
_READ_BY_LINKNET = {"stages", "direction", "gated"}  # of the links in its config


def allowed(node: Any, path: str, scope: str = "mmaction") -> Any:
    """Copy a description of networks or transforms, if all of it may be built.

    Args:
        node: Dicts, lists, tuples and plain values.
        path: Dotted name of the node, for the error.
        scope: Default scope of the registries.

    Returns:
        The copy: classes of host libraries carry their scope, initialisation of
        weights is left out.

    Raises:
        ValueError: A class or an argument is not in the allow-list. Names it.
    """
    _check_scope(scope, path)
    return _copied(node, path, 0)


def _check_scope(scope: Any, path: str) -> None:
    if scope not in _SCOPES:
        raise ValueError(f"{path}: scope {scope!r:.99} is not one of {_SCOPES}")


def _copied(node: Any, path: str, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"{path}: more than {_DEEPEST} levels deep")
    if isinstance(node, (list, tuple)):
        items = [_copied(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(node)]
        return type(node)(items)
    if not isinstance(node, Mapping):
        return node
    for key in FORBIDDEN & set(node):
        if node[key]:
            raise ValueError(f"{path}.{key}={node[key]!r:.99} is not allowed")
    copy = {
        key: _copied(value, f"{path}.{key}", depth + 1)
        for key, value in node.items()
        if key not in (*DROPPED, "type")
    }
    if "_scope_" in node:
        _check_scope(node["_scope_"], f"{path}._scope_")
    if "type" in node:
        _check_class(node, path)
        copy["type"] = _full_name(node["type"])
    return copy


def _check_class(node: Mapping, path: str) -> None:
    arguments = allowed_arguments(node["type"])
    if arguments is None:
        raise ValueError(
            f"{path}.type={node['type']!r:.99} is not a class that a file may name"
        )
    unknown = set(node) - arguments - {"type", "_scope_", *DROPPED}
    if unknown:
        raise ValueError(
            f"{path}: argument {min(map(str, unknown))!r:.99} of {node['type']} is not "
            "one that a file may set"
        )


def allowed_arguments(name: Any) -> frozenset[str] | None:
    """Arguments that a file may give a class.

    Args:
        name: ``'scope.Name'`` or ``'Name'``.

    Returns:
        Their names; None if the class may not be named at all.
    """
    if not isinstance(name, str):
        return None
    scope, dot, key = name.rpartition(".")
    if dot and not scope:
        return None
    if scope == "stal_plugin":
        return None if key in _CLOSED else _own_arguments(key)
    if key not in HOST_CLASSES:
        return None
    home, arguments = HOST_CLASSES[key]
    return arguments if scope in ("", home) else None


def _full_name(name: str) -> str:
    """Name with the scope of the one class that is meant."""
    home = HOST_CLASSES[name][0] if name in HOST_CLASSES else ""
    return f"{home}.{name}" if home else name


def _own_arguments(key: str) -> frozenset[str] | None:
    """Arguments of a class in our registries, or of one that a user added to them."""
    for registry in _OWN:
        registry.import_from_location()
        cls = registry.module_dict.get(key)
        if cls is not None:
            names: set[str] = set()
            for base in inspect.getmro(cls):
                if "__init__" in vars(base) and base is not object:
                    init = vars(base)["__init__"]
                    names |= {*inspect.signature(init).parameters, *old_names(init)}
            return frozenset(names | _READ_BY_LINKNET if _is_link(cls) else names)
    return None


def _is_link(cls: type) -> bool:
    return cls.__module__ == "stal_plugin.models.links.links"
