"""Loads a folder that `pareto optimize … -o folder/` wrote in transformers.js and in onnxruntime-genai, and continues a text.

    python tools/load-written-folder.py smollm-4bit

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
import { AutoModel, AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers';
const [folder, text, writes] = process.argv.slice(2);
env.allowRemoteModels = false;
const tokenizer = await AutoTokenizer.from_pretrained(folder);
const model = await (writes === 'true' ? AutoModelForCausalLM : AutoModel).from_pretrained(folder);
const inputs = await tokenizer(text);
if (writes === 'true') {
  const ids = await model.generate({ ...inputs, max_new_tokens: 8, do_sample: false });
  console.log(JSON.stringify(tokenizer.decode(ids.tolist()[0], { skip_special_tokens: true })));
} else {
  const outputs = await model(inputs);
  console.log(JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, { dims }]) => [name, dims]))));
}
"""


def in_transformers_js() -> str:
    with tempfile.TemporaryDirectory() as place:
        packages = ["@huggingface/transformers@4.3", "onnxruntime-node"]
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "install", *flags, *packages], cwd=place, check=True)
        (pathlib.Path(place) / "load.mjs").write_text(script)
        words = ["node", "load.mjs", str(folder), text, json.dumps(writes)]
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
