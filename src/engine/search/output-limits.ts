/** Limits that only outputs of one kind can keep or break. */
import type { OutputKind } from '../data/output-kind';
import { ParetoError } from '../errors';
import { formatList } from '../format';
import type { OutputLimit } from '../verdict/loss';
import type { SearchLimits } from './search-goal';
import type { SearchedOutput } from './search-journal';

const kindOfLimit = {
  cosineLoss: 'embedding',
  neighborLoss: 'embedding',
  overlapLoss: 'map',
  stepLoss: 'sequence',
} as const satisfies Partial<Record<OutputLimit, OutputKind>>;

type KindLimit = keyof typeof kindOfLimit;

const kindLimits = Object.keys(kindOfLimit) as readonly KindLimit[];

/** The limits without those that no output can keep. */
export function withoutIdleLimits(limits: SearchLimits, kinds: readonly OutputKind[]): SearchLimits {
  const idle = new Set<string>(kindLimits.filter((name) => !kinds.includes(kindOfLimit[name])));
  return Object.fromEntries(Object.entries(limits).filter(([name]) => !idle.has(name))) as unknown as SearchLimits;
}

/** Throws `search/limit` if a limit is set that no output of the model can meet or exceed. */
export function refuseIdleLimits(limits: SearchLimits, outputs: readonly SearchedOutput[]): void {
  const kinds = outputs.map(({ kind }) => kind);
  const idle = kindLimits.find((name) => limits[name] !== undefined && !kinds.includes(kindOfLimit[name]));
  if (idle === undefined) return;
  const wanted = kindOfLimit[idle];
  const found = formatList(outputs.map(({ name, kind, reason }) => `${name} is ${kind} (${reason})`));
  throw new ParetoError(
    'search/limit',
    `The limit ${idle} needs an output of the kind ${wanted}. This model has none: ${found}. Set the kind with --output-kind <output>=${wanted} or on the Data screen, or use another limit.`,
  );
}
