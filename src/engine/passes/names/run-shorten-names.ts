/** Short names for what is inside a model, and nothing that only describes it. Every step changes no answer. */
import { formatBytes, formatPercent } from '../../format';
import { encodedBytes } from '../../onnx/codec/encode-files';
import type { Model } from '../../onnx/graph';
import { tooLittleSaved } from '../least-saving';
import { refuseWhole, type Change, type PassContext, type PassOutcome } from '../pass';
import type { DetailRow, PassDetails } from '../pass-details';
import { namePartsOf } from './name-parts';
import type { ShortenNamesOptions } from './shorten-names-options';
import { wholeModel } from '../../onnx/traverse';

export async function runShortenNames(
  model: Model,
  { keepNodeNames, leastSaving }: ShortenNamesOptions,
  context: PassContext,
): Promise<PassOutcome> {
  if (model.training.length > 0) {
    return leave(model, 'training', 'It contains training graphs, which refer to values by name.');
  }
  const parts = namePartsOf(model, context.original, keepNodeNames);
  const [rows, changes]: [DetailRow[], Change[]] = [[], []];
  const before = encodedBytes(model);
  let [current, bytes] = [model, before];
  for (const [index, { label, describe, take }] of parts.entries()) {
    await context.checkpoint();
    const { model: taken, count } = take(current);
    const left = count === 0 ? bytes : encodedBytes(taken);
    context.progress({ stage: label, done: index + 1, total: parts.length });
    // A mark may take more than a few names.
    if (left >= bytes) continue;
    rows.push([label, count, bytes - left]);
    changes.push({ ...wholeModel, what: describe(count) });
    [current, bytes] = [taken, left];
  }
  const saved = before - bytes;
  if (saved === 0) return leave(model, 'nothing-found', 'Its names are already short, and there are no comments.');
  const tooLittle = tooLittleSaved(saved, before, leastSaving);
  if (tooLittle !== undefined) return leave(model, 'little-saved', tooLittle);
  const sentence = `Shorter names and removed comments saved ${formatBytes(saved)} (${formatPercent(saved / before)}).`;
  return { model: current, changes, refusals: [], details: detailsOf(rows, saved), sentence };
}

function leave(model: Model, code: string, reason: string): PassOutcome {
  return { model, changes: [], refusals: [refuseWhole(code, reason)] };
}

function detailsOf(rows: readonly DetailRow[], saved: number): PassDetails {
  return {
    saved: {
      kind: 'table',
      title: 'Removed',
      columns: [
        { label: 'What', unit: 'text' },
        { label: 'How many', unit: 'count' },
        { label: 'Bytes', unit: 'bytes' },
      ],
      rows,
      total: ['All', null, saved],
    },
  };
}
