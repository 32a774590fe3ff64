import { executionProviders, type ExecutionProvider } from '../src/engine/metrics/cell';
import { formatQuoted } from '../src/engine/format';
import { UsageError } from './command';

/**
 * A provider that `--ep` names. Throws UsageError for an unknown one, and without `browser` for one that only a browser has.
 * @param remedy how a person gets that.
 */
export function parseProvider(text: string, browser: boolean, remedy = 'add --browser'): ExecutionProvider {
  const found = executionProviders.find((ep) => ep === text);
  if (found === undefined)
    throw new UsageError(`--ep must be one of ${executionProviders.join(', ')}, not ${formatQuoted(text)}.`);
  if (found !== 'wasm' && !browser) throw new UsageError(`--ep ${found} needs a browser: ${remedy}.`);
  return found;
}
