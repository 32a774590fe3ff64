/** The worker of the build that optimizes, asked as the page asks it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Page } from '@playwright/test';
import { pareto } from './command-line.ts';
import { fileOfDownload } from './steps.ts';

type Outcome = { ok: true; value: { files: { model: Blob } } } | { ok: false; error: { message: string } };

/** A recipe without steps in the worker that the page loads: what comes out is the file, decoded and encoded. */
export async function writtenByWorker(page: Page, file: string): Promise<Uint8Array> {
  const chosen = await page.evaluateHandle(() => Object.assign(document.createElement('input'), { type: 'file' }));
  await chosen.setInputFiles(file);
  const link = await chosen.evaluateHandle(async (input, url) => {
    const worker = new Worker(url, { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    // The protocol of src/runtime/jobs/call.ts: a call by name, and a port for the answers.
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
  }, workerUrl());
  const { bytes } = await fileOfDownload(page, () => link.evaluate((element) => element.click()));
  return bytes;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function workerUrl(): string {
  const names = readdirSync('dist/assets').filter((name) => /^optimize-.*\.js$/.test(name));
  const worker = names.find((name) => readFileSync(path.join('dist/assets', name), 'utf8').includes('FileReaderSync'));
  expect(worker, `the worker among ${names.join(', ')}`).toBeDefined();
  return `assets/${worker}`;
}

/** The worker and the command line write the same bytes. */
export async function expectSameBytes(page: Page, file: string, folder: string): Promise<Uint8Array> {
  const output = path.join(folder, 'same.onnx');
  await pareto('roundtrip', file, '-o', output);
  const written = await writtenByWorker(page, file);
  expect(sha256(written), file).toBe(sha256(readFileSync(output)));
  return written;
}
