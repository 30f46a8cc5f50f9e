"""Read the config text of older checkpoints and ONNX files, without running it.

Since checkpoints and exported files carry JSON (see ``inference_config.py``), this is
only for files that were written before. ``mmengine.Config.fromstring`` executes the
text as Python, so a file from a stranger could run code even when its tensors are
loaded under ``weights_only``.
"""

import ast
from typing import Any


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
