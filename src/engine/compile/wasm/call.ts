/** What `run()` of a compiled module does: calls of kernels with constants. */

/** A part of the memory. Its address is known once the memory is planned. */
export interface Region {
  address: number;
}

/** An address in a region. In loops, each level adds its stride, in bytes; strides beyond the levels do not count. */
export interface Pointer {
  readonly region: Region;
  readonly offset: number;
  readonly strides?: readonly number[];
}

export function startOf(region: Region): Pointer {
  return { region, offset: 0 };
}

/** A constant of type f32; a plain number is an i32. */
export class Float32 {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export type Argument = number | Float32 | Pointer;

export interface Call {
  readonly kernel: string;
  readonly args: readonly Argument[];
  /** Counts of the loops around the call, the outermost first. Absent: once. */
  readonly times?: readonly number[];
  /** Bytes in the memory that decide whether the call is made. Absent: always. */
  readonly guards?: readonly { readonly at: Pointer; readonly isTrue: boolean }[];
}
