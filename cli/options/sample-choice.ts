import { parseRequest, samples } from '../../src/work/request';
import { numberOption, textOption, type Arguments } from '../command';

/** The number of `--samples`, or `all`. */
export function samplesOption(given: Arguments): number | 'all' | undefined {
  const value = textOption(given, 'samples') === 'all' ? 'all' : numberOption(given, 'samples');
  return parseRequest(samples, value, () => '--samples');
}
