/** Numbers as people write preprocessing: also as a fraction, `1/255`. */
import { formatCount, formatNumber } from '../../../engine/format';

export interface NumberLimits {
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean;
}

/** `null` for anything else, and for a number beyond the limits. */
export function parseNumber(
  text: string,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, isWhole = false }: NumberLimits = {},
): number | null {
  const [whole, divisor, ...rest] = text.trim().replace('\u2212', '-').split('/');
  if (rest.length > 0 || whole === undefined || whole.trim() === '' || divisor?.trim() === '') return null;
  const value = divisor === undefined ? Number(whole) : Number(whole) / Number(divisor);
  if (!Number.isFinite(value) || value < least || value > most) return null;
  return isWhole && !Number.isInteger(value) ? null : value;
}

/**
 * The number within the limits that is nearest to the typed one. `null` if that is no number, or not whole and has to
 * be.
 */
export function nearestNumber(
  text: string,
  { least = -Infinity, most = Infinity, isWhole }: NumberLimits,
): number | null {
  if (text.trim() === '' || text.includes('/')) return null;
  const nearest = Math.min(Math.max(Number(text), least), most);
  return Number.isFinite(nearest) ? parseNumber(String(nearest), { least, most, isWhole }) : null;
}

/** One step up or down, within the limits, without the noise of binary fractions. */
export function stepNumber(value: number, step: number, { least = -Infinity, most = Infinity }: NumberLimits): number {
  return Math.min(Math.max(Number((value + step).toPrecision(12)), least), most);
}

/** The keys that a phone shows for such a field; `undefined`: all, since only some of its keypads of digits have a minus. */
export function keypadFor({ least = -Infinity, isWhole = false }: NumberLimits): 'numeric' | 'decimal' | undefined {
  if (least < 0) return undefined;
  return isWhole ? 'numeric' : 'decimal';
}

/** Describes the accepted values of a field, in a sentence. */
export function describeLimits({ least, most, isWhole = false }: NumberLimits): string {
  const written = (limit: number): string => (Number.isInteger(limit) ? formatCount(limit) : formatNumber(limit));
  const range = [
    ...(least === undefined ? [] : [`from ${written(least)}`]),
    ...(most === undefined ? [] : [`to ${written(most)}`]),
  ];
  return isWhole || range.length > 0
    ? `Takes ${[isWhole ? 'a whole number' : 'a number', ...range].join(' ')}.`
    : 'Takes a number, such as 0.5 or 1/255.';
}

/** `0.485, 0.456, 0.406`; separators may be spaces too. `null` when one of them is no number, or there is none. */
export function parseNumbers(text: string): readonly number[] | null {
  const parts = text.split(/[,;\s]+/).filter((part) => part !== '');
  const values = parts.map((part) => parseNumber(part));
  return parts.length === 0 || values.includes(null) ? null : (values as number[]);
}

/** A number that is one over a whole one is written so. */
export function writeNumber(value: number): string {
  if (value === 0) return '0';
  const inverse = 1 / value;
  const divisor = [Math.round(inverse), Math.round(inverse * 2) / 2].find((candidate) => 1 / candidate === value);
  if (divisor !== undefined && divisor > 1 && Math.abs(value) < 0.1) return `1/${divisor}`;
  return String(value);
}
