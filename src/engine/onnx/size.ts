/**
 * Sizes of dimensions that may be symbols: polynomials over symbols with whole coefficients, such as `N`, `N*2` and `H
 * + 1`. Quotients with a remainder are symbols of their own: `floor(H/2)`. Two sizes are equal if their texts are: the
 * form is canonical.
 */

/** A number, an expression, or `null` when nothing is known. */
export type Size = number | SymbolicSize | null;

/** A name, or a quotient that does not come out even. */
interface SizeSymbol {
  readonly text: string;
  /** It is no further from zero. */
  readonly bound: number;
  readonly quotient?: { readonly numerator: SymbolicSize; readonly divisor: number };
}

interface Term {
  readonly coefficient: number;
  /** Symbols multiplied with each other, sorted; empty for the constant. */
  readonly symbols: readonly SizeSymbol[];
}

/** Sums with more terms are given up: they only come from graphs that build nonsense. */
const mostTerms = 32;
const mostSymbols = 16;
/** Texts of quotients stand within each other: one that has itself in it twice would double at each step. */
const longestText = 1024;
/** No axis of a model is longer. */
const longestAxis = 2 ** 20;

/** Made by the functions of this file only, which keep the terms sorted and without zeros. */
export class SymbolicSize {
  readonly terms: readonly Term[];
  readonly text: string;

  constructor(terms: readonly Term[]) {
    this.terms = terms;
    this.text = terms.map(textOfTerm).join(' + ').replaceAll('+ -', '- ');
  }
}

/** The size of an axis with this name. */
export function symbolicSize(name: string): SymbolicSize {
  return sizeOfSymbol({ text: name, bound: longestAxis });
}

/** `undefined` for an unknown size. */
export function textOfSize(size: Size): string | undefined {
  if (size === null) return undefined;
  return typeof size === 'number' ? String(size) : size.text;
}

/** True when both are known to be the same. */
export function isSameSize(a: Size, b: Size): boolean {
  return a !== null && b !== null && textOfSize(a) === textOfSize(b);
}

/** True for numbers that are not, and for sums and products of dimensions. */
export function isNeverNegative(size: Size): boolean {
  if (size === null) return false;
  if (typeof size === 'number') return size >= 0;
  return size.terms.every(
    ({ coefficient, symbols }) => coefficient >= 0 && symbols.every(({ quotient }) => quotient === undefined),
  );
}

/** `null` if one of the sizes is unknown. */
export function addSizes(a: Size, b: Size): Size {
  if (a === null || b === null) return null;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return sumOfTerms([...termsOf(a), ...termsOf(b)]);
}

/** `a − b`; `null` if one of the sizes is unknown. */
export function subtractSizes(a: Size, b: Size): Size {
  return addSizes(a, multiplySizes(b, -1));
}

/** `null` if a size is unknown and neither is zero. */
export function multiplySizes(a: Size, b: Size): Size {
  // Zero times any size is zero, even if the other one is not known.
  if (a === 0 || b === 0) return 0;
  if (a === null || b === null) return null;
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const terms: Term[] = [];
  for (const left of termsOf(a)) {
    for (const right of termsOf(b)) {
      const symbols = [...left.symbols, ...right.symbols].toSorted((one, other) => (one.text < other.text ? -1 : 1));
      terms.push({ coefficient: left.coefficient * right.coefficient, symbols });
    }
  }
  return sumOfTerms(terms);
}

/** Returns the product if it is a number, and `null` while a factor is open. It builds no expression, because nobody would read it. */
export function countOfSizes(sizes: readonly Size[]): number | null {
  let count: number | null = 1;
  for (const size of sizes) {
    if (size === 0) return 0;
    count = count === null || typeof size !== 'number' ? null : count * size;
  }
  return count;
}

/** The number of elements of a shape; 1 for a scalar, `null` if it is unknown. */
export function productOfSizes(sizes: readonly Size[]): Size {
  return sizes.reduce<Size>(multiplySizes, 1);
}

