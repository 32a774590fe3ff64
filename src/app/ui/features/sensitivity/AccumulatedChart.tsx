/**
 * Shows the loss of the outputs as ever more layers are changed together, from the least sensitive on. It is loaded
 * when it was measured.
 */
import { Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { capitalize, formatCounted, formatFigures } from '../../../../engine/format';
import type { SensitivityMetric } from '../../../../engine/search/sensitivity';
import type { SensitivityTechnique } from '../../../../engine/search/sensitivity-techniques';
import { ChartFrame } from '../../components/charts/ChartFrame';
import type { ChartTableData } from '../../components/charts/chart-table';
import chart from '../../components/charts/chart.module.css';
import { metricTitles, type AccumulatedPoint } from './sensitivity-rows';
import { bottomAxis, sideAxis } from '../../components/charts/axes';

interface AccumulatedChartProps {
  readonly technique: Pick<SensitivityTechnique, 'title' | 'of'>;
  readonly metric: SensitivityMetric;
  readonly points: readonly AccumulatedPoint[];
}

export default function AccumulatedChart({ technique, metric, points }: AccumulatedChartProps) {
  const unit = { layers: 'layer', groups: 'group' }[technique.of];
  const heading = `${metricTitles[metric]} by number of ${unit}s changed`;
  const last = points.at(-1)!;
  const claim = `${technique.title}, least sensitive first. All ${formatCounted(last.layers, unit)}: ${last.text}.`;
  return (
    <ChartFrame
      title={heading}
      subtitle={claim}
      table={tabulate(unit, metric, points)}
      fileName="sensitivity"
      heading={false}
    >
      <div className={chart.drawn} role="img" aria-label={`${heading}. ${claim}`}>
        <ResponsiveContainer width="100%" height={200}>
          <LineChart data={[...points]} margin={{ top: 12, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis dataKey="layers" type="number" domain={[0, 'dataMax']} allowDecimals={false} {...bottomAxis} />
            <YAxis domain={[0, 'auto']} tickFormatter={formatFigures} {...sideAxis} width={64} />
            <Line
              dataKey="value"
              stroke="var(--original)"
              strokeWidth={2}
              dot={{ r: 3, fill: 'var(--original)', strokeWidth: 0 }}
              activeDot={false}
              isAnimationActive={false}
            />
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

function tabulate(unit: string, metric: SensitivityMetric, points: readonly AccumulatedPoint[]): ChartTableData {
  return {
    columns: [
      { title: `${capitalize(unit)}s changed`, csvName: `${unit}s` },
      {
        title: metricTitles[metric],
        csvName: { kl: 'divergence', sqnr: 'output_error_percent', task: 'task_loss_percent' }[metric],
      },
    ],
    rows: points.map(({ layers, value, text }) => [
      { text: String(layers), value: layers },
      { text, value },
    ]),
  };
}
