/** Parts of the bundle's Python that several files share. */
import { quoted } from '../quoted';
import { modelPath, type DeployFacts } from './deploy-facts';

/** A sentence behind `#`: names in a model are anybody's text, line ends among it. */
export function inComment(sentence: string): string {
  return sentence.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}

/**
 * Python that defines MODEL, and exits with a sentence if the file is another one. It is for scripts in a folder of the
 * bundle.
 */
export function checkSha256(facts: DeployFacts, folder = 'parent.parent'): string {
  return `import hashlib

MODEL = pathlib.Path(__file__).resolve().${folder} / ${quoted(modelPath(facts))}
if hashlib.sha256(MODEL.read_bytes()).hexdigest() != ${quoted(facts.inspection.file.sha256)}:
    raise SystemExit(f"{MODEL} is not the model that was measured.")`;
}

/**
 * Defines `compare`, which ends with a sentence where outputs are too far from the recorded ones. Outputs that are all but 0, as
 * of a detector that finds nothing, have no ratio to speak of: there the largest difference decides.
 */
export const compareOutputs = `def compare(title, expected, actual, least=20):
    expected, actual = np.asarray(expected, "float64"), np.asarray(actual, "float64")
    noise, largest = float(np.sum((expected - actual) ** 2)), float(np.max(np.abs(expected - actual), initial=0))
    decibels = 10 * np.log10(float(np.sum(expected**2)) / noise) if noise else float("inf")
    print(f"{title}: {decibels:.1f} dB against the outputs recorded by Pareto, largest difference {largest:.2g}")
    if not (decibels >= least or largest <= 1e-5):
        raise SystemExit("The outputs are too far from the recorded ones.")
`;