/** a ÷ b rounded down, b > 0: exact where it comes out even, else a symbol `floor(a/b)` plus what does come out even. */
export function floorDivideSizes(a: Size, b: Size): Size {
  if (a === null || b === null || b === 0) return null;
  if (b === 1) return a;
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
  const exact = divideExactly(a, b);
  if (exact !== null) return exact;
  if (typeof b !== 'number') {
    return sizeOfQuotient({ text: `floor(${inBrackets(a)}/${inBrackets(b)})`, bound: boundOfSize(a) });
  }
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const term of termsOf(a)) {
    const quotient = Math.floor(term.coefficient / b);
    const isConstant = term.symbols.length === 0;
    // A constant is always divided into quotient and remainder; a symbol only if no remainder is left.
    if (quotient !== 0 && (isConstant || term.coefficient % b === 0)) whole.push({ ...term, coefficient: quotient });
    const left = isConstant ? term.coefficient - quotient * b : term.coefficient % b === 0 ? 0 : term.coefficient;
    if (left !== 0) rest.push({ ...term, coefficient: left });
  }
  const remainder = sumOfTerms(rest);
  if (remainder === null) return null;
  if (typeof remainder === 'number') return addSizes(sumOfTerms(whole), Math.floor(remainder / b));
  return addSizes(sumOfTerms(whole), floorQuotient(remainder, b));
}

/** ⌊(⌊a/m⌋ + c)/n⌋ = ⌊(a + c·m)/(m·n)⌋: repeated halving stays one quotient. */
function floorQuotient(numerator: SymbolicSize, divisor: number): Size {
  const [first, constant] = numerator.terms;
  const inner = first!.coefficient === 1 && first!.symbols.length === 1 ? first!.symbols[0]!.quotient : undefined;
  const isPlain = numerator.terms.length === 1 || (numerator.terms.length === 2 && constant!.symbols.length === 0);
  if (inner !== undefined && isPlain) {
    const shift = (constant?.coefficient ?? 0) * inner.divisor;
    return floorDivideSizes(addSizes(inner.numerator, shift), inner.divisor * divisor);
  }
  const text = `floor(${inBrackets(numerator)}/${divisor})`;
  return sizeOfQuotient({ text, bound: Math.ceil(boundOfSize(numerator) / divisor), quotient: { numerator, divisor } });
}

function sizeOfQuotient(symbol: SizeSymbol): Size {
  return symbol.text.length > longestText ? null : sizeOfSymbol(symbol);
}

function sizeOfSymbol(symbol: SizeSymbol): SymbolicSize {
  return new SymbolicSize([{ coefficient: 1, symbols: [symbol] }]);
}

/** A scale with more binary places has too many for float32 to multiply every axis with it exactly. */
const finestScale = 2 ** 10;

/**
 * Computes a × scale rounded down, for scale > 0. The result is a quotient if the product is exact, and otherwise a
 * symbol of its own for the float32 result.
 */
export function floorScaleSize(a: Size, scale: number): Size {
  if (a === null || !(scale > 0) || !Number.isFinite(scale)) return null;
  let divisor = 1;
  while (divisor < finestScale && !Number.isInteger(scale * divisor)) divisor *= 2;
  const numerator = Number.isInteger(scale * divisor) ? multiplySizes(a, scale * divisor) : null;
  if (numerator !== null && isSureInFloat32(numerator)) return floorDivideSizes(numerator, divisor);
  return sizeOfQuotient({ text: `floor(${inBrackets(a)}*${scale})`, bound: Math.ceil(boundOfSize(a) * scale) });
}

/**
 * True if float32 holds a whole size exactly for all values of its symbols. It holds numbers of 24 bits, and larger ones that end in zeros.
 * That covers an axis, and a small or even multiple of one. A product of axes has more bits as soon as a picture has more than 4096 × 4096
 * points.
 */
export function isSureInFloat32(size: number | SymbolicSize): boolean {
  const unit = Math.min(...termsOf(size).map(({ coefficient }) => largestPowerOfTwoIn(coefficient)));
  return boundOfSize(size) / unit <= 2 ** 24;
}

function largestPowerOfTwoIn(whole: number): number {
  let power = 1;
  while (whole % (2 * power) === 0) power *= 2;
  return power;
}

/** Bounds the distance of a size from zero. */
function boundOfSize(size: number | SymbolicSize): number {
  const boundOfTerm = ({ coefficient, symbols }: Term) =>
    symbols.reduce((product, { bound }) => product * bound, Math.abs(coefficient));
  return termsOf(size).reduce((sum, term) => sum + boundOfTerm(term), 0);
}

/** a ÷ b rounded up, b > 0. */
export function ceilDivideSizes(a: Size, b: Size): Size {
  return floorDivideSizes(addSizes(a, subtractSizes(b, 1)), b);
}

/** a ÷ b when every term comes out even, else `null`. */
export function divideExactly(a: Size, b: Size): Size {
  if (a === null || b === null || b === 0) return null;
  if (isSameSize(a, b)) return 1;
  const divisors = termsOf(b);
  if (divisors.length !== 1) return null;
  const divisor = divisors[0]!;
  const terms: Term[] = [];
  for (const term of termsOf(a)) {
    if (term.coefficient % divisor.coefficient !== 0) return null;
    const symbols = withoutEach(term.symbols, divisor.symbols);
    if (symbols === null) return null;
    terms.push({ coefficient: term.coefficient / divisor.coefficient, symbols });
  }
  return sumOfTerms(terms);
}

