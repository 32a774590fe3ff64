/** The part of a model card that says what each file of a repository costs: size, time and loss, as measured. */
import { formatMetric, formatMetricInterval, leadingEstimate } from '../../metrics/describe-accuracy';
import { unusableWords, matchWords } from '../../report/describe-match';
import { describeVerdict } from '../../verdict/speed-verdict';
import { escapeMarkdown } from '../../report/markdown-parts';
import { formatBytes, formatChange, formatCounted, formatDuration } from '../../format';
import type { Device } from '../../metrics/cell';
import { defaultDtype, defaultDtypes, lossOf, type HubFile } from './hub-repository';

export interface CardFacts {
  readonly files: readonly HubFile[];
  /** The text of `config.json`, from `hubConfig`. */
  readonly config: string;
  /** The model that the files were made of. */
  readonly original: { readonly name: string; readonly sizeBytes: number };
  /** The device of the times. */
  readonly device: Pick<Device, 'browser' | 'os' | 'threads' | 'ortVersion'>;
  /** `null`: random inputs. */
  readonly dataName: string | null;
  /** Names of the outputs of the main part. */
  readonly outputs: readonly string[];
  /** The reasons why files were not written, as sentences. */
  readonly left: readonly string[];
  readonly pareto: string;
}

const [begin, end] = ['<!-- pareto: files -->', '<!-- /pareto: files -->'];

/**
 * The text of `README.md`. A model card that is given keeps its text. The part replaces the one of an earlier run, or is added at
 * the end.
 */
export function modelCard(given: string | null, facts: CardFacts): string {
  return placed(given, cardPart(facts));
}

function placed(given: string | null, text: string): string {
  const part = `${begin}\n\n${text}\n\n${end}`;
  if (given === null) return `---\nlibrary_name: transformers.js\n---\n\n${part}\n`;
  const [from, to] = [given.indexOf(begin), given.indexOf(end)];
  if (from < 0 || to < from) return `${given.trimEnd()}\n\n${part}\n`;
  return `${given.slice(0, from)}${part}${given.slice(to + end.length)}`;
}

export interface FolderFacts extends Pick<CardFacts, 'original' | 'pareto'> {
  /** The path of the model in the folder. */
  readonly path: string;
  readonly sizeBytes: number;
  /** A sentence for each pass. */
  readonly sentences: readonly string[];
  /** The class of transformers.js that loads it. */
  readonly loader: 'AutoModel' | 'AutoModelForCausalLM';
  /** The folder has a genai_config.json. */
  readonly hasGenai: boolean;
  readonly outputs: readonly string[];
}

/** The card of a folder with one model. It replaces the part of an earlier run, as `modelCard` does. */
export function folderCard(given: string | null, facts: FolderFacts): string {
  const { path, sizeBytes, original, sentences, loader, hasGenai, outputs, pareto } = facts;
  const names = outputs.slice(0, mostNamedOutputs).map(code).join(', ');
  const generates =
    loader === 'AutoModel' ? '' : ' `model.generate` continues texts, and `pipeline("text-generation")` loads it too.';
  return placed(
    given,
    [
      '## Model',
      `${code(path)} has ${formatBytes(sizeBytes)} (${formatChange(original.sizeBytes, sizeBytes)}), made of ${escapeMarkdown(original.name)} (${formatBytes(original.sizeBytes)}). Its outputs: ${names}.${generates}`,
      ...(sentences.length === 0 ? [] : [sentences.map(escapeMarkdown).join('\n\n')]),
      `\`\`\`js\nimport { ${loader}, AutoTokenizer } from '@huggingface/transformers';\n\nconst tokenizer = await AutoTokenizer.from_pretrained('<this folder>');\nconst model = await ${loader}.from_pretrained('<this folder>');\n\`\`\``,
      ...(hasGenai ? ['onnxruntime-genai loads the folder too: `og.Model("<this folder>")`.'] : []),
      `Made by Pareto ${pareto}.`,
    ].join('\n\n'),
  );
}

/** `logits`, or `'a/b': a_b` for a name that JavaScript cannot bind. */
const bindingOf = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name)
    ? name
    : `${JSON.stringify(name)}: ${name.replaceAll(/\W/g, '_').replace(/^\d/, '_$&')}`;

/** A decoder has two more for each layer. */
const mostNamedOutputs = 4;

