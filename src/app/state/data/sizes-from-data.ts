/** Open sizes of the model that the data at hand settles. */
import { freeDimensionsOf, withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { sizesOfData } from '../../../engine/data/mapping/sizes-of-data';
import { ownValue } from '../../../engine/own-value';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';

export function sizesFromData({ original, data }: Pick<WorkspaceState, 'original' | 'data'>): FreeDimensions {
  if (original === null || data === null) return {};
  return sizesOfData(original.inspection.inputs, data.mapping, data.evaluation.description.fields);
}

/** Takes the sizes of the data where nobody chose another than the suggested one, or measured with it. */
export function followDataSizes(): void {
  const { original, data, freeDimensions, cells } = workspaceStore.getState();
  if (original === null || Object.keys(cells).length > 0) return;
  const found = sizesFromData({ original, data });
  const untouched = freeDimensionsOf(original.inspection.inputs).filter(({ key, suggested }) => {
    const size = ownValue(freeDimensions, key);
    return ownValue(found, key) !== undefined && (size === undefined || size === suggested);
  });
  if (untouched.length === 0) return;
  const taken = Object.fromEntries(untouched.map(({ key }) => [key, ownValue(found, key)!]));
  const chosen = withSuggestedDimensions(original.inspection.inputs, { ...freeDimensions, ...taken });
  workspaceStore.setState({ freeDimensions: chosen });
}
