# YOWO with the five anchors of YOLOv2 on COCO, as fractions of the frame: what
# yowo_diyanchor_agot.py is compared with where boxes are small (docs/restudy.md).
_base_ = [
    "./_base_/models/yowo_d19_r18.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        prior_generator=dict(
            # In pixels at 224 x 224; YOLOv2 gives them in cells of its 13 x 13 grid.
            base_sizes=[
                [
                    (9.87, 11.67),
                    (32.30, 35.54),
                    (57.52, 94.33),
                    (135.83, 60.79),
                    (168.35, 157.98),
                ],
            ],
        ),
    ),
)
