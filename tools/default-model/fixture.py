"""Writes the fixture of test/models/isobathTiny.test.ts: six held-out scenes at 128 x 96, and PyTorch's output for one.

  node tools/default-model/render.mjs --set held-out --seed 2 --count 6 --width 256 --height 192 --out out/fixture
  python fixture.py RUN/last.pt out/fixture test/models/isobath-tiny.npz
"""

import sys

import numpy as np
import torch
from PIL import Image

from data import chunks
from export import fold
from network import DepthNet


def main(checkpoint, folder, path, size=(128, 96)):
    rgb, disparity = chunks(folder)[0]
    rgb = np.stack([np.asarray(Image.fromarray(x).resize(size, Image.BOX)) for x in rgb])
    disparity = np.stack([np.asarray(Image.fromarray(d.astype(np.float32)).resize(size, Image.NEAREST)) for d in disparity])
    net = DepthNet()
    net.load_state_dict(torch.load(checkpoint, map_location="cpu")["average"])
    net.eval()
    fold(net)
    net = net.half().float()
    with torch.no_grad():
        out = net(torch.from_numpy(rgb[:1]).permute(0, 3, 1, 2) / 127.5 - 1)[0, 0].numpy()
    np.savez_compressed(path, rgb=rgb, disparity=disparity.astype(np.float16), reference=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
