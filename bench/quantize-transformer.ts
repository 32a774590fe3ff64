/**
 * How long GPTQ takes: a transformer of 22 M weights (six layers of width 384, embeddings) on samples of 64 tokens, made up from a
 * seed. The command as people run it; of the page's build with --page, where two cores are what a busy tab has.
 *
 *     npx tsx bench/quantize-transformer.ts [--samples 256] [--tokens 64] [--set bits=4]… [--profile <folder>] [--page]
 *
 * Prints the clock, processor time and peak memory of the process. --profile leaves a CPU profile of each thread.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodeNpz } from '../e2e/support/npz';
import { formatBytes } from '../src/engine/format';
import { encodeModel } from '../src/engine/onnx/codec/encode';
import { createSeededRandom } from '../src/engine/seeded-random';
import { createTransformer, sentenceSize } from './transformer-model';
import { runProcess, writeParts } from './whole-process';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '256' },
    tokens: { type: 'string', default: '64' },
    set: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
  },
});

/** Ids of tokens, of which small ones are frequent, as in texts. */
function writeSentences(path: string, samples: number, tokens: number): void {
  const random = createSeededRandom(2);
  const ids = BigInt64Array.from({ length: samples * tokens }, () =>
    BigInt(Math.floor(sentenceSize.vocabulary * random.next() ** 3)),
  );
  writeFileSync(path, encodeNpz({ ids: { descr: '<i8', shape: [samples, tokens], values: ids } }));
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-transformer-'));
try {
  const [input, data, output] = ['transformer.onnx', 'sentences.npz', 'made.onnx'].map((name) => join(folder, name));
  writeParts(input!, encodeModel(createTransformer(sentenceSize)));
  writeSentences(data!, Number(values.samples), Number(values.tokens));
  const cli = fileURLToPath(new URL('../cli/pareto.mjs', import.meta.url));
  const profiled = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const sets = values.set.flatMap((option) => ['--set', option]);
  const { wholeMs, processorMs, peakBytes } = runProcess(process.execPath, [
    ...[...profiled, cli, 'optimize', input!, '-o', output!, '--pass', 'quantize-weights', ...sets],
    ...['--data', data!, '--samples', values.samples, '--json'],
  ]);
  console.log(
    `${formatBytes(statSync(input!).size)} → ${formatBytes(statSync(output!).size)}: ${(wholeMs / 1000).toFixed(1)} s, ` +
      `${(processorMs / 1000).toFixed(1)} s of processor time, ${formatBytes(peakBytes)} at most`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
