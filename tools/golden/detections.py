"""Writes src/engine/metrics/detection/fixtures/coco.json: boxes, and their mAP by pycocotools (COCOeval, "bbox").

Needs pycocotools and NumPy. The boxes are random: some of the found ones are near a true one, some have equal scores, some true ones
surround crowds, and one class has no true box.
"""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

PICTURES, CLASSES = 24, 5
OUTPUT = Path(__file__).parents[2] / "src/engine/metrics/detection/fixtures/coco.json"


def boxes(random: np.random.Generator) -> tuple[list, list]:
    """True boxes [picture, class, x, y, w, h, crowd] and found ones [picture, class, x, y, w, h, score]."""
    true, found = [], []
    for picture in range(PICTURES):
        for _ in range(random.integers(0, 7)):
            corner, size = random.uniform(0, 400, 2), random.uniform(20, 200, 2)
            own, crowd = int(random.integers(0, CLASSES - 1)), int(random.random() < 0.15)
            true.append([picture, own, *np.round([*corner, *size], 2), crowd])
            for _ in range(random.integers(0, 4)):
                near = np.array([*corner, *size]) + random.normal(0, 7, 4)
                guess = own if random.random() < 0.85 else int(random.integers(0, CLASSES))
                found.append([picture, guess, *np.round(np.maximum(near, 1), 2), round(random.random(), 2)])
        for _ in range(random.integers(0, 3)):
            place = [*random.uniform(0, 400, 2), *random.uniform(20, 200, 2)]
            found.append([picture, int(random.integers(0, CLASSES)), *np.round(place, 2), round(random.random(), 2)])
    # A model returns the boxes of a picture with the best first.
    return true, sorted(found, key=lambda box: (box[0], -box[6]))


def evaluate(true: list, found: list) -> dict:
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": picture + 1} for picture in range(PICTURES)],
        "categories": [{"id": own + 1, "name": str(own)} for own in range(CLASSES)],
        "annotations": [
            {"id": i + 1, "image_id": p + 1, "category_id": c + 1, "bbox": box, "area": box[2] * box[3], "iscrowd": crowd}
            for i, (p, c, *box, crowd) in enumerate(true)
        ],
    }
    truth.createIndex()
    results = truth.loadRes(
        [{"image_id": p + 1, "category_id": c + 1, "bbox": box, "score": score} for p, c, *box, score in found]
    )
    evaluation = COCOeval(truth, results, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return {"map": float(evaluation.stats[0]), "map50": float(evaluation.stats[1])}


def main() -> None:
    true, found = boxes(np.random.default_rng(34))
    with contextlib.redirect_stdout(io.StringIO()):
        expected = evaluate(true, found)
    plain = lambda rows: [[float(number) for number in row] for row in rows]
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps({"pictures": PICTURES, "true": plain(true), "found": plain(found), **expected}) + "\n")
    print(expected, len(true), len(found))


if __name__ == "__main__":
    main()
