import { listOption, UsageError, type Invocation } from './command';

/** Names and sizes of `--dim name=value`, as often as it is given. Throws UsageError below `minimum`. */
export function dimensionOptions(invocation: Invocation, minimum: 0 | 1): readonly (readonly [string, number])[] {
  return listOption(invocation, 'dim').map((text) => {
    const match = /^(.+)=(\d{1,9})$/.exec(text);
    if (!match || Number(match[2]) < minimum) {
      const size = minimum === 0 ? 'a whole number' : 'a whole number above 0';
      throw new UsageError(`--dim takes name=value with ${size}, not “${text}”.`);
    }
    return [match[1]!, Number(match[2])];
  });
}
