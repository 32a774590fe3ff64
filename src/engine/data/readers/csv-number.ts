/** Numbers as tables have them. */

const missing = /^\s*(nan|na|n\/a|null|none|nil|\?|-)?\s*$/i;
const number = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const infinity = /^\s*([+-]?)inf(inity)?\s*$/i;
const zero = 0x30;
const nine = 0x39;
/** A whole number with at most this many digits is exact, however it is computed. */
const exactDigits = 15;

/** True for an empty cell, and for the texts that programs write for a missing value. */
export function isMissing(cell: string): boolean {
  return missing.test(cell);
}

/** The number in a cell, `null` when there is none. */
export function parseNumber(cell: string, decimalComma: boolean): number | null {
  const text = decimalComma ? cell.replace(',', '.') : cell;
  if (number.test(text)) return Number(text);
  const sign = infinity.exec(text)?.[1];
  return sign === undefined ? null : sign === '-' ? -Infinity : Infinity;
}

/** The number that digits alone spell, `null` for anything else. Most cells of large tables are such. */
export function parseDigits(bytes: Uint8Array): number | null {
  if (bytes.length === 0 || bytes.length > exactDigits) return null;
  let value = 0;
  for (const byte of bytes) {
    if (byte < zero || byte > nine) return null;
    value = value * 10 + byte - zero;
  }
  return value;
}
