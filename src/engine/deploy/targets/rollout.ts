import { quoted } from '../../quoted';
import { deploymentName, type DeployTarget } from '../deploy-facts';
import { pythonFiles } from './python-files';
import { argoMetrics, argoSteps, rolloutPlan } from './rollout/plan';

/** A new version gets 5, 25, 50 and 100 % of the requests, and loses them if a gate fails. */
export const rollout: DeployTarget = {
  id: 'rollout',
  title: 'A gated rollout (Prometheus)',
  checkedWith: 'rollout.py against recorded answers of Prometheus; kubernetes-validate 1.37 (1.31) for the services',
  make({ inspection }) {
    const name = deploymentName(inspection.file.name);
    const selector = `service="${name}-canary"`;
    const route = `kubectl patch httproute ${name} --type json -p '[{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": {stable}}, {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": {canary}}]'`;
    return {
      files: [
        { path: 'rollout/plan.json', text: rolloutPlan(selector, route) },
        { path: 'rollout/rollout.py', text: pythonFiles['rollout/rollout.py'] },
        { path: 'rollout/route.yaml', text: httpRoute(name) },
        { path: 'rollout/argo.yaml', text: argo(name, selector) },
      ],
      notes: [
        'rollout/rollout.py moves 5, 25, 50 and 100 % of the requests to the new version and rolls back if a gate of rollout/plan.json fails: errors, p99, drift. Without data it waits. Replace its limits, the selector and the command by your own.',
        'rollout/route.yaml splits requests by the Gateway API. rollout/argo.yaml has the same steps and gates for Argo Rollouts. Neither was run here.',
      ],
    };
  },
};

function httpRoute(name: string): string {
  return `# The current version runs behind ${name}, the new one behind ${name}-canary: server/kubernetes.yaml with that name.
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${quoted(name)} }
spec:
  parentRefs: [{ name: gateway }]
  rules:
    - backendRefs:
        - { name: ${quoted(name)}, port: 80, weight: 100 }
        - { name: ${quoted(`${name}-canary`)}, port: 80, weight: 0 }
`;
}

function argo(name: string, selector: string): string {
  return `# In place of the Deployment in server/kubernetes.yaml, whose pods it takes.
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: ${quoted(name)} }
spec:
  workloadRef: { apiVersion: apps/v1, kind: Deployment, name: ${quoted(name)} }
  selector: { matchLabels: { app: ${quoted(name)} } }
  strategy:
    canary:
      stableService: ${quoted(name)}
      canaryService: ${quoted(`${name}-canary`)}
      analysis: { templates: [{ templateName: ${quoted(`${name}-gates`)} }], startingStep: 1 }
      steps:
${argoSteps}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: ${quoted(`${name}-gates`)} }
spec:
  metrics:
${argoMetrics(selector)}
---
apiVersion: v1
kind: Service
metadata: { name: ${quoted(`${name}-canary`)}, labels: { app: ${quoted(name)} } }
spec: { selector: { app: ${quoted(name)} }, ports: [{ name: http, port: 80, targetPort: 8000 }] }
`;
}
