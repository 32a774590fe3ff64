/** A decoder with a cache in the shell: its texts need no mapping, and its next tokens are evaluated. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import { decoder } from '../src/engine/onnx/testing/decoder';
import { lettersTokenizer } from './testing/letters-tokenizer';
import { runHere } from './testing/run-here';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-decoder-'));
  writeFileSync(join(folder, 'model.onnx'), joinParts(encodeModel(decoder())));
  writeFileSync(join(folder, 'other.onnx'), joinParts(encodeModel(decoder({ seed: 1 }))));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(lettersTokenizer));
  const lines = ['the cat sat on the mat', 'a dog', 'birds sing in the morning', 'x', 'rain falls'];
  writeFileSync(join(folder, 'texts.jsonl'), lines.map((text) => JSON.stringify({ text })).join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function json(...given: readonly string[]): Promise<Record<string, never>> {
  const { status, stdout, stderr } = await runHere(folder, ...given, '--json');
  expect([status, stderr]).toEqual([0, expect.anything()]);
  return JSON.parse(stdout) as Record<string, never>;
}

const texts = ['--data', 'texts.jsonl', '--tokenizer', 'tokenizer.json'];

it('evaluates texts by perplexity, by the difference to the original, and by the texts that both generate', async () => {
  const options = [...texts, '--length', '16', '--generate', '5', '--threads', '1'];
  const both = await json('evaluate', 'other.onnx', '--against', 'model.onnx', ...options);
  const inputs = { input_ids: { text: { length: 16 } }, 'past_key_values.0.key': { cache: 'present.0.key' } };
  expect(both).toMatchObject({
    samples: 4,
    skipped: 1,
    skippedSamples: [{ reason: 'Its text has fewer than two tokens, so there is no next token to predict.' }],
    task: { kind: 'next-token', output: 'logits' },
    metrics: {
      perplexity: { tokens: 43 },
      nextTokenAgreement: { value: expect.any(Number) as number },
      sequenceAgreement: { value: expect.any(Number) as number },
    },
    against: {
      // tools/golden/perplexity.py computed this with the native ONNX Runtime on the same tokens.
      metrics: { perplexity: { value: expect.closeTo(68.59996, 3) as number, tokens: 43 } },
      difference: { metric: 'perplexity', interval: [expect.any(Number), expect.any(Number)] },
    },
    outputMatch: { perOutput: [{ name: 'logits', kind: 'sequence' }] },
    mapping: { inputs },
  });
});

it('calibrates passes on texts, and stores the tied table once', async () => {
  const recipe = ['--pass', 'quantize-weights', '--set', 'keepEnds=false', '--samples', '4'];
  const optimized = await json('optimize', 'model.onnx', '-o', 'small.onnx', ...recipe, ...texts);
  const changes = (optimized['passes'] as unknown as [{ changes: { what: string }[] }])[0].changes.map(
    ({ what }) => what,
  );
  expect(changes.filter((what) => what.includes('shared with the product'))).toHaveLength(1);
  expect(changes.filter((what) => what.includes('GPTQ'))).toHaveLength(4);
});

it('keeps the cache in float16, and evaluates it against the original', async () => {
  const store = ['--pass', 'store-float16', '--set', 'cache=true', '--set', 'leastSaving=0'];
  const made = await json('optimize', 'model.onnx', '-o', 'half.onnx', ...store);
  expect(made['passes']).toMatchObject([
    { changes: expect.arrayContaining([expect.objectContaining({ op: 'Input' })]) },
  ]);
  const generate = ['--length', '16', '--generate', '5', '--threads', '1'];
  const both = await json('evaluate', 'half.onnx', '--against', 'model.onnx', ...texts, ...generate);
  expect(both).toMatchObject({
    metrics: { nextTokenAgreement: { value: 1 }, sequenceAgreement: { value: 1 } },
    outputMatch: { perOutput: [{ name: 'logits' }] },
  });
});

it('runs on random inputs, and its generation is measured', async () => {
  const measured = await json('benchmark', 'model.onnx', '--budget', 'quick', '--threads', '1');
  const times = { firstTokenMs: expect.any(Number) as number, decodeTokensPerSecond: expect.any(Number) as number };
  expect(measured).toMatchObject({ generation: [{ variant: 'original', ep: 'wasm', cacheLength: 0, ...times }] });
});
