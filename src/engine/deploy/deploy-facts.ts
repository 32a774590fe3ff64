/** The content of a deployment bundle: facts about one model and the evidence for it. */
import type { DriftReference } from './drift-reference';
import type { MeasurementDocument } from './measurements';
import type { Inspection } from '../analysis/inspection';
import type { TransferBytes } from '../profiling/page-download';
import type { Recipe } from '../recipe/recipe';
import type { Report } from '../report/report-schema';
import type { BatchVerdict } from '../serving/batch-verdict';

export interface DeployFacts {
  /** The inspection of the deployed model. Its file name and SHA-256 are those of the file in the bundle. */
  readonly inspection: Inspection;
  /** Data files beside it, by the names that the model calls them. */
  readonly externalData: readonly string[];
  /** Model file and data files together. */
  readonly modelBytes: TransferBytes;
  /** The SHA-256 of the file that it was made from; `null` if nothing was made. */
  readonly originalSha256: string | null;
  /** Facts of the original; `null` if there is none or it was not inspected. */
  readonly original: (Pick<Inspection, 'parameters' | 'flops'> & { readonly sizeBytes: number }) | null;
  readonly recipe: Recipe | null;
  /** The report with the page's measurements; `null` if none was given. */
  readonly report: Report | null;
  /** Measurements of the command line. */
  readonly documents: readonly MeasurementDocument[];
  /** One input with the outputs of the model on WASM, to be compared elsewhere. `null` if it could not be run. */
  readonly recorded: RecordedRun | null;
  /** The verdict on batches that join the requests of different people. */
  readonly batching: BatchVerdict;
  /** Distributions of inputs of known data; `null` if no data was given. */
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
  /** The path inside the bundle, with `/` between folders. */
  readonly path: string;
  readonly text: string;
}

export interface TargetFiles {
  readonly files: readonly BundleFile[];
  /** Sentences that a person has to know before using the files. */
  readonly notes: readonly string[];
}

/** The reason why a target cannot be made for this model, as a sentence. */
export interface TargetRefusal {
  readonly refusal: string;
}

export interface DeployTarget {
  /** The name in `--targets triton,kserve`. */
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
