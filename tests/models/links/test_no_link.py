import torch


def test_leaves_the_target_alone(build, count):
    link = build("NoLink")
    target = torch.rand(1, 4, 2, 3, 3)
    assert link(torch.rand(1, 9, 3, 3), target) is target
    assert count(link) == 0
