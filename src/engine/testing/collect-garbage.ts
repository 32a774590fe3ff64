import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** What other tests left is no part of what one of them holds. */
export const collectGarbage = runInNewContext('gc') as () => void;
