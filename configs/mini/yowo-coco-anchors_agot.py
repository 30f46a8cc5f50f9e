# CPU-size child of yowo-coco-anchors_agot.py: the anchors of YOLOv2 on COCO.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/agot_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        prior_generator=dict(
            base_sizes=[
                [
                    (4.93, 5.84),
                    (16.15, 17.77),
                    (28.76, 47.16),
                    (67.91, 30.39),
                    (84.18, 78.99),
                ],
            ],
        ),
    ),
)
