/** A folder that deploys a model: the file, its measurements, and the files of each target. */
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import { pageDownloads, type PageDownload } from '../profiling/page-download';
import { checklist, checklistMarkdown } from './checklist';
import type { BatchVerdict } from '../serving/batch-verdict';
import { deploymentName, modelPath, type BundleFile, type DeployFacts, type DeployTarget } from './deploy-facts';
import { benchmarkComparison, metadata } from './evidence';
import { measurementsOf, strangersAmong } from './measurements';
import { checkSha256, compareOutputs } from './python-parts';
import { coreml } from './targets/coreml';
import { fastapi } from './targets/fastapi';
import { kserve } from './targets/kserve';
import { monitoring } from './targets/monitoring';
import { openvino } from './targets/openvino';
import { rollout } from './targets/rollout';
import { tensorrt } from './targets/tensorrt';
import { triton } from './targets/triton';
import { web } from './targets/web';
import { transformersJs } from './transformersjs/hub-repository';

export const deployTargets: readonly DeployTarget[] = [
  triton,
  kserve,
  fastapi,
  monitoring,
  rollout,
  openvino,
  tensorrt,
  coreml,
  web,
];

export interface Bundle {
  /** The name of the folder or the zip, without ending. */
  readonly name: string;
  /** The path of the model file; its data files stand beside it. */
  readonly modelPath: string;
  readonly files: readonly BundleFile[];
  readonly batching: BatchVerdict;
  /** The download of a page with the model, for each build of onnxruntime-web. */
  readonly downloads: readonly PageDownload[];
  /** Targets that cannot be made for this model, with the reason. */
  readonly refused: readonly { readonly target: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

/** Throws `bundle/target` for a target that does not exist. */
export function makeBundle(facts: DeployFacts, targetIds: readonly string[]): Bundle {
  const chosen = [...new Set(targetIds)].map(findTarget);
  const files: BundleFile[] = [];
  const notes: string[] = [...strangersAmong(facts.documents, facts)];
  const refused: { target: string; reason: string }[] = [];
  const made: DeployTarget[] = [];
  for (const target of chosen) {
    const result = target.make(facts);
    if ('refusal' in result) {
      refused.push({ target: target.id, reason: result.refusal });
      continue;
    }
    made.push(target);
    files.push(...result.files);
    notes.push(...result.notes);
  }
  const name = deploymentName(facts.inspection.file.name);
  const all = [...evidenceFiles(facts, files), ...files];
  const readme = { path: 'README.md', text: readmeText(facts, { made, notes, refused }) };
  return {
    ...{ name, modelPath: modelPath(facts), files: [readme, ...all], batching: facts.batching },
    ...{ downloads: pageDownloads(facts.modelBytes), refused, notes },
  };
}

function findTarget(id: string): DeployTarget {
  const found = deployTargets.find((target) => target.id === id);
  if (found) return found;
  const known = [...deployTargets, transformersJs].map((target) => target.id).join(', ');
  throw new ParetoError('bundle/target', `There is no target ${formatQuoted(id)}. Targets: ${known}.`);
}

function evidenceFiles(facts: DeployFacts, ofTargets: readonly BundleFile[]): readonly BundleFile[] {
  const json = (path: string, value: unknown): BundleFile => ({ path, text: `${JSON.stringify(value, null, 2)}\n` });
  const numbered = (name: string, documents: readonly unknown[]): readonly BundleFile[] =>
    documents.map((one, index) => json(`evidence/${name}${index === 0 ? '' : `-${index + 1}`}.json`, one));
  const comparison = benchmarkComparison(facts);
  const measured = measurementsOf(facts);
  const items = checklist(
    facts,
    ofTargets.map(({ path }) => path),
  );
  return [
    json('evidence/metadata.json', metadata(facts)),
    ...(comparison === null ? [] : [json('evidence/benchmark_comparison.json', comparison)]),
    ...(facts.report === null ? [] : [json('evidence/report.json', facts.report)]),
    ...numbered('simulation', measured.simulations),
    ...numbered('server', measured.servers),
    ...(facts.recorded === null ? [] : [json('evidence/recorded.json', facts.recorded)]),
    ...(facts.recipe === null ? [] : [json('recipe.json', facts.recipe)]),
    json('evidence/checklist.json', items),
    { path: 'checklist.md', text: checklistMarkdown(items) },
    { path: 'verify.py', text: verifyScript(facts) },
  ];
}

function verifyScript(facts: DeployFacts): string {
  return `"""Checks that the model is the measured one and gives the recorded outputs. pip install onnxruntime numpy"""
import base64
import json
import pathlib

import numpy as np
import onnxruntime as ort

${checkSha256(facts, 'parent')}


${compareOutputs}

session = ort.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
recorded = pathlib.Path(__file__).resolve().parent / "evidence" / "recorded.json"
if not recorded.exists():
    raise SystemExit("The model loads. No outputs were recorded to compare with.")
run = json.loads(recorded.read_text())
array = lambda t: np.frombuffer(base64.b64decode(t["base64"]), t["dtype"]).reshape(t["shape"])
outputs = session.run([t["name"] for t in run["outputs"]], {t["name"]: array(t) for t in run["inputs"]})
for tensor, found in zip(run["outputs"], outputs):
    compare(tensor["name"], array(tensor), found)
`;
}

interface Made {
  readonly made: readonly DeployTarget[];
  readonly notes: readonly string[];
  readonly refused: Bundle['refused'];
}

function readmeText(facts: DeployFacts, { made, notes, refused }: Made): string {
  const { file } = facts.inspection;
  const targets = made.map(({ title, checkedWith }) => `| ${title} | ${checkedWith} |`);
  return [
    `# ${deploymentName(file.name)}`,
    `Made by Pareto ${facts.pareto}. The model is \`${modelPath(facts)}\`, ${file.sizeBytes} bytes, SHA-256 \`${file.sha256}\`.`,
    'Start with `python verify.py`. The measurements are in `evidence/`. `checklist.md` lists what is done and what remains.',
    ...(targets.length === 0 ? [] : [`| target | checked with |\n| --- | --- |\n${targets.join('\n')}`]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
    ...refused.map(({ target, reason }) => `Not written: ${target}. ${reason}`),
    '',
  ].join('\n\n');
}
