/** A recipe as a Python script for ONNX Runtime's own tools, for use without Pareto. */
import type { Recipe } from './recipe';
import type { ScriptPart } from '../passes/script-part';
import { nameRecipe } from './recipe-name';
import { resolveRecipe } from './pipeline';

/** Versions that the scripts were tested with. */
const requirements = ['onnx==1.23.*', 'onnxruntime==1.32.*', 'numpy'];
const lineWidth = 100;

interface Part {
  readonly id: string;
  /** `undefined`: the script leaves it out. */
  readonly part: ScriptPart | undefined;
  /** The reason why the part is left out, used if it is. */
  readonly reason: string;
}

/**
 * Writes the enabled steps of a recipe, in order, each as a function on files. A comment above a step lists the parts
 * that the tools cannot do, and replaces a step without a counterpart. Throws as `resolveRecipe` does.
 */
export async function recipeScript(recipe: Recipe): Promise<string> {
  const parts: Part[] = [];
  for (const { pass, step } of resolveRecipe(recipe)) {
    const part = await pass.presentation.script?.(step.options);
    parts.push({ id: pass.id, part, reason: 'ONNX Runtime’s tools have no equivalent.' });
  }
  const usesSamples = parts.some(({ part }) => part?.usesSamples === true);
  return `${[header(recipe, usesSamples), imports(parts, usesSamples), ...parts.map(stepOf), ending(parts, usesSamples)].join('\n\n')}\n`;
}

function header(recipe: Recipe, usesSamples: boolean): string {
  const usage = `python recipe.py model.onnx variant.onnx${usesSamples ? ' samples.npz' : ''}`;
  const samples = usesSamples
    ? `\n\nsamples.npz holds an array for each input of the model, by its name, with the samples along the first axis. Preprocess
them as in training: the script does not include Pareto's mapping.`
    : '';
  return `"""${nameRecipe(recipe).replaceAll(/[\\"]/g, '')}: a recipe of Pareto for the Python tools of ONNX Runtime.

    pip install ${requirements.map((each) => `"${each}"`).join(' ')}
    ${usage}${samples}

The tools write other files than Pareto. Comments name the differences. Evaluate the result as you evaluate a variant.
"""`;
}

function imports(parts: readonly Part[], usesSamples: boolean): string {
  const lines = new Set(parts.flatMap(({ part }) => part?.imports ?? []));
  if (usesSamples) lines.add('import numpy as np').add('import onnx');
  const own = ['import pathlib', 'import shutil', 'import sys', 'import tempfile'];
  const rank = (line: string): string => `${line.startsWith('import') ? 0 : 1}${line}`;
  return [...own, '', ...[...lines].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))].join('\n');
}

function stepOf({ id, part, reason }: Part, at: number): string {
  if (part === undefined) return comment(`Step ${at + 1}, ${id}, is left out: ${reason}`).join('\n');
  return [
    ...part.missing.flatMap(comment),
    `def step_${at + 1}(source, target, samples):`,
    ...part.body.map((line) => (line === '' ? '' : `    ${line}`)),
  ].join('\n');
}

function ending(parts: readonly Part[], usesSamples: boolean): string {
  const steps = parts.flatMap(({ part }, at) => (part === undefined ? [] : `step_${at + 1}`));
  return `def main():
    source, target = sys.argv[1:3]
    samples = ${usesSamples ? 'read_samples(sys.argv[3], source)' : 'None'}
    with tempfile.TemporaryDirectory() as folder:
        for number, step in enumerate([${steps.join(', ')}], 1):
            made = str(pathlib.Path(folder) / f"{number}.onnx")
            step(source, made, samples)
            source = made
        shutil.copyfile(source, target)
${
  usesSamples
    ? `

def read_samples(path, source):
    names = {value.name for value in onnx.load(source, load_external_data=False).graph.input}
    arrays = {name: values for name, values in np.load(path).items() if name in names}
    count = len(next(iter(arrays.values())))
    return [{name: values[at : at + 1] for name, values in arrays.items()} for at in range(count)]

`
    : '\n'
}
main()`;
}

/** A sentence as lines of comments. ASCII, so that no editor or shell stumbles over it. */
function comment(sentence: string): readonly string[] {
  const lines = ['#'];
  for (const word of sentence.replaceAll('’', "'").replaceAll(/[“”]/g, '"').split(' ')) {
    if (lines.at(-1)!.length + word.length >= lineWidth) lines.push('#');
    lines.push(`${lines.pop()!} ${word}`);
  }
  return lines;
}
