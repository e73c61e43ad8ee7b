"""Makes a checkpoint to train on from an exported network (export.py), such as the one in the package.

  python start.py assets/isobath-tiny.onnx OUT.pt --data SCENES

Export folds every batch norm into the convolution before it. Here the norms come back: each takes the statistics of
what its convolution gives on training pictures, and the scale and shift that undo them.
"""

import argparse

import onnx
import torch
from onnx import numpy_helper
from torch import nn

from data import Batches
from network import DepthNet

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("out")
parser.add_argument("--data", required=True, help="folder of training chunks, or several with commas")
parser.add_argument("--size", default="160x128")
args = parser.parse_args()

weights = {
    i.name.removeprefix("net."): torch.from_numpy(numpy_helper.to_array(i).copy()).float()
    for i in onnx.load(args.model).graph.initializer
}
net = DepthNet().train()
with torch.no_grad():
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            module.weight.copy_(weights.pop(f"{name}.weight"))
            if module.bias is not None:
                module.bias.copy_(weights.pop(f"{name}.bias"))


def undo(bias):
    """A hook before a batch norm: it shall give its input plus `bias`, whatever the input's statistics."""

    def hook(norm, inputs):
        variance, mean = torch.var_mean(inputs[0], (0, 2, 3), correction=0)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.copy_(mean + bias)
        norm.reset_running_stats()
        norm.momentum = None

    return hook


hooks = []
for name, module in net.named_modules():
    if isinstance(module, nn.BatchNorm2d):
        head, _, index = name.rpartition(".")
        bias = weights.pop(f"{head}.{int(index) - 1}.bias")
        hooks.append(module.register_forward_pre_hook(undo(bias)))
if weights:
    raise SystemExit(f"no place for {', '.join(weights)}")
width, height = map(int, args.size.split("x"))
with torch.no_grad():
    net(next(iter(Batches(args.data, lambda *_: (width, height, 192), seed=5)))[0])
    for hook in hooks:
        hook.remove()
    batches = iter(Batches(args.data, lambda *_: (width, height, 16), seed=6))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    for _ in range(12):
        net(next(batches)[0])
for module in net.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.momentum = 0.1
torch.save({"average": net.state_dict(), "step": 0}, args.out)
