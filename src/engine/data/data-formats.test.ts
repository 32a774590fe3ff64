import { expect, it } from 'vitest';
import { arrayFormatNames, formatNames, isNamedAs, mayHoldTexts } from './data-formats';

it('lists formats of single samples first and omits lines of text', () => {
  expect(formatNames.slice(0, 3)).toEqual(['images', 'WAV files', '.npz']);
  expect(formatNames).not.toContain('lines of text');
  expect(['images', 'WAV files', ...arrayFormatNames]).toEqual(formatNames);
});

it('knows pictures, sounds and JSON Lines by their names', () => {
  const names = [
    'a.JPG',
    'a.jpe',
    'a.webp',
    'a.bmp',
    'b/a.wave',
    'a.WAV',
    'a.mp3',
    'a.jsonl',
    'a.ndjson',
    'a.json',
    'png',
  ];
  const named = (format: Parameters<typeof isNamedAs>[0]) => names.filter((name) => isNamedAs(format, name));
  expect(named('pictures')).toEqual(['a.JPG', 'a.webp']);
  expect(named('sounds')).toEqual(['b/a.wave', 'a.WAV']);
  expect(named('jsonl')).toEqual(['a.jsonl', 'a.ndjson']);
});

it('knows by their names which files may hold texts', () => {
  const texts = ['a.csv', 'a.TSV', 'a.jsonl', 'a.ndjson', 'a.parquet', 'a.txt', 'a.zip'];
  const others = ['a.npz', 'a.npy', 'a.png', 'a.wav', 'a.safetensors', 'a.pb', 'csv', ''];
  expect([...texts, ...others].filter(mayHoldTexts)).toEqual(texts);
});
