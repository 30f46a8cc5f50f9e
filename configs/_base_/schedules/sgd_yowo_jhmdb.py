# The schedule of the paper's code on J-HMDB: the rate is halved at 10, 20, 30 and 40
# thousand iterations; split 1 has 1,893 per epoch. The number of epochs is not known;
# 24 end after the last step.
_base_ = "./sgd_yowo.py"

train_cfg = dict(max_epochs=24)
param_scheduler = [
    dict(
        type="mmengine.MultiStepLR",
        by_epoch=False,
        milestones=[10000, 20000, 30000, 40000],
        gamma=0.5,
    ),
]
