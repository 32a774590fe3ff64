"""Writes the golden fixtures of pictures: files of every format, and what Pillow and torchvision make of them.

    python tools/golden/preprocessing.py src/engine/data/pictures/fixtures

Needs pillow 13.0, torchvision 0.29 and numpy from PyPI. Everything is seeded: the same versions give the same bytes.

- files/: pictures of all kinds. decoded.json: SHA-256 of their pixels as RGB, as Pillow's `convert("RGB")` gives them, and
  as RGBA where Pillow's alpha is what the format means (not for a transparent color of other than 8 bits, which Pillow
  compares after it has changed the samples).
- resized.json: SHA-256 of `Image.resize` of files/color.png and files/gray.png, for many sizes and all filters. Pillow 13
  resizes the height first where it shrinks by more than twice what the width does; older ones always begin with the rows.
- preprocessed.json: SHA-256 of float32 tensors, with the options in Pareto's terms. They come from torchvision's
  transforms; from the letterbox of Ultralytics, with Pillow's resize instead of OpenCV's; and from the
  arithmetic of Keras' `imagenet_utils.preprocess_input` in NumPy.
"""

import hashlib
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode

OUT = Path(sys.argv[1])
FILES = OUT / "files"
FILES.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(20261124)
FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
INTERPOLATIONS = {
    "nearest": InterpolationMode.NEAREST,
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
}
decoded, resized, preprocessed = [], [], []


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def picture(width, height, noise=12):
    """Waves, edges and noise: something of everything that a resampling kernel can get wrong."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        127 + 120 * np.sin(x / 9 + y / 13),
        127 + 120 * np.cos(x / 17 - y / 7),
        ((x // 5 + y // 7) % 2) * 255.0,
    ]
    values = np.stack(planes, -1) + random.integers(-noise, noise + 1, (height, width, 3))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def add(name, data, alpha=True):
    (FILES / name).write_bytes(data)
    image = Image.open(io.BytesIO(data))
    case = {"file": name, "width": image.width, "height": image.height}
    case["rgb"] = sha256(np.array(image.convert("RGB")))
    has_alpha = image.mode in ("LA", "RGBA") or "transparency" in image.info
    if has_alpha and alpha:
        case["rgba"] = sha256(np.array(image.convert("RGBA")))
    decoded.append(case)


def saved(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


# PNG: Pillow writes few of the kinds that it reads, so the encoder is here.


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_rows(samples, depth):
    """Rows of samples [height, width × channels] as bytes, each sample `depth` bits."""
    for row in samples:
        if depth == 16:
            yield row.astype(">u2").tobytes()
        elif depth == 8:
            yield row.astype(np.uint8).tobytes()
        else:
            bits = (row[:, None].astype(np.uint8) >> np.arange(depth - 1, -1, -1).astype(np.uint8)) & 1
            yield np.packbits(bits.reshape(-1)).tobytes()


def paeth(left, above, corner):
    estimate = left + above - corner
    distances = [abs(estimate - left), abs(estimate - above), abs(estimate - corner)]
    return [left, above, corner][distances.index(min(distances))]


def filtered(rows, step):
    """Each row with another one of the five filters."""
    result, above = b"", None
    for number, row in enumerate(rows):
        above = bytes(len(row)) if above is None else above
        kind = number % 5
        encoded = bytearray()
        for index, value in enumerate(row):
            left = row[index - step] if index >= step else 0
            corner = above[index - step] if index >= step else 0
            guess = [0, left, above[index], (left + above[index]) // 2, paeth(left, above[index], corner)][kind]
            encoded.append((value - guess) & 255)
        result += bytes([kind]) + bytes(encoded)
        above = row
    return result


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, color_type, depth, interlaced=False, extra=b"", pieces=1):
    height, width, channels = samples.shape
    step = max(1, depth * channels // 8)
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    raw = b""
    for x, y, dx, dy in passes:
        part = samples[y::dy, x::dx]
        if part.size:
            raw += filtered(packed_rows(part.reshape(part.shape[0], -1), depth), step)
    compressed = zlib.compress(raw, 9)
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(interlaced))
    size = -(-len(compressed) // pieces)
    data = b"".join(chunk(b"IDAT", compressed[i : i + size]) for i in range(0, len(compressed), size))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


def add_pngs():
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    for color_type, count in channels.items():
        for depth in depths[color_type]:
            samples = random.integers(0, 1 << depth, (13, 11, count))
            if depth == 16:
                # Small values too: gray of 16 bits is cut off at 255.
                samples[::2] //= 128
            # One entry too few for the highest number.
            palette = random.bytes(3 * ((1 << depth) - 1)) if color_type == 3 else b""
            extra = chunk(b"PLTE", palette) if palette else b""
            for interlaced in (False, True):
                name = f"png-{color_type}-{depth}{'-interlaced' if interlaced else ''}.png"
                add(name, png(samples, color_type, depth, interlaced, extra))
            if color_type == 3:
                alphas = chunk(b"tRNS", random.bytes(1 << (depth - 1)))
                add(f"png-3-{depth}-alpha.png", png(samples, 3, depth, False, extra + alphas))
            if color_type in (0, 2):
                key = chunk(b"tRNS", b"".join(struct.pack(">H", int(value)) for value in samples[3, 4]))
                add(f"png-{color_type}-{depth}-key.png", png(samples, color_type, depth, False, key), alpha=depth == 8)
    samples = random.integers(0, 256, (1, 1, 3))
    add("png-one-pixel.png", png(samples, 2, 8, True))
    add("png-pieces.png", png(random.integers(0, 256, (20, 30, 3)), 2, 8, pieces=7))


def add_others():
    image = picture(61, 43)
    for subsampling in (0, 1, 2):
        add(f"jpeg-subsampling-{subsampling}.jpg", saved(image, "JPEG", quality=80, subsampling=subsampling))
    add("jpeg-progressive.jpg", saved(image, "JPEG", quality=60, progressive=True))
    add("jpeg-restarts.jpg", saved(image, "JPEG", quality=90, restart_marker_blocks=2))
    add("jpeg-gray.jpg", saved(image.convert("L"), "JPEG", quality=75))
    add("jpeg-rgb.jpg", saved(image, "JPEG", quality=75, keep_rgb=True))
    exif = Image.Exif()
    exif[0x0112] = 6
    add("jpeg-orientation.jpg", saved(image, "JPEG", quality=75, exif=exif))
    add("webp-lossy.webp", saved(image, "WEBP", quality=70))
    add("webp-lossless.webp", saved(image, "WEBP", lossless=True))
    transparent = image.copy()
    transparent.putalpha(Image.fromarray(np.add.outer(np.arange(43) * 3, np.arange(61) * 2).astype(np.uint8)))
    add("webp-alpha.webp", saved(transparent, "WEBP", quality=70))
    add("webp-alpha-lossless.webp", saved(transparent, "WEBP", lossless=True, exact=True))


def add_resized(sources):
    sizes = [(224, 224), (1, 1), (7, 300), (53, 37), (52, 38), (106, 74), (107, 37), (53, 75), (26, 18), (17, 11), (500, 3), (50, 30)]
    for name, image in sources.items():
        for width, height in sizes:
            for filter_name, resample in FILTERS.items():
                result = np.array(image.resize((width, height), resample))
                case = {"file": name, "width": width, "height": height, "filter": filter_name}
                resized.append(case | {"sha256": sha256(result)})


def tensor_case(name, image, options, values):
    values = np.asarray(values, dtype=np.float32)
    case = {"file": name, "options": options, "sha256": sha256(values), "first": values.reshape(-1)[:4].tolist()}
    preprocessed.append(case)


def normalized(image, options):
    """torchvision's ToTensor and Normalize, from a Pillow picture."""
    pipeline = T.Compose([T.ToTensor(), T.Normalize(options["mean"], options["std"])])
    values = pipeline(image).numpy()
    return values if options["layout"] == "NCHW" else values.transpose(1, 2, 0)


