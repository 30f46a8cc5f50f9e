# AdamW instead of SGD, for heads whose losses are divided by their positives; rates are
# halved where sgd_yowo.py halves them.
_base_ = "./sgd_yowo.py"

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type="AdamW", lr=1e-4, weight_decay=0.05),
    clip_grad=dict(max_norm=10),
)
