"""Drawing on frames (OpenCV), charts (matplotlib) and reports of runs (HTML)."""

from stal_plugin.visualization.box_overlay import BoxOverlay
from stal_plugin.visualization.charts import plot_class_ap
from stal_plugin.visualization.draw import (
    add_caption,
    add_status,
    centred,
    draw_frame,
    overlay_heatmap,
    resize_frame,
)
from stal_plugin.visualization.labels import class_colors
from stal_plugin.visualization.picture_grid import PictureGrid, contact_sheet, write_png
from stal_plugin.visualization.prediction_report import PredictionReport
from stal_plugin.visualization.split_frames import SplitFrames
from stal_plugin.visualization.training_curve import plot_training_curve, read_scalars

__all__ = [
    "BoxOverlay",
    "PictureGrid",
    "PredictionReport",
    "SplitFrames",
    "add_caption",
    "add_status",
    "centred",
    "class_colors",
    "contact_sheet",
    "draw_frame",
    "overlay_heatmap",
    "plot_class_ap",
    "plot_training_curve",
    "read_scalars",
    "resize_frame",
    "write_png",
]
