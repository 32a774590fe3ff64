/**
 * Makes models for scripts that check files. Each line of the input is `{"model", "steps", "output"}`: a file, passes
 * as the command line takes them (`quantize-weights bits=4`), and the path to write. Each line of the output reports
 * the result. Inputs are random, because the file is checked and not its accuracy. Writes the same files as `pareto
 * optimize`, without a process for each model.
 *
 *     npx tsx bench/make-models.ts < requests.jsonl
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inspectInputs } from '../src/engine/analysis/inspect';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import type { Model } from '../src/engine/onnx/graph';
import { parseOptionAssignment } from '../src/engine/passes/options';
import { passById } from '../src/engine/passes/registry';
import { recipeOf, type RecipeStep } from '../src/engine/recipe/recipe';
import { makeVariant, outputsOf } from '../src/runtime/node/testing/make-variant';

interface Request {
  readonly model: string;
  readonly dimensions: FreeDimensions;
  readonly samples: number;
  readonly steps: readonly string[];
  readonly output: string;
}

interface Answer {
  readonly changes: number;
  /** Reason of the first refusal. */
  readonly reason?: string;
  /** The error of the runtime if the model does not run on WASM. */
  readonly wasm?: string;
  readonly ms: number;
}

function stepOfWords(words: string): RecipeStep {
  const [id = '', ...options] = words.split(' ');
  const pass = passById(id);
  return {
    pass: id,
    enabled: true,
    options: Object.fromEntries(options.map((each) => parseOptionAssignment(pass, each))),
  };
}

let opened: { readonly path: string; readonly model: Model } | undefined;

async function make({ model: path, dimensions, samples, steps, output }: Request): Promise<Answer> {
  const started = performance.now();
  opened = opened?.path === path ? opened : { path, model: decodeModel(new MemorySource(readFileSync(path))) };
  const { model } = opened;
  const inputs = inspectInputs(model);
  const feeds = Array.from({ length: samples }, (_, seed) => createSyntheticFeeds(inputs, dimensions, seed));
  const { bytes, passes } = await makeVariant(model, recipeOf(steps.map(stepOfWords)), feeds);
  writeFileSync(output, bytes);
  const changes = passes.reduce((sum, pass) => sum + pass.changes.length, 0);
  const reason = passes.flatMap(({ refusals }) => refusals)[0]?.reason;
  const isHalf = steps.some((step) => step.includes('keepInputsOutputs=false'));
  const variantFeeds = isHalf
    ? createSyntheticFeeds(inspectInputs(decodeModel(new MemorySource(bytes))), dimensions, 0)
    : feeds[0]!;
  const wasm = await outputsOf(bytes, variantFeeds).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return {
    changes,
    ...(reason !== undefined && { reason }),
    ...(wasm !== undefined && { wasm }),
    ms: performance.now() - started,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await make(JSON.parse(line) as Request).catch((error: unknown) => ({ error: String(error) }));
  console.log(JSON.stringify(answer));
}
process.exit(0);
