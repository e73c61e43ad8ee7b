"""Warm milliseconds of PyTorch on networks of the graphs' architectures, with random weights: eager and compiled, in
float32 and float16, the input copied to the device and the output back. Prints one JSON list.
Usage: torch_bench.py GRAPH [--runs N] [--quick] [--seconds S]; graphs that it has no network for print []."""
import argparse
import json
import re
import statistics
import time

import torch


def depth_anything(size, height, width):
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    hidden, layers, heads, stages, neck, fusion = {
        "s": (384, 12, 6, [3, 6, 9, 12], [48, 96, 192, 384], 64),
        "b": (768, 12, 12, [3, 6, 9, 12], [96, 192, 384, 768], 128),
        "l": (1024, 24, 16, [5, 12, 18, 24], [256, 512, 1024, 1024], 256),
    }[size]
    backbone = Dinov2Config(
        hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, image_size=518, patch_size=14,
        out_features=[f"stage{i}" for i in stages], reshape_hidden_states=False, apply_layernorm=True,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=hidden, neck_hidden_sizes=neck, fusion_hidden_size=fusion,
        patch_size=14,
    )
    return DepthAnythingForDepthEstimation(config), (1, 3, height, width)


def dpt_large(size):
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(
        hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096, image_size=384,
        backbone_out_indices=[5, 11, 17, 23], neck_hidden_sizes=[256, 512, 1024, 1024],
    )
    return DPTForDepthEstimation(config), (1, 3, size, size)


def swin2_tiny(size):
    from transformers import DPTConfig, DPTForDepthEstimation, Swinv2Config

    backbone = Swinv2Config(
        image_size=size, embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=16,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    config = DPTConfig(
        backbone_config=backbone, is_hybrid=False, neck_hidden_sizes=[96, 192, 384, 768], reassemble_factors=[],
        backbone_out_indices=None, neck_ignore_stages=[], add_projection=False,
    )
    return DPTForDepthEstimation(config), (1, 3, size, size)


def build(name):
    """The network and the shape of its input, or None."""
    if m := re.fullmatch(r"depth_anything_([sbl])_(\d+)(?:x(\d+))?", name):
        return depth_anything(m[1], int(m[2]), int(m[3] or m[2]))
    if m := re.fullmatch(r"dpt_large_(\d+)", name):
        return dpt_large(int(m[1]))
    if m := re.fullmatch(r"swin2_t_(\d+)", name):
        return swin2_tiny(int(m[1]))
    return None


def measure(model, shape, device, dtype, compiled, runs, seconds):
    model = model.to(device, dtype).eval()
    forward = torch.compile(model, mode="max-autotune-no-cudagraphs") if compiled else model
    x = torch.randn(shape)
    if device == "cuda":
        x = x.pin_memory()

    def run():
        y = forward(x.to(device, dtype, non_blocking=True))
        return y.predicted_depth.float().cpu()

    def timed():
        start = time.perf_counter()
        run()
        return 1e3 * (time.perf_counter() - start)

    with torch.inference_mode():
        first = timed()
        for _ in range(2):
            run()
        times = []
        until = time.perf_counter() + seconds
        while len(times) < runs and (len(times) < 3 or time.perf_counter() < until):
            times.append(timed())
    return {
        "mode": "compiled" if compiled else "eager",
        "dtype": "f16" if dtype == torch.float16 else "f32",
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "torch": torch.__version__,
        "first": first,
        "median": statistics.median(times),
        "least": min(times),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("graph")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--quick", action="store_true", help="eager only")
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtypes = [torch.float16, torch.float32] if device == "cuda" else [torch.float32]
    results = []
    built = build(args.graph)
    for compiled in [False] if args.quick else [False, True]:
        for dtype in dtypes if built else []:
            try:
                results.append(measure(*built, device, dtype, compiled, args.runs, args.seconds))
            except Exception as error:  # one mode that fails must not lose the others
                results.append({"mode": "compiled" if compiled else "eager", "failure": str(error)[:300]})
    print(json.dumps(results))


main()
