/** The equation of an Einsum: one letter for each axis of its operands and of the result. */
import { broadcastSizes, type Size } from '../size';
import type { NodeFacts } from './operator';

export interface Equation {
  readonly operands: readonly string[];
  readonly output: string;
}

/** One letter of its own for each axis of an ellipsis: `…` of three axes is `\u0001\u0002\u0003`, aligned at the last. */
function ellipsisLetters(count: number, all: number): string {
  return String.fromCharCode(...Array.from({ length: count }, (_, index) => index + 1 + all - count));
}

/** No exporter writes longer equations. The bound is needed because each letter is searched among the others. */
const longestEquation = 1024;

/**
 * Parses the equation. Without a stated output it is the ellipsis, then the letters that occur once, sorted. Returns `undefined` if shapes
 * do not fit.
 */
export function parseEquation(facts: NodeFacts): Equation | undefined {
  const text = facts.string('equation') ?? '';
  if (text.length > longestEquation) return undefined;
  const [left = '', right] = text.replaceAll(/\s/g, '').split('->');
  const terms = left.split(',');
  const hidden = terms.map((term, index) => {
    if (!term.includes('...')) return 0;
    const rank = facts.shape(index)?.length;
    return rank === undefined ? undefined : rank - (term.length - 3);
  });
  if (hidden.some((count) => count === undefined || count < 0)) return undefined;
  const all = Math.max(0, ...(hidden as number[]));
  const operands = terms.map((term, index) => term.replace('...', ellipsisLetters(hidden[index]!, all)));
  const letters = [...left.replaceAll(/[,.]/g, '')];
  const once = letters
    .filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter))
    .toSorted()
    .join('');
  return { operands, output: (right ?? `...${once}`).replace('...', ellipsisLetters(all, all)) };
}

/** The size of each letter of the equation; `undefined` if the operands do not have the axes that it names. */
export function letterSizes(facts: NodeFacts, { operands }: Equation): ReadonlyMap<string, Size> | undefined {
  const sizes = new Map<string, Size>();
  for (const [index, operand] of operands.entries()) {
    const shape = facts.shape(index);
    if (shape !== undefined && shape.length !== operand.length) return undefined;
    for (const [axis, letter] of [...operand].entries()) {
      const size = shape?.[axis] ?? null;
      const before = sizes.get(letter) ?? null;
      sizes.set(letter, before === null ? size : size === null ? before : broadcastSizes(before, size));
    }
  }
  return sizes;
}
