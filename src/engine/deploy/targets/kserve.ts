import { quoted } from '../../quoted';
import { deploymentName, type DeployTarget } from '../deploy-facts';
import { containerMemory } from './server-operations';

/** Two files, since a split needs a revision that was rolled out before: the stable one and the canary. */
export const kserve: DeployTarget = {
  id: 'kserve',
  title: 'KServe with a canary',
  checkedWith: 'CRDs of KServe 0.16',
  make(facts) {
    const name = deploymentName(facts.inspection.file.name);
    const { requestMi, limitMi } = containerMemory(facts);
    // Twice, because config.pbtxt keeps two versions of the model loaded.
    const service = (uri: string, canary: string): string => `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: ${quoted(name)}
  annotations:
    # canaryTrafficPercent works in this mode only.
    serving.kserve.io/deploymentMode: Knative
spec:
  predictor:
${canary}    minReplicas: 1
    maxReplicas: 4
    # Scales by requests in flight for each replica.
    scaleMetric: concurrency
    scaleTarget: 8
    containerConcurrency: 0
    timeout: 30
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
    model:
      modelFormat: { name: onnx, version: "1" }
      runtime: kserve-tritonserver
      protocolVersion: v2
      # The repository: the folder that holds ${name}/config.pbtxt.
      storageUri: ${quoted(uri)}
      resources: { requests: { cpu: "1", memory: ${2 * requestMi}Mi }, limits: { cpu: "2", memory: ${2 * limitMi}Mi } }
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;
    return {
      files: [
        { path: 'kubernetes/10-stable.yaml', text: service('pvc://models/previous', '') },
        { path: 'kubernetes/20-canary.yaml', text: service('pvc://models/next', '    canaryTrafficPercent: 5\n') },
      ],
      notes: [
        'kubernetes/: put the current model under storageUri of 10-stable.yaml, and the folder models/ of this bundle under that of 20-canary.yaml. Roll back with canaryTrafficPercent: 0. Promote by removing the line.',
        'The runtime kserve-tritonserver needs models/<name>/config.pbtxt, which the target triton writes.',
      ],
    };
  },
};
