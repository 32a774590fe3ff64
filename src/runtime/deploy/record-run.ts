import type { RecordedRun, RecordedTensor } from '../../engine/deploy/deploy-facts';
import type { Feeds } from '../../engine/data/feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { bytesOf } from '../../engine/onnx/byte-views';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';

/** More would make the bundle larger than many models. */
const mostBytes = 8 * 2 ** 20;

/**
 * One input made up from a seed, and what the model makes of it on WASM: what a bundle is checked against elsewhere. `null` where
 * it is too large to keep or holds texts. Rejects as sessions do.
 */
export async function recordRun(
  signal: AbortSignal,
  host: SessionHost,
  files: ModelFiles,
  seed: number,
): Promise<RecordedRun | null> {
  const spec = { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false, integers: 'as-written' } as const;
  const session = await host.open(signal, spec);
  try {
    const feeds = createSyntheticFeeds(session.inputs, {}, seed);
    await session.feed(feeds);
    const { outputs } = await session.run();
    const [inputs, made] = [asRecorded(feeds), asRecorded(outputs)];
    if (inputs === null || made === null) return null;
    const size = [...inputs, ...made].reduce((sum, { base64 }) => sum + base64.length, 0);
    return size > mostBytes ? null : { inputs, outputs: made };
  } finally {
    session.close();
  }
}

function asRecorded(tensors: Feeds): readonly RecordedTensor[] | null {
  const recorded: RecordedTensor[] = [];
  for (const [name, { dtype, dims, data }] of Object.entries(tensors)) {
    if (!ArrayBuffer.isView(data)) return null;
    recorded.push({ name, dtype, shape: dims, base64: toBase64(bytesOf(data as Float32Array)) });
  }
  return recorded;
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  const piece = 0x8000;
  for (let start = 0; start < bytes.length; start += piece) {
    binary += String.fromCharCode(...bytes.subarray(start, start + piece));
  }
  return btoa(binary);
}
