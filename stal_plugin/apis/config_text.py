"""Read the config text that a checkpoint carries, without running it.

``mmengine.Config.fromstring`` executes the text as Python, so a checkpoint from a
stranger could run code even when its tensors are loaded under ``weights_only``.
"""

import ast
from importlib import import_module
from typing import Any

from mmengine.registry import (
    MODELS,
    TASK_UTILS,
    TRANSFORMS,
    WEIGHT_INITIALIZERS,
    Registry,
)


def parse_config_text(text: str) -> dict[str, Any]:
    """Read what ``mmengine.Config.pretty_text`` wrote.

    Args:
        text: Assignments of literals to names; ``dict(a=1)`` counts as a literal.

    Returns:
        The settings by name.

    Raises:
        ValueError: The text holds anything else. Names the line.
    """
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"the config text cannot be read: {error}") from None
    settings = {}
    for statement in statements:
        name = _target(statement)
        value = getattr(statement, "value", None)
        if name is None or value is None:
            raise _refusal(statement)
        try:
            settings[name] = ast.literal_eval(_DictCalls().visit(value))
        except (ValueError, TypeError, RecursionError, MemoryError):
            raise _refusal(statement) from None
    return settings


class _DictCalls(ast.NodeTransformer):
    """Turn ``dict(a=1)`` into ``{'a': 1}``, and ``dict({1: 2})`` into ``{1: 2}``."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        names = [keyword.arg for keyword in node.keywords]
        is_dict = isinstance(node.func, ast.Name) and node.func.id == "dict"
        if not is_dict or None in names or (node.args and names):
            return node
        if node.args:
            alone = len(node.args) == 1 and isinstance(node.args[0], ast.Dict)
            return node.args[0] if alone else node
        keys: list = [ast.Constant(name) for name in names]
        return ast.Dict(keys, [keyword.value for keyword in node.keywords])


def _target(statement: ast.stmt) -> str | None:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def _refusal(statement: ast.stmt) -> ValueError:
    return ValueError(
        f"line {statement.lineno} of the config text is no setting: allowed are "
        "assignments of numbers, strings, None, and dicts, lists and tuples of these"
    )


SCOPES = ("stal_plugin", "mmaction", "mmdet", "mmengine", "mmpretrain", "mmpose")
_ROOTS = (MODELS, TASK_UTILS, TRANSFORMS, WEIGHT_INITIALIZERS)
#: Functions of mmcv.ops, which are not in a registry.
_FUNCTIONS = ("nms", "soft_nms")


def check_types(node: Any, place: str) -> None:
    """Check every ``type`` and ``_scope_`` inside a config.

    Args:
        node: Config: dicts, lists and tuples.
        place: Dotted name of the node, for the error.

    Raises:
        ValueError: One is not a registered class, or no scope of ``SCOPES``.
    """
    if isinstance(node, (list, tuple)):
        for number, child in enumerate(node):
            check_types(child, f"{place}[{number}]")
    if not isinstance(node, dict):
        return
    for key, child in node.items():
        if key == "type":
            _check_type(child, f"{place}.type")
        elif key == "_scope_" and child not in SCOPES:
            raise ValueError(f"{place}._scope_={child!r} is not one of {SCOPES}")
        else:
            check_types(child, f"{place}.{key}")


def _check_type(name: Any, place: str) -> None:
    if isinstance(name, str) and (name in _FUNCTIONS or is_registered(name)):
        return
    raise ValueError(
        f"{place}={name!r} of the checkpoint's config is not a registered class, so it "
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
