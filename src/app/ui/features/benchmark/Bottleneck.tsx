/**
 * Shows where the selected model spends its time, in words and as a roofline, and a variant that would help. It is
 * loaded when the model was measured.
 */
import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { formatCounted, formatDuration, formatFigures, formatProvider } from '../../../../engine/format';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import type { Remedy } from '../../../../engine/profiling/bottleneck';
import type { MeasuredRoofline } from '../../../jobs/jobs';
import { readRoofs } from '../../../platform/kept-roofs';
import { findBottleneckOfSelected, tryRemedy } from '../../../state/benchmark/bottleneck-actions';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { ScrollTable } from '../../components/ScrollTable';
import screen from '../../components/Screen.module.css';
import { RooflineChart } from './RooflineChart';

interface BottleneckProps {
  readonly limits: MeasuredRoofline;
  readonly name: string;
  readonly color: string;
}

export default function Bottleneck({ limits, name, color }: BottleneckProps) {
  const { bottleneck, roofline } = limits;
  return (
    <Stack component="section" aria-label="Bottleneck" className={screen.results} gap={16}>
      <div>
        <h3>Bottleneck on {formatProvider(roofline.ep)}</h3>
        <Text data-testid="bottleneck">{bottleneck?.sentence ?? 'No node was timed.'}</Text>
      </div>
      <Group gap={8}>
        {bottleneck?.remedy === undefined || roofline.ep !== 'wasm' ? null : <TryRemedy remedy={bottleneck.remedy} />}
        <OtherProvider measured={roofline.ep} />
      </Group>
      <Paper withBorder p={16}>
        <RooflineChart limits={limits} name={name} color={color} />
      </Paper>
      <OtherRoofs />
    </Stack>
  );
}

/** The nodes of the provider that is not shown: WASM, or WebGPU where there is one. */
function OtherProvider({ measured }: { readonly measured: ExecutionProvider }) {
  const hasWebgpu = useWorkspace(
    ({ device }) => device?.providers.some(({ ep, available }) => ep === 'webgpu' && available) === true,
  );
  const isBusy = useJob((jobs) => hasJob(jobs, 'roofline'));
  const other = measured === 'wasm' ? 'webgpu' : 'wasm';
  if (other === 'webgpu' && !hasWebgpu) return null;
  return (
    <Button variant="default" disabled={isBusy} onClick={() => void findBottleneckOfSelected(other)}>
      Find it on {formatProvider(other)}
    </Button>
  );
}

/**
 * Offered on the original only, because a recipe begins there. The result stands under the buttons, since the variant
 * is selected then.
 */
function TryRemedy({ remedy }: { readonly remedy: Remedy }) {
  const isOriginal = useWorkspace((state) => state.selected === originalId);
  const isBusy = useJob((jobs) => hasJob(jobs, 'optimize', 'benchmark'));
  if (!isOriginal) return null;
  return (
    <Button variant="default" disabled={isBusy} onClick={() => void tryRemedy(remedy)}>
      Make this variant
    </Button>
  );
}

/** Roofs of all providers that were measured on this device. */
function OtherRoofs() {
  const device = useWorkspace((state) => state.device);
  const roofs = device === null ? [] : readRoofs(device);
  if (roofs.length < 2) return null;
  return (
    <details>
      <Text component="summary" size="xs" c="dimmed">
        Roofs of this device
      </Text>
      <ScrollTable
        label="Roofs of this device"
        caption="Best of several runs of small models, measured once for each browser version"
        columns={[
          { name: 'Provider' },
          { name: 'GFLOP/s', isNumeric: true },
          { name: 'GB/s', isNumeric: true },
          { name: 'Node start', isNumeric: true },
        ]}
        rows={roofs.map(({ ep, threads, peakGflops, bandwidthGbps, launchMs }) => ({
          name: roofName(ep, threads, device?.webgpu?.software === true),
          cells: [formatFigures(peakGflops), formatFigures(bandwidthGbps), formatDuration(launchMs)],
        }))}
      />
    </details>
  );
}

/** WebGPU in software has the roof of the processor, not that of a GPU. */
function roofName(ep: ExecutionProvider, threads: number, isSoftware: boolean): string {
  if (ep === 'wasm') return `${formatProvider(ep)}, ${formatCounted(threads, 'thread')}`;
  return ep === 'webgpu' && isSoftware ? `${formatProvider(ep)} (software)` : formatProvider(ep);
}
