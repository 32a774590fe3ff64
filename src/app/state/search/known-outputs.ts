/** The kinds of the outputs of the work, as far as they are known before and after values were read. */
import { outputKinds, type OutputKind } from '../../../engine/data/output-kind';
import { floatTypes } from '../../../engine/data/tensor-numbers';
import { decideKind, endingsOf, evidenceOfData, type KindDecision } from '../../../engine/metrics/output-kind';
import { ownValue } from '../../../engine/own-value';
import { changeMapping } from '../data/data-actions';
import type { ReportedWork } from '../workspace/workspace-store';
import { currentSearch } from './searched-candidate';

export interface KnownOutput extends KindDecision {
  readonly name: string;
  /** A person said so. */
  readonly isChosen: boolean;
  /** The kinds that a person may choose; empty for texts and integers. */
  readonly possible: readonly OutputKind[];
}

const possibleKinds = outputKinds.filter((kind) => kind !== 'texts');

/**
 * Decides from the graph, the labels and a person's choice. Values count if a search that is still valid has seen them.
 */
export function knownOutputs(work: ReportedWork): readonly KnownOutput[] {
  const { original, data } = work;
  if (original === null) return [];
  const { outputs } = original.inspection;
  const ofData = data === null ? {} : evidenceOfData(data.mapping, data.evaluation.description);
  const evidence = { ...ofData, endings: endingsOf(outputs) };
  const seen = new Map(currentSearch(work)?.outputs?.map((output) => [output.name, output]));
  return outputs.map(({ name, dtype, shape }) => {
    const dims = (shape ?? []).map((size) => (typeof size === 'number' ? size : 0));
    const { kind, reason } = seen.get(name) ?? decideKind({ name, dtype, dims }, evidence);
    const isChosen = ownValue(evidence.chosen ?? {}, name) !== undefined;
    return { name, kind, reason, isChosen, possible: floatTypes.has(dtype) ? possibleKinds : [] };
  });
}

/** Sets the kind of an output; `null` restores the detected kind. */
export function chooseOutputKind(name: string, kind: OutputKind | null): void {
  changeMapping(({ outputs = {}, ...mapping }) => {
    const others = Object.entries(outputs).filter(([other]) => other !== name);
    const all = kind === null ? others : [...others, [name, kind] as const];
    return { ...mapping, ...(all.length > 0 && { outputs: Object.fromEntries(all) }) };
  }, `kind of ${name}`);
}
