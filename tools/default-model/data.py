"""Training pictures: rendered scenes from .npy chunks (render.mjs), cropped, flipped and spoilt as cameras do."""

import glob
import io
import os

import numpy as np
import torch
from PIL import Image, ImageFilter


def chunks(folder):
    """[(rgb, disparity)] of every finished chunk, mapped from the files."""
    found = []
    for rgb in sorted(glob.glob(os.path.join(folder, "*.rgb.npy"))):
        found.append((np.load(rgb, mmap_mode="r"), np.load(rgb.replace(".rgb.", ".disparity."), mmap_mode="r")))
    return found


def spoil(picture, random):
    """A PIL picture to float32 [H, W, 3] in [0, 1]: blur, colour, light, noise, JPEG."""
    if random.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.3)))
    x = np.asarray(picture, np.float32) / 255
    if random.random() < 0.8:
        x = x ** np.exp(random.normal(0, 0.3))
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * random.uniform(0.2, 1.5)
        x = x * np.exp(random.normal(0, 0.12, 3)).astype(np.float32)
        x = (x - 0.5) * random.uniform(0.6, 1.3) + 0.5 + random.normal(0, 0.08)
    if random.random() < 0.06:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    if random.random() < 0.25:
        h, w = x.shape[:2]
        v, u = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
        shade = 1 - random.uniform(0, 0.35) * ((u - random.normal(0, 0.5)) ** 2 + (v - random.normal(0, 0.5)) ** 2)
        x = x * np.clip(shade, 0.2, 1.5)[..., None]
    if random.random() < 0.5:
        x = x + random.normal(0, random.uniform(0, 0.05), x.shape if random.random() < 0.5 else x.shape[:2] + (1,))
    x = np.clip(x, 0, 1).astype(np.float32)
    if random.random() < 0.35:
        file = io.BytesIO()
        Image.fromarray((x * 255).astype(np.uint8)).save(file, "JPEG", quality=int(random.uniform(25, 95)))
        x = np.asarray(Image.open(file), np.float32) / 255
    return x


def sample(rgb, disparity, size, random):
    """One picture in [-1, 1] (3, H, W) and its disparity (1, H, W), both of `size` = (W, H)."""
    h, w = disparity.shape
    share = 1 if random.random() < 0.35 else random.uniform(0.55, 1)
    aspect = size[0] / size[1] * np.exp(random.normal(0, 0.06))
    cw = min(w, h * aspect) * share
    ch = min(h, cw / aspect)
    x0, y0 = random.uniform(0, w - cw), random.uniform(0, h - ch)
    box = (x0, y0, x0 + cw, y0 + ch)
    picture = Image.fromarray(rgb).resize(size, Image.BILINEAR, box)
    target = np.asarray(Image.fromarray(disparity.astype(np.float32)).resize(size, Image.NEAREST, box))
    x = spoil(picture, random)
    if random.random() < 0.5:
        x, target = x[:, ::-1], target[:, ::-1]
    return np.ascontiguousarray((x * 2 - 1).transpose(2, 0, 1)), np.ascontiguousarray(target)[None]


class Batches(torch.utils.data.IterableDataset):
    """Endless batches; `size()` tells width, height and batch size, and new chunks in the folder join as they come."""

    def __init__(self, folder, size, seed):
        self.folder, self.size, self.seed = folder, size, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        random = np.random.default_rng([self.seed, worker.id if worker else 0])
        order, at, n = [], 0, 0
        while True:
            if at + 64 > len(order):
                pool = chunks(self.folder)
                order = [(c, i) for c, (_, d) in enumerate(pool) for i in range(len(d))]
                random.shuffle(order)
                at = 0
            width, height, batch = self.size(n, random)
            pairs = []
            for c, i in order[at : at + batch]:
                rgb, disparity = pool[c]
                pairs.append(sample(rgb[i], disparity[i], (width, height), random))
            at += batch
            n += 1
            yield tuple(torch.from_numpy(np.stack(part)) for part in zip(*pairs))
