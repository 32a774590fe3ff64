/**
 * What a preparing or mending pass adds to the recipe that it stands in: pairs of recipes with and without it, on one model. Writes a JSON
 * document after each row: size, MACs, and the outputs against the original on samples that nothing was fitted to.
 *
 *     npx tsx bench/idle-passes.ts --model <model.onnx> --data <data> -o <rows.json> [--samples 256] [--limit 512] [--only <pass>]
 *         [--evaluation <data>] ["--words=--tokenizer t.json --mapping m.json"]
 *
 * The commands are those that people run. Without `--evaluation` the data calibrates and evaluates, with other samples.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { wordsOf } from './judge-passes';
import { runPareto } from './run-pareto';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    evaluation: { type: 'string' },
    output: { type: 'string', short: 'o' },
    samples: { type: 'string', default: '256' },
    limit: { type: 'string', default: '512' },
    only: { type: 'string', default: '' },
    words: { type: 'string', default: '' },
  },
});
const { model, data, output } = given;
if (model === undefined || data === undefined || output === undefined) throw new Error('Name --model, --data and -o.');

/** Each is measured after `simplify`. */
const recipes: readonly (readonly string[])[] = [
  ['quantize-static'],
  ['smooth-activations', 'quantize-static'],
  ['equalize-layers', 'quantize-static'],
  ['quantize-static closeness=0'],
  ['smooth-activations', 'quantize-static closeness=0'],
  ['equalize-layers', 'quantize-static closeness=0'],
  ['quantize-static biasCorrection=false', 'correct-bias'],
  ['quantize-dynamic'],
  ['quantize-dynamic', 'correct-bias'],
  ['quantize-weights method=by-layer'],
  ['quantize-weights method=by-layer', 'correct-bias'],
  ['quantize-weights'],
  ['drop-blocks'],
  ['drop-blocks', 'fine-tune steps=300'],
  ['factorize remove=0.15'],
  ['prune-channels remove=0.15'],
  ['prune-channels remove=0.15', 'fine-tune steps=300'],
];

interface Optimized {
  readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
  readonly variant: { readonly macs: number | null };
}

interface Evaluated {
  readonly against: { readonly difference?: unknown };
  readonly outputMatch: unknown;
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-idle-'));
const words = given.words === '' ? [] : given.words.split(' ');
const rows: unknown[] = existsSync(output) ? (JSON.parse(readFileSync(output, 'utf8')) as unknown[]) : [];
try {
  for (const steps of recipes.filter((each) => each.join(' ').includes(given.only))) {
    const variant = join(folder, 'variant.onnx');
    const recipe = wordsOf(['simplify', ...steps]);
    const made = runPareto<Optimized>(
      ...['optimize', model, '-o', variant, ...recipe, '--data', data, '--samples', given.samples, ...words],
    );
    const apart = given.evaluation === undefined ? ['--leave-out', given.samples] : [];
    const evaluated = runPareto<Evaluated>(
      ...['evaluate', variant, '--against', model, '--data', given.evaluation ?? data, '--limit', given.limit],
      ...[...apart, ...words],
    );
    rows.push({
      model: basename(model),
      recipe: steps,
      sizeBytes: made.sizeBytes,
      macs: made.variant.macs,
      difference: evaluated.against.difference,
      outputMatch: evaluated.outputMatch,
    });
    writeFileSync(output, JSON.stringify(rows, null, 1));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
