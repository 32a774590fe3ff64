/** `rollout/plan.json`: the share of requests for the new version at each step, its duration, and the gates that must hold. */

interface Gate {
  readonly name: string;
  /** PromQL; SELECTOR and WINDOW are filled in. */
  readonly query: string;
  readonly op: '<=' | '>=';
  readonly value: number;
  /** Fewer requests in a window decide nothing. */
  readonly minRequests: number;
  /** A server without reference data, or without another model beside it, has no such series. */
  readonly optional?: true;
}

const answered = 'inference_requests_total{SELECTOR,end!~"refused|hung-up"}';
const requests = `sum(increase(${answered}[WINDOW]))`;

/** A p99 is claimed where 459 answers or more stand behind it. */
const gates: readonly Gate[] = [
  {
    name: 'errors',
    query: `sum(increase(inference_requests_total{SELECTOR,end=~"rejected|timed-out|failed"}[WINDOW])) / ${requests}`,
    op: '<=',
    value: 0.01,
    minRequests: 100,
  },
  {
    name: 'p99 in ms',
    query: '1000 * histogram_quantile(0.99, sum by (le) (rate(inference_latency_seconds_bucket{SELECTOR}[WINDOW])))',
    op: '<=',
    value: 50,
    minRequests: 459,
  },
  drift('input'),
  drift('output'),
  {
    name: 'different answers of the other model',
    query:
      'sum(increase(inference_shadow_total{SELECTOR,result="different"}[WINDOW])) / sum(increase(inference_shadow_total{SELECTOR,result!="failed"}[WINDOW]))',
    op: '<=',
    value: 0.05,
    minRequests: 100,
    optional: true,
  },
];

function drift(side: 'input' | 'output'): Gate {
  return {
    name: `drift of ${side}s`,
    query: `max(inference_${side}_psi{SELECTOR} / inference_${side}_psi_limit{SELECTOR})`,
    op: '<=',
    value: 1,
    minRequests: 100,
    optional: true,
  };
}

const windowS = 300;

/** The share of requests in percent, and how many windows it is held for. */
const steps = [
  { weight: 5, windows: 12 },
  { weight: 25, windows: 12 },
  { weight: 50, windows: 12 },
  { weight: 100, windows: 12 },
] as const;

/** @param selector labels of the new version's series. @param setWeight a command with {canary} and {stable} in it. */
export function rolloutPlan(selector: string, setWeight: string): string {
  const plan = { schema: 'pareto/rollout/1', selector, setWeight, windowS, mostPauses: 24, steps, requests, gates };
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** The same steps for Argo Rollouts, which moves everything after the last pause. */
export const argoSteps = steps
  .filter(({ weight }) => weight < 100)
  .flatMap(({ weight, windows }) => [
    `        - setWeight: ${weight}`,
    `        - pause: { duration: ${(windows * windowS) / 3600}h }`,
  ])
  .join('\n');

/** The same gates for Argo Rollouts, which asks every window. */
export function argoMetrics(selector: string): string {
  return gates
    .filter(({ optional }) => optional === undefined)
    .map(({ name, query, op, value }) => {
      const filled = query.replaceAll('SELECTOR', selector).replaceAll('WINDOW', `${windowS}s`);
      const condition = `len(result) > 0 && result[0] ${op} ${value}`;
      return `    - name: ${name.replaceAll(/[^a-z0-9]+/g, '-')}
      interval: ${windowS}s
      failureLimit: 0
      # The rollout waits if there is no data.
      inconclusiveLimit: 24
      successCondition: ${JSON.stringify(condition)}
      failureCondition: ${JSON.stringify(`len(result) > 0 && !isNaN(result[0]) && !(result[0] ${op} ${value})`)}
      provider: { prometheus: { address: "http://prometheus:9090", query: ${JSON.stringify(filled)} } }`;
    })
    .join('\n');
}
