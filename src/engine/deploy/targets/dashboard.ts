/** `monitoring/dashboard.json`: a dashboard of Grafana that shows what the rules of `monitoring.ts` record and warn of. */
import { deploymentName, type DeployFacts } from '../deploy-facts';

interface PanelContent {
  readonly title: string;
  /** Queries with the text of their legend. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  readonly unit: string;
}

const ofModel = '{model=~"$model"}';
const drifts = (side: string) =>
  [
    [`inference_${side}_psi${ofModel} / inference_${side}_psi_limit${ofModel}`, `PSI of {{feature}} of {{${side}}}`],
    [`inference_${side}_ks${ofModel} / inference_${side}_ks_limit${ofModel}`, `KS of {{feature}} of {{${side}}}`],
  ] as const;

const contents: readonly PanelContent[] = [
  {
    title: 'Requests per second',
    queries: [[`inference:requests:rate5m${ofModel}`, '{{model}}']],
    unit: 'reqps',
  },
  {
    title: 'Latency',
    queries: ['p50', 'p95', 'p99'].map((one) => [`inference:latency_seconds:${one}${ofModel}`, `{{model}} ${one}`]),
    unit: 's',
  },
  {
    title: 'Errors, refused and cached',
    queries: [
      [`inference:errors:share5m${ofModel}`, '{{model}} errors'],
      [`inference:refused:share5m${ofModel}`, '{{model}} refused'],
      [`inference:cached:share5m${ofModel}`, '{{model}} cached'],
    ],
    unit: 'percentunit',
  },
  {
    title: 'Queue by replica',
    queries: [[`inference_queue_length${ofModel}`, '{{model}} {{instance}}']],
    unit: 'short',
  },
  {
    title: 'Mean batch',
    queries: [[`inference:batch_size:mean5m${ofModel}`, '{{model}}']],
    unit: 'short',
  },
  {
    title: 'Replicas',
    queries: [[`inference:replicas:ready${ofModel}`, '{{model}}']],
    unit: 'short',
  },
  { title: 'Drift of inputs ÷ limit', queries: drifts('input'), unit: 'short' },
  { title: 'Drift of outputs ÷ limit', queries: drifts('output'), unit: 'short' },
  {
    title: 'Different answers of the other model (A/B)',
    queries: [[`inference:shadow_different:share30m${ofModel}`, '{{model}} and {{shadow}}']],
    unit: 'percentunit',
  },
];

const panelsInRow = 2;
const panelSize = { w: 12, h: 8 } as const;
const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

export function dashboard({ inspection }: DeployFacts): string {
  const name = deploymentName(inspection.file.name);
  const document = {
    title: `Inference: ${name}`,
    uid: `inference-${name}`.slice(0, 40),
    schemaVersion: 39,
    tags: ['inference'],
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus' },
        {
          ...{ name: 'model', type: 'query', datasource, includeAll: true, multi: true },
          query: 'label_values(inference_model_ready, model)',
          refresh: 2,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: contents.map((content, index) => panelOf(content, index)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function panelOf({ title, queries, unit }: PanelContent, index: number): object {
  const x = (index % panelsInRow) * panelSize.w;
  const y = Math.floor(index / panelsInRow) * panelSize.h;
  return {
    id: index + 1,
    type: 'timeseries',
    title,
    datasource,
    gridPos: { ...panelSize, x, y },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], place) => ({
      refId: String.fromCharCode(65 + place),
      datasource,
      expr,
      legendFormat,
    })),
  };
}
