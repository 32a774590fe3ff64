/** How searches of earlier versions become those of this version. */
import { changeEntries, isRecord } from '../versioned-document';

/** Stages of candidates under the names that earlier versions wrote. */
const formerStages: ReadonlyMap<unknown, string> = new Map([['judged', 'evaluated']]);

/** A search from a file, a link or storage, with the stages of its candidates renamed. Any other value stays as it is. */
export function upgradeSearch(search: unknown): unknown {
  if (!isRecord(search)) return search;
  const candidates = changeEntries(search['candidates'], (candidate) => ({
    ...candidate,
    stage: formerStages.get(candidate['stage']) ?? candidate['stage'],
  }));
  return { ...search, candidates };
}
