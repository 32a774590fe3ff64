import { runsAlone } from '../../serving/batch-verdict';
import type { DeployFacts, DeployTarget } from '../deploy-facts';
import { describeProducts } from '../native-products';
import { modelFacts } from './server/model-facts';
import { pythonFiles } from './python-files';
import { loadTest, serverManifests } from './server-operations';

const ownFile = (path: keyof typeof pythonFiles) => ({ path, text: pythonFiles[path] });

/** Types that NumPy and ONNX Runtime's Python exchange. Inputs of other types have no arrays. */
const fedTypes = new Set([
  ...['bool', 'uint8', 'uint16', 'uint32', 'uint64', 'int8', 'int16', 'int32', 'int64'],
  ...['float16', 'float32', 'float64', 'string'],
]);

export const fastapi: DeployTarget = {
  id: 'fastapi',
  title: 'A Python server (FastAPI)',
  checkedWith:
    'Python 3.11, fastapi 0.165.0, uvicorn 0.54.0, onnxruntime 1.32.0, prometheus_client 0.26.0, kubernetes-validate 1.37 (1.31)',
  make(facts) {
    const refusal = unanswerable(facts);
    if (refusal !== null) return { refusal };
    return {
      files: [
        ownFile('server/app.py'),
        { path: 'server/model.json', text: `${JSON.stringify(modelFacts(facts), null, 2)}\n` },
        ownFile('server/settings.py'),
        ownFile('server/model.py'),
        ownFile('server/intake.py'),
        ownFile('server/batcher.py'),
        ownFile('server/cache.py'),
        ownFile('server/drift.py'),
        ownFile('server/metrics.py'),
        ownFile('server/logs.py'),
        ownFile('server/measure_batches.py'),
        { path: 'server/requirements.txt', text: requirements },
        ownFile('server/requirements.lock'),
        { path: 'server/Dockerfile', text: dockerfile },
        { path: 'server/kubernetes.yaml', text: serverManifests(facts) },
        ...(facts.recorded === null ? [] : [{ path: 'server/load_test.py', text: loadTest(facts) }]),
      ],
      notes: [
        'server/: pip install -r requirements.txt, then uvicorn app:app --loop asyncio. It implements the JSON of the KServe v2 protocol, without binary tensors. The Dockerfile was not built here.',
        batchingNote(facts),
        'server/kubernetes.yaml has two replicas behind a service and an autoscaler by CPU. server/load_test.py sends requests on a schedule and checks the p99.',
        ...describeProducts(facts, 'this server'),
      ],
    };
  },
};

function batchingNote({ batching }: DeployFacts): string {
  if (!runsAlone(batching)) {
    const lengths = batching.padding === undefined ? '' : ` ${batching.padding.reason}`;
    return `server/ batches requests (MAX_BATCH, 16): ${batching.reason}${lengths}`;
  }
  const choice =
    batching.joining === 'approximate'
      ? ' MAX_BATCH batches them anyway. The cache is then off, because its responses would depend on other requests.'
      : '';
  return `server/ runs requests one by one: ${batching.reason}${choice}`;
}

/**
 * The reason why the server could not read inputs or write outputs; `null` if it can. Maps for each row are written as
 * a tensor.
 */
function unanswerable({ inspection: { inputs, outputs, nodes } }: DeployFacts): string | null {
  const odd = inputs.find(({ dtype }) => !fedTypes.has(dtype));
  if (odd !== undefined) return `The server does not support input “${odd.name}” of type ${odd.dtype}.`;
  const maps = new Set(nodes.flatMap(({ op, outputs: made }) => (op === 'ZipMap' ? made : [])));
  const strange = outputs.find(({ name, dtype }) => !fedTypes.has(dtype) && !maps.has(name));
  return strange === undefined
    ? null
    : `The server does not support output “${strange.name}” of type ${strange.dtype}. Export the model with tensor outputs.`;
}

const requirements = `fastapi==0.165.0
uvicorn==0.54.0
httptools==0.9.0
onnxruntime==1.32.0
prometheus_client==0.26.0
numpy
`;

const dockerfile = `FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /bundle
COPY server/requirements.lock server/
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r server/requirements.lock
COPY . .
RUN useradd --no-create-home --uid 10001 serving
USER 10001
WORKDIR /bundle/server
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/v2/health/ready')"
# uvloop closes waiting connections at SIGTERM without an answer.
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000", "--loop", "asyncio", "--timeout-graceful-shutdown", "15"]
`;
