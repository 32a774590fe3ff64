/** Recognizes files without readable data, and says what a person can do with them. */
import type { ByteSource } from '../onnx/byte-source';
import { startsWith } from '../onnx/codec/recognize';
import { formatList } from '../format';
import { formatNames } from './data-formats';
import type { DataFile } from './dataset';
import { describeUnevenRows } from './readers/csv-layout';
import { isTokenizerName } from './readers/tokenizer-name';

interface ForeignFormat {
  /** The text after the file's name: `is a model, not data. …` */
  readonly sentence: string | ((file: DataFile) => string);
  matches(start: Uint8Array, file: DataFile): boolean;
}

const startBytes = 512;

/** A sentence that names the file, says what it is as far as its start and name tell, and what to do. */
export function describeForeignData(file: DataFile): string {
  const start = file.source.read(0, Math.min(startBytes, file.source.sizeBytes));
  const format = foreignFormats.find((candidate) => candidate.matches(start, file));
  const sentence = typeof format?.sentence === 'function' ? format.sentence(file) : format?.sentence;
  const known = sentence ?? `is not in a supported data format. Use ${formatList(formatNames, 'or')}.`;
  return `"${file.path}" ${known}`;
}

/** True for bytes that are text as far as we look: no control characters but tabs and line ends. */
export function isText(source: ByteSource): boolean {
  const start = source.read(0, Math.min(startBytes, source.sizeBytes));
  return start.length > 0 && start.every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32);
}

const named =
  (pattern: RegExp) =>
  (_: Uint8Array, { path }: DataFile): boolean =>
    pattern.test(path);

const any =
  (...tests: readonly ForeignFormat['matches'][]): ForeignFormat['matches'] =>
  (start, file) =>
    tests.some((test) => test(start, file));

const asArrays = 'Load it in Python and save its arrays with "numpy.savez".';

const foreignFormats: readonly ForeignFormat[] = [
  { sentence: 'is empty. Download or copy it again.', matches: (start) => start.length === 0 },
  {
    sentence: 'is a tokenizer. Add the texts too: a CSV or JSONL file, or a text file (.txt) with one text per line.',
    matches: (_, { path }) => isTokenizerName(path),
  },
  {
    sentence:
      'is JSON, but not one record per line. Write JSONL: in pandas "to_json(path, orient=\'records\', lines=True)".',
    matches: named(/\.json$/i),
  },
  { sentence: 'is a model, not data. Open it as the model.', matches: named(/\.(onnx|ort|tflite|gguf)$/i) },
  {
    sentence: 'is a protobuf file with an unknown name. ONNX test data has names such as "test_data_set_0/input_0.pb".',
    matches: named(/\.pb$/i),
  },
  {
    sentence: 'is a Git LFS pointer, not the data itself. Fetch the file with "git lfs pull".',
    matches: startsWith('version https://git-lfs'),
  },
  {
    sentence: 'is a web page, not data. The download may need a login: download the file again from its page.',
    matches: (start) => /^\s*<(!doctype|html)/i.test(String.fromCharCode(...start.subarray(0, 64))),
  },
  { sentence: `is an HDF5 file. ${asArrays}`, matches: startsWith('\x89HDF\r\n\x1a\n') },
  { sentence: `is a MATLAB file. ${asArrays}`, matches: any(startsWith('MATLAB 5.0'), named(/\.mat$/i)) },
  {
    sentence: `is a Python pickle, which could run a program, so it is not opened. ${asArrays}`,
    matches: any(
      named(/\.(pkl|pickle|pt|pth|joblib)$/i),
      (start) => start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5,
    ),
  },
  {
    sentence: 'is an Arrow file. Load it in Python and write it with "pyarrow.parquet.write_table".',
    matches: any(startsWith('ARROW1'), startsWith('FEA1'), named(/\.(arrow|feather)$/i)),
  },
  { sentence: `is a file of TensorFlow records. ${asArrays}`, matches: named(/\.tfrecords?$/i) },
  { sentence: 'is an SQLite database. Export the table as CSV.', matches: startsWith('SQLite format 3') },
  { sentence: 'is a spreadsheet. Save it as CSV.', matches: named(/\.(xlsx?|ods|numbers)$/i) },
  {
    sentence: 'is an image in an unsupported format. Save it as PNG, JPEG or WebP.',
    matches: any(
      named(/\.(tiff?|bmp|avif|heic|heif|svg|jxl|jp2)$/i),
      startsWith('II*\0'),
      startsWith('MM\0*'),
      startsWith('BM'),
    ),
  },
  {
    sentence: 'is a sound in an unsupported format. Convert it: "ffmpeg -i <file> sound.wav".',
    matches: any(
      named(/\.(mp3|flac|ogg|opus|m4a|aac|wma|aiff?)$/i),
      startsWith('ID3'),
      startsWith('fLaC'),
      startsWith('OggS'),
    ),
  },
  {
    sentence: 'is a video. Save the frames as PNG files.',
    matches: any(named(/\.(mp4|mov|avi|mkv|webm)$/i), startsWith('ftyp', 4)),
  },
  {
    sentence: 'is an archive in an unsupported format. Unpack it and open the folder, or pack a zip file.',
    matches: any(
      startsWith('7z\xbc\xaf\x27\x1c'),
      startsWith('Rar!'),
      startsWith('ustar', 257),
      startsWith('BZh'),
      startsWith('\xfd7zXZ'),
      startsWith('\x28\xb5\x2f\xfd'),
      named(/\.(tar|tgz|7z|rar|bz2|xz|zst)$/i),
    ),
  },
  {
    sentence: 'is a zip file inside a zip file. Unpack the outer one and open its contents.',
    matches: startsWith('PK\x03\x04'),
  },
  { sentence: 'is a PDF document, not data.', matches: startsWith('%PDF-') },
  {
    sentence: describeUnevenRows,
    matches: (_, { source }) => isText(source),
  },
];
