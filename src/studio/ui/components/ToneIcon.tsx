import type { Tone } from './verdict-tone';

/** Drawn in a 12 × 12 box, so that charts can place the same marks. */
export const tonePaths: Readonly<Record<Tone, string>> = {
  better: 'M6 2 L11 10 L1 10 Z',
  worse: 'M6 10 L1 2 L11 2 Z',
  noise: 'M1 4 h10 v1.6 h-10 Z M1 7 h10 v1.6 h-10 Z',
  invalid: 'M2.4 1 L6 4.6 L9.6 1 L11 2.4 L7.4 6 L11 9.6 L9.6 11 L6 7.4 L2.4 11 L1 9.6 L4.6 6 L1 2.4 Z',
};

/** The shape that goes with a tone; the word beside it says the same. */
export function ToneIcon({ tone, size = 10 }: { readonly tone: Tone; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      <path d={tonePaths[tone]} fill="currentColor" />
    </svg>
  );
}
