/** Recognizes files that are no ONNX models before they are decoded. It says which format they have, and what to do. */
import { ParetoError } from '../../errors';
import type { ByteSource } from '../byte-source';

interface ForeignFormat {
  readonly code: string;
  readonly sentence: string;
  matches(start: Uint8Array, source: ByteSource): boolean;
}

const startBytes = 512;

/**
 * Throws `format/<name>` when the file is empty or of another well-known format. Returns for everything else: whether
 * it is a valid model is for the decoder to find out.
 * @param name of the file: it tells what an archive is whose content says nothing.
 */
export function assertModelFile(source: ByteSource, name = ''): void {
  if (source.sizeBytes === 0)
    throw new ParetoError('format/empty', 'The file is empty. Download or export the model again.');
  const start = source.read(0, Math.min(source.sizeBytes, startBytes));
  const format = foreignFormats.find((candidate) => candidate.matches(start, source));
  if (format === undefined) return;
  throw (containers.has(format.code) ? foreignModel(name) : undefined) ?? errorOf(format);
}

/** Explains how to export a model of another framework, by the name of its file; `undefined` for every other name. */
export function foreignModel(name: string): ParetoError | undefined {
  const [, code] = modelNames.find(([pattern]) => pattern.test(name)) ?? [];
  const format = foreignFormats.find((each) => each.code === code);
  return format && errorOf(format);
}

const errorOf = ({ code, sentence }: ForeignFormat): ParetoError => new ParetoError(`format/${code}`, sentence);

/** They hold anything. */
const containers: ReadonlySet<string> = new Set(['zip', 'gzip', 'text', 'pickle']);

const modelNames: readonly (readonly [name: RegExp, code: string])[] = [
  [/\.(pt|pth|ckpt|torchscript|pt2)$|(^|[/\\])pytorch_model[^/\\]*\.bin$/i, 'pytorch'],
  [/\.safetensors$/i, 'safetensors'],
  [/\.(h5|hdf5)$/i, 'hdf5'],
  [/\.keras$/i, 'keras'],
  [/\.tflite$/i, 'tflite'],
  [/\.gguf$/i, 'gguf'],
  [/\.ort$/i, 'ort'],
  [/\.(pkl|pickle|joblib)$/i, 'pickle'],
  [/\.onnx[._]data$/i, 'external-data'],
];

/** A test of the first bytes of a file: true if `text` stands there, from `offset` on. */
export const startsWith =
  (text: string, offset = 0) =>
  (start: Uint8Array): boolean =>
    start.length >= offset + text.length && [...text].every((char, at) => start[offset + at] === char.charCodeAt(0));

const any =
  (...tests: readonly ((start: Uint8Array) => boolean)[]) =>
  (start: Uint8Array): boolean =>
    tests.some((test) => test(start));

const zip = startsWith('PK\x03\x04');

