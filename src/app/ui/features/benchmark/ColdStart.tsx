/** The wait for the first output of each variant, as stacked bars: download at a chosen speed, session, first run. Loaded when it is opened. */
import { Group, SegmentedControl, Stack, Switch, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Bar, BarChart, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatBytes, formatDuration } from '../../../../engine/format';
import {
  coldStart,
  networks,
  usualNetwork,
  type ColdStart as Wait,
  type ColdStartSource,
} from '../../../../engine/profiling/cold-start';
import { wasmRuntimeBytes } from '../../../../engine/profiling/page-download';
import { filesOf, originalFilesKey } from '../../../platform/file-registry';
import { filesSizeBytes } from '../../../platform/files-size';
import { measureGzipLater } from '../../../state/recipe/optimize-actions';
import { selectRowIds, variantName } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { cellKey, originalId, type WorkspaceState } from '../../../state/workspace/workspace-store';
import { ChartFrame } from '../../components/charts/ChartFrame';
import type { ChartTableData } from '../../components/charts/chart-table';
import chart from '../../components/charts/chart.module.css';
import { bottomAxis, sideAxis } from '../../components/charts/axes';

interface Row extends Wait {
  readonly name: string;
  /** Model and runtime. */
  readonly sentBytes: number;
}

type Network = (typeof networks)[number];

const parts = [
  { key: 'modelMs', name: 'model', fill: 'var(--variant-0)' },
  { key: 'runtimeMs', name: 'runtime', fill: 'var(--variant-3)' },
  { key: 'createMs', name: 'session', fill: 'var(--variant-1)' },
  { key: 'firstRunMs', name: 'first run', fill: 'var(--variant-2)' },
] as const;

export default function ColdStart() {
  const state = useWorkspace((workspace) => workspace);
  const [network, setNetwork] = useState<Network>(usualNetwork);
  const [isCompressed, setCompressed] = useState(true);
  const measured = measuredOnWasm(state);
  const isGzipKnown = measured.every(({ gzipBytes }) => gzipBytes !== undefined);
  const usesGzip = isCompressed && isGzipKnown;
  const rows = measured.map((one) => rowOf(one, network.mbps, usesGzip));
  // The size of the original after gzip is measured with the first variant otherwise.
  useEffect(() => measureGzipLater(originalFilesKey), []);
  return (
    <Stack gap={12} mt={12}>
      <Group gap={16}>
        <SegmentedControl
          aria-label="Network speed"
          data={networks.map(({ name }) => name)}
          value={network.name}
          onChange={(chosen) => setNetwork(networks.find(({ name }) => name === chosen) ?? usualNetwork)}
        />
        <Switch
          label="gzip"
          checked={usesGzip}
          disabled={!isGzipKnown}
          onChange={(event) => setCompressed(event.currentTarget.checked)}
        />
      </Group>
      {rows.length === 0 ? (
        <Text c="dimmed">Measure a cell on WASM first.</Text>
      ) : (
        <Waits rows={rows} network={network} usesGzip={usesGzip} />
      )}
    </Stack>
  );
}

interface Measured extends Omit<ColdStartSource, 'modelBytes' | 'runtimeBytes'> {
  readonly name: string;
  readonly sizeBytes: number;
  /** `undefined` until it was measured. Sizes with and without gzip are not compared. */
  readonly gzipBytes: number | undefined;
}

/** Variants that were measured on WASM. */
function measuredOnWasm(state: WorkspaceState): readonly Measured[] {
  return selectRowIds(state).flatMap((id): Measured[] => {
    const cell = state.cells[cellKey(id, 'wasm')];
    const filesKey =
      id === originalId ? state.original?.filesKey : state.variants.find((one) => one.id === id)?.filesKey;
    const files = filesKey === undefined ? undefined : filesOf(filesKey);
    if (cell === undefined || files === undefined || filesKey === undefined) return [];
    const { loadMs: createMs, firstRunMs } = cell;
    const [sizeBytes, gzipBytes] = [filesSizeBytes(files), state.gzipBytes[filesKey]];
    return [{ name: variantName(state, id), sizeBytes, gzipBytes, createMs, firstRunMs }];
  });
}

function rowOf(
  { name, sizeBytes, gzipBytes = sizeBytes, ...measured }: Measured,
  mbps: number,
  usesGzip: boolean,
): Row {
  const [modelBytes, runtimeBytes] = usesGzip
    ? [gzipBytes, wasmRuntimeBytes.gzip]
    : [sizeBytes, wasmRuntimeBytes.plain];
  const wait = coldStart({ ...measured, modelBytes, runtimeBytes }, mbps);
  return { name, sentBytes: modelBytes + runtimeBytes, ...wait };
}

interface WaitsProps {
  readonly rows: readonly Row[];
  readonly network: Network;
  readonly usesGzip: boolean;
}

function Waits({ rows, network, usesGzip }: WaitsProps) {
  const title = `Cold start (${network.name})`;
  const subtitle = `Download (computed${usesGzip ? ', gzip' : ''}), session and first run (measured on WASM).`;
  return (
    <ChartFrame title={title} subtitle={subtitle} table={tabulate(rows)} fileName="cold-start" heading={false}>
      <div className={chart.drawn} role="img" aria-label={`${title}. ${rows.map(spoken).join(' ')}`}>
        <ResponsiveContainer width="100%" height={32 + rows.length * 44}>
          <BarChart
            data={[...rows]}
            layout="vertical"
            margin={{ top: 4, right: 72, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <XAxis
              type="number"
              tickFormatter={(value: number) => (value === 0 ? '0' : formatDuration(value))}
              {...bottomAxis}
            />
            <YAxis type="category" dataKey="name" {...sideAxis} width={120} />
            {parts.map(({ key, fill }, index) => (
              <Bar key={key} dataKey={key} stackId="wait" fill={fill} isAnimationActive={false}>
                {index < parts.length - 1 ? null : (
                  <LabelList
                    dataKey="totalMs"
                    position="right"
                    fill="var(--text)"
                    fontSize={12}
                    formatter={(value) => formatDuration(Number(value))}
                  />
                )}
              </Bar>
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
      <Group gap={16}>
        {parts.map(({ name, fill }) => (
          <Text key={name} size="xs" c="dimmed">
            <span
              aria-hidden="true"
              style={{ background: fill, display: 'inline-block', height: 10, marginInlineEnd: 6, width: 10 }}
            />
            {name}
          </Text>
        ))}
      </Group>
    </ChartFrame>
  );
}

function spoken({ name, totalMs }: Row): string {
  return `${name}: ${formatDuration(totalMs)}.`;
}

function tabulate(rows: readonly Row[]): ChartTableData {
  const time = (ms: number) => ({ text: formatDuration(ms), value: ms });
  return {
    columns: [
      { title: 'Variant', csvName: 'variant' },
      { title: 'Sent', csvName: 'sent_bytes' },
      { title: 'Model', csvName: 'model_ms' },
      { title: 'Runtime', csvName: 'runtime_ms' },
      { title: 'Session', csvName: 'create_ms' },
      { title: 'First run', csvName: 'first_run_ms' },
      { title: 'Total', csvName: 'total_ms' },
    ],
    rows: rows.map(({ name, sentBytes, ...wait }) => [
      { text: name },
      { text: formatBytes(sentBytes), value: sentBytes },
      ...[wait.modelMs, wait.runtimeMs, wait.createMs, wait.firstRunMs, wait.totalMs].map(time),
    ]),
  };
}
