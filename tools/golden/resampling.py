"""Writes the golden fixture of resampling: what torchaudio makes of noise and tones at other sample rates.

    python tools/golden/resampling.py src/engine/data/sounds/fixtures

Needs torch and torchaudio 2.11 from PyPI. Everything is seeded. resampled.json holds float64 results, rounded to float32
and written as base64, of the signal that is given once, in float32.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch

# The wheels of the two may be built for different versions of CUDA, which torchaudio refuses. Nothing here uses CUDA.
torch.version.cuda = None
import torchaudio.functional as F  # noqa: E402

OUT = Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(20261124)
time = np.arange(500)
tones = 0.3 * np.sin(time / 3.1) + 0.3 * np.sin(time / 1.3) + 0.2 * np.sin(time * 2.9)
signal = (tones + 0.1 * random.standard_normal(500)).astype(np.float32)


def base64_of(values):
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


cases = []
for rate, new_rate in [(44100, 16000), (16000, 44100), (48000, 16000), (8000, 16000), (22050, 16000), (11025, 12345)]:
    result = F.resample(
        torch.from_numpy(signal.astype(np.float64)),
        rate,
        new_rate,
        lowpass_filter_width=64,
        rolloff=0.9475937167399596,
        resampling_method="sinc_interp_kaiser",
        beta=14.769656459379492,
    )
    cases.append({"from": rate, "to": new_rate, "values": base64_of(result.numpy())})
(OUT / "resampled.json").write_text(json.dumps({"signal": base64_of(signal), "cases": cases}, indent=1) + "\n")