/** Returns the least value of a size; −∞ if nothing is known about it. Named axes have at least one element. */
export function leastOfSize(size: Size): number {
  if (size === null) return -Infinity;
  if (typeof size === 'number') return size;
  return size.terms.reduce((sum, { coefficient, symbols }) => {
    const least = symbols.reduce((product, symbol) => product * leastOfSymbol(symbol), 1);
    return sum + (symbols.length === 0 || (coefficient > 0 && least >= 0) ? coefficient * least : -Infinity);
  }, 0);
}

function leastOfSymbol({ text, quotient }: SizeSymbol): number {
  // Factors below zero would turn the order of products around.
  if (quotient) return Math.floor(leastOfSize(quotient.numerator) / quotient.divisor) >= 0 ? 0 : Number.NaN;
  return text.startsWith('floor(') ? Number.NaN : 1;
}

/** One of sizes that are all the same: a number says the most, then one that is known. */
export function sizeOfSame(sizes: readonly Size[]): Size {
  return sizes.find((size) => typeof size === 'number') ?? sizes.find((size) => size !== null) ?? null;
}

/** The size of an axis on which two shapes are broadcast; `null` if that cannot be known. */
export function broadcastSizes(a: Size, b: Size): Size {
  if (a === 1) return b;
  if (b === 1 || isSameSize(a, b)) return a;
  // A fixed size over 1 is the answer: the other one is the same or 1.
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

/** Shapes aligned at the last axis, as NumPy does. `undefined` when a rank is unknown. */
export function broadcastShapes(shapes: readonly (readonly Size[] | undefined)[]): readonly Size[] | undefined {
  const rank = shapes.reduce((most, shape) => Math.max(most, shape?.length ?? 0), 0);
  const result: Size[] = Array.from({ length: rank }, () => 1);
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const offset = rank - shape.length;
    shape.forEach((size, axis) => {
      result[offset + axis] = broadcastSizes(result[offset + axis]!, size);
    });
  }
  return result;
}

function termsOf(size: number | SymbolicSize): readonly Term[] {
  if (typeof size !== 'number') return size.terms;
  return size === 0 ? [] : [{ coefficient: size, symbols: [] }];
}

/** Combines like terms and sorts them; the constant is last. */
function sumOfTerms(terms: readonly Term[]): Size {
  const byKey = new Map<string, Term>();
  for (const term of terms) {
    if (term.symbols.length > mostSymbols) return null;
    // Only whole coefficients are kept: a size is rounded when it is halved, which a fraction would not show.
    if (term.symbols.length > 0 && !Number.isSafeInteger(term.coefficient)) return null;
    if (!Number.isInteger(term.coefficient) && terms.some(({ symbols }) => symbols.length > 0)) return null;
    const key = textOfSymbols(term.symbols);
    const before = byKey.get(key);
    byKey.set(key, before ? { ...term, coefficient: before.coefficient + term.coefficient } : term);
  }
  const left = [...byKey].filter(([, { coefficient }]) => coefficient !== 0);
  if (left.length > mostTerms) return null;
  if (left.length === 0) return 0;
  const sorted = left.toSorted(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1)).map(([, term]) => term);
  const [only] = sorted;
  return sorted.length === 1 && only!.symbols.length === 0 ? only!.coefficient : new SymbolicSize(sorted);
}

/** `symbols` without one of each of `others`; `null` when one is missing. */
function withoutEach(symbols: readonly SizeSymbol[], others: readonly SizeSymbol[]): readonly SizeSymbol[] | null {
  const left = [...symbols];
  for (const other of others) {
    const index = left.findIndex(({ text }) => text === other.text);
    if (index < 0) return null;
    left.splice(index, 1);
  }
  return left;
}

function textOfTerm({ coefficient, symbols }: Term): string {
  if (symbols.length === 0) return String(coefficient);
  if (coefficient === 1) return textOfSymbols(symbols);
  if (coefficient === -1) return `-${textOfSymbols(symbols)}`;
  return `${textOfSymbols(symbols)}*${coefficient}`;
}

function textOfSymbols(symbols: readonly SizeSymbol[]): string {
  return symbols.map(({ text }) => text).join('*');
}

function inBrackets(size: number | SymbolicSize): string {
  const text = textOfSize(size)!;
  return typeof size === 'number' || size.terms.length === 1 ? text : `(${text})`;
}
