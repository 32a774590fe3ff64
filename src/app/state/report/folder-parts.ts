/** All parts of the folder that the open model is in, each with its selected model, for a repository or a download. */
import { floatParts } from '../../../engine/deploy/transformersjs/hub-folder';
import type { Inspection } from '../../../engine/analysis/inspection';
import { ParetoError } from '../../../engine/errors';
import { modelFacts } from '../../../engine/search/model-facts';
import { baseName } from '../../../engine/data/readers/file-name';
import type { ModelFiles } from '../../jobs/jobs';
import { modelFilesOf, type DroppedFolder } from '../../platform/dropped-folder';
import { filesOfOriginal } from '../../platform/file-registry';
import { filesSizeBytes } from '../../platform/files-size';
import { currentJobs, type JobHandle } from '../jobs/job-runner';
import { parkedPart, selectedOf } from '../models/parked-parts';
import type { SelectedModel } from '../recipe/selected-model';
import { workspaceStore } from '../workspace/workspace-store';

export type Contents = readonly (readonly [path: string, content: Blob])[];

/** A model with its bytes. */
export interface PartModel {
  readonly inspection: Inspection;
  readonly files: ModelFiles;
}

export interface FolderPart {
  /** The name in transformers.js: `model`, `encoder_model`. */
  readonly part: string;
  /** The path in the folder. */
  readonly path: string;
  /** The data of the work is for this part. */
  readonly isOpen: boolean;
  readonly selected: PartModel;
  readonly original: PartModel;
}

/** The open part first. A part that was not opened yet has its file in the best precision. Rejects as the jobs do, and with `bundle/variant`. */
export async function partsOfFolder(
  job: JobHandle,
  folder: DroppedFolder | null,
  selected: SelectedModel,
): Promise<readonly FolderPart[]> {
  const open = openPart(folder, selected);
  if (folder === null) return [open];
  const { hub, files } = folder;
  const parts = [open];
  for (const model of floatParts(hub).filter(({ part }) => part !== hub.model.part)) {
    const { part, path } = model;
    const known = parkedPart(folder, path);
    const parked = known && selectedOf(known);
    if (parked !== undefined) {
      if (parked.files === undefined) throw goneVariant(path);
      const original = { inspection: parked.original.inspection, files: parked.originalFiles };
      const { inspection } = parked.variant ?? parked.original;
      const selectedPart = { inspection, files: parked.files };
      parts.push({ part, path: inFolder(folder, path), isOpen: false, selected: selectedPart, original });
      continue;
    }
    const dropped = modelFilesOf({ hub: { ...hub, model }, files });
    const { inspection, files: own } = await currentJobs().models.open(
      { ...job, onProgress: () => undefined },
      dropped,
    );
    const original = { inspection, files: own };
    parts.push({ part, path: inFolder(folder, path), isOpen: false, selected: original, original });
  }
  return parts;
}

/** Only the open part can make its variant again. */
function goneVariant(path: string): ParetoError {
  const name = baseName(path);
  return new ParetoError(
    'bundle/variant',
    `The file of the selected variant of ${name} is not stored. Open ${name} and download the variant, then try again.`,
  );
}

function openPart(folder: DroppedFolder | null, { inspection, files }: SelectedModel): FolderPart {
  const original = {
    inspection: workspaceStore.getState().original?.inspection ?? inspection,
    files: filesOfOriginal(),
  };
  const path = folder === null ? files.name : inFolder(folder, folder.hub.model.path);
  return { part: folder?.hub.model.part ?? 'model', path, isOpen: true, selected: { inspection, files }, original };
}

function inFolder({ hub: { root } }: DroppedFolder, path: string): string {
  return path.slice(root.length);
}

/** The selected model, or the original if the selected variant has lost precision already. */
export function floatModelOf({ selected, original }: FolderPart): PartModel {
  const { isLowPrecision } = modelFacts(selected.inspection, filesSizeBytes(selected.files));
  return isLowPrecision === true ? original : selected;
}

/** A model and its data files in a zip, with the model at this path. */
export function contentsOf(path: string, { model, externalData }: ModelFiles): Contents {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return [[path, model] as const, ...externalData.map((file) => [`${folder}${file.path}`, file.data] as const)];
}

/** Files beside the parts, by their names. */
export function filesBeside(folder: DroppedFolder): Contents {
  return folder.hub.beside.map(({ path }) => [baseName(path), folder.files.get(path)!] as const);
}
