import type { Tone } from './verdict-tone';

/**
 * Drawn in a 12 × 12 box, so that charts can place the same marks. They are no arrows, because smaller is better for a
 * size and larger for a ratio.
 */
export const tonePaths: Readonly<Record<Tone, string>> = {
  better: 'M1 6.6 L2.5 5.1 L4.7 7.3 L9.5 2.2 L11 3.7 L4.7 10.2 Z',
  worse: 'M6 0.8 L11.8 11 H0.2 Z M5.3 4.4 V7.6 H6.7 V4.4 Z M5.3 8.4 V9.7 H6.7 V8.4 Z',
  noise: 'M1 4 h10 v1.6 h-10 Z M1 7 h10 v1.6 h-10 Z',
  open: 'M2.4 4.2 C2.4 0 9.6 0 9.6 4.2 C9.6 6.4 6.9 6.4 6.9 8.2 H5.1 C5.1 5.4 7.8 5.6 7.8 4.2 C7.8 2.4 4.2 2.4 4.2 4.2 Z M5.1 9.4 H6.9 V11.2 H5.1 Z',
  invalid: 'M2.4 1 L6 4.6 L9.6 1 L11 2.4 L7.4 6 L11 9.6 L9.6 11 L6 7.4 L2.4 11 L1 9.6 L4.6 6 L1 2.4 Z',
};

/** The shape that goes with a tone; the word beside it says the same. */
export function ToneIcon({ tone, size = 10 }: { readonly tone: Tone; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      <path d={tonePaths[tone]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}
