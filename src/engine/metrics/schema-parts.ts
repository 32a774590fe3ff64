/** Parts of the schemas of a report. Anybody can write a link that holds a report, so every text and every list has a cap. */
import * as v from 'valibot';
import { executionProviders } from './cell';

const longestText = 2000;
const longestName = 1024;

export const text = v.pipe(v.string(), v.maxLength(longestText));
export const name = v.pipe(v.string(), v.maxLength(longestName));
export const finite = v.pipe(v.number(), v.finite());
export const nonNegative = v.pipe(finite, v.minValue(0));
export const count = v.pipe(finite, v.integer(), v.minValue(0));
export const share = v.pipe(finite, v.minValue(0), v.maxValue(1));
export const interval = v.tuple([finite, finite]);
export const provider = v.picklist(executionProviders);

export const upTo = <Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(v.array(item), v.maxLength(most));

/**
 * A list whose entries may be about something that only a later Pareto knows (a provider, a verdict): those are left out.
 * Anything else that is wrong with an entry refuses the report. The schema of an entry is in the metadata, for documentation.
 */
export const upToKnown = <Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(
    v.array(v.unknown()),
    v.maxLength(most),
    v.metadata({ item }),
    v.rawTransform<unknown[], v.InferOutput<Item>[]>(({ dataset, addIssue }) => {
      const known: v.InferOutput<Item>[] = [];
      for (const [index, entry] of dataset.value.entries()) {
        const result = v.safeParse(item, entry);
        if (result.success) known.push(result.output);
        else if (!result.issues.every(isUnknownChoice)) {
          const place = { type: 'array', origin: 'value', input: dataset.value, key: index, value: entry } as const;
          addIssue({ path: [place, ...(result.issues[0].path ?? [])] });
        }
      }
      return known;
    }),
  );

function isUnknownChoice({ type, input }: v.BaseIssue<unknown>): boolean {
  return (type === 'picklist' || type === 'variant') && typeof input === 'string' && input.length <= longestName;
}

/** Cuts a text from a file to the length that a report may hold. */
export function cutText(whole: string, most = longestText): string {
  return whole.length <= most ? whole : `${whole.slice(0, most - 1)}…`;
}

export function cutName(whole: string): string {
  return cutText(whole, longestName);
}
