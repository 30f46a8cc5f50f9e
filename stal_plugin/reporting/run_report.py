"""The report of one run."""

from stal_plugin.reporting.evaluated_run import EvaluatedRun
from stal_plugin.reporting.html_page import html_page
from stal_plugin.reporting.report_part import part_or_reason
from stal_plugin.reporting.run_parts import (
    anchors_part,
    distribution_part,
    examples_part,
    setting_part,
    timeline_part,
    training_part,
)
from stal_plugin.reporting.score_parts import (
    class_part,
    confusion_part,
    curves_part,
    errors_part,
    headline_part,
    protocol_part,
    size_part,
)


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
