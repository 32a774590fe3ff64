import { listOption, UsageError, type Invocation } from './command';
import { formatQuoted } from '../src/engine/format';

/** Names and sizes of `--dim name=value`, as often as it is given. Throws UsageError for what is no size, as 0. */
export function dimensionOptions(invocation: Invocation): readonly (readonly [string, number])[] {
  return listOption(invocation, 'dim').map((text) => {
    const match = /^(.+)=(\d{1,9})$/.exec(text);
    if (!match || Number(match[2]) < 1) {
      throw new UsageError(`--dim must be name=value with an integer from 1 to 999999999, not ${formatQuoted(text)}.`);
    }
    return [match[1]!, Number(match[2])];
  });
}
