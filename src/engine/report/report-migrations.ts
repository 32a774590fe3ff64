/** How reports of earlier versions become those of now. */
import { changeEntries, isRecord, type Ladder, type Rung } from '../versioned-document';

/** Zeros that a pass made were counts in version 1, with words that only the page knew. */
const sparsityToSentence: Rung = (report) => ({
  ...report,
  variants: changeEntries(report['variants'], (variant) => ({
    ...variant,
    passes: changeEntries(variant['passes'], ({ sparsity, ...pass }) => {
      if (!isRecord(sparsity)) return pass;
      const { zeros, elements } = sparsity;
      if (typeof zeros !== 'number' || typeof elements !== 'number' || !(zeros > 0 && elements > 0)) return pass;
      const percent = Math.round((zeros / elements) * 100);
      return {
        ...pass,
        sentence: `${percent}\u00a0% of the weights that the pass covers are zero, which a dense runtime computes as before: only the download after gzip or Brotli gets smaller.`,
      };
    }),
  })),
});

export const reportLadder: Ladder = [sparsityToSentence];
