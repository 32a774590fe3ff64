/** Runs a model for a bundle: one recorded run, and the verdict on joining requests. */
import { messageOf } from '../../engine/errors';
import type { RecordedRun, RecordedTensor } from '../../engine/deploy/deploy-facts';
import type { Feeds } from '../../engine/data/feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { bytesOf } from '../../engine/onnx/byte-views';
import { untestedBatching, type BatchVerdict } from '../../engine/serving/batch-verdict';
import type { ModelFiles } from '../models/model-files';
import { proveOn } from '../serving/prove-batching';
import type { HostedSession, SessionHost } from '../session/session-host';

export interface TriedModel {
  /** One random input and its outputs on WASM. `null` if it is too large to keep, holds texts, or could not be run. */
  readonly recorded: RecordedRun | null;
  readonly batching: BatchVerdict;
  /** The reason why the model could not be run here, as a sentence. */
  readonly unrecorded?: string;
}

/** The limit of the recorded bytes. More would make the bundle larger than many models. */
const mostBytes = 8 * 2 ** 20;
const spec = { ep: 'wasm', threads: 1, freeDimensions: {}, profile: false, integers: 'as-written' } as const;

/** Runs the model on WASM on inputs from this seed. Rejects only where the signal is aborted. */
export async function tryModel(
  signal: AbortSignal,
  host: SessionHost,
  files: ModelFiles,
  seed: number,
): Promise<TriedModel> {
  let session: HostedSession | undefined;
  try {
    session = await host.open(signal, { ...spec, files });
    const recorded = await recordRun(session, seed);
    return { recorded, batching: await proveOn(signal, session) };
  } catch (error) {
    signal.throwIfAborted();
    const detail = messageOf(error);
    return {
      recorded: null,
      batching: untestedBatching(detail),
      unrecorded: `The model could not run here, so no outputs are recorded: ${detail}`,
    };
  } finally {
    session?.close();
  }
}

async function recordRun(session: HostedSession, seed: number): Promise<RecordedRun | null> {
  const feeds = createSyntheticFeeds(session.inputs, {}, seed);
  const { outputs } = await session.run(feeds);
  const [inputs, made] = [asRecorded(feeds), asRecorded(outputs)];
  if (inputs === null || made === null) return null;
  const size = [...inputs, ...made].reduce((sum, { base64 }) => sum + base64.length, 0);
  return size > mostBytes ? null : { inputs, outputs: made };
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
