"""Scale- and shift-invariant losses on disparity (Ranftl et al., 2020, "Towards Robust Monocular Depth Estimation")."""

import torch


def normalise(x):
    """Median (of every fourth pixel) 0 and mean absolute deviation 1 for each picture of [N, H, W]."""
    flat = x.flatten(1)
    centred = flat - flat[:, ::4].median(1, keepdim=True).values
    scale = centred.abs().mean(1, keepdim=True).clamp(min=1e-3)
    return (centred / scale).view_as(x)


def gradients(residual, scales=4):
    """Sum over scales of the mean absolute differences between neighbours of a residual."""
    total = 0
    for k in range(scales):
        r = residual[:, :: 2**k, :: 2**k]
        total = total + (r[:, :, 1:] - r[:, :, :-1]).abs().mean() + (r[:, 1:] - r[:, :-1]).abs().mean()
    return total


def loss(prediction, target):
    """[N, 1, H, W] both; target 1 / depth, 0 for the sky.

    Nothing is trimmed: the depths are exact, and the largest residuals are the small near things. The third term asks
    for the true zero (infinitely far) and for relative error, which the far parts decide.
    """
    p, t = prediction[:, 0].float(), target[:, 0]
    residual = normalise(p) - normalise(t)
    level = t / t.flatten(1).mean(1).clamp(min=1e-4)[:, None, None]
    relative = ((p - level).abs() / (level + 0.25)).clamp(max=4).mean()
    return 0.5 * residual.abs().mean() + 0.25 * gradients(residual) + 0.25 * relative
