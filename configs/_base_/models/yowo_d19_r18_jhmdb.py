# YOWO with the classes and anchors of J-HMDB.
_base_ = "./yowo_d19_r18.py"

model = dict(
    bbox_head=dict(
        num_classes=21,
        loss_cls=dict(num_classes=21),
        # YOWO's: its grid cells times 32, in pixels at 224 x 224.
        prior_generator=dict(
            base_sizes=[
                [(31, 99), (54, 128), (56, 181), (99, 186), (157, 200)],
            ],
        ),
    ),
)