const foreignFormats: readonly ForeignFormat[] = [
  {
    code: 'tflite',
    sentence:
      'This is a TensorFlow Lite model. Convert it with "python -m tf2onnx.convert --tflite <file> --output model.onnx", then open that.',
    matches: startsWith('TFL3', 4),
  },
  {
    code: 'ort',
    sentence:
      'This is a model in the ORT format, which is already converted for one runtime. Open the ONNX file it was made from.',
    matches: startsWith('ORTM', 4),
  },
  {
    code: 'gguf',
    sentence:
      'This is a GGUF model (llama.cpp), and an ONNX file is needed here. Write one with "pareto roundtrip model.gguf -o model.onnx", then use that.',
    matches: startsWith('GGUF'),
  },
  {
    code: 'ggml',
    sentence:
      'This is a model in the GGML format, which came before GGUF. Download its GGUF file, or an ONNX export of the model.',
    matches: any(startsWith('ggml'), startsWith('lmgg'), startsWith('tjgg')),
  },
  {
    code: 'hdf5',
    sentence:
      "This is an HDF5 file, as saved by Keras (.h5). Load it in Keras and export it with \"model.export('model.onnx', format='onnx')\", then open that.",
    matches: startsWith('\x89HDF\r\n\x1a\n'),
  },
  {
    code: 'pytorch',
    sentence:
      'This is a PyTorch file. Load it in Python and export it with "torch.onnx.export(model, example_inputs, \'model.onnx\')", then open that.',
    // torch.save writes a zip with <name>/data.pkl first, or, before 1.6, a pickle that starts with a magic number.
    matches: (start, source) => (zip(start) && isPyTorchZip(start, source)) || isLegacyPyTorch(start),
  },
  {
    code: 'pickle',
    sentence:
      'This is a Python pickle, as scikit-learn saves models. Load it in Python and convert it with "skl2onnx.to_onnx(model, X[:1])", then open that.',
    matches: (start) => start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5,
  },
  {
    code: 'external-data',
    sentence: 'This file holds weights of a model in another file. Choose the .onnx file and this one together.',
    // Numbers without a header: the name alone tells.
    matches: () => false,
  },
  {
    code: 'keras',
    sentence:
      "This is a Keras model (.keras). Load it in Keras and export it with \"model.export('model.onnx', format='onnx')\", then open that.",
    matches: (start) => zip(start) && includes(start, 'metadata.json'),
  },
  {
    code: 'zip',
    sentence: 'This is a zip archive. Unpack it and open the .onnx file inside.',
    matches: zip,
  },
  {
    code: 'gzip',
    sentence: 'This file is compressed with gzip. Unpack it and open the .onnx file inside.',
    matches: startsWith('\x1f\x8b'),
  },
  {
    code: 'safetensors',
    sentence:
      'This is a safetensors file. It contains weights without a graph. Export the model as ONNX: with "optimum-cli export onnx --model <folder> onnx/" for a Hugging Face model, otherwise in its own framework. Then open the .onnx file.',
    matches: isSafetensors,
  },
  {
    code: 'git-lfs',
    sentence:
      'This is a Git LFS pointer, not the model itself. Fetch the file with "git lfs pull", or download it from the page of the repository.',
    matches: startsWith('version https://git-lfs'),
  },
  {
    code: 'html',
    sentence: 'This is a web page, not a model. The download may need a login: download the file again from its page.',
    matches: (start) => /^\s*<(!doctype|html|\?xml)/i.test(ascii(start.subarray(0, 64))),
  },
  {
    code: 'tensorflow',
    sentence:
      'This looks like a TensorFlow SavedModel or frozen graph. Convert it with "python -m tf2onnx.convert", then open the .onnx file.',
    matches: isTensorFlow,
  },
  {
    code: 'numpy',
    sentence: 'This is a NumPy array, not a model. Open an .onnx file first.',
    matches: startsWith('\x93NUMPY'),
  },
  {
    code: 'image',
    sentence: 'This is an image, not a model. Open an .onnx file first, then add images as data.',
    matches: any(
      startsWith('\x89PNG\r\n\x1a\n'),
      startsWith('\xff\xd8\xff'),
      startsWith('GIF87a'),
      startsWith('GIF89a'),
      isRiff('WEBP'),
    ),
  },
  {
    code: 'audio',
    sentence: 'This is a sound recording (WAV), not a model. Open an .onnx file.',
    matches: isRiff('WAVE'),
  },
  {
    code: 'pdf',
    sentence: 'This is a PDF document, not a model. Open an .onnx file.',
    matches: startsWith('%PDF-'),
  },
  {
    code: 'parquet',
    sentence: 'This is a Parquet table, not a model. Open an .onnx file.',
    matches: startsWith('PAR1'),
  },
  {
    code: 'program',
    sentence: 'This is a program or library (ELF), not a model. Open an .onnx file.',
    matches: startsWith('\x7fELF'),
  },
  {
    code: 'text',
    sentence: 'This is a text file, not a model. Open an .onnx file.',
    matches: isText,
  },
];

/** A RIFF container that holds `kind`. */
function isRiff(kind: string): (start: Uint8Array) => boolean {
  return (start) => startsWith('RIFF')(start) && startsWith(kind, 8)(start);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function includes(bytes: Uint8Array, text: string): boolean {
  return ascii(bytes).includes(text);
}

function isPyTorchZip(start: Uint8Array, source: ByteSource): boolean {
  if (includes(start, '/data.pkl') || includes(start, '/constants.pkl') || includes(start, '/version')) return true;
  // The directory at the end names every file, whatever came first.
  const end = source.read(Math.max(0, source.sizeBytes - 16384), source.sizeBytes);
  let text = '';
  for (let at = 0; at < end.length; at += 4096) text += ascii(end.subarray(at, at + 4096));
  return text.includes('/data.pkl');
}

/** Pickle protocol 2 with a long integer first: PyTorch's magic number 0x1950a86a20f9469cfc6c. */
function isLegacyPyTorch(start: Uint8Array): boolean {
  return (
    startsWith('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19')(start) || startsWith('\x80\x02}')(start)
  );
}

/** Eight bytes of header length, then a JSON object. */
function isSafetensors(start: Uint8Array, source: ByteSource): boolean {
  if (start.length < 10 || start[8] !== 0x7b) return false;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getBigUint64(0, true);
  return length + 8n <= BigInt(source.sizeBytes) && /^\{\s*("|\})/.test(ascii(start.subarray(8, 32)));
}

/** SavedModel starts with schema version 1 and a meta graph; a frozen graph with a node that names its operator. */
function isTensorFlow(start: Uint8Array): boolean {
  if (startsWith('\x08\x01\x12')(start)) return includes(start, 'serve') && includes(start, 'saved_model');
  return start[0] === 0x0a && (includes(start, '\x12\x0bPlaceholder') || includes(start, '\x12\x05Const'));
}

/** True if the start holds only printable characters, tabs and line ends. Very short files may be anything, so they are not text. */
function isText(start: Uint8Array): boolean {
  return (
    start.length >= 4 && start.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127))
  );
}
