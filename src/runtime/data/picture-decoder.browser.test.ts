/** The same pixels in a worker of a browser as in Node, where the same fixtures are compared. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cases from '../../engine/data/pictures/fixtures/decoded.json';
import type { DecodedCase } from '../../engine/data/pictures/testing/picture-hash';

const urls = import.meta.glob<string>('../../engine/data/pictures/fixtures/files/*', {
  query: '?url',
  import: 'default',
  eager: true,
});

let worker: Worker;
beforeAll(() => {
  worker = new Worker(new URL('../testing/picture-worker.ts', import.meta.url), { type: 'module' });
});
afterAll(() => worker.terminate());

function decode(bytes: Uint8Array, expected: DecodedCase): Promise<DecodedCase | string> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<DecodedCase | string>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ bytes, expected });
  });
}

describe('pixels of pictures decoded in a worker', () => {
  it.each((cases as DecodedCase[]).map((expected) => [expected.file, expected] as const))(
    '%s',
    async (file, expected) => {
      const response = await fetch(urls[`../../engine/data/pictures/fixtures/files/${file}`]!);
      expect(await decode(new Uint8Array(await response.arrayBuffer()), expected)).toEqual(expected);
    },
  );
});
