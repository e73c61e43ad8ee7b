"""Training pictures: rendered scenes from .npy chunks (render.mjs), cropped, flipped and spoilt as cameras do."""

import functools
import glob
import io
import os

import numpy as np
import torch
from PIL import Image

GREY = 1 / 3


def chunks(folders):
    """[(rgb, disparity)] of every finished chunk in the folders (one, or several with commas), mapped from the files."""
    found = []
    for folder in folders.split(","):
        for rgb in sorted(glob.glob(os.path.join(folder, "*.rgb.npy"))):
            found.append((np.load(rgb, mmap_mode="r"), np.load(rgb.replace(".rgb.", ".disparity."), mmap_mode="r")))
    return found


def develop(picture, random):
    """Other saturation and colour cast, then another tone curve: gamma, contrast, brightness."""
    s = random.uniform(0.2, 1.5)
    matrix = []
    for c, gain in enumerate(np.exp(random.normal(0, 0.12, 3))):
        matrix += [gain * ((1 - s) * GREY + s * (k == c)) for k in range(3)] + [0]
    picture = picture.convert("RGB", tuple(matrix))
    curve = (np.arange(256) / 255) ** np.exp(random.normal(0, 0.35))
    curve = (curve - 0.5) * random.uniform(0.6, 1.5) + 0.5 + random.normal(0, 0.08)
    return picture.point(np.clip(curve * 255, 0, 255).astype(int).tolist() * 3)


@functools.cache
def grid(height, width):
    v, u = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return u.astype(np.float32), v.astype(np.float32)


def shade(height, width, random):
    """A factor for each pixel: the lens's dark corners, and edges of light and shadow that no depth explains."""
    u, v = grid(height, width)
    field = np.zeros((height, width), np.float32)
    if random.random() < 0.5:
        strength = random.uniform(0, 0.4)
        field -= strength * ((u - random.normal(0, 0.5)) ** 2 + (v - random.normal(0, 0.5)) ** 2)
    for _ in range(random.integers(0, 3)):
        angle, edge = random.uniform(0, 2 * np.pi), random.normal(0, 0.5)
        across = (u * np.cos(angle) + v * np.sin(angle) - edge) * np.exp(random.uniform(0.5, 4))
        if random.random() < 0.6:  # a strip instead of a half
            across = random.uniform(0.5, 4) - np.abs(across)
        field += random.normal(0, 0.35) * np.clip(across, 0, 1)
    return np.exp(np.clip(field, -1.5, 1))[..., None]


@functools.cache
def noise():
    return np.random.default_rng(0).normal(0, 1, 1 << 21).astype(np.float32)


def mottle(height, width, random):
    """A factor for each pixel that says nothing of depth: stains and grain of all sizes, as real surfaces have."""
    field = np.zeros((height, width), np.float32)
    fall = random.uniform(0.5, 1)
    for k in range(1, 6):
        h, w = max(2, height >> k), max(2, width >> k)
        at = random.integers(0, len(noise()) - h * w)
        coarse = Image.fromarray(noise()[at : at + h * w].reshape(h, w))
        field += fall ** (5 - k) * np.asarray(coarse.resize((width, height), Image.BILINEAR))
    return np.exp(np.clip(field * np.float32(0.12 * random.random() ** 2), -1, 0.7))[..., None]


def spoil(picture, random):
    """A PIL picture to float32 [H, W, 3] in [0, 1]: blur, colour, light, stains, noise, JPEG."""
    if random.random() < 0.35:
        width, height = picture.size
        share = 1 / random.uniform(1.1, 2.4)
        small = picture.resize((round(width * share), round(height * share)), Image.BILINEAR)
        picture = small.resize((width, height), Image.BICUBIC)
    if random.random() < 0.8:
        picture = develop(picture, random)
    if random.random() < 0.06:
        picture = picture.convert("L").convert("RGB")
    x = np.asarray(picture, np.float32) * np.float32(1 / 255)
    if random.random() < 0.4:
        x = x * shade(*x.shape[:2], random)
    if random.random() < 0.3:
        x = x * mottle(*x.shape[:2], random)
    if random.random() < 0.5:
        shape = x.shape if random.random() < 0.5 else x.shape[:2] + (1,)
        n = int(np.prod(shape))
        at = random.integers(0, len(noise()) - n)
        x = x + noise()[at : at + n].reshape(shape) * np.float32(0.05 * random.random() ** 2)
    x = np.clip(x, 0, 1)
    if random.random() < 0.3:
        file = io.BytesIO()
        Image.fromarray((x * 255).astype(np.uint8)).save(file, "JPEG", quality=int(random.uniform(25, 95)))
        x = np.asarray(Image.open(file), np.float32) * np.float32(1 / 255)
    return x


def sample(rgb, disparity, size, random):
    """One picture in [-1, 1] (3, H, W) and its disparity (1, H, W), both of `size` = (W, H)."""
    h, w = disparity.shape
    share = 1 if random.random() < 0.4 else random.uniform(0.6, 1)
    aspect = size[0] / size[1] * np.exp(random.normal(0, 0.06))
    cw = min(w, h * aspect) * share
    ch = min(h, cw / aspect)
    x0, y0 = random.uniform(0, w - cw), random.uniform(0, h - ch)
    box = (x0, y0, x0 + cw, y0 + ch)
    picture = Image.fromarray(rgb).resize(size, Image.BILINEAR, box)
    # The nearest sample of each pixel, as a mean of near and far would lie in the air.
    rows = (y0 + (np.arange(size[1]) + 0.5) * (ch / size[1])).astype(int)
    columns = (x0 + (np.arange(size[0]) + 0.5) * (cw / size[0])).astype(int)
    target = disparity[np.minimum(rows, h - 1)[:, None], np.minimum(columns, w - 1)].astype(np.float32)
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
