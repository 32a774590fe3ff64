import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

const collect = runInNewContext('gc') as () => void;

/** Frees the garbage of other tests, so that a measurement does not include it. */
export function collectGarbage(): void {
  collect();
  // Array buffers are freed beside the program, and counted until then: the next collection waits for it.
  collect();
}
