import { quoted } from '../../quoted';
import { dashboard } from './dashboard';
import { deploymentName, type DeployFacts, type DeployTarget } from '../deploy-facts';

/** Rules over the metrics of the bundle's server, a test of the rules, and what inputs looked like before. */
export const monitoring: DeployTarget = {
  id: 'monitoring',
  title: 'Monitoring (Prometheus)',
  checkedWith: 'promtool 2.42.0: check rules, test rules',
  make(facts) {
    const { drift } = facts;
    return {
      files: [
        { path: 'monitoring/rules.yml', text: rules(facts) },
        { path: 'monitoring/rules_test.yml', text: rulesTest },
        { path: 'monitoring/dashboard.json', text: dashboard(facts) },
        ...(drift === null ? [] : [{ path: 'monitoring/reference.json', text: `${JSON.stringify(drift, null, 2)}\n` }]),
      ],
      notes: [
        'monitoring/rules.yml uses the metrics of the server in server/. Replace its limits of 50 ms, 1 % and two replicas by your own. monitoring/dashboard.json is a dashboard for Grafana. promtool test rules monitoring/rules_test.yml tests the alerts on synthetic series.',
        drift === null
          ? 'No data was given, so there is no monitoring/reference.json and no drift detection.'
          : `monitoring/reference.json holds the distribution of mean and deviation of ${drift.samples} samples of ${quoted(drift.data)}, but no samples. The server compares its last 1,000 requests with it (PSI and Kolmogorov–Smirnov). By chance, a limit is exceeded once in a thousand times.`,
      ],
    };
  },
};

function rules(facts: DeployFacts): string {
  const name = deploymentName(facts.inspection.file.name);
  return `# Rules for Prometheus over the metrics of server/app.py. promtool check rules rules.yml
groups:
  - name: ${quoted(name)}
    rules:
${recordsAndAlerts}`;
}

/** Every rule keeps the label of the model: one server may serve several. */
const recordsAndAlerts = `      - record: inference:latency_seconds:p50
        expr: histogram_quantile(0.5, sum by (model, le) (rate(inference_latency_seconds_bucket[5m])))
      - record: inference:latency_seconds:p95
        expr: histogram_quantile(0.95, sum by (model, le) (rate(inference_latency_seconds_bucket[5m])))
      - record: inference:latency_seconds:p99
        expr: histogram_quantile(0.99, sum by (model, le) (rate(inference_latency_seconds_bucket[5m])))
      - record: inference:requests:rate5m
        expr: sum by (model) (rate(inference_requests_total{end!~"refused|hung-up"}[5m]))
      # Wrong requests, and clients that hang up, alert nobody.
      - record: inference:errors:share5m
        expr: sum by (model) (rate(inference_requests_total{end=~"rejected|timed-out|failed"}[5m])) / sum by (model) (rate(inference_requests_total{end!~"refused|hung-up"}[5m]))
      - record: inference:refused:share5m
        expr: sum by (model) (rate(inference_requests_total{end="refused"}[5m])) / sum by (model) (rate(inference_requests_total[5m]))
      - record: inference:cached:share5m
        expr: sum by (model) (rate(inference_requests_total{end="cached"}[5m])) / sum by (model) (rate(inference_requests_total[5m]))
      - record: inference:batch_size:mean5m
        expr: sum by (model) (rate(inference_batch_size_sum[5m])) / sum by (model) (rate(inference_batch_size_count[5m]))
      - record: inference:replicas:ready
        expr: sum by (model) (inference_model_ready)
      - record: inference:shadow_different:share30m
        expr: sum by (model, shadow) (increase(inference_shadow_total{result="different"}[30m])) / sum by (model, shadow) (increase(inference_shadow_total{result!="failed"}[30m]))
      # A p99 needs at least 459 answers.
      - alert: ModelLatencyAboveTarget
        expr: inference:latency_seconds:p99 > 0.05 and on (model) sum by (model) (increase(inference_latency_seconds_count[5m])) > 459
        for: 5m
        labels: { severity: page }
        annotations: { summary: "99 % of the answers of {{ $labels.model }} take up to {{ $value | humanizeDuration }}" }
      - alert: ModelErrors
        expr: inference:errors:share5m > 0.01
        for: 5m
        labels: { severity: page }
        annotations: { summary: "{{ $value | humanizePercentage }} of the requests to {{ $labels.model }} got no answer" }
      # server/kubernetes.yaml keeps at least two replicas: fewer means that one has failed.
      - alert: ModelServerGone
        expr: inference:replicas:ready < 2
        for: 5m
        labels: { severity: page }
        annotations: { summary: "{{ $value }} replica of {{ $labels.model }} is left" }
      - alert: NoModelServer
        expr: absent(inference_model_ready)
        for: 5m
        labels: { severity: page }
        annotations: { summary: "No server reports" }
      - alert: ModelQueueGrows
        expr: deriv(inference_queue_length[10m]) > 0 and inference_queue_length > 100
        for: 10m
        labels: { severity: ticket }
        annotations: { summary: "Requests to {{ $labels.model }} come faster than they are answered: {{ $value }} a second more wait" }
      - alert: InputDrift
        expr: inference_input_psi > inference_input_psi_limit or inference_input_ks > inference_input_ks_limit
        for: 1h
        labels: { severity: ticket }
        annotations: { summary: "{{ $labels.feature }} of {{ $labels.input }} is not distributed as before deployment" }
      - alert: OutputDrift
        expr: inference_output_psi > inference_output_psi_limit or inference_output_ks > inference_output_ks_limit
        for: 1h
        labels: { severity: ticket }
        annotations: { summary: "{{ $labels.feature }} of {{ $labels.output }} is not distributed as before deployment" }
`;