function cardPart(facts: CardFacts): string {
  const { files, original, left, pareto } = facts;
  const withAccuracy = files.some((file) => accuracyOf(file) !== undefined);
  const head = ['dtype', 'file', 'weights', 'size', 'change', 'time on WASM', 'outputs'];
  const rows = files.map((file) => [...rowOf(file, facts), ...(withAccuracy ? [accuracyOf(file) ?? ''] : [])]);
  return [
    '## Files',
    tableOf([...head, ...(withAccuracy ? ['accuracy'] : [])], rows),
    describeMeasuring(facts),
    ...(left.length === 0 ? [] : [left.map(escapeMarkdown).join(' ')]),
    describeDefaults(facts),
    exampleOf(facts),
    `Made and measured by Pareto ${pareto} from ${escapeMarkdown(original.name)} (${formatBytes(original.sizeBytes)}).`,
  ].join('\n\n');
}

function rowOf(file: HubFile, { original, dataName }: CardFacts): readonly string[] {
  const { dtype, path, title, sizeBytes } = file;
  const change = formatChange(original.sizeBytes, sizeBytes);
  return [code(dtype), code(path), title, formatBytes(sizeBytes), change, timeOf(file), outputsOf(file, dataName)];
}

/** Names of parts come from files: they may not turn into markup. */
function code(text: string): string {
  return /^[\w./-]+$/.test(text) ? `\`${text}\`` : escapeMarkdown(text);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

const unmeasured = 'not measured';

function timeOf({ measured: { cell, comparison } }: HubFile): string {
  if (cell === null) return unmeasured;
  const time = formatDuration(cell.steady.medianMs, cell.steady.intervalMs);
  if (comparison === null) return time;
  return `${time}, ${unusableWords(cell.outputMatch) ?? describeVerdict(comparison)}`;
}

/** @param dataName `null` if all outputs were compared on random inputs */
function outputsOf({ measured }: HubFile, dataName: string | null): string {
  const loss = lossOf(measured);
  if (loss === null) return unmeasured;
  return dataName === null || loss.inputs === 'data' ? matchWords(loss) : `${matchWords(loss)} (random inputs)`;
}

function accuracyOf({ measured: { evaluation } }: HubFile): string | undefined {
  const accuracy = evaluation?.accuracy;
  if (accuracy == null) return undefined;
  const leading = leadingEstimate({ task: accuracy.task.kind, metrics: accuracy.metrics });
  if (leading === null) return undefined;
  const { metric, estimate } = leading;
  return `${formatMetric(metric, estimate.value)} (${formatMetricInterval(metric, estimate.interval)})`;
}

/** Describes the origin of each figure, and the missing measurements. */
function describeMeasuring({ files, device, dataName }: CardFacts): string {
  const losses = files.flatMap(({ measured }) => lossOf(measured) ?? []);
  const samples = Math.max(0, ...losses.filter(({ inputs }) => inputs === 'data').map((loss) => loss.samples));
  const inputs =
    dataName === null || samples === 0
      ? 'random inputs'
      : `${formatCounted(samples, 'sample')} of ${escapeMarkdown(dataName)}`;
  const failures = [...new Set(files.flatMap(({ measured: { failure } }) => failure ?? []))];
  const threads = formatCounted(device.threads, 'thread');
  const times = `Times: onnxruntime-web ${device.ortVersion} on WASM with ${threads}, ${escapeMarkdown(`${device.browser}, ${device.os}`)}, against the original in turns.`;
  const outputs = `Outputs: against the original on ${inputs}, by the worst output.`;
  return [
    ...(files.some(({ measured }) => measured.cell !== null) ? [times] : []),
    ...(losses.length > 0 ? [outputs] : []),
    ...failures.map(escapeMarkdown),
  ].join(' ');
}

function describeDefaults({ files, config }: CardFacts): string {
  const { usual, webgpu } = defaultDtypes(config);
  const half = files.filter(({ dtype }) => dtype === 'q4f16' || dtype === 'fp16').map(({ dtype }) => `\`${dtype}\``);
  const advice =
    half.length === 0
      ? ''
      : ` On a GPU with the feature \`shader-f16\`, ${half.join(' or ')} ${half.length === 1 ? 'is' : 'are'} smaller.`;
  return `Without a dtype, transformers.js loads ${code(usual)}, and ${code(webgpu)} on WebGPU (\`config.json\`).${advice}`;
}

function exampleOf({ files, outputs }: CardFacts): string {
  return `\`\`\`js
import { AutoModel, AutoTokenizer } from '@huggingface/transformers';

const model = await AutoModel.from_pretrained('<this repository>', { dtype: '${defaultDtype(files)}' });
const tokenizer = await AutoTokenizer.from_pretrained('<this repository>');
const { ${outputs.slice(0, mostNamedOutputs).map(bindingOf).join(', ')} } = await model(tokenizer('A text.'));
\`\`\``;
}
