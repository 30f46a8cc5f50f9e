# CPU-size child of yowo_jhmdb.py, on the J-HMDB stand-in (make standin-jhmdb): YOWO's
# J-HMDB anchors at 112 x 112.
_base_ = [
    "../_base_/models/yowo_mini.py",
    "../_base_/datasets/jhmdb_mini.py",
    "../_base_/schedules/adamw_mini_6e.py",
    "../_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        prior_generator=dict(
            base_sizes=[
                [(15, 50), (27, 64), (28, 90), (49, 93), (79, 100)],
            ],
        ),
    ),
)