const rulesTest = `# promtool test rules rules_test.yml
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: a slow server, and one that rejects
    interval: 1m
    input_series:
      - { series: 'inference_latency_seconds_bucket{model="m",le="0.05"}', values: "0+10x30" }
      - { series: 'inference_latency_seconds_bucket{model="m",le="0.1"}', values: "0+600x30" }
      - { series: 'inference_latency_seconds_bucket{model="m",le="+Inf"}', values: "0+600x30" }
      - { series: 'inference_latency_seconds_count{model="m"}', values: "0+600x30" }
      - { series: 'inference_requests_total{model="m",end="served"}', values: "0+600x30" }
      - { series: 'inference_requests_total{model="m",end="rejected"}', values: "0+60x30" }
      - { series: 'inference_requests_total{model="other",end="served"}', values: "0+600x30" }
      - { series: 'inference_requests_total{model="other",end="rejected"}', values: "0x30" }
      - { series: 'inference_queue_length{model="m"}', values: "0x30" }
      - { series: 'inference_model_ready{model="m",replica="a"}', values: "1x30" }
      - { series: 'inference_model_ready{model="m",replica="b"}', values: "1x30" }
    alert_rule_test:
      - eval_time: 20m
        alertname: ModelLatencyAboveTarget
        exp_alerts: [{ exp_labels: { severity: page, model: m }, exp_annotations: { summary: "99 % of the answers of m take up to 99.49ms" } }]
      - eval_time: 20m
        alertname: ModelErrors
        exp_alerts: [{ exp_labels: { severity: page, model: m }, exp_annotations: { summary: "9.091% of the requests to m got no answer" } }]
      - { eval_time: 20m, alertname: ModelServerGone, exp_alerts: [] }
      - { eval_time: 20m, alertname: NoModelServer, exp_alerts: [] }
      - { eval_time: 20m, alertname: ModelQueueGrows, exp_alerts: [] }
  - name: too few requests to claim a percentile, and inputs and answers that drifted
    interval: 1m
    input_series:
      - { series: 'inference_latency_seconds_bucket{model="m",le="0.05"}', values: "0x120" }
      - { series: 'inference_latency_seconds_bucket{model="m",le="+Inf"}', values: "0+1x120" }
      - { series: 'inference_latency_seconds_count{model="m"}', values: "0+1x120" }
      - { series: 'inference_requests_total{model="m",end="served"}', values: "0+1x120" }
      - { series: 'inference_requests_total{model="m",end="refused"}', values: "0+100x120" }
      - { series: 'inference_queue_length{model="m"}', values: "0x120" }
      - { series: 'inference_input_psi{model="m",input="x",feature="mean"}', values: "0.3x120" }
      - { series: 'inference_input_psi_limit{model="m",input="x",feature="mean"}', values: "0.1x120" }
      - { series: 'inference_input_ks{model="m",input="x",feature="mean"}', values: "0.05x120" }
      - { series: 'inference_input_ks_limit{model="m",input="x",feature="mean"}', values: "0.1x120" }
      - { series: 'inference_output_psi{model="m",output="y",feature="class"}', values: "0.3x120" }
      - { series: 'inference_output_psi_limit{model="m",output="y",feature="class"}', values: "0.1x120" }
    alert_rule_test:
      - { eval_time: 90m, alertname: ModelLatencyAboveTarget, exp_alerts: [] }
      - { eval_time: 90m, alertname: ModelErrors, exp_alerts: [] }
      - eval_time: 90m
        alertname: InputDrift
        exp_alerts:
          - exp_labels: { severity: ticket, model: m, input: x, feature: mean }
            exp_annotations: { summary: "mean of x is not distributed as before deployment" }
      - eval_time: 90m
        alertname: OutputDrift
        exp_alerts:
          - exp_labels: { severity: ticket, model: m, output: y, feature: class }
            exp_annotations: { summary: "class of y is not distributed as before deployment" }
  - name: one of two replicas is gone
    interval: 1m
    input_series:
      - { series: 'inference_model_ready{model="m",replica="a"}', values: "1x60" }
      - { series: 'inference_model_ready{model="m",replica="b"}', values: "1x20 _x40" }
    alert_rule_test:
      - { eval_time: 20m, alertname: ModelServerGone, exp_alerts: [] }
      - eval_time: 40m
        alertname: ModelServerGone
        exp_alerts: [{ exp_labels: { severity: page, model: m }, exp_annotations: { summary: "1 replica of m is left" } }]
  - name: no server at all
    interval: 1m
    input_series: []
    alert_rule_test:
      - eval_time: 10m
        alertname: NoModelServer
        exp_alerts: [{ exp_labels: { severity: page }, exp_annotations: { summary: "No server reports" } }]
`;
