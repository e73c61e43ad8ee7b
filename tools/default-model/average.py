"""Averages the weights of checkpoints of one lineage, and measures the batch norms' statistics anew with the result.

  python average.py OUT.pt --data SCENES CHECKPOINT.pt[:WEIGHT] …

The mean of weights along a training often does better on pictures unlike those it was trained on than its last weights
(Wortsman et al., 2022, "Model soups").
"""

import argparse

import torch
from torch import nn

from data import Batches
from network import DepthNet

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("checkpoints", nargs="+", help="file, or file:weight")
parser.add_argument("--data", required=True, help="folder of training chunks, or several with commas")
parser.add_argument("--size", default="224x160")
parser.add_argument("--batches", type=int, default=40, help="of eight pictures")
args = parser.parse_args()

pairs = [(name, float(weight or 1)) for name, _, weight in (c.partition(":") for c in args.checkpoints)]
total = sum(weight for _, weight in pairs)
states = [(torch.load(name, map_location="cpu")["average"], weight / total) for name, weight in pairs]
mean = {k: sum(s[k] * w for s, w in states) if v.is_floating_point() else v for k, v in states[0][0].items()}
net = DepthNet()
net.load_state_dict(mean)
for module in net.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.reset_running_stats()
        module.momentum = None  # the plain mean of all batches
net.train()
width, height = map(int, args.size.split("x"))
batches = iter(Batches(args.data, lambda *_: (width, height, 8), seed=11))
with torch.no_grad():
    for _ in range(args.batches):
        net(next(batches)[0])
torch.save({"average": net.state_dict(), "step": 0}, args.out)
