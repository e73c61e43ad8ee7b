"""The default depth network: a small encoder-decoder, RGB in [-1, 1] to relative disparity of the same size."""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, size=3, stride=1, activate=True):
    """Convolution, batch norm and, unless told otherwise, ReLU."""
    layers = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if activate else []))


class Residual(nn.Module):
    """Two dense 3 × 3 convolutions around a short cut."""

    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(conv(width, width), conv(width, width, activate=False))

    def forward(self, x):
        return F.relu(x + self.body(x))


class Depthwise(nn.Conv2d):
    """One filter a channel, in full precision: CPUs compute its gradients in bfloat16 at less than half the speed."""

    def __init__(self, width, size):
        super().__init__(width, width, size, padding=size // 2, groups=width, bias=False)

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


class Mixer(nn.Module):
    """Depthwise 5 × 5, then two 1 × 1 convolutions, around a short cut: wide sight at the coarsest scale."""

    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.Sequential(Depthwise(width, 5), nn.BatchNorm2d(width), nn.ReLU(inplace=True)),
            conv(width, 2 * width, 1),
            conv(2 * width, width, 1, activate=False),
        )

    def forward(self, x):
        return F.relu(x + self.body(x))


class Context(nn.Module):
    """Adds what the mean over the whole picture says to every place."""

    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(width, width, 1), nn.ReLU(), nn.Conv2d(width, width, 1))

    def forward(self, x):
        return F.relu(x + self.body(x.mean((2, 3), keepdim=True)))


class Join(nn.Module):
    """One step up: the coarse features twice as large, plus the skip connection, then a 3 × 3 convolution."""

    def __init__(self, coarse, skip, outputs):
        super().__init__()
        self.coarse = conv(coarse, outputs, 1, activate=False)
        self.skip = conv(skip, outputs, 1, activate=False)
        self.body = conv(outputs, outputs)

    def forward(self, coarse, skip):
        up = F.interpolate(self.coarse(coarse), scale_factor=2, mode="bilinear", align_corners=False)
        return self.body(F.relu(up + self.skip(skip)))


class DepthNet(nn.Module):
    """[N, 3, H, W] to [N, 1, H, W], H and W multiples of 32; disparity >= 0, larger is nearer, of unknown scale."""

    def __init__(self, widths=(16, 24, 48, 96, 128), decoder=(16, 32, 48, 64)):
        super().__init__()
        a, b, c, d, e = widths
        self.stem = conv(3, a, stride=2)
        self.quarter = nn.Sequential(conv(a, b, stride=2), Residual(b))
        self.eighth = nn.Sequential(conv(b, c, stride=2), Residual(c), Residual(c))
        self.sixteenth = nn.Sequential(conv(c, d, stride=2), Residual(d), Residual(d))
        self.coarsest = nn.Sequential(conv(d, e, stride=2), Mixer(e), Context(e), Mixer(e), Mixer(e))
        p, q, r, s = decoder
        self.join16 = Join(e, d, s)
        self.join8 = Join(s, c, r)
        self.join4 = Join(r, b, q)
        self.join2 = Join(q, a, p)
        self.head = nn.Conv2d(p, 1, 3, padding=1)
        nn.init.constant_(self.head.bias, 0.5)

    def forward(self, x):
        half = self.stem(x)
        quarter = self.quarter(half)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        y = self.join16(self.coarsest(sixteenth), sixteenth)
        y = self.join2(self.join4(self.join8(y, eighth), quarter), half)
        # In full precision where the rest is trained in bfloat16, whose steps would show in the gradients of depth.
        with torch.autocast(y.device.type, enabled=False):
            y = F.softplus(self.head(y.to(self.head.weight.dtype)))
        return F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)


def count(height=192, width=256):
    """Parameters and floating-point operations (two a multiplication) of the folded network."""
    net = DepthNet().eval()
    flops = 0

    def add(module, _, out):
        nonlocal flops
        flops += 2 * module.weight[0].numel() * out.numel()

    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            m.register_forward_hook(add)
    with torch.no_grad():
        net(torch.zeros(1, 3, height, width))
    weights = sum(m.weight.numel() + m.weight.shape[0] for m in net.modules() if isinstance(m, nn.Conv2d))
    return weights, flops


if __name__ == "__main__":
    print("%d parameters, %.3f GFLOP at 256 x 192" % (count()[0], count()[1] / 1e9))
