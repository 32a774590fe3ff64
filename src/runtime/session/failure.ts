import { isParetoError, messageOf, ParetoError } from '../../engine/errors';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { endSentence } from '../../engine/format';

const providerNames: Readonly<Record<ExecutionProvider, string>> = {
  wasm: 'WASM',
  compiled: 'compiled WASM',
  webgpu: 'WebGPU',
  'webnn-cpu': 'WebNN on the CPU',
  'webnn-gpu': 'WebNN on the GPU',
  'webnn-npu': 'WebNN on the NPU',
  native: 'the native CPU',
};

const lostDevice = /device (is|was) lost|DXGI_ERROR|map_async|GPUDevice.*lost/i;
const lackOfMemory =
  /out of memory|memory access out of bounds|bad_alloc|allocation failed|Invalid (string|array|array buffer|typed array) length/i;
const brokenSession = new RegExp(`${lostDevice.source}|${lackOfMemory.source}`, 'i');

/** True for the message of a failed allocation. */
export function lacksMemory(message: string): boolean {
  return lackOfMemory.test(message);
}

/** Messages of the runtime, with advice for a person. */
const knownFailures: readonly { readonly pattern: RegExp; readonly advice: string }[] = [
  {
    pattern: /requires f16|shader-f16/i,
    advice: 'This adapter does not support float16. Use a float32 variant.',
  },
  {
    pattern: /(fetch|loading) dynamically imported module|Importing a module script failed/i,
    advice:
      'The runtime did not load. Connect and reload the page. The command “Make available offline” stores the runtime for later.',
  },
  {
    pattern: lostDevice,
    advice: 'The GPU was lost during the run. Close other work on the GPU, or use a smaller batch.',
  },
  {
    pattern: lackOfMemory,
    advice: 'Out of memory. Use a smaller batch or smaller dimensions.',
  },
  {
    pattern: /Failed to execute 'createContext'|WebNN is not supported|ML\.createContext|navigator\.ml/i,
    advice: 'This browser does not support this WebNN context.',
  },
  {
    pattern: /indices element out of data bounds|out of range value in index tensor|invalid ind(ex|ice) found/i,
    advice:
      'An input index is out of range, such as a token or category id. Check that vocabulary and preprocessing belong to the model, and that texts have no more tokens than it has positions.',
  },
  {
    pattern:
      /invalid dimensions for input|broadcast|ShapeInferenceError|dimensions? should be|cannot be reshaped|incompatible dimensions|dimension mismatch/i,
    advice:
      'It does not accept these dimensions. Set other sizes for its free dimensions in the benchmark settings, or with --dim on the command line. For texts, the mapping sets the number of tokens: use fewer.',
  },
  {
    pattern: /not implemented|NOT_IMPLEMENTED|not a registered function|Could not find an implementation/i,
    advice: 'This provider does not support one of its operators.',
  },
];

/** One sentence (or two) for people: what could not be run where, why, and what to do. */
export function describeFailure(error: unknown, who: string, ep: ExecutionProvider): string {
  const where = `${who} failed to run on ${providerNames[ep]}`;
  const cause = firstLine(messageOf(error));
  return isParetoError(error) ? `${where}. ${cause}` : `${where}: ${explainCause(cause)}`;
}

/**
 * Returns the reason why a run was refused for its inputs, as a sentence, or `undefined` for every other failure. The
 * session can continue with other inputs after such a refusal, but not after an abort or without memory.
 */
export function describeRefusedRun(error: unknown): string | undefined {
  if (!(error instanceof Error) || isParetoError(error)) return undefined;
  const isRefused = /OrtRun\(\)|Non-zero status code/i.test(error.message) && !brokenSession.test(error.message);
  return isRefused ? explainCause(firstLine(error.message)) : undefined;
}

/** A refused run with the sentence about it; every other failure as it is. @param who could not be run. */
export function namedRefusal(error: unknown, who: string): unknown {
  const reason = describeRefusedRun(error);
  if (reason === undefined) return error;
  return new ParetoError('runtime/refused-run', `${who} failed to run: ${reason}`, { cause: error });
}

/** Adds known advice to the message of the runtime. */
function explainCause(cause: string): string {
  const advice = knownFailures.find(({ pattern }) => pattern.test(cause))?.advice;
  return advice === undefined ? cause : `${advice} Runtime message: ${cause}`;
}

/** The runtime's messages go on for pages and hold paths of the machine that it was built on. */
function firstLine(message: string): string {
  const line = (message.split('\n')[0] ?? '')
    .replace(/\S*\/onnxruntime\/\S*/g, '')
    .replace(/failed to call \w+\(\)\.\s*/i, '')
    .replace(/\bonnxruntime::[\w:~]+(\([^)]*\)\s*(const)?)?/g, '')
    .replace(/ERROR_CODE: \d+, ERROR_MESSAGE:\s*/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  const text = line.length > 300 ? `${line.slice(0, 299)}…` : line || 'no reason given';
  return endSentence(text);
}
