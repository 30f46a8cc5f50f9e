"""A result as a JSON object."""

from typing import Any

from stal_plugin.apis.frame_result import FrameResult


def result_json(result: FrameResult) -> dict[str, Any]:
    """Describe a result for a line of JSON.

    Args:
        result: The result.

    Returns:
        Frame, time, latency, and an object for each row; boxes in pixels.
    """
    columns = zip(
        result.boxes.tolist(),
        result.labels.tolist(),
        result.names,
        result.scores.tolist(),
        result.track_ids.tolist(),
        strict=True,
    )
    return {
        "frame": result.frame,
        "time": round(result.time, 3),
        "latency": round(result.latency, 4),
        "skipped": result.skipped,
        "detections": [
            {
                "box": [round(corner, 2) for corner in box],
                "label": label,
                "name": name,
                "score": round(score, 4),
                "track_id": track_id,
            }
            for box, label, name, score, track_id in columns
        ],
    }
