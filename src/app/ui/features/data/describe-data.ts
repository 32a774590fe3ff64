/** Data in words. */
import type { DataField } from '../../../../engine/data/dataset';
import type { MadeInput } from '../../../../engine/data/mapping/mapping';
import type { InputKind, TaskKind } from '../../../state/data/data-mapping';

/** `uint8 [28, 28]`, `10 classes`, `picture of any size` */
export function describeField({ kind, dtype, shape, classes }: DataField): string {
  const names = classes === undefined ? '' : `${classes.length} ${classes.length === 1 ? 'class' : 'classes'}`;
  if (kind === 'class') return names === '' ? 'class' : names;
  if (kind === 'boxes') return names === '' ? 'boxes' : `boxes of ${names}`;
  if (kind === 'picture') return shape.includes(null) ? 'picture' : `picture [${shape.join(', ')}]`;
  if (kind === 'sound') return 'sound';
  if (kind === 'text') return 'text';
  const sizes = shape.length === 0 ? '' : ` [${shape.map((size) => size ?? '?').join(', ')}]`;
  return `${dtype}${sizes}${names === '' ? '' : `, ${names}`}`;
}

export const kindNames: Readonly<Record<InputKind, string>> = {
  array: 'Numbers',
  image: 'Picture',
  sound: 'Sound',
  text: 'Text tokens',
  value: 'Constant',
  state: 'Fed back from output',
  cache: 'Empty cache',
  made: 'Made for the tokens',
};

export const madeNames: Readonly<Record<MadeInput, string>> = { mask: 'Mask of ones', positions: 'Positions' };

export const taskNames: Readonly<Record<TaskKind, string>> = {
  classification: 'Classification',
  binary: 'Yes or no',
  regression: 'Regression',
  detection: 'Detection',
  transcription: 'Transcription',
  retrieval: 'Retrieval',
  'next-token': 'Next token',
  match: 'Output match only',
};
