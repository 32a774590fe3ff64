/** The built worker writes every model as the command line does: to the byte, with every field of newer formats. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Page } from '@playwright/test';
import { ModelProtoSchema } from 'onnx-buf';
import { pareto } from './support/command-line';
import { realModels } from './support/real-models';
import { fileOfDownload } from './support/steps';
import { expect, test } from './support/test';

const int64Max = 2n ** 63n - 1n;

/** Fields that ONNX got after the version that onnx-proto knows, and the numbers that a double cannot hold. */
function modelWithNewerFields(): Uint8Array {
  const note = (of: string) => [{ key: 'note', value: of }];
  const float32 = { value: { case: 'tensorType' as const, value: { elemType: 1, shape: { dim: [] } } } };
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 12n,
      opsetImport: [{ domain: '', version: 23n }],
      metadataProps: note('model'),
      functions: [
        {
          name: 'Twice',
          domain: 'local',
          overload: 'float',
          input: ['x'],
          output: ['y'],
          opsetImport: [{ domain: '', version: 23n }],
          node: [{ opType: 'Add', input: ['x', 'x'], output: ['y'], metadataProps: note('node of a function') }],
          attributeProto: [{ name: 'to', type: 2, i: int64Max }],
          metadataProps: note('function'),
        },
      ],
      graph: {
        name: 'graph',
        metadataProps: note('graph'),
        input: [{ name: 'x', type: float32, metadataProps: note('value') }],
        output: [{ name: 'y', type: float32 }],
        node: [
          {
            opType: 'Twice',
            domain: 'local',
            overload: 'float',
            input: ['x'],
            output: ['y'],
            metadataProps: note('node'),
            attribute: [{ name: 'ends', type: 7, ints: [int64Max, -(2n ** 63n), 2n ** 53n + 1n] }],
          },
        ],
        initializer: [
          { name: 'int4', dims: [3n], dataType: 22, rawData: Uint8Array.of(0x21, 0x07), metadataProps: note('tensor') },
          { name: 'float8', dims: [2n], dataType: 17, rawData: Uint8Array.of(1, 2) },
          { name: 'strings', dims: [1n], dataType: 8, stringData: [Uint8Array.of(0xff, 0x00)] },
          { name: 'integers', dims: [2n], dataType: 7, int64Data: [int64Max, -1n] },
        ],
      },
    }),
  );
}

type Outcome = { ok: true; value: { files: { model: Blob } } } | { ok: false; error: { message: string } };

/** A recipe without steps in the worker that the page loads: what comes out is the file, decoded and encoded. */
async function writtenByWorker(page: Page, file: string, workerUrl: string): Promise<Uint8Array> {
  const chosen = await page.evaluateHandle(() => Object.assign(document.createElement('input'), { type: 'file' }));
  await chosen.setInputFiles(file);
  const link = await chosen.evaluateHandle(async (input, url) => {
    const worker = new Worker(url, { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    // What src/runtime/jobs/call.ts describes: a call by name, and a port for what comes back.
    const files = { name: 'model.onnx', model: input.files![0]!, externalData: [] };
    const given = [files, { version: 1, seed: 0, steps: [] }];
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      port1.onmessage = ({ data }) => data.kind === 'settled' && resolve(data.outcome);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ name: 'optimize', given, lists: [], ids: [1, null], port: port2 }, [port2]);
    });
    port1.close();
    worker.terminate();
    if (!outcome.ok) throw new Error(outcome.error.message);
    const address = URL.createObjectURL(outcome.value.files.model);
    return Object.assign(document.createElement('a'), { href: address, download: 'written.onnx' });
  }, workerUrl);
  const { bytes } = await fileOfDownload(page, () => link.evaluate((element) => element.click()));
  return bytes;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test.describe('the built worker', () => {
  let folder = '';
  let workerUrl = '';
  test.beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pareto-lossless-'));
    const names = readdirSync('dist/assets').filter((name) => /^optimize-.*\.js$/.test(name));
    const worker = names.find((name) =>
      readFileSync(path.join('dist/assets', name), 'utf8').includes('FileReaderSync'),
    );
    expect(worker, `the worker among ${names.join(', ')}`).toBeDefined();
    workerUrl = `assets/${worker}`;
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function expectSameBytes(page: Page, file: string): Promise<Uint8Array> {
    const output = path.join(folder, 'same.onnx');
    await pareto('roundtrip', file, '-o', output);
    const written = await writtenByWorker(page, file, workerUrl);
    expect(sha256(written), file).toBe(sha256(readFileSync(output)));
    return written;
  }

  test('writes models as the command line does', async ({ page }) => {
    await page.goto('./');
    for (const { file } of realModels) await expectSameBytes(page, file);
  });

  test('keeps newer fields, and integers of 64 bits', async ({ page }) => {
    await page.goto('./');
    const original = modelWithNewerFields();
    const file = path.join(folder, 'newer.onnx');
    writeFileSync(file, original);
    const written = await expectSameBytes(page, file);
    const again = fromBinary(ModelProtoSchema, written);
    expect(again).toEqual(fromBinary(ModelProtoSchema, original));
    expect(again.graph?.node[0]?.attribute[0]?.ints).toEqual([int64Max, -(2n ** 63n), 2n ** 53n + 1n]);
    expect(again.functions[0]?.attributeProto[0]?.i).toBe(int64Max);
  });
});
