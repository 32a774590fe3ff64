/** Selects the samples that calibrate and those that evaluate. No sample is ever in both. */
import { Checkbox, Stack } from '@mantine/core';
import { splitOptions } from '../../../../engine/data/split';
import { formatCount } from '../../../../engine/format';
import { largestSeed } from '../../../../engine/seeded-random';
import { changeSplit } from '../../../state/data/data-actions';
import { calibratesOnSameFiles, splitCounts, usedSplit } from '../../../state/data/calibration';
import { calibrates } from '../../../state/recipe/recipe-check';
import { useWorkspace } from '../../../state/workspace/use-stores';
import type { WorkData } from '../../../state/workspace/workspace-store';
import { Note } from '../../components/Note';
import { NumberField } from '../../components/NumberField';

export function SplitFields({ data }: { readonly data: WorkData }) {
  const recipeCalibrates = useWorkspace(({ recipe }) => calibrates(recipe));
  const { samples } = data.evaluation.description;
  const { split } = data;
  const counts = splitCounts(data);
  const ownCalibration = data.calibration !== null && !calibratesOnSameFiles(data);
  const left = samples - (ownCalibration ? 0 : Math.min(split.calibration, samples));
  return (
    <>
      {/* Samples that an earlier recipe set aside remain visible, and can be taken back. */}
      {ownCalibration || (!recipeCalibrates && split.calibration === 0) ? null : (
        <CountField
          label="Calibration samples"
          value={split.calibration}
          least={0}
          most={Math.max(0, samples - 1)}
          onChange={(calibration) => changeSplit({ calibration })}
          note={`of ${formatCount(samples)}${split.calibration === 0 ? '' : ', not evaluated'}`}
        />
      )}
      <Stack gap={4} align="flex-start">
        <CountField
          label="Evaluation samples"
          value={counts.evaluation}
          least={1}
          most={left}
          disabled={split.evaluation === null}
          onChange={(evaluation) => changeSplit({ evaluation })}
          note={null}
        />
        <Checkbox
          size="xs"
          radius={4}
          iconColor="var(--on-ink)"
          label={`All ${formatCount(left)}`}
          checked={split.evaluation === null}
          onChange={(event) => changeSplit({ evaluation: event.currentTarget.checked ? null : left })}
        />
      </Stack>
      {counts.evaluation === samples ? null : (
        <CountField
          label="Split seed"
          value={split.seed}
          least={0}
          most={largestSeed}
          onChange={(seed) => changeSplit({ seed })}
          note={`command line: ${splitOptions(usedSplit(data))}`}
        />
      )}
    </>
  );
}

interface CountFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
  readonly note: string | null;
}

function CountField({ note, disabled = false, ...input }: CountFieldProps) {
  return (
    <Stack gap={4} align="flex-start">
      <NumberField {...input} isWhole step={1} hasButtons disabled={disabled} w={160} />
      {note === null ? null : <Note>{note}</Note>}
    </Stack>
  );
}
