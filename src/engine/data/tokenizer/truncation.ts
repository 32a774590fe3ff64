/** Computes how many tokens of one text, or of two, are kept so that they fit a length, by the rules of the Python package. */
import * as v from 'valibot';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const direction = v.optional(v.picklist(['Left', 'Right']), 'Right');

export const truncationSchema = v.object({
  max_length: whole,
  strategy: v.optional(v.picklist(['LongestFirst', 'OnlyFirst', 'OnlySecond']), 'LongestFirst'),
  direction,
});
export type Truncation = Pick<v.InferOutput<typeof truncationSchema>, 'strategy' | 'direction'>;

export const paddingSchema = v.object({
  strategy: v.optional(v.union([v.literal('BatchLongest'), v.object({ Fixed: whole })]), 'BatchLongest'),
  direction,
  pad_id: v.optional(whole, 0),
  pad_type_id: v.optional(whole, 0),
});

/** Returns how many tokens of each text are kept within `room`; `undefined` if a text that must stay is too long for it. */
export function keptCounts(
  counts: readonly [number, number?],
  room: number,
  strategy: Truncation['strategy'],
): readonly [number, number] | undefined {
  const [a, b = 0] = counts;
  const excess = a + b - room;
  if (excess <= 0) return [a, b];
  if (room === 0) return [0, 0];
  if (strategy === 'LongestFirst') return longestFirst([a, counts[1]], room);
  const isFirst = strategy === 'OnlyFirst';
  const left = (isFirst ? a : b) - excess;
  if (left <= 0 || (!isFirst && counts[1] === undefined)) return undefined;
  return isFirst ? [left, b] : [a, left];
}

function longestFirst([a, b]: readonly [number, number | undefined], room: number): readonly [number, number] {
  if (b === undefined) return [room, 0];
  const isSwapped = a > b;
  let [short, long] = isSwapped ? [b, a] : [a, b];
  long = short > room ? short : Math.max(short, room - short);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = short + (room % 2);
  }
  return isSwapped ? [long, short] : [short, long];
}

/** The tokens that are kept. */
export function kept<Token>(tokens: readonly Token[], count: number, from: Truncation['direction']): readonly Token[] {
  if (count >= tokens.length) return tokens;
  return from === 'Left' ? tokens.slice(tokens.length - count) : tokens.slice(0, count);
}
