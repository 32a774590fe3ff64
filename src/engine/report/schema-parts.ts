/** What the schemas of a report are made of. Reports come from links that anybody can write: every text and every list has a cap. */
import * as v from 'valibot';
import { executionProviders } from '../metrics/cell';

export const text = v.pipe(v.string(), v.maxLength(2000));
export const name = v.pipe(v.string(), v.maxLength(1024));
export const finite = v.pipe(v.number(), v.finite());
export const count = v.pipe(finite, v.integer(), v.minValue(0));
export const share = v.pipe(finite, v.minValue(0), v.maxValue(1));
export const interval = v.tuple([finite, finite]);
export const provider = v.picklist(executionProviders);

export const upTo = <Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(v.array(item), v.maxLength(most));
