import { isParetoError, messageOf } from '../../src/engine/errors';
import { endSentence } from '../../src/engine/format';
import { systemRefusal } from '../../src/runtime/node/disk/disk-path';
import { lacksMemory } from '../../src/runtime/session/failure';

/** The sentence about what ended a command. */
export function describeError(error: unknown, debug: boolean): string {
  if (isParetoError(error)) return error.message;
  if (error instanceof Error && error.name === 'AbortError') return error.message;
  const refusal = systemRefusal(error);
  if (refusal !== undefined) return refusal;
  const message = messageOf(error);
  if (lacksMemory(message)) {
    return `Out of memory: ${endSentence(message)} Close other programs, or use a smaller model, batch or fewer samples.`;
  }
  const advice = debug ? '' : ' Run it again with --debug and report the output.';
  return `Internal error in Pareto: ${endSentence(message)}${advice}`;
}
