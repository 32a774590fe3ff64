"""Loads a folder that `pareto optimize … -o folder/` wrote in transformers.js, and a decoder in onnxruntime-genai too.

    python tools/load-written-folder.py smollm-4bit

A decoder continues a text, an encoder or a classifier reads it, and a classifier of pictures sees a gray one. `config.json` says which
model it is.

Installs @huggingface/transformers 4.3 and onnxruntime-node into a temporary folder, without their scripts. Needs Node, and
onnxruntime-genai from PyPI for a folder with a genai_config.json. Prints a line for each runtime, and fails if one does not run.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

folder = pathlib.Path(sys.argv[1]).resolve()
text = sys.argv[2] if len(sys.argv) > 2 else "The capital of France is"
writes = (folder / "genai_config.json").exists()
script = """
import { readFileSync } from 'node:fs';
import * as library from '@huggingface/transformers';
const { AutoProcessor, AutoTokenizer, RawImage, env } = library;
const [folder, text] = process.argv.slice(2);
env.allowRemoteModels = false;
const [architecture = ''] = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')).architectures ?? [];
const task = ['ForCausalLM', 'ForSequenceClassification', 'ForImageClassification'].find((end) => architecture.endsWith(end)) ?? '';
const model = await library[`AutoModel${task}`].from_pretrained(folder);
if (task === 'ForCausalLM') {
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const ids = await model.generate({ ...(await tokenizer(text)), max_new_tokens: 8, do_sample: false });
  console.log(JSON.stringify(tokenizer.decode(ids.tolist()[0], { skip_special_tokens: true })));
} else {
  const pictures = task === 'ForImageClassification';
  const inputs = pictures
    ? await (await AutoProcessor.from_pretrained(folder))(new RawImage(new Uint8ClampedArray(48 * 48 * 3).fill(128), 48, 48, 3))
    : await (await AutoTokenizer.from_pretrained(folder))(text);
  const outputs = await model(inputs);
  console.log(task, JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, { dims }]) => [name, dims]))));
}
"""


def in_transformers_js() -> str:
    with tempfile.TemporaryDirectory() as place:
        packages = ["@huggingface/transformers@4.3", "onnxruntime-node"]
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "install", *flags, *packages], cwd=place, check=True)
        (pathlib.Path(place) / "load.mjs").write_text(script)
        words = ["node", "load.mjs", str(folder), text]
        return subprocess.run(words, cwd=place, check=True, capture_output=True, text=True).stdout.strip()


def in_genai() -> str:
    import onnxruntime_genai as og

    model = og.Model(str(folder))
    tokenizer = og.Tokenizer(model)
    parameters = og.GeneratorParams(model)
    tokens = tokenizer.encode(text)
    parameters.set_search_options(max_length=len(tokens) + 8, do_sample=False)
    generator = og.Generator(model, parameters)
    generator.append_tokens(tokens)
    while not generator.is_done():
        generator.generate_next_token()
    return json.dumps(tokenizer.decode(generator.get_sequence(0)))


print(f"transformers.js: {in_transformers_js()}", flush=True)
if writes:
    print(f"onnxruntime-genai: {in_genai()}")
