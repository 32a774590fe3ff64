/** Finding nodes by what people know of them: operator, name, shape. */
import type { ShapeEntry } from '../onnx/declared-shape';
import type { InspectedNode } from './inspection';

/** The text that a query searches: operator, path and output shapes, in lower case, sizes joined with x. */
export function searchTextOf({ op, path, outputShapes }: Pick<InspectedNode, 'op' | 'path' | 'outputShapes'>): string {
  return `${op} ${path} ${outputShapes.map(shapeText).join(' ')}`.toLowerCase();
}

function shapeText(shape: readonly ShapeEntry[] | null): string {
  return shape === null ? '' : shape.map((entry) => entry ?? '?').join('x');
}

/**
 * Words of a query, all of which must occur: `conv 64x112`. Sizes may be written `64x112`, `64×112`, `64 × 112` or
 * `[64, 112]`.
 */
export function wordsOfQuery(query: string): readonly string[] {
  return query
    .toLowerCase()
    .replaceAll(/[[\]]/g, ' ')
    .replaceAll(/(?<=[\d?])\s*[×,]\s*(?=[\w?])/g, 'x')
    .replaceAll(/(?<=\d)\s+x\s+(?=\d)/g, 'x')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** True when every word occurs in the text. Without words everything matches. */
export function matchesWords(searchText: string, words: readonly string[]): boolean {
  return words.every((word) => searchText.includes(word));
}
