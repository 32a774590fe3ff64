/** Options of every command that runs a model. */
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { formatQuoted } from '../../src/engine/format';
import { executionProviders, type ExecutionProvider } from '../../src/engine/metrics/cell';
import { listOption, UsageError, type Arguments } from '../command';

/**
 * Names and sizes of `--dim name=value`, as often as it is given. Throws UsageError for a text that is not a size, such
 * as 0.
 */
export function dimensionsOption(given: Arguments): FreeDimensions {
  const sizes = listOption(given, 'dim').map((text): readonly [string, number] => {
    const match = /^(.+)=(\d{1,9})$/.exec(text);
    if (!match || Number(match[2]) < 1) {
      throw new UsageError(`--dim must be name=value with an integer from 1 to 999999999, not ${formatQuoted(text)}.`);
    }
    return [match[1]!, Number(match[2])];
  });
  return Object.fromEntries(sizes);
}

/**
 * A provider that `--ep` names. Throws UsageError for an unknown one, and without `browser` for one that only a browser has.
 * @param remedy how a person gets that.
 */
export function parseProvider(text: string, browser: boolean, remedy = 'add --browser'): ExecutionProvider {
  const found = executionProviders.find((ep) => ep === text && ep !== 'native');
  if (found === undefined) {
    const known = executionProviders.filter((ep) => ep !== 'native').join(', ');
    throw new UsageError(`--ep must be one of ${known}, not ${formatQuoted(text)}.`);
  }
  if (found !== 'wasm' && found !== 'compiled' && !browser)
    throw new UsageError(`--ep ${found} needs a browser: ${remedy}.`);
  return found;
}
