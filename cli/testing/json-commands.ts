/** Commands that print JSON, and what is true of every model that they are given. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { runHere } from './run-here';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

export const pareto = (...given: readonly string[]) => runHere(root, ...given);

interface OptimizeJson {
  readonly model: {
    readonly name: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly nodes: number;
  };
  readonly variant: {
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly macs: number | null;
  };
  readonly sizeBytes: { readonly original: number; readonly variant: number };
  readonly compressedBytes: {
    readonly original: { readonly gzip: number };
    readonly variant: { readonly gzip: number };
  };
  readonly passes: readonly {
    readonly id: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly changes: readonly unknown[];
    readonly refusals: readonly { readonly path: string; readonly op: string; readonly reason: string }[];
    readonly details?: {
      readonly sparsity?: { readonly total: readonly [string, number, number, number] };
    };
  }[];
}

export async function optimize(model: string, output: string, ...rest: readonly string[]): Promise<OptimizeJson> {
  const { status, stdout, stderr } = await pareto('optimize', model, '-o', output, '--json', ...rest);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as OptimizeJson;
}

interface InspectJson {
  readonly file: unknown;
  readonly parameters: number;
  readonly nodes: readonly unknown[];
}

const inspected = new Map<string, InspectJson>();

/** Originals are inspected once. */
export async function inspectJson(path: string): Promise<InspectJson> {
  const known = inspected.get(path);
  if (known) return known;
  const { status, stdout } = await pareto('inspect', path, '--json');
  expect(status).toBe(0);
  const facts = JSON.parse(stdout) as InspectJson;
  if (path.startsWith(root)) inspected.set(path, facts);
  return facts;
}

/** Inspected, pruned and quantized, in either order, with the bytes that are reported. */
export async function expectReportedBytes(path: string, folder: string): Promise<void> {
  const facts = await inspectJson(path);
  expect(facts.file).toEqual({ name: basename(path), sizeBytes: readFileSync(path).length, sha256: sha256(path) });
  expect(facts.parameters).toBeGreaterThan(50_000);
  const output = join(folder, 'variant.onnx');
  for (const order of [
    ['prune-weights', 'quantize-dynamic'],
    ['quantize-dynamic', 'prune-weights'],
  ]) {
    const result = await optimize(path, output, ...order.flatMap((pass) => ['--pass', pass]));
    expect(result.variant).toMatchObject({
      path: output,
      sha256: sha256(output),
      sizeBytes: readFileSync(output).length,
    });
    expect(result.model.nodes).toBe(facts.nodes.length);
    expect(result.passes.map(({ id }) => id)).toEqual(order);
    expect(result.compressedBytes.variant.gzip).toBeLessThan(result.compressedBytes.original.gzip * 0.7);
    for (const { refusals } of result.passes) {
      for (const { path: place, reason } of refusals) expect([place, reason]).not.toContain('');
    }
  }
}

/** A round trip leaves all that a model says of itself. */
export async function expectRoundTrip(path: string, folder: string): Promise<void> {
  const output = join(folder, 'same.onnx');
  const { status, stdout } = await pareto('roundtrip', path, '-o', output, '--json');
  expect(status).toBe(0);
  const { variant } = JSON.parse(stdout) as OptimizeJson;
  expect(variant.sha256).toBe(sha256(output));
  // Field by field equality is the codec's own test.
  const ofFile = { file: null, downloads: null };
  expect({ ...(await inspectJson(output)), ...ofFile }).toEqual({ ...(await inspectJson(path)), ...ofFile });
}
