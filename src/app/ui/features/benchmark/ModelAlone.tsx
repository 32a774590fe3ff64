/** The selected model alone: its bottleneck, its times over the values of a setting, memory, a trace, cold start and nodes. */
import { Button, Group, Menu, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useStore } from 'zustand';
import { formatBytes, formatDuration } from '../../../../engine/format';
import { filesOf } from '../../../platform/file-registry';
import { filesSizeBytes } from '../../../platform/files-size';
import {
  aloneStore,
  measuredAlone,
  type MeasuredMemory,
  selectCurrentSweeps,
  sweepSelected,
} from '../../../state/benchmark/alone-measurements';
import { outcomeOfRemedy, triedRemedyStore } from '../../../state/benchmark/bottleneck-actions';
import { selectedFilesKey } from '../../../state/recipe/selected-model';
import { hasJob } from '../../../state/jobs/job-store';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { variantName } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { CommandButton } from '../../components/CommandButton';
import { type Fact, FactList } from '../../components/FactList';
import { colorOfRow } from '../../theme/variant-color';
import screen from '../../components/Screen.module.css';
import { axisRecord, dimensionAxes } from '../../../../engine/profiling/sweep';
import { commandById } from '../../../commands/command-registry';

/** The settings that the selected model can be measured over. */
const commands = [
  ['sweep-batches', 'batch'],
  ['sweep-threads', 'threads'],
  ['sweep-optimization', 'optimization'],
  ['sweep-layouts', 'layout'],
] as const;

