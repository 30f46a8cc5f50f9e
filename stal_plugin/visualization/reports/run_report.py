"""Parts of a report as one HTML file."""

import os
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.report_part import ReportPart, part_or_reason
from stal_plugin.visualization.reports.run_parts import (
    anchors_part,
    distribution_part,
    examples_part,
    setting_part,
    timeline_part,
    training_part,
)
from stal_plugin.visualization.reports.score_parts import (
    class_part,
    confusion_part,
    curves_part,
    errors_part,
    headline_part,
    protocol_part,
    size_part,
)


def html_page(title: str, lead: str, parts: Sequence[ReportPart]) -> str:
    """Render a page that needs no other file and no network.

    Args:
        title: Heading of the page.
        lead: Paragraph below it.
        parts: The parts, in order.

    Returns:
        The HTML; all texts are escaped.
    """
    environment = Environment(
        loader=PackageLoader("stal_plugin.visualization.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    return template.render(title=title, lead=lead, parts=parts)


def write_page(path: str | os.PathLike, text: str) -> None:
    """Write a page; the file is replaced in one step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def run_report(run: EvaluatedRun, max_examples: int = 8, max_videos: int = 100) -> str:
    """Make the page of one run; parts that it has no data for say so.

    Args:
        run: The run.
        max_examples: Most pictures of a strip.
        max_videos: Most timelines.

    Returns:
        HTML that needs no other file and no network.
    """
    parts = [
        headline_part(run),
        protocol_part(run),
        *(
            part_or_reason(title, make)
            for title, make in (
                ("Classes", lambda: class_part(run)),
                ("PR curves", lambda: curves_part(run)),
                ("Confusion", lambda: confusion_part(run)),
                ("AP by box size", lambda: size_part(run)),
                ("Errors", lambda: errors_part(run)),
                ("Training", lambda: training_part(run)),
                ("Class distribution", lambda: distribution_part(run)),
                ("Anchors", lambda: anchors_part(run)),
                ("Examples", lambda: examples_part(run, max_examples)),
                ("Tube timelines", lambda: timeline_part(run, max_videos)),
            )
        ),
        setting_part(run),
    ]
    kind = "synthetic" if run.annotation.synthetic else "real"
    score = run.metrics.get("frame-mAP@0.5")
    result = "" if score is None else f"frame-mAP@0.5 {100 * score:.1f} %, "
    lead = (
        f"{result}{len(run.boxes.index)} key frames of {kind} footage, {run.work_dir}"
    )
    return html_page(f"{run.name}: test report", lead, parts)