def add_torchvision(name, image):
    statistics = {
        "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        "clip": ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
        "half": ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    }
    crops = [(32, 32, 36), (33, 20, 41), (24, 31, 25), (64, 64, 48), (45, 80, 40), (31, 31, 31)]
    for (width, height, shorter), filter_name in [(crop, f) for crop in crops for f in FILTERS]:
        mean, std = statistics["clip" if filter_name == "bicubic" else "imagenet"]
        options = dict(width=width, height=height, fit="cover", filter=filter_name, layout="NCHW", channels="rgb")
        options |= dict(scale=1 / 255, mean=mean, std=std, shorterSide=shorter)
        steps = [T.Resize(shorter, INTERPOLATIONS[filter_name]), T.CenterCrop((height, width))]
        tensor_case(name, image, options, normalized(T.Compose(steps)(image.convert("RGB")), options))
    for (width, height), layout in [((40, 24), "NCHW"), ((24, 40), "NHWC"), ((53, 37), "NHWC")]:
        mean, std = statistics["half"]
        options = dict(width=width, height=height, fit="exact", filter="bilinear", layout=layout, channels="rgb")
        options |= dict(scale=1 / 255, mean=mean, std=std)
        resize = T.Resize((height, width), InterpolationMode.BILINEAR)
        tensor_case(name, image, options, normalized(resize(image.convert("RGB")), options))
        options = options | dict(channels="gray", mean=[0.1307], std=[0.3081])
        tensor_case(name, image, options, normalized(resize(T.Grayscale()(image.convert("RGB"))), options))


