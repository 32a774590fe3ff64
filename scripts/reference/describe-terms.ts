/** Terms, presets of pictures and kinds of outputs. */
import { outputKinds } from '../../src/engine/data/output-kind.ts';
import { imagePresets } from '../../src/engine/data/pictures/presets.ts';
import { glossary } from '../../src/engine/glossary.ts';
import { kindNames } from '../../src/engine/metrics/output-kind.ts';
import { providersOfDownload, runtimeBuilds } from '../../src/engine/profiling/page-download.ts';
import { runtimeFiles } from '../../src/engine/profiling/runtime-files.ts';
import { formatBytes } from '../../src/engine/format.ts';
import { code, plain, table } from '../markdown.mjs';

export function glossaryTable(): string {
  const terms = Object.entries(glossary).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return table(
    ['term', 'meaning'],
    terms.map(([term, meaning]) => [term, plain(meaning)]),
  );
}

export function imagePresetTable(): string {
  const target = { width: 224, height: 224, layout: 'NCHW', channels: 3 } as const;
  return table(
    ['preset', 'title', '`fit`', '`filter`', '`channels`', '`scale`', '`mean`', '`std`', 'more'],
    imagePresets.map(({ id, title, create }) => {
      const { fit, filter, channels, scale, mean, std, shorterSide, padding } = create(target);
      return [
        code(id),
        title,
        code(fit),
        code(filter),
        code(channels),
        scale === 1 ? '1' : `1/${Math.round(1e6 / scale) / 1e6}`,
        mean.join(', '),
        std.join(', '),
        [
          ...(shorterSide === undefined ? [] : [`${code('shorterSide')} ${shorterSide}`]),
          ...(padding === undefined ? [] : [`${code('padding')} ${padding}`]),
        ].join(', '),
      ];
    }),
  );
}

export function outputKindTable(): string {
  return table(
    ['kind', 'the output holds'],
    outputKinds.map((kind) => [code(kind), kindNames[kind]]),
  );
}

export function runtimeBuildTable(): string {
  return table(
    ['import', 'for', 'browsers', 'plain', 'gzip', 'Brotli'],
    runtimeBuilds.map(({ module, providers, browsers, bytes }) => [
      code(module),
      providersOfDownload({ providers }),
      browsers.replace(/WebAssembly\.\w+/, code),
      ...[bytes.plain, bytes.gzip, bytes.brotli].map((size) => formatBytes(size)),
    ]),
  );
}

export function runtimeFileTable(): string {
  return table(
    ['import', `file of onnxruntime-web ${runtimeFiles.version}`, 'plain', 'gzip', 'Brotli'],
    runtimeBuilds.flatMap(({ id, module }) =>
      runtimeFiles.builds[id].map(({ name, plain: size, gzip, brotli }) => [
        code(module),
        plain(name),
        ...[size, gzip, brotli].map(String),
      ]),
    ),
  );
}