function SweepMenu() {
  const isSweeping = useJob((jobs) => hasJob(jobs, 'sweep'));
  const original = useWorkspace((state) => state.original);
  const dimensions = original === null ? [] : dimensionAxes(original.inspection.inputs);
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" disabled={isSweeping} data-testid="sweep-menu">
          Try settings
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {commands.map(([id, axis]) => (
          <Menu.Item key={id} onClick={commandById(id).perform} disabled={!commandById(id).isAvailable()}>
            By {axisRecord(axis).noun}
          </Menu.Item>
        ))}
        {dimensions.map((axis) => (
          <Menu.Item key={axis} onClick={() => void sweepSelected(axis)}>
            By {axis}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const ActivationChart = lazy(() => import('./ActivationChart'));
const SweepChart = lazy(() => import('../../components/charts/SweepChart'));
const Bottleneck = lazy(() => import('./Bottleneck'));
const NodeComparison = lazy(() => import('./NodeComparison'));
const ColdStart = lazy(() => import('./ColdStart'));
const SustainedRun = lazy(() => import('./SustainedRun'));

export function ModelAlone() {
  const state = useWorkspace((workspace) => workspace);
  useStore(aloneStore);
  const key = selectedFilesKey(state);
  const { memory, limits, sustained } = measuredAlone(filesOf(key), state);
  const sweeps = selectCurrentSweeps(state).filter(({ variant }) => variant === state.selected);
  const name = variantName(state, state.selected);
  const color = colorOfRow(state, state.selected);
  return (
    <Stack component="section" className={screen.part} aria-labelledby="model-alone">
      <div>
        <h2 id="model-alone">Throughput and memory of {name}</h2>
        <Text c="dimmed">Measured alone, on WASM unless a chart names WebGPU.</Text>
      </div>
      <MeasuringButtons />
      <RemedyOutcome />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={24} className={screen.results}>
        <Suspense fallback={null}>
          {sweeps.map((sweep) => (
            <SweepChart key={sweep.axis} sweep={sweep} name={name} color={color} />
          ))}
        </Suspense>
        {memory === undefined ? null : <Footprint memory={memory} filesKey={key} color={color} />}
      </SimpleGrid>
      {limits === undefined ? null : (
        <Suspense fallback={null}>
          <Bottleneck limits={limits} name={name} color={color} />
        </Suspense>
      )}
      <OnRequest title="Cold start">
        <ColdStart />
      </OnRequest>
      <OnRequest title="Sustained run">
        <SustainedRun run={sustained} name={name} color={color} />
      </OnRequest>
      {state.selected === originalId ? null : (
        <OnRequest title="Nodes side by side">
          <NodeComparison />
        </OnRequest>
      )}
    </Stack>
  );
}

function MeasuringButtons() {
  const isMeasuringMemory = useJob((jobs) => hasJob(jobs, 'measure-memory'));
  const isFindingLimits = useJob((jobs) => hasJob(jobs, 'roofline'));
  const isTracing = useJob((jobs) => hasJob(jobs, 'trace'));
  return (
    <Group gap={8}>
      <CommandButton command="find-bottleneck" disabled={isFindingLimits} />
      <SweepMenu />
      <CommandButton command="measure-memory" disabled={isMeasuringMemory}>
        Measure memory
      </CommandButton>
      <CommandButton command="save-trace" disabled={isTracing}>
        Save trace
      </CommandButton>
    </Group>
  );
}

interface OnRequestProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part that loads when it is opened. */
function OnRequest({ title, children }: OnRequestProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <Text component="summary">{title}</Text>
      {isOpen ? <Suspense fallback={null}>{children}</Suspense> : null}
    </details>
  );
}

/** The result of the variant that should help, beside its estimate. */
function RemedyOutcome() {
  const { tried } = useStore(triedRemedyStore);
  const outcome = useWorkspace((state) => (tried === null ? null : outcomeOfRemedy(tried, state)));
  return outcome === null ? null : <Text role="status">{outcome}</Text>;
}

function describeHeap(growthBytes: number | null): string {
  if (growthBytes === null) return 'not available';
  return growthBytes === 0
    ? 'no growth beyond the initial 16.8 MB, measured'
    : `grew by ${formatBytes(growthBytes)}, measured`;
}

function describePage(page: MeasuredMemory['page']): string {
  if (page === null) return 'not available in this browser';
  const share = page.of === 'page' ? 'with its workers' : 'of JavaScript, without workers and WASM';
  return `${formatBytes(page.bytes)} ${share}, measured`;
}

interface FootprintProps {
  readonly memory: MeasuredMemory;
  readonly filesKey: string;
  readonly color: string;
}

function Footprint({ memory, filesKey, color }: FootprintProps) {
  const selected = useWorkspace((state) => state.selected);
  const inspection = useInspectedModel(selected)?.inspected?.inspection ?? null;
  const gzipBytes = useWorkspace((state) => state.gzipBytes[filesKey] ?? null);
  const files = filesOf(filesKey);
  const sizeBytes = files === undefined ? 0 : filesSizeBytes(files);
  const { heapGrowthBytes, gpuBufferBytes, page, createMs, firstRunMs } = memory;
  const facts: Fact[] = [
    ['File', gzipBytes === null ? formatBytes(sizeBytes) : `${formatBytes(sizeBytes)}, ${formatBytes(gzipBytes)} gzip`],
    ['Session creation', formatDuration(createMs)],
    ['First run', formatDuration(firstRunMs)],
    ['WASM heap', describeHeap(heapGrowthBytes)],
    ...(gpuBufferBytes === null
      ? []
      : [['GPU buffers', `at most ${formatBytes(gpuBufferBytes)} on WebGPU, measured`] as const]),
    ['Page', describePage(page)],
    ...(inspection === null
      ? []
      : [
          [
            'Weights',
            inspection.precision.map((share) => `${share.dtype} ${formatBytes(share.bytes)}`).join(', '),
          ] as const,
          [
            'Peak activations',
            inspection.peakActivationBytes === null
              ? 'unknown'
              : `${formatBytes(inspection.peakActivationBytes)}, estimated`,
          ] as const,
        ]),
  ];
  return (
    <>
      <Paper component="section" withBorder p={16} aria-label="Memory and cold start">
        <h3>Memory and cold start</h3>
        <FactList facts={facts} />
      </Paper>
      {inspection === null ? null : (
        <Suspense fallback={null}>
          <ActivationChart inspection={inspection} color={color} />
        </Suspense>
      )}
    </>
  );
}