def letterbox(image, width, height, padding, resample):
    """`LetterBox` of ultralytics.data.augment, whose arithmetic this is."""
    ratio = min(height / image.height, width / image.width)
    unpadded = (round(image.width * ratio), round(image.height * ratio))
    across, down = (width - unpadded[0]) / 2, (height - unpadded[1]) / 2
    canvas = Image.new("RGB", (width, height), (padding, padding, padding))
    canvas.paste(image.resize(unpadded, resample), (round(across - 0.1), round(down - 0.1)))
    return canvas


def add_letterboxes(name, image):
    for width, height in [(64, 64), (63, 40), (40, 63), (100, 33), (53, 37), (31, 30)]:
        for filter_name, resample in FILTERS.items():
            options = dict(width=width, height=height, fit="contain", filter=filter_name, layout="NCHW", channels="rgb")
            options |= dict(scale=1 / 255, mean=[0], std=[1], padding=114)
            boxed = letterbox(image.convert("RGB"), width, height, 114, resample)
            tensor_case(name, image, options, T.ToTensor()(boxed).numpy())


def add_keras(name, image):
    small = np.array(image.convert("RGB").resize((30, 28), Image.BILINEAR)).astype(np.float32)
    shared = dict(width=30, height=28, fit="exact", filter="bilinear", layout="NHWC")
    signed = shared | dict(channels="rgb", scale=1 / 127.5, mean=[1], std=[1])
    values = small.copy()
    values /= 127.5
    values -= 1.0
    tensor_case(name, image, signed, values)
    caffe = shared | dict(channels="bgr", scale=1, mean=[103.939, 116.779, 123.68], std=[1])
    values = small[..., ::-1].copy()
    for channel, mean in enumerate(caffe["mean"]):
        values[..., channel] -= mean
    tensor_case(name, image, caffe, values)


def main():
    add_pngs()
    add_others()
    color = picture(53, 37)
    transparent = color.copy()
    transparent.putalpha(Image.fromarray(random.integers(0, 256, (37, 53), dtype=np.uint8)))
    pictures = {"color.png": color, "gray.png": color.convert("L"), "transparent.png": transparent}
    for name, image in pictures.items():
        add(name, saved(image, "PNG"))
        add_torchvision(name, image)
        add_letterboxes(name, image)
        add_keras(name, image)
    add_resized({name: pictures[name] for name in ("color.png", "gray.png")})
    for name, cases in {"decoded": decoded, "resized": resized, "preprocessed": preprocessed}.items():
        lines = ",\n".join(json.dumps(case) for case in cases)
        (OUT / f"{name}.json").write_text(f"[\n{lines}\n]\n")
        print(f"{name}: {len(cases)} cases")


main()
