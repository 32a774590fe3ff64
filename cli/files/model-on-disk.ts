/** A model as the runtime takes it: found and checked here, its bytes read when they are needed. */
import { formatList, formatQuoted } from '../../src/engine/format';
import type { Inspection } from '../../src/engine/analysis/inspection';
import type { InputDescription } from '../../src/engine/data/feeds';
import { dimensionAxes, fixedAxisKeys, type SweepAxis } from '../../src/engine/profiling/sweep';
import type { ModelOnDisk } from '../../src/runtime/node/browser-driver';
import { modelOnDisk, type OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import { UsageError } from '../command';
import { openInputUnhashed, type LinkRule } from './open-input';

export interface FoundModel extends ModelOnDisk {
  readonly inputs: readonly InputDescription[];
  readonly outputs: Inspection['outputs'];
}

/** Checked by the codec first: its sentences about a bad file are better than the runtime's. */
export function findModel(path: string, links: LinkRule): FoundModel {
  return foundModel(openInputUnhashed(path, links));
}

export function foundModel({ paths, inspection }: OpenedFile): FoundModel {
  const { inputs, outputs } = inspection;
  return { ...modelOnDisk(paths), inputs, outputs };
}

/** Every file that is read for it: none of them may be overwritten. */
export function filesOfModel({ path, externalData }: ModelOnDisk): readonly string[] {
  return [path, ...externalData.map((file) => file.path)];
}

/** Throws UsageError for a `--sweep` over neither a setting nor a free dimension of the model. */
export function refuseUnknownAxes(sweep: readonly SweepAxis[], { inputs }: Pick<FoundModel, 'inputs'>): void {
  const known = [...fixedAxisKeys, ...dimensionAxes(inputs)];
  const unknown = sweep.find(({ axis }) => !known.includes(axis));
  if (unknown === undefined) return;
  throw new UsageError(
    `--sweep cannot vary ${formatQuoted(unknown.axis)}. With this model it can vary ${formatList(known)}.`,
  );
}
