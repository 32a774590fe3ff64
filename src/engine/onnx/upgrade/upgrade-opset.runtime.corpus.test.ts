/**
 * The node tests of the onnx package, converted to newer operator sets: what the runtime in the browser can load
 * before, it can load afterwards. Fixture made by tools/golden/make-operator-shapes.py. tools/check-opset-conversion.py
 * checks with the recorded inputs that the outputs are equal.
 */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import { checkModel } from '../check';
import { decodeModel } from '../codec/decode';
import { encodeModel, joinParts } from '../codec/encode';
import type { Model } from '../graph';
import { defaultOpsetVersion } from '../traverse';
import { upgradeOpset } from './upgrade-opset';
import { loadOrtInNode } from '../../../runtime/node/ort';

const oldest = 6n;

const archive = unzipSync(readFileSync(new URL('../ops/fixtures/operator-shapes.zip', import.meta.url)));
const corpus = JSON.parse(new TextDecoder().decode(archive['corpus.json'])) as {
  readonly models: readonly { readonly name: string; readonly bytes: number }[];
};

interface Sample {
  readonly name: string;
  readonly model: Model;
  /** True if the runtime can load the unconverted model. It is loaded once for all operator sets. */
  readonly loads: () => Promise<boolean>;
}

let offset = 0;
const samples = corpus.models.map(({ name, bytes }): Sample => {
  const model = decodeModel(new MemorySource(archive['models.bin']!.subarray(offset, offset + bytes)));
  offset += bytes;
  let complaint: Promise<string> | undefined;
  return { name, model, loads: async () => (await (complaint ??= complaintOf(model))) === '' };
});

function samplesBefore(target: bigint): readonly Sample[] {
  return samples.filter(({ model }) => {
    const version = defaultOpsetVersion(model);
    return version >= oldest && version < target;
  });
}

/** Returns the error of the runtime for the model, or an empty text. */
async function complaintOf(model: Model): Promise<string> {
  const ort = await loadOrtInNode(1);
  try {
    const options = { graphOptimizationLevel: 'disabled', logSeverityLevel: 4 } as const;
    await (await ort.InferenceSession.create(joinParts(encodeModel(model)), options)).release();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each([
  { target: 13n, least: 70 },
  { target: 17n, least: 490 },
  { target: 21n, least: 850 },
  { target: 23n, least: 1070 },
])('node tests converted to opset $target', ({ target, least }) => {
  it('load as before', async () => {
    const wrong: string[] = [];
    let right = 0;
    for (const { name, model, loads } of samplesBefore(target)) {
      if (!(await loads())) continue;
      const outcome = await upgradeOpset(model, target, () => Promise.resolve());
      const complaint =
        outcome.kind === 'refused'
          ? `refused: ${outcome.reason}`
          : (checkModel(outcome.model)[0]?.message ?? (await complaintOf(outcome.model)));
      if (complaint === '') right++;
      else wrong.push(`${name}: ${complaint}`);
    }
    expect(wrong).toEqual([
      'test_scan_sum: refused: the node graph/Scan_0 (Scan, operator set 8) has other inputs since opset 9.',
    ]);
    expect(right).toBeGreaterThan(least);
  });
});
