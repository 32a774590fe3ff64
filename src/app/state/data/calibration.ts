/** Decides which samples of the data calibrate, and which evaluate. Pure. */
import { calibratingMapping } from '../../../engine/data/mapping/mapping-with-task';
import { calibrationSplit, type DataSplit } from '../../../engine/data/split';
import type { Calibration, WorkData } from '../workspace/workspace-store';

/** True when the two sources are the same files, so that only the split keeps them apart. */
export function calibratesOnSameFiles({ evaluation, calibration }: WorkData): boolean {
  return calibration !== null && calibration.key === evaluation.key;
}

/** The split of the evaluation data in use. Nothing is set aside if calibration has its own files. */
export function usedSplit(data: WorkData): DataSplit {
  const setsAside = data.calibration === null || calibratesOnSameFiles(data);
  return setsAside ? data.split : { ...data.split, calibration: 0 };
}

/** Returns the current calibration data of passes; `null` without data, and if no sample is set aside. */
export function currentCalibration(data: WorkData | null): Calibration | null {
  if (data === null) return null;
  const ownSource = calibratesOnSameFiles(data) ? null : data.calibration;
  const { split, mapping } = data;
  if (ownSource === null && split.calibration === 0) return null;
  const source = ownSource ?? data.evaluation;
  return {
    dataKey: source.key,
    dataName: source.description.name,
    mapping: ownSource === null ? mapping : calibratingMapping(mapping, ownSource.description),
    split: calibrationSplit(usedSplit(data)),
  };
}

/** The same with only so many samples; all where nobody says. */
export function withSamples(calibration: Calibration | null, samples: number | undefined): Calibration | null {
  return calibration === null || samples === undefined ? calibration : { ...calibration, samples };
}

/** True if the same samples calibrate and become the same inputs. The task and the number of evaluation samples do not matter. */
export function sameCalibration(a: Calibration | null, b: Calibration | null): boolean {
  return factsOf(a) === factsOf(b);
}

function factsOf(calibration: Calibration | null): string {
  if (calibration === null) return '';
  const { dataKey, mapping, split } = calibration;
  const { labels } = mapping;
  // A table's columns are all but that of the label.
  const label = labels !== null && 'array' in labels ? labels.array : null;
  return JSON.stringify([dataKey, mapping.inputs, label, split]);
}

/** Counts the samples that calibrate and that evaluate. */
export function splitCounts(data: WorkData): { readonly calibration: number; readonly evaluation: number } {
  const { samples } = data.evaluation.description;
  const { calibration, evaluation } = usedSplit(data);
  const setAside = Math.min(calibration, samples);
  const own = data.calibration === null || calibratesOnSameFiles(data) ? null : data.calibration;
  return {
    calibration:
      own === null ? setAside : Math.min(own.description.samples, calibrationSplit(usedSplit(data)).calibration),
    evaluation: Math.min(samples - setAside, evaluation ?? samples),
  };
}
