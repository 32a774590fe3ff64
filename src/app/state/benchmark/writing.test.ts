import { afterEach, beforeEach, expect, it } from 'vitest';
import { inspect } from '../../../engine/analysis/inspect';
import { decoder } from '../../../engine/onnx/testing/decoder';
import { filesOf, forgetAllFiles, keepDataFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { dataOf, originalOf } from '../../testing/work-fixtures';
import { setFreeDimension } from '../workspace/measurement-actions';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { tokenizerFile, writingOf, writingOutputs, writingStore } from './writing';

function openDecoder(): void {
  const original = originalOf();
  keepFiles(originalFilesKey, { model: new Blob(), name: 'model.onnx', externalData: [] });
  beginWork({ ...original, inspection: inspect(decoder(), original.inspection.file) });
}

beforeEach(() => {
  endWork();
  openDecoder();
});
afterEach(forgetAllFiles);

it('knows whether the model writes, and the tokenizer that was given with the texts', () => {
  expect(writingOutputs(workspaceStore.getState())?.logits).toBe('logits');
  const data = dataOf();
  workspaceStore.setState({ data });
  const file = new File(['{}'], 'tokenizer.json');
  keepDataFiles(data.evaluation.key, [{ path: 'texts/tokenizer.json', file }]);
  expect(tokenizerFile(workspaceStore.getState())).toBe(file);
  beginWork(originalOf());
  expect(writingOutputs(workspaceStore.getState())).toBeNull();
  expect(tokenizerFile(workspaceStore.getState())).toBeNull();
});

it('sets sizes of the page so that the mask follows', () => {
  const key = 'past_sequence_length + sequence_length';
  expect(workspaceStore.getState().freeDimensions).toMatchObject({ past_sequence_length: 0, [key]: 128 });
  setFreeDimension('sequence_length', 5);
  setFreeDimension('past_sequence_length', 7);
  expect(workspaceStore.getState().freeDimensions).toMatchObject({ sequence_length: 5, [key]: 12 });
});

it('shows no texts that another model wrote', () => {
  const piece = { variant: 'original', text: 'the', same: null, tokens: 1, firstTokenMs: 1, tokensPerSecond: null };
  writingStore.setState({ original: filesOf(originalFilesKey), speeds: [], pieces: [piece] });
  // The SHA-256 of a large model comes later: the model stays the same.
  workspaceStore.setState(({ original }) => ({ original: original && { ...original } }));
  expect(writingOf(writingStore.getState()).pieces).toEqual([piece]);
  openDecoder();
  expect(writingOf(writingStore.getState()).pieces).toEqual([]);
});
