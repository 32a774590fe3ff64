/** The settings that a search found for the load and the target: one sentence, and the way to use them. */
import { Button, Group, Text } from '@mantine/core';
import { useStore } from 'zustand';
import { tunedHeadline } from '../../../../engine/serving/describe-serving';
import { formatRuntime, type MeasuredBatchTimes } from '../../../state/serving/batch-times';
import { arrivalsOf, recordingStore, servingSettingsStore } from '../../../state/serving/serving-settings';
import { applyTuned, objectiveOf, tuningStore } from '../../../state/serving/tuning';
import { useWorkspace } from '../../../state/workspace/use-stores';

export function Tuned({ times }: { readonly times: MeasuredBatchTimes }) {
  const settings = useStore(servingSettingsStore);
  const recording = useStore(recordingStore, ({ file }) => file);
  const { objective, tuned } = useStore(tuningStore);
  const asked = useWorkspace((state) => objectiveOf(state, times, settings, recording));
  if (tuned === null || objective !== asked) return null;
  const { maxBatch, maxWaitMs, instances, threads } = tuned.best;
  const isSet =
    settings.maxBatch === maxBatch &&
    settings.maxWaitMs === maxWaitMs &&
    settings.instances === instances &&
    (times.runtime !== 'wasm' || times.threads === threads);
  return (
    <Group gap="8px 16px" maw="80ch">
      <Text data-testid="tuned-headline" aria-live="polite">
        {formatRuntime(times.runtime)} times. {tunedHeadline(tuned, arrivalsOf(settings), settings.targetMs)}
      </Text>
      {isSet ? null : (
        <Button variant="default" size="compact-sm" onClick={() => applyTuned(tuned, times)}>
          Use these settings
        </Button>
      )}
    </Group>
  );
}
