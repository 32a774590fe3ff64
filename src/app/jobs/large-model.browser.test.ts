/** Large models in the page: what the real worker does without reading, and without holding, all of their weights. */
import { describe, expect, it } from 'vitest';
import { encodeLargeModel, Hole } from '../../engine/onnx/testing/large-model';
import { settlesWithin } from '../../engine/testing/settles-within';
import { timesAsLong } from '../../engine/testing/times-as-long';
import { createModelJobs, type OpenedModel } from './jobs';

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
    const smaller = largeFile(80 * megabyte, 16);
    const jobs = createModelJobs();
    const { files } = await jobs.open(never(), [smaller]);
    let sha256 = '';
    let opened: OpenedModel | undefined;
    const share = await timesAsLong(
      async () => void (opened = await jobs.open(never(), [file])),
      async () => void (sha256 = await jobs.fingerprint(never(), files)),
    );
    // Thirteen times as much would be read. It takes about as long as a thirteenth.
    expect(share).toBeLessThan(6);
    expect(opened!.inspection.file.sha256).toBe('');
    expect(opened!.inspection.weightBytes).toBeGreaterThan(1000 * megabyte);
    // It is the one that the browser itself computes.
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await smaller.arrayBuffer()));
    expect(sha256).toBe(Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''));
    const controller = new AbortController();
    const fingerprint = jobs.fingerprint({ signal: controller.signal }, opened!.files);
    await new Promise((resolve) => setTimeout(resolve, 200));
    controller.abort(new DOMException('Enough.', 'AbortError'));
    expect(await settlesWithin(500, fingerprint)).toBe(true);
    await expect(fingerprint).rejects.toThrow('Enough.');
  });
});
