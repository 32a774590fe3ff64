/** docs/reference/json-documents.md names every key that a command prints. compare.test.ts holds `compare` to it, which takes seconds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from './main';
import { documentedKeys, expectDocumentedKeys } from './testing/documented-keys';
import { pareto } from './testing/json-commands';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'public/samples/digits-mlp.onnx');
const data = ['--data', join(root, 'public/samples/digits-evaluation.npz')];
let folder = '';
let variant = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-keys-'));
  variant = join(folder, 'variant.onnx');
  writeFileSync(join(folder, 'budget.json'), '{"sizeBytes":100000}');
  await pareto('optimize', model, '-o', variant, '--pass', 'quantize-dynamic');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cases = (): Readonly<Record<string, readonly string[]>> => ({
  inspect: [model],
  optimize: [model, '-o', join(folder, 'again.onnx'), '--pass', 'simplify'],
  plan: [model, '--pass', 'prune-channels', '--set', 'ranking=global', '--set', 'recover=none'],
  evaluate: [model, '--variant', variant, ...data, '--limit', '20'],
  check: [model, variant, '--budget', join(folder, 'budget.json')],
  diff: [model, variant],
  bundle: [model, '--variant', variant, '--targets', 'web', '-o', join(folder, 'bundle')],
  roundtrip: [model, '-o', join(folder, 'same.onnx')],
});

describe('the page about JSON documents', () => {
  it('has a row for every command', async () => {
    const named = (await allCommands()).map(({ name }) => name);
    expect(documentedKeys.map(({ command }) => command).toSorted()).toEqual(named.toSorted());
  });

  it.each(Object.keys(cases()))('names the keys of %s', async (command) => {
    const { status, stdout } = await pareto(command, ...cases()[command]!, '--json');
    expect(status).toBe(0);
    expectDocumentedKeys(command, stdout);
  });
});
