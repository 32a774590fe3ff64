import type { DataFile } from '../../dataset';
import { numbersPerBox } from '../../pictures/place-boxes';
import type { LabelColumn } from '../labeled-files';

/** More boxes in one picture are a mistake. */
export const mostBoxes = 10_000;

/**
 * Reads the boxes of one picture: `numbersPerBox` numbers each, in fractions of the picture. Throws a ParetoError for labels that are
 * wrong.
 */
export type BoxesOf = (file: DataFile) => Float64Array;

/** The classes of boxes, as in `DataField`. */
export interface BoxClasses {
  readonly classes?: readonly string[];
  readonly classNumbers?: readonly number[];
}

/** The field `boxes` of `samples`. */
export function boxColumn(
  samples: readonly DataFile[],
  boxesOf: BoxesOf,
  { classes, classNumbers }: BoxClasses,
): LabelColumn {
  return {
    field: {
      name: 'boxes',
      kind: 'boxes',
      dtype: 'float64',
      shape: [null, numbersPerBox],
      // The data numbers them itself, by ids or in the texts.
      ...(classes && { classes, areClassesDeclared: true as const }),
      ...(classNumbers && { classNumbers }),
    },
    valueOf(index) {
      const data = boxesOf(samples[index]!);
      return { dtype: 'float64', dims: [data.length / numbersPerBox, numbersPerBox], data };
    },
  };
}
