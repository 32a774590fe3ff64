/** Sizes that the model leaves open: one field each, shared by everything that runs the model or counts what a run costs. */
import { freeDimensionsOf, type FreeDimension } from '../../../engine/data/free-dimensions';
import { setFreeDimension } from '../../state/workspace/measurement-actions';
import { sizesFromData } from '../../state/data/sizes-from-data';
import { useWorkspace } from '../../state/workspace/use-stores';
import { Term } from './Term';
import { WholeNumberField } from './WholeNumberField';
import { ownValue } from '../../../engine/own-value';

export function DimensionFields() {
  const inputs = useWorkspace((state) => state.original?.inspection.inputs ?? null);
  const dimensions = inputs === null ? [] : freeDimensionsOf(inputs).filter(({ isDependent }) => !isDependent);
  return dimensions.map((dimension) => <DimensionField key={dimension.key} dimension={dimension} />);
}

function DimensionField({ dimension }: { readonly dimension: FreeDimension }) {
  const size = useWorkspace((state) => ownValue(state.freeDimensions, dimension.key));
  const ofData = useWorkspace((state) => ownValue(sizesFromData(state), dimension.key));
  const places = dimension.places.map(({ input, axis }) => `${input}, axis ${axis}`).join('; ');
  return (
    <WholeNumberField
      label={<Term name="Free dimension">{dimension.key}</Term>}
      name={`Size of ${dimension.key} (${places})`}
      title={`${places}. ${noteOf(dimension, size, ofData)}`}
      value={size ?? dimension.suggested}
      least={Math.min(1, dimension.suggested)}
      most={1_000_000}
      onChange={(value) => setFreeDimension(dimension.key, value)}
      width={112}
      note={null}
    />
  );
}

function noteOf(dimension: FreeDimension, size: number | undefined, ofData: number | undefined): string {
  if (size !== undefined && size === ofData) return 'Size of the data.';
  return size === undefined || size === dimension.suggested ? dimension.why : 'Your choice.';
}
