# ENFLoss that balances: Cui et al.'s inverse effective number of frames, beta chosen
# in the range where it discriminates, and mean weight 1 over the training instances,
# so that the size of the loss, and with it the comparison, stays fair.
_base_ = [
    "./_base_/models/yowo_diyanchor_agot.py",
    "./_base_/datasets/agot.py",
    "./_base_/schedules/sgd_yowo.py",
    "./_base_/default_runtime.py",
]

model = dict(
    bbox_head=dict(
        loss_cls=dict(
            beta=0.9999,
            form="inverse",
            normalize="instance",
            samples_per_class=dict(ann_file="data/agot/annotations.csv", unit="frames"),
        ),
    ),
)
