/** Damage to files, for property tests of readers. */
import fc from 'fast-check';

export interface Mutation {
  readonly kind: 'flip' | 'set' | 'truncate' | 'remove' | 'repeat';
  /** Fraction of the file. */
  readonly at: number;
  readonly value: number;
}

/** One to five changes. */
export const mutations = fc.array(
  fc.record<Mutation>({
    kind: fc.constantFrom('flip', 'set', 'truncate', 'remove', 'repeat'),
    at: fc.double({ min: 0, max: 0.999999, noNaN: true }),
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 5 },
);

/** A changed copy of a file; `within`: only its first so many bytes are changed. */
export function mutate(file: Uint8Array, changes: readonly Mutation[], within = file.length): Uint8Array {
  let bytes = file.slice();
  for (const { kind, at, value } of changes) {
    const position = Math.floor(at * Math.min(within, bytes.length));
    if (kind === 'flip') bytes[position]! ^= 1 << (value % 8);
    else if (kind === 'set') bytes[position] = value;
    else if (kind === 'truncate') bytes = bytes.slice(0, position);
    else {
      const piece = bytes.subarray(position, position + 1 + (value % 32));
      const rest = kind === 'remove' ? position + piece.length : position;
      bytes = Uint8Array.from([
        ...bytes.subarray(0, position),
        ...(kind === 'repeat' ? piece : []),
        ...bytes.subarray(rest),
      ]);
    }
  }
  return bytes;
}
