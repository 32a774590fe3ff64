/** Parts of the bundle's Python that several files share. */
import { modelPath, quoted, type DeployFacts } from './deploy-facts';

/** Defines MODEL, and ends with a sentence where the file is another one. For scripts in a folder of the bundle. */
export function checkSha256(facts: DeployFacts, folder = 'parent.parent'): string {
  return `import hashlib

MODEL = pathlib.Path(__file__).resolve().${folder} / ${quoted(modelPath(facts))}
if hashlib.sha256(MODEL.read_bytes()).hexdigest() != ${quoted(facts.inspection.file.sha256)}:
    raise SystemExit(f"{MODEL} is not the model that was measured.")`;
}
