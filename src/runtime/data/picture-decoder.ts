import type { Picture, PictureDecoder } from '../../engine/data/dataset';
import { readJpegHeader, type PictureHeader } from '../../engine/data/pictures/jpeg-header';
import { checkPictureSize, damagedPicture, truncatedPicture } from '../../engine/data/pictures/picture-errors';
import { readWebpHeader } from '../../engine/data/pictures/webp-header';

type Format = Parameters<PictureDecoder['decode']>[0];

/** The compiled WASM of a format's decoder: the page fetches it, Node reads the file. */
export type LoadDecoderWasm = (format: Format) => Promise<WebAssembly.Module>;

/** The used part of the interface of both decoders' glue. Its pixels are RGBA, alpha not multiplied in. */
interface Codec {
  decode(bytes: Uint8Array, keepOrientation?: boolean): DecodedPicture | null;
}
interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}
type CreateCodec = (options: object) => Promise<Codec>;

const names = { jpeg: 'JPEG', webp: 'WebP' } as const;
const headerReaders = { jpeg: readJpegHeader, webp: readWebpHeader } as const;
/** Memory of WASM never shrinks: an instance that decoded something larger than this is not kept. */
const largestKeptPixels = 16_000_000;

/**
 * Decodes with libjpeg (MozJPEG) and libwebp compiled to WASM. The same code gives the same pixels on every host,
 * whatever color management or graphics card a browser has. EXIF orientation and color profiles are not applied. The
 * pixels equal those of Pillow 13 (libjpeg-turbo 3), with two exceptions. JPEGs whose colors are halved in height only
 * (4:4:0) differ by up to 2. Progressive ones without their last scans differ by up to 4.
 */
export function createPictureDecoder(loadWasm: LoadDecoderWasm): PictureDecoder {
  const modules = new Map<Format, Promise<WebAssembly.Module>>();
  const codecs = new Map<Format, LoadedCodec>();
  const moduleOf = (format: Format) => {
    const known = modules.get(format);
    if (known !== undefined) return known;
    const loading = loadWasm(format);
    modules.set(format, loading);
    // A request that failed may succeed the next time.
    loading.catch(() => modules.delete(format));
    return loading;
  };
  return {
    async decode(format, bytes) {
      const header = headerReaders[format](bytes);
      checkPictureSize(names[format], header.width, header.height);
      const loaded = codecs.get(format) ?? (await loadCodec(format, await moduleOf(format)));
      // A decoder that failed has unwound through C without cleaning up, so the next picture gets a fresh one.
      codecs.delete(format);
      const picture = decodeWith(loaded, format, bytes, header);
      if (header.width * header.height <= largestKeptPixels) codecs.set(format, loaded);
      return picture;
    },
  };
}

interface LoadedCodec {
  readonly codec: Codec;
  /** The messages of the C library for the last picture: its warnings and errors. */
  readonly messages: string[];
}

async function loadCodec(format: Format, module: WebAssembly.Module): Promise<LoadedCodec> {
  const { default: createCodec } = (await importGlue(format)) as { default: CreateCodec };
  const messages: string[] = [];
  const codec = await createCodec({
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      receive(instance);
      return instance.exports;
    },
    print: () => {},
    printErr: (line: string) => messages.push(line),
  });
  return { codec, messages };
}

function importGlue(format: Format): Promise<unknown> {
  return format === 'jpeg'
    ? import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js')
    : import('@jsquash/webp/codec/dec/webp_dec.js');
}

function decodeWith(
  { codec, messages }: LoadedCodec,
  format: Format,
  bytes: Uint8Array,
  header: PictureHeader,
): Picture {
  messages.length = 0;
  let decoded: DecodedPicture | null;
  try {
    decoded = format === 'jpeg' ? codec.decode(bytes, false) : codec.decode(bytes);
  } catch (error) {
    throw damagedPicture(names[format], 'its pixels cannot be decoded', error);
  }
  // libjpeg fills missing parts with gray and only warns. Pillow refuses such a picture, and so does this decoder.
  if (messages.some((message) => message.includes('Premature end'))) throw truncatedPicture(names[format]);
  if (decoded === null || decoded.width !== header.width || decoded.height !== header.height) {
    throw damagedPicture(names[format], 'its pixels cannot be decoded');
  }
  return { ...header, pixels: keepChannels(decoded.data, header.channels) };
}

function keepChannels(rgba: Uint8ClampedArray, channels: PictureHeader['channels']): Uint8Array {
  if (channels === 4) return new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  const pixels = new Uint8Array((rgba.length / 4) * channels);
  for (let source = 0, target = 0; source < rgba.length; source += 4) {
    for (let channel = 0; channel < channels; channel++) pixels[target++] = rgba[source + channel]!;
  }
  return pixels;
}
