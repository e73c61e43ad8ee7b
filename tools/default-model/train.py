"""Trains the default network on rendered scenes for a given time, on a GPU where torch finds one, else on the CPU.

  python train.py --data POOL --held-out FOLDER --out RUN --minutes 60 [--from RUN/last.pt]
  torchrun --nproc-per-node 2 train.py …     several processes, of one thread each, share the work

The first process alone writes and measures.
"""

import argparse
import math
import os
import time

import numpy as np
import torch
import torch.distributed as dist
from torch.nn import functional as F

from data import Batches, chunks
from losses import loss
from muon import Muon
from network import DepthNet

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, help="folder of the training chunks, or several with commas")
parser.add_argument("--held-out", help="folder of held-out chunks, for the log")
parser.add_argument("--out", required=True, help="folder of the checkpoints")
parser.add_argument("--minutes", type=float, default=60)
parser.add_argument("--from", dest="start", help="checkpoint to go on from")
parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
parser.add_argument("--muon", type=float, default=0, help="Muon for the filters, at this multiple of --rate; 0: AdamW")
parser.add_argument("--batch", type=int, default=16, help="pictures a batch at 128 x 96; fewer where they are larger")
parser.add_argument("--stages", default="0:128x96,0.6:160x128,0.85:256x192", help="share of the time: width x height")
parser.add_argument("--larger", type=float, default=0.25, help="share of the batches that are 32 pixels larger each way")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--workers", type=int, default=0, help="processes that prepare pictures")
parser.add_argument(
    "--bfloat16", action=argparse.BooleanOptionalAction, default=True, help="faster where the hardware has it"
)
args = parser.parse_args()

rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
device = torch.device("cuda", rank) if torch.cuda.is_available() else torch.device("cpu")
if world > 1:
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
torch.manual_seed(args.seed)
os.makedirs(args.out, exist_ok=True)
began = time.time()
stages = [(float(share), *map(int, size.split("x"))) for share, size in (s.split(":") for s in args.stages.split(","))]


def progress():
    return min(1, (time.time() - began) / (60 * args.minutes))


def size(n, random):
    """Width, height and number of pictures of the next batch; some are upright, square or wide."""
    _, width, height = [s for s in stages if s[0] <= progress()][-1]
    if random.random() < args.larger:
        width, height = width + 32, height + 32
    batch = max(4, round(args.batch * 128 * 96 / (width * height)))
    kind = random.random()
    if kind < 0.1:
        return height, width, batch
    if kind < 0.15:
        return width, width, batch
    return (32 * round(width / 21), 32 * round(height / 48), batch) if kind < 0.25 else (width, height, batch)


def absolute_relative(prediction, target, cap=80):
    """AbsRel of depth after least squares in disparity, for each picture; the sky does not count."""
    errors = []
    for p, t in zip(prediction, target):
        valid = t > 1 / cap
        p, t = p[valid].double(), t[valid].double()
        mean_p, mean_t = p.mean(), t.mean()
        scale = ((p - mean_p) * (t - mean_t)).mean() / ((p - mean_p) ** 2).mean().clamp(min=1e-9)
        depth = 1 / (mean_t + scale * (p - mean_p)).clamp(min=1 / cap)
        errors.append(((depth - 1 / t).abs() * t).mean().item())
    return errors


def share_gradients(parameters):
    """Every process steps with the mean of all gradients, and all stop together: false at the end of the time."""
    grads = [p.grad for p in parameters]
    flat = torch.cat([g.flatten() for g in grads] + [torch.full((1,), float(progress() >= 1), device=device)])
    dist.all_reduce(flat)
    at = 0
    for g in grads:
        g.copy_(flat[at : at + g.numel()].view_as(g) / world)
        at += g.numel()
    return flat[-1].item() == 0


@torch.no_grad()
def evaluate(net):
    net.eval()
    errors = []
    for rgb, disparity in chunks(args.held_out)[:1]:
        for i in range(0, len(rgb), 8):
            x = torch.from_numpy(np.array(rgb[i : i + 8])).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
            t = torch.from_numpy(np.array(disparity[i : i + 8], np.float32)).to(device)
            p = net(F.interpolate(x, size=(96, 128), mode="bilinear", antialias=True))
            errors += absolute_relative(F.interpolate(p, size=t.shape[1:], mode="bilinear")[:, 0], t)
    return float(np.mean(errors))


net = DepthNet().to(device, memory_format=torch.channels_last)
average = DepthNet().to(device, memory_format=torch.channels_last).requires_grad_(False)
if args.start:
    net.load_state_dict(torch.load(args.start, map_location=device)["average"])
average.load_state_dict(net.state_dict())
filters = [p for p in net.parameters() if args.muon and p.ndim > 1 and min(p.shape[:2]) > 1]
others = [p for p in net.parameters() if not any(p is f for f in filters)]
decayed, plain = [p for p in others if p.ndim > 1], [p for p in others if p.ndim <= 1]
groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0}]
optimisers = [torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.98), fused=True)]
if filters:
    optimisers.append(Muon(filters, lr=args.rate * args.muon, weight_decay=0.02))
rates = [(group, group["lr"]) for optimiser in optimisers for group in optimiser.param_groups]
whole = [(a, b) for a, b in zip(average.state_dict().values(), net.state_dict().values()) if not a.is_floating_point()]
smooth = [(a, b) for a, b in zip(average.state_dict().values(), net.state_dict().values()) if a.is_floating_point()]

loader = torch.utils.data.DataLoader(Batches(args.data, size, args.seed + 1000 * rank), batch_size=None, num_workers=args.workers)
step, seen, running, saved, told = 0, 0, None, time.time(), time.time()
for x, target in loader:
    done = progress()
    if world == 1 and done >= 1:
        break
    warm = min(1, (step + 1) / 200)
    share = warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    for group, peak in rates:
        group["lr"] = peak * share
    x = x.to(device, memory_format=torch.channels_last)
    target = target.to(device)
    net.train()
    with torch.autocast(device.type, torch.bfloat16, enabled=args.bfloat16):
        prediction = net(x)
    value = loss(prediction, target)
    net.zero_grad()
    value.backward()
    if world > 1 and not share_gradients(list(net.parameters())):
        break
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    for optimiser in optimisers:
        optimiser.step()
    step += 1
    seen += len(x) * world
    decay = min(0.998, (1 + step) / (10 + step))
    with torch.no_grad():
        torch._foreach_lerp_([a for a, _ in smooth], [b for _, b in smooth], 1 - decay)
        for a, b in whole:
            a.copy_(b)
    running = value.item() if running is None else 0.98 * running + 0.02 * value.item()
    if rank == 0 and time.time() - saved > 60:
        saved = time.time()
        torch.save({"average": average.state_dict(), "net": net.state_dict(), "step": step}, f"{args.out}/new.pt")
        os.replace(f"{args.out}/new.pt", f"{args.out}/last.pt")
        line = f"{(saved - began) / 60:6.1f} min  step {step}  pictures {seen}  "
        line += f"rate {args.rate * share:.2g}  loss {running:.4f}"
        if args.held_out and saved - told > 180:
            told = time.time()
            line += f"  held-out AbsRel {evaluate(average):.4f}"
        print(line, flush=True)
if rank == 0:
    torch.save({"average": average.state_dict(), "net": net.state_dict(), "step": step}, f"{args.out}/last.pt")
