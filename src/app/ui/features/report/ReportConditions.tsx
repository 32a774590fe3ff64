/** The ground that every number of the report stands on: model, device, method. */
import { SimpleGrid, Text } from '@mantine/core';
import { standingEvaluation } from '../../../../engine/report/find-in-report';
import { describeTask } from '../../../../engine/metrics/describe-accuracy';
import { describeEvaluatedSamples } from '../../../../engine/report/describe-evaluated-samples';
import type { ReportEvaluation } from '../../../../engine/report/evaluation-schema';
import {
  formatCount,
  formatExactBytes,
  formatFingerprint,
  formatList,
  formatProvider,
} from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import {
  describeAdapter,
  describeDevice,
  describeInputs,
  describeThreads,
} from '../../components/charts/cell-evidence';
import { FactList, type Fact } from '../../components/FactList';
import { Term } from '../../components/Term';
import { ReportPart } from './FoldedOnPhone';

export function ReportConditions({ report }: { readonly report: Report }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={32} verticalSpacing={24}>
      <FactSection title="Model" facts={modelFacts(report)} />
      <FactSection title="Device and method" facts={deviceFacts(report)} />
      {report.evaluationData === undefined ? null : (
        <FactSection title="Data" facts={dataFacts(report.evaluationData, standingEvaluation(report))} />
      )}
      <Text size="xs" c="dimmed" style={{ gridColumn: '1 / -1' }} maw="80ch">
        <Term name="Median">Medians</Term> after <Term name="Warm-up">warm-up</Term>; runs of original and variant
        alternate. A speedup is claimed only if its 95 % interval exceeds the{' '}
        <Term name="Noise floor">noise floor</Term>. Made with Pareto {report.software.pareto} in the browser. The model
        was not uploaded; the link holds the whole report.
      </Text>
    </SimpleGrid>
  );
}

function modelFacts({ model }: Report): readonly Fact[] {
  const opsets = model.opsets.map(({ domain, version }) => (domain === '' ? String(version) : `${domain} ${version}`));
  const inputs = model.inputs.map(
    ({ name, dtype, shape }) => `${name}: ${dtype} [${shape?.map((size) => size ?? '?').join(', ') ?? '?'}]`,
  );
  return [
    ['File', model.name],
    ['Size', formatExactBytes(model.sizeBytes)],
    ['Parameters', formatCount(model.parameters)],
    ['Nodes', formatCount(model.nodes)],
    ['Opset', opsets.join(', ')],
    ['Inputs', inputs.join('; ')],
    ['SHA-256', formatFingerprint(model.sha256)],
  ];
}

function deviceFacts(report: Report): readonly Fact[] {
  const { device, software } = report;
  const inputs: Fact = ['Inputs', describeInputs(report)];
  const runtime: Fact = ['Runtime', `ONNX Runtime Web ${software.onnxruntimeWeb}`];
  if (device === null) return [runtime, inputs];
  const missing = device.providers
    .filter((provider) => !provider.available)
    .map((provider) => formatProvider(provider.ep));
  return [
    ['Device', describeDevice(device)],
    ['WASM', describeThreads(device.threads)],
    ['WebGPU', describeAdapter(device)],
    ['Timer', `${device.timerResolutionUs} µs steps, ${device.crossOriginIsolated ? 'isolated' : 'not isolated'}`],
    runtime,
    inputs,
    ...(missing.length === 0 ? [] : [['Unavailable', formatList(missing)] as const]),
  ];
}

function dataFacts(
  data: NonNullable<Report['evaluationData']>,
  evaluation: ReportEvaluation | undefined,
): readonly Fact[] {
  const inputs = Object.entries(data.mapping.inputs).map(([input, mapping]) => `${input}: ${JSON.stringify(mapping)}`);
  const task = data.mapping.task === undefined ? null : describeTask(data.mapping.task);
  return [
    ['Name', data.name],
    ['Samples', describeEvaluatedSamples(data, evaluation)],
    ['Mapping', inputs.join('; ')],
    ...(task === null ? [] : [['Evaluated', task] as const]),
    ['SHA-256', data.fingerprint === '' ? 'not computed: the data is too large' : data.fingerprint],
  ];
}

function FactSection({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  return (
    <ReportPart title={title}>
      <FactList facts={facts} />
    </ReportPart>
  );
}
