"""Writes a checkpoint as ONNX: batch norm folded into the weights, float16 inside, float32 at the edges.

  python export.py RUN/last.pt assets/isobath-tiny.onnx
"""

import sys

import onnx
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from network import DepthNet

LIMIT = 2_400_000


class HalfInside(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net.half()
        # Its steps would show in the depth: the last layer and what follows are in float32, of weights that float16 holds.
        self.net.head.float()

    def forward(self, rgb):
        return self.net(rgb.half()).float()


def fold(module):
    """Every convolution takes in the batch norm behind it."""
    for child in module.children():
        fold(child)
    if isinstance(module, nn.Sequential):
        for k in range(len(module) - 1):
            if isinstance(module[k], nn.Conv2d) and isinstance(module[k + 1], nn.BatchNorm2d):
                module[k] = fuse_conv_bn_eval(module[k], module[k + 1])
                module[k + 1] = nn.Identity()


def main(checkpoint, path):
    net = DepthNet()
    net.load_state_dict(torch.load(checkpoint, map_location="cpu")["average"])
    net.eval()
    fold(net)
    torch.onnx.export(
        HalfInside(net),
        torch.zeros(1, 3, 64, 96),
        path,
        input_names=["rgb"],
        output_names=["disparity"],
        dynamic_axes={"rgb": {2: "height", 3: "width"}, "disparity": {2: "height", 3: "width"}},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(path)
    model.producer_name, model.producer_version = "isobath", "1"
    model.graph.name = "isobath-tiny"
    model.doc_string = "Relative disparity from one picture; trained on procedural scenes by the Isobath project. MIT."
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    size = len(model.SerializeToString())
    kinds = sorted({n.op_type for n in model.graph.node})
    print(f"{path}: {size} bytes, {len(model.graph.node)} nodes: {', '.join(kinds)}")
    if size > LIMIT:
        sys.exit(f"more than {LIMIT} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
