"""Read ``metrics.json``, the scores of a test."""

from os import PathLike

from pydantic import Field

from stal_plugin.annotations.json_models import JsonModel, Number, read_model


class ScoresFile(JsonModel):
    """Content of ``metrics.json``, as ``write_metrics_json`` writes it.

    Args:
        metrics: Scores by name.
        per_class: Counts and AP by class; AP is None for a class without ground truth.
        protocol: How the scores were made, in words.
    """

    metrics: dict[str, Number]
    per_class: dict[str, dict[str, Number | None]] = Field({})
    protocol: str = ""


def read_scores(path: str | PathLike) -> ScoresFile:
    """Read the scores of a test.

    Args:
        path: ``metrics.json``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such file; names the place, the value and what is allowed.
    """
    return read_model(path, ScoresFile)
