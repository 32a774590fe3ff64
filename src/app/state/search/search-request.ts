/** The data of the work, as a search and a look at layers are given it. Pure but for the files at hand. */
import type { BrowserSearchRequest } from '../../jobs/jobs';
import { dataFilesOf } from '../../platform/file-registry';
import { currentCalibration } from '../data/calibration';
import { currentContext } from '../data/data-selectors';
import { filesToCalibrate } from '../recipe/optimize-actions';
import { originalId, type WorkspaceState } from '../workspace/workspace-store';

/** `null`: there is none, or its files are not at hand. */
export function searchedData(state: WorkspaceState): BrowserSearchRequest['data'] {
  const { data } = state;
  const context = currentContext(state, originalId);
  const files = data === null ? undefined : dataFilesOf(data.evaluation.key);
  if (data === null || files === undefined || context === null) return null;
  const calibration = currentCalibration(data);
  return {
    key: data.evaluation.key,
    files,
    mapping: context.mapping,
    split: context.split,
    calibration: calibration && filesToCalibrate(calibration),
  };
}
