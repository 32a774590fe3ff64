/** Large models in the page: what the real worker does without reading, and without holding, all of their weights. */
import { describe, expect, it } from 'vitest';
import { encodeLargeModel, Hole } from '../../engine/onnx/testing/large-model';
import { createModelJobs } from './jobs';

const megabyte = 2 ** 20;
const never = () => ({ signal: new AbortController().signal });

/** All weights are slices of one Blob, so that the file needs no more memory than one of them. */
function largeFile(sizeBytes: number, layers: number): File {
  const { parts } = encodeLargeModel(sizeBytes, layers);
  const zeros = new Blob([new Uint8Array(sizeBytes / layers)]);
  const blobs = parts.map((part) =>
    part instanceof Hole ? zeros.slice(0, part.sizeBytes) : (part as Uint8Array<ArrayBuffer>),
  );
  return new File(blobs, 'large.onnx');
}

describe('a large model in the page', () => {
  it('of 1 GB opens without waiting for its SHA-256, which can be given up at any time', async () => {
    const file = largeFile(1024 * megabyte, 256);
    expect(file.size).toBeGreaterThan(1000 * megabyte);
    const jobs = createModelJobs();
    const started = performance.now();
    const opened = await jobs.open(never(), [file]);
    const openMs = performance.now() - started;
    // A second on a machine of one's own; reading all of the file takes several on any.
    expect(openMs).toBeLessThan(5000);
    expect(opened.inspection.file.sha256).toBe('');
    expect(opened.inspection.weightBytes).toBeGreaterThan(1000 * megabyte);
    const controller = new AbortController();
    const fingerprint = jobs.fingerprint({ signal: controller.signal }, opened.files);
    setTimeout(() => controller.abort(new DOMException('Enough.', 'AbortError')), 200);
    await expect(fingerprint).rejects.toThrow('Enough.');
    expect(performance.now() - started).toBeLessThan(openMs + 1500);
  });

  it('gets the SHA-256 that the browser itself computes', async () => {
    const file = largeFile(80 * megabyte, 16);
    const jobs = createModelJobs();
    const opened = await jobs.open(never(), [file]);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    const sha256 = await jobs.fingerprint(never(), opened.files);
    expect(sha256).toBe(Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''));
  });
});
