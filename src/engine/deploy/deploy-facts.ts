/** What a deployment bundle is made of: facts about one model and the evidence for it. */
import type { DriftReference } from './drift-reference';
import type { MeasurementDocument } from './measurements';
import type { Inspection } from '../analysis/inspection';
import type { Recipe } from '../recipe/recipe';
import type { Report } from '../report/report-schema';
import type { BatchVerdict } from '../serving/batch-verdict';

export interface DeployFacts {
  /** Of the model that is deployed. Its file name and SHA-256 are those of the file in the bundle. */
  readonly inspection: Inspection;
  /** Data files beside it, by the names that the model calls them. */
  readonly externalData: readonly string[];
  /** The SHA-256 of what it was made from; `null` where nothing was made. */
  readonly originalSha256: string | null;
  /** Of what it was made from; `null` where nothing was made, or nobody looked. */
  readonly original: (Pick<Inspection, 'parameters' | 'flops'> & { readonly sizeBytes: number }) | null;
  readonly recipe: Recipe | null;
  /** What was measured of it in the page; `null` where nobody gave a report. */
  readonly report: Report | null;
  /** What the command line measured of it. */
  readonly documents: readonly MeasurementDocument[];
  /** One input with what the model made of it on WASM, to be compared elsewhere. `null` where it could not be run. */
  readonly recorded: RecordedRun | null;
  /** Whether a server may run the requests of different people together. */
  readonly batching: BatchVerdict;
  /** What inputs of known data look like; `null` where no data was given. */
  readonly drift: DriftReference | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly pareto: string;
  readonly onnxruntimeWeb: string;
}

/** Tensors with the bytes of their elements, little-endian, in row-major order. */
export interface RecordedRun {
  readonly inputs: readonly RecordedTensor[];
  readonly outputs: readonly RecordedTensor[];
}

export interface RecordedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly base64: string;
}

export interface BundleFile {
  /** Inside the bundle, with `/` between folders. */
  readonly path: string;
  readonly text: string;
}

export interface TargetFiles {
  readonly files: readonly BundleFile[];
  /** What a person has to know before using them: sentences. */
  readonly notes: readonly string[];
}

/** Why a target cannot be made for this model: a sentence. */
export interface TargetRefusal {
  readonly refusal: string;
}

export interface DeployTarget {
  /** As in `--targets triton,kserve`. */
  readonly id: string;
  readonly title: string;
  /** Versions of the tools that its files were checked with. */
  readonly checkedWith: string;
  make(facts: DeployFacts): TargetFiles | TargetRefusal;
}

const longestName = 63;

/** A name that folders, services and Kubernetes take: `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters. */
export function deploymentName(fileName: string): string {
  const plain = fileName
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longestName)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'model' : plain;
}

/** The model file in the bundle: a repository of Triton and of OpenVINO's model server has it there, too. */
export function modelPath(facts: DeployFacts): string {
  return `models/${deploymentName(facts.inspection.file.name)}/1/model.onnx`;
}
