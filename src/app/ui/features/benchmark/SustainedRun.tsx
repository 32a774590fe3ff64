/** Runs the selected model for minutes and draws its time, which rises on a device that gets hot. Loaded when it is opened. */
import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatDuration } from '../../../../engine/format';
import { describeSustained, formatSeconds, type SustainedRun as Run } from '../../../../engine/profiling/sustained';
import { sustainSelected } from '../../../state/benchmark/alone-measurements';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { ChartFrame } from '../../components/charts/ChartFrame';
import type { ChartTableData } from '../../components/charts/chart-table';
import chart from '../../components/charts/chart.module.css';
import { bottomAxis, sideAxis } from '../../components/charts/axes';

interface SustainedRunProps {
  readonly run: Run | undefined;
  readonly name: string;
  readonly color: string;
}

const durationsMin = [1, 5, 10] as const;

export default function SustainedRun({ run, name, color }: SustainedRunProps) {
  const [minutes, setMinutes] = useState<number>(durationsMin[0]);
  const isRunning = useJob((jobs) => hasJob(jobs, 'sustained'));
  return (
    <Stack gap={12} mt={12}>
      <Group gap={16}>
        <SegmentedControl
          aria-label="Duration"
          data={durationsMin.map((duration) => ({ value: String(duration), label: `${duration}\u00a0min` }))}
          value={String(minutes)}
          onChange={(value) => setMinutes(Number(value))}
        />
        <Button variant="default" disabled={isRunning} onClick={() => void sustainSelected(minutes)}>
          Run
        </Button>
      </Group>
      {run === undefined ? null : <Drawing run={run} name={name} color={color} />}
    </Stack>
  );
}

function Drawing({ run, name, color }: SustainedRunProps & { readonly run: Run }) {
  const title = `Time per run over ${formatSeconds(run.durationMs)}`;
  const claim = describeSustained(run);
  const points = run.windows.map(({ startMs, medianMs }) => ({ startMs, medianMs }));
  return (
    <ChartFrame
      title={title}
      subtitle={`${claim} Medians of ${name} on WASM.`}
      table={tabulate(run)}
      fileName="sustained-run"
      heading={false}
    >
      <div className={chart.drawn} role="img" aria-label={`${title}. ${claim}`}>
        <ResponsiveContainer width="100%" height={200}>
          <LineChart data={points} margin={{ top: 12, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis
              dataKey="startMs"
              type="number"
              domain={[0, run.durationMs]}
              tickFormatter={formatSeconds}
              {...bottomAxis}
            />
            <YAxis domain={[0, 'auto']} tickFormatter={(ms: number) => formatDuration(ms)} {...sideAxis} width={72} />
            <Line
              dataKey="medianMs"
              stroke={color}
              strokeWidth={2}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

function tabulate({ windows }: Run): ChartTableData {
  return {
    columns: [
      { title: 'Start', csvName: 'start_ms' },
      { title: 'Time per run', csvName: 'median_ms' },
      { title: 'Runs', csvName: 'runs' },
    ],
    rows: windows.map(({ startMs, medianMs, runs }) => [
      { text: formatSeconds(startMs), value: startMs },
      { text: formatDuration(medianMs), value: medianMs },
      { text: String(runs), value: runs },
    ]),
  };
}
